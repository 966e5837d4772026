//! The snapshot ends long before the log that follows it is deleted.

use super::opt_in::asked;
use super::retention;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/snapshot-size",
    title: "the snapshot ends before its log is deleted",
    level: Level::Informational,
    tags: &["tables", "retention"],
    doc: include_str!("snapshot_size.md"),
    judge,
    remedy,
};

const WHY: &str = "the log that the connector needs after the snapshot may be gone by then";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    if !intent.reads_rows() {
        return Ok(Verdict::not_applicable("rows that exist already are not read"));
    }
    let sizes = match asked(&db.sizes)? {
        Ok(sizes) => sizes,
        Err(not_asked) => return Ok(not_asked),
    };
    let rows: u64 = sizes.iter().map(|size| size.rows).sum();
    let mib = sizes.iter().map(|size| size.bytes).sum::<u64>() >> 20;
    let finding =
        |outcome| Finding::server(outcome).observed(format!("about {rows} rows, {mib} MiB"));
    let speed = u64::from(intent.thresholds.snapshot_mib_per_second);
    let takes = mib.checked_div(speed).unwrap_or(u64::MAX);
    Ok(match retention::seconds(db)? {
        Some(kept) if takes > kept / 2 => {
            let expected = format!("less than half of {} h at {speed} MiB/s", kept / 3600);
            finding(Outcome::Warn).expected(expected).because(WHY)
        }
        _ => finding(Outcome::Pass),
    }
    .into())
}

fn remedy(finding: &Finding, db: &MySql, intent: &Intent) -> Remedy {
    retention::longer(finding, db, intent)
}
