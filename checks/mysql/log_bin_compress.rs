//! Events in the binary log of MariaDB are not compressed.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/log-bin-compress",
    title: "the binary log is not compressed",
    level: Level::Required,
    tags: &["binlog"],
    doc: include_str!("log_bin_compress.md"),
    judge,
    remedy,
};

const WHY: &str =
    "readers do not know the compressed kinds of events and pass over the rows in them";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    setting::compare(db, "log_bin_compress", "OFF", Outcome::Fail, WHY)
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    setting::change(db, "log_bin_compress", "OFF")
}
