//! Grants name the databases that they mean.

use super::account;
use crate::facts::MySql;
use crate::quote::mysql as quote;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/wildcard-scope",
    title: "grants name their databases exactly",
    level: Level::Informational,
    tags: &["privileges"],
    doc: include_str!("wildcard_scope.md"),
    judge,
    remedy,
};

const WHY: &str = "it also opens databases whose names fit the pattern";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let grants = account::grants(db)?;
    let wide = grants.wide_patterns();
    let finding = |outcome| Finding::of(account::subject(db), outcome);
    if wide.is_empty() {
        return Ok(finding(Outcome::Pass).into());
    }
    Ok(Verdict::each(wide.iter().map(|pattern| {
        let exact = exact(pattern);
        finding(Outcome::Warn)
            .expected(format!("{exact}.*"))
            .observed(format!("{pattern}.*"))
            .because(WHY)
    })))
}

/// The pattern with its wildcards made ordinary characters.
fn exact(pattern: &str) -> String {
    let plain = pattern.replace("\\_", "_").replace("\\%", "%");
    plain.replace('_', "\\_").replace('%', "\\%")
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let observed = finding.observed.as_ref().map_or("", Text::untrusted);
    let (Some(pattern), Some(identity)) = (observed.strip_suffix(".*"), db.identity.known()) else {
        return Remedy::none();
    };
    let account = quote::account(identity.current_user.untrusted());
    let (wide, exact) = (quote::ident(pattern), quote::ident(&exact(pattern)));
    if pattern.contains('%') {
        let instruction = format!("Grant on each database by its name instead of on {wide}.");
        return Step::manual(Actor::Dba, instruction).into();
    }
    Remedy::from(
        Step::dba(format!("GRANT SELECT ON {exact}.* TO {account};"))
            .undo(format!("REVOKE SELECT ON {exact}.* FROM {account};")),
    )
    .then(
        Step::dba(format!("REVOKE SELECT ON {wide}.* FROM {account};"))
            .undo(format!("GRANT SELECT ON {wide}.* TO {account};")),
    )
}
