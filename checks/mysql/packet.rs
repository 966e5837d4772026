//! The server takes and sends packets that are large enough for large rows.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/packet",
    title: "packets are large enough for large rows",
    level: Level::Informational,
    tags: &["connection"],
    doc: include_str!("packet.md"),
    judge,
    remedy,
};

const WHY: &str = "a client that takes this for its own limit refuses larger events and stops";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let bytes = setting::number(db, "max_allowed_packet")?.unwrap_or(0);
    let finding = |outcome| {
        Finding::server(outcome)
            .expected(format!("{} MiB or more", intent.thresholds.packet_warn_mib))
            .observed(format!("max_allowed_packet = {bytes}"))
    };
    let outcome = if bytes < enough(intent) { Outcome::Warn } else { Outcome::Pass };
    let finding = finding(outcome);
    Ok(if outcome == Outcome::Pass { finding } else { finding.because(WHY) }.into())
}

fn enough(intent: &Intent) -> u64 {
    u64::from(intent.thresholds.packet_warn_mib) << 20
}

fn remedy(_: &Finding, db: &MySql, intent: &Intent) -> Remedy {
    setting::change_for_sessions(db, "max_allowed_packet", &enough(intent).to_string())
}
