//! A crash of the server loses no transaction that a reader has seen.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/durability",
    title: "a crash loses no logged transaction",
    level: Level::Recommended,
    tags: &["binlog"],
    doc: include_str!("durability.md"),
    judge,
    remedy,
};

const SETTINGS: [(&str, &str); 2] = [
    ("sync_binlog", "a crash can lose transactions from the log that consumers have already"),
    ("innodb_flush_log_at_trx_commit", "a crash can lose rows that the log and consumers have"),
];
const UNUSED: &str = "the log is inside InnoDB, which has a setting of its own";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let mut findings = Vec::new();
    for (name, why) in SETTINGS {
        let Some(value) = db.optional_variable(name)? else { continue };
        let finding = |outcome| setting::finding(name, value, outcome).expected("1");
        findings.push(match value {
            "1" => finding(Outcome::Pass),
            _ if is_meaningless(db, name)? => finding(Outcome::NotApplicable).because(UNUSED),
            _ => finding(Outcome::Warn).because(why),
        });
    }
    Ok(Verdict::each(findings))
}

/// MariaDB's log inside InnoDB is made safe by InnoDB's own setting.
fn is_meaningless(db: &MySql, name: &str) -> Result<bool, Missing> {
    let inside = db.optional_variable("binlog_storage_engine")?.is_some_and(|it| !it.is_empty());
    Ok(name == "sync_binlog" && inside)
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let mut remedy = setting::change(db, setting::name_in(finding), "1");
    if let Some(first) = remedy.steps.first_mut() {
        first.note = Some("Every commit then waits for the disk.".into());
    }
    remedy
}
