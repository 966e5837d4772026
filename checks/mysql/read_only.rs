//! The server is not read-only.

use crate::facts::MySql;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/read-only",
    title: "the server accepts changes",
    level: Level::Informational,
    tags: &["topology"],
    doc: include_str!("read_only.md"),
    judge,
    remedy,
};

const WHY: &str = "a primary that was demoted looks so: if nothing changes here, no event comes";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let is_on = |name| Ok(db.optional_variable(name)?.is_some_and(|value| value != "OFF"));
    for name in ["super_read_only", "read_only"] {
        if is_on(name)? {
            let finding = Finding::server(Outcome::Warn).expected("OFF");
            return Ok(finding.observed(format!("{name} = ON")).because(WHY).into());
        }
    }
    Ok(Finding::server(Outcome::Pass).into())
}

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    let instruction = "Make sure that this is the server that is meant: if the role has moved, \
                       name the server that accepts changes.";
    Step::manual(Actor::Requester, instruction).into()
}
