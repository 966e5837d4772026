//! The file and position from which the connector goes on are still there.

use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/offset-available",
    title: "the file is there at which the connector stopped",
    level: Level::Required,
    tags: &["topology", "retention"],
    doc: include_str!("offset_available.md"),
    judge,
    remedy,
};

const GONE: &str = "the server refuses with error 1236: it could not find the first log file";
const BEYOND: &str = "the server refuses with error 1236: it is another server, or was restored";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let Some(name) = &intent.profile.resume_file else {
        return Ok(Verdict::not_applicable("no file to go on from is known"));
    };
    let files = match db.binlog_files.get() {
        Err(Missing::Denied { .. }) => {
            return Err(Missing::NotReached { because: "mysql/replication-client".into() });
        }
        files => files?,
    };
    let position = intent.profile.resume_position;
    let finding = |outcome| {
        Finding::server(outcome).expected(format!("{} up to {position}", name.untrusted()))
    };
    let file = files.iter().find(|file| file.name == *name);
    Ok(match file {
        None => finding(Outcome::Fail).observed("no such file").because(GONE),
        Some(file) if file.bytes < position => {
            finding(Outcome::Fail).observed(format!("{} bytes", file.bytes)).because(BEYOND)
        }
        Some(_) => finding(Outcome::Pass),
    }
    .into())
}

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    Step::request("Begin with a new snapshot, or at the server that the position is of.").into()
}
