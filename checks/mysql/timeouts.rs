//! The server is patient with a reader that is slow for a while.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/timeouts",
    title: "the server waits for a slow reader",
    level: Level::Recommended,
    tags: &["connection"],
    doc: include_str!("timeouts.md"),
    judge,
    remedy,
};

const SETTINGS: [(&str, &str); 4] = [
    ("net_write_timeout", "a reader that stops taking events for longer loses its stream"),
    ("net_read_timeout", "a connection that stalls for longer is given up"),
    ("wait_timeout", "a session of the connector that is idle for longer is closed"),
    ("interactive_timeout", "a connector that calls itself interactive is closed when it is idle"),
];

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let mut findings = Vec::new();
    for (name, why) in SETTINGS {
        let Some(seconds) = setting::number(db, name)? else { continue };
        let wanted = wanted(name, intent);
        let finding = setting::finding(name, &format!("{seconds} s"), Outcome::Pass)
            .expected(format!("{wanted} s or more"));
        findings.push(match seconds < u64::from(wanted) {
            true => Finding { outcome: Outcome::Warn, ..finding }.because(why),
            false => finding,
        });
    }
    Ok(Verdict::each(findings))
}

fn wanted(name: &str, intent: &Intent) -> u32 {
    match name {
        "wait_timeout" | "interactive_timeout" => intent.thresholds.wait_timeout_warn_seconds,
        _ => intent.thresholds.net_timeout_warn_seconds,
    }
}

fn remedy(finding: &Finding, db: &MySql, intent: &Intent) -> Remedy {
    let name = setting::name_in(finding);
    setting::change_for_sessions(db, name, &wanted(name, intent).to_string())
}
