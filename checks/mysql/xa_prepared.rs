//! No distributed transaction waits for its end.

use crate::facts::MySql;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/xa-prepared",
    title: "no prepared transaction waits",
    level: Level::Recommended,
    tags: &["load"],
    doc: include_str!("xa_prepared.md"),
    judge,
    remedy,
};

const WHY: &str =
    "their rows are locked, and come after later ones, or never, whatever a snapshot saw";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let prepared = *db.activity.prepared.get()?;
    let finding = |outcome| Finding::server(outcome).expected("none");
    Ok(match prepared {
        0 => finding(Outcome::Pass),
        _ => finding(Outcome::Warn).observed(prepared.to_string()).because(WHY),
    }
    .into())
}

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    let instruction = "Find them with XA RECOVER CONVERT XID, ask their coordinator what is to \
                       become of each, and end it with XA COMMIT or XA ROLLBACK.";
    Step::manual(Actor::Dba, instruction).into()
}
