//! The connector's slot still has the log that it needs.

use super::parameter;
use super::slot::{ABSENT, UNNAMED, drop_slot, name, named};
use crate::facts::Postgres;
use crate::facts::postgres::{Server, Slot};
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/slot-health",
    title: "the slot has the log that it needs",
    level: Level::Required,
    tags: &["retention", "slot"],
    doc: include_str!("slot_health.md"),
    judge,
    remedy,
};

const MB: i64 = 1 << 20;

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let Some(name) = name(want) else { return Ok(Verdict::not_applicable(UNNAMED)) };
    let server = db.server()?;
    let Some(slot) = named(db, name)? else { return Ok(Verdict::not_applicable(ABSENT)) };
    let status = slot.wal_status.as_deref().unwrap_or("unknown");
    let finding = |outcome| Finding::server(outcome).expected("reserved");
    if let Some(reason) = lost(slot) {
        let message = "What it held is gone: it cannot be read again, and rows are missed.";
        return Ok(finding(Outcome::Fail).observed(reason).because(message).into());
    }
    if status == "unreserved" {
        let message =
            "The next checkpoint may remove what it needs: its consumer is too far behind.";
        return Ok(finding(Outcome::Warn).observed(status).because(message).into());
    }
    let percent = i64::from(want.thresholds.slot_safe_warn_percent);
    Ok(match left(server, slot) {
        Some(left) if left < percent => finding(Outcome::Warn)
            .observed(format!("{left} % of what is kept is left"))
            .because("Its consumer does not keep up: the slot is lost when nothing is left."),
        _ => finding(Outcome::Pass).observed(status),
    }
    .into())
}

/// Why the slot cannot be used, where it cannot.
fn lost(slot: &Slot) -> Option<String> {
    if let Some(reason) = &slot.invalidation_reason {
        return Some(format!("invalidated: {reason}"));
    }
    if slot.conflicting == Some(true) {
        return Some("invalidated by a conflict with recovery".into());
    }
    if slot.is_lost() || slot.reserves_wal == Some(false) {
        return Some("lost".into());
    }
    None
}

/// The share of what is kept that can still be written before the slot is lost, in percent.
fn left(server: &Server, slot: &Slot) -> Option<i64> {
    let kept = server.setting_number("max_slot_wal_keep_size").ok().filter(|kept| *kept > 0)?;
    Some(slot.safe_wal_bytes? / (kept * MB / 100).max(1))
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let Some(name) = name(want) else { return Remedy::none() };
    if finding.outcome == Outcome::Fail {
        return drop_slot(name)
            .note("The connector makes a new one, and has to read a new snapshot.")
            .into();
    }
    let kept = db.server().and_then(|server| server.setting_number("max_slot_wal_keep_size"));
    let more = kept.unwrap_or_default().max(1024) * 2;
    parameter::reload(db, "max_slot_wal_keep_size", &format!("{more}MB"))
}
