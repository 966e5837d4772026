//! The request spells the tables as the server stores them.

use std::collections::HashSet;

use crate::facts::MySql;
use crate::{
    Check, Finding, Intent, Level, Missing, Outcome, Remedy, Selection, Step, TableName, Verdict,
};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/name-case",
    title: "the names are spelled as they are stored",
    level: Level::Recommended,
    tags: &["tables"],
    doc: include_str!("name_case.md"),
    judge,
    remedy,
};

const WHY: &str = "the log has the stored name, which a reader that minds case does not match";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let tables = db.tables.get()?;
    let Selection::Tables(wanted) = &intent.selection else {
        return Ok(Verdict::not_applicable("a whole database is selected"));
    };
    let identity = db.identity.get()?;
    let spelled: HashSet<&TableName> = wanted.iter().collect();
    Ok(Verdict::each(tables.found.iter().map(|table| {
        let meant = |name: &&TableName| {
            identity.same_name(name.schema.untrusted(), table.name.schema.untrusted())
                && identity.same_name(name.name.untrusted(), table.name.name.untrusted())
        };
        let other = if spelled.contains(&table.name) { None } else { wanted.iter().find(meant) };
        match other {
            Some(name) => Finding::table(table.name.display(), Outcome::Warn)
                .expected(table.name.display())
                .observed(name.display())
                .because(WHY),
            None => Finding::table(table.name.display(), Outcome::Pass),
        }
    })))
}

fn remedy(finding: &Finding, _: &MySql, _: &Intent) -> Remedy {
    let stored = finding.subject.name();
    Step::request(format!("Write {} in DatabaseName and TableNames.", stored.untrusted())).into()
}
