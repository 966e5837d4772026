//! Transactions have global ids, so that a reader can follow a failover.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/gtid-mode",
    title: "transactions have global ids",
    level: Level::Recommended,
    tags: &["topology"],
    doc: include_str!("gtid_mode.md"),
    judge,
    remedy,
};

const WHY: &str = "after a failover a reader cannot go on, and all tables are read again";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    setting::compare(db, "gtid_mode", "ON", Outcome::Warn, WHY)
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    if db.platform().is_managed() {
        return setting::change(db, "gtid_mode", "ON");
    }
    let own = db.optional_variable("gtid_mode").ok().flatten().unwrap_or("OFF");
    let at = MODES.iter().position(|mode| *mode == own).unwrap_or(0);
    let mut steps = consistency(db);
    for pair in MODES.windows(2).skip(at) {
        let [from, to] = pair else { continue };
        steps.extend(change(db, from, to));
    }
    Remedy { steps }
}

/// In the order in which the server lets them be changed.
const MODES: [&str; 4] = ["OFF", "OFF_PERMISSIVE", "ON_PERMISSIVE", "ON"];

fn consistency(db: &MySql) -> Vec<Step> {
    match db.optional_variable("enforce_gtid_consistency") {
        Ok(Some("ON")) => Vec::new(),
        _ => setting::change(db, "enforce_gtid_consistency", "ON").steps,
    }
}

fn change(db: &MySql, from: &str, to: &str) -> Vec<Step> {
    let mut steps = setting::change(db, "gtid_mode", to).steps;
    if to != "ON" {
        // The configuration file gets the last mode only.
        steps.truncate(1);
    }
    if let Some(first) = steps.first_mut() {
        let verb = if setting::has_persist(db) { "SET PERSIST" } else { "SET GLOBAL" };
        first.undo = Some(format!("{verb} gtid_mode = '{from}';").into());
        if to == "ON" {
            let note = "Wait until the status Ongoing_anonymous_transaction_count is 0 everywhere.";
            first.note = Some(note.into());
        }
    }
    steps
}
