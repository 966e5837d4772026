//! Decoding fits into memory.

use super::parameter;
use crate::facts::Postgres;
use crate::facts::postgres::Decoded;
use crate::quote::postgres::literal;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/decoding-memory",
    title: "decoding fits into memory",
    level: Level::Recommended,
    tags: &["capacity", "settings"],
    doc: include_str!("decoding_memory.md"),
    judge,
    remedy,
};

/// What a server has by itself, in kB.
const USUAL: i64 = 64 * 1024;
/// From these major versions on, there is the parameter, and the server counts what was spilled.
const BOUNDED: u32 = 13;
const COUNTS: u32 = 14;

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    if server.major() < BOUNDED {
        let why = "Before PostgreSQL 13 the memory of decoding has no parameter.";
        return Ok(Verdict::not_applicable(why));
    }
    let memory = server.setting_number("logical_decoding_work_mem")?;
    let spilling = spilling(db, want)?;
    if !spilling.is_empty() {
        let slots: Vec<String> = spilling.iter().map(|slot| share(slot)).collect();
        return Ok(Finding::server(Outcome::Warn)
            .expected(format!("at most {} % on disk", want.thresholds.spill_warn_percent))
            .observed(slots.join(", "))
            .into());
    }
    let finding = Finding::server(Outcome::Pass).observed(format!("{memory} kB"));
    Ok(match memory {
        memory if memory < USUAL => {
            finding.because("Less than usual: large transactions go to disk.")
        }
        _ => finding,
    }
    .into())
}

/// The slots for which most of what was decoded went to disk; only the connector's where its name
/// is known.
fn spilling<'a>(db: &'a Postgres, want: &Intent) -> Result<Vec<&'a Decoded>, Missing> {
    let server = db.server()?;
    if server.major() < COUNTS {
        return Ok(Vec::new());
    }
    let decoded = server.recorded(server.decoded.as_ref(), "what decoding wrote to disk")?;
    let percent = i128::from(want.thresholds.spill_warn_percent);
    let concerns =
        |slot: &&Decoded| want.profile.slot_name.as_ref().is_none_or(|n| *n == slot.name);
    let spills = |slot: &&Decoded| {
        i128::from(slot.spilled_bytes) * 100 > i128::from(slot.total_bytes) * percent
    };
    Ok(decoded.iter().filter(concerns).filter(spills).collect())
}

fn share(slot: &Decoded) -> String {
    let percent = i128::from(slot.spilled_bytes) * 100 / i128::from(slot.total_bytes.max(1));
    format!("{percent} % of {}", slot.name.untrusted())
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let memory = db.server().and_then(|server| server.setting_number("logical_decoding_work_mem"));
    let enough = (memory.unwrap_or(USUAL) * 4).max(USUAL * 4) / 1024;
    let raise = parameter::reload(db, "logical_decoding_work_mem", &format!("{enough}MB"));
    spilling(db, want)
        .unwrap_or_default()
        .into_iter()
        .fold(raise, |remedy, slot| remedy.then(count_anew(&slot.name)))
}

fn count_anew(slot: &Text) -> Step {
    let name = literal(slot.untrusted());
    Step::dba(format!("SELECT pg_stat_reset_replication_slot({name});"))
        .note("Counts anew, so that the effect shows. The memory is per decoding process.")
}
