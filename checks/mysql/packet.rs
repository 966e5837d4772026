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

/// In bytes: what MySQL 8 has by default.
const ENOUGH: u64 = 64 << 20;
const WHY: &str = "a client that takes this for its own limit refuses larger events and stops";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let bytes = setting::number(db, "max_allowed_packet")?.unwrap_or(0);
    let finding = |outcome| {
        Finding::server(outcome)
            .expected("64 MiB or more")
            .observed(format!("max_allowed_packet = {bytes}"))
    };
    let outcome = if bytes < ENOUGH { Outcome::Warn } else { Outcome::Pass };
    let finding = finding(outcome);
    Ok(if outcome == Outcome::Pass { finding } else { finding.because(WHY) }.into())
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    setting::change_for_sessions(db, "max_allowed_packet", &ENOUGH.to_string())
}
