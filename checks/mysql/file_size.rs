//! No file of the binary log is larger than a position can tell.

use crate::facts::MySql;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/file-size",
    title: "positions fit into the files",
    level: Level::Recommended,
    tags: &["binlog"],
    doc: include_str!("file_size.md"),
    judge,
    remedy,
};

const WHOLE: u64 = 4 << 30;
const WRAPS: &str = "positions beyond 4 GiB begin at 0 again: a reader that comes back is misled";
const GROWS: &str =
    "single transactions are so large that a file may pass 4 GiB, where positions begin at 0 again";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let files = match db.binlog_files.get() {
        Err(Missing::Denied { .. }) => return Err(hidden()),
        files => files?,
    };
    let largest = files.iter().max_by_key(|file| file.bytes);
    let Some(file) = largest else {
        return Ok(Verdict::not_applicable("there is no file"));
    };
    let mib = intent.thresholds.binlog_file_warn_mib;
    let observed = format!("{} has {} bytes", file.name.untrusted(), file.bytes);
    let finding = Finding::server(Outcome::Pass).observed(observed);
    if file.bytes <= u64::from(mib) << 20 {
        return Ok(finding.into());
    }
    let why = if file.bytes > WHOLE { WRAPS } else { GROWS };
    let finding = finding.expected(format!("{mib} MiB or less")).because(why);
    let finding = Finding { outcome: Outcome::Warn, ..finding };
    // The stream is at such a place now, and without global ids there is no other way back to it.
    let current = files.last().is_some_and(|last| last.bytes > WHOLE);
    let has_ids = db.optional_variable("gtid_mode")? == Some("ON");
    Ok(if current && !has_ids { finding.strictly() } else { finding }.into())
}

fn hidden() -> Missing {
    Missing::NotReached { because: "mysql/replication-client".into() }
}

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    let instruction = "Split the transactions that load or delete so much at once.";
    Remedy::from(
        Step::dba("FLUSH BINARY LOGS;").note("Begins a new file; readers follow by themselves."),
    )
    .then(Step::manual(Actor::Owner, instruction))
}
