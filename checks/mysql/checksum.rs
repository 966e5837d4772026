//! Events in the binary log carry a checksum.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/checksum",
    title: "events carry a checksum",
    level: Level::Recommended,
    tags: &["binlog"],
    doc: include_str!("checksum.md"),
    judge,
    remedy,
};

const WHY: &str =
    "some readers stall or misread a log without checksums, and none notices a damaged event";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    setting::compare(db, "binlog_checksum", "CRC32", Outcome::Warn, WHY)
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    setting::change(db, "binlog_checksum", "CRC32")
}
