//! The transactions from which the connector goes on are still there.

use super::gtid_set;
use crate::facts::MySql;
use crate::facts::mysql::Line;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/gtid-start",
    title: "the log goes back to where the connector stopped",
    level: Level::Required,
    tags: &["topology", "retention"],
    doc: include_str!("gtid_start.md"),
    judge,
    remedy,
};

const WHY: &str = "the server has deleted transactions that the connector has not seen, and \
                   refuses with error 1236";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let Some(resume) = &intent.profile.resume_gtid_set else {
        return Ok(Verdict::not_applicable("no set of transactions to go on from is known"));
    };
    if db.identity.get()?.line() == Line::MariaDb {
        return Ok(Verdict::not_applicable("MariaDB has global ids of another kind"));
    }
    let purged = db.variable("gtid_purged")?;
    let malformed = |what: &str| Missing::Malformed { what: what.into(), detail: WHAT.into() };
    let lost = gtid_set::subtract(purged, resume.untrusted()).ok_or_else(|| malformed(SETS))?;
    let finding = |outcome| Finding::server(outcome).expected("nothing of it deleted");
    Ok(if lost.is_empty() {
        finding(Outcome::Pass)
    } else {
        finding(Outcome::Fail).observed(format!("deleted and not seen: {lost}")).because(WHY)
    }
    .into())
}

const SETS: &str = "the sets of transactions";
const WHAT: &str = "a set has not the form uuid:1-6:8";

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    Step::request("Begin with a new snapshot: what was deleted cannot be had from this server.")
        .into()
}
