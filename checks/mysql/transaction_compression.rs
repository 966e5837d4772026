//! Transactions in the binary log of MySQL are not compressed.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/transaction-compression",
    title: "transactions are not compressed",
    level: Level::Recommended,
    tags: &["binlog"],
    doc: include_str!("transaction_compression.md"),
    judge,
    remedy,
};

const WHY: &str =
    "a reader that is not current passes over compressed transactions without an error";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    setting::compare(db, "binlog_transaction_compression", "OFF", Outcome::Warn, WHY)
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    setting::change_for_sessions(db, "binlog_transaction_compression", "OFF")
}
