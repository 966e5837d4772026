//! A replica that is captured applies the changes of the selected tables.

use super::setting;
use crate::facts::MySql;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/replica-filters",
    title: "the replica takes all selected tables",
    level: Level::Recommended,
    tags: &["topology"],
    doc: include_str!("replica_filters.md"),
    judge,
    remedy,
};

const WHY: &str = "a table that is left out never changes here, and has no events";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let Some(upstream) = db.upstream.get()? else {
        return Ok(Verdict::not_applicable("the server is not a replica"));
    };
    if upstream.filters.is_empty() {
        return Ok(Finding::server(Outcome::Pass).expected("no filter").into());
    }
    let findings = upstream.filters.iter().map(|(name, value)| {
        setting::finding(name, value.untrusted(), Outcome::Warn).expected("no filter").because(WHY)
    });
    Ok(Verdict::each(findings))
}

fn remedy(finding: &Finding, _: &MySql, _: &Intent) -> Remedy {
    let name = setting::name_in(finding);
    let instruction = format!(
        "Make sure that {name} lets the selected tables through, or capture from the source."
    );
    Step::manual(Actor::Dba, instruction).into()
}
