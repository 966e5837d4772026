//! The account may lock what a snapshot reads for a moment.

use super::account;
use crate::facts::MySql;
use crate::privileges::mysql::{Grants, Need};
use crate::{
    Check, Cost, Finding, Flavour, Intent, Level, Missing, Outcome, Remedy, SnapshotLocking,
    SnapshotMode, Text, Verdict,
};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/snapshot-lock",
    title: "the account may lock for the snapshot",
    level: Level::Required,
    tags: &["privileges"],
    doc: include_str!("snapshot_lock.md"),
    judge,
    remedy,
};

const ASSUMED: &str =
    "a reader that locks for its snapshot, as Debezium does, fails; the service does not say";
const DEMANDED: &str = "the connector locks for its snapshot, and fails";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let locking = intent.profile.snapshot_locking;
    if locking == SnapshotLocking::None {
        return Ok(Verdict::not_applicable("the connector takes its snapshot without locks"));
    }
    if intent.snapshot == SnapshotMode::Never {
        return Ok(Verdict::not_applicable("there is no snapshot"));
    }
    let grants = account::grants(db)?;
    let wanted = wanted(db, intent, &grants);
    let finding = |outcome| Finding::of(account::subject(db), outcome);
    if wanted.is_empty() {
        return Ok(finding(Outcome::Pass).into());
    }
    let names: Vec<String> = wanted.iter().map(Need::describe).collect();
    // What is only assumed is told, and never demanded.
    let (outcome, why) = match locking {
        SnapshotLocking::Assumed => (Outcome::Warn, ASSUMED),
        _ => (Outcome::Fail, DEMANDED),
    };
    let finding = finding(outcome).expected(names.join(" and ")).observed("not granted");
    Ok(finding.because(why).strictly().into())
}

/// What is missing: a lock on everything, or where the platform refuses that one to everybody, one
/// on each table.
fn wanted(db: &MySql, intent: &Intent, grants: &Grants) -> Vec<Need> {
    let flushes = grants.has_global("RELOAD") || grants.has_global("FLUSH_TABLES");
    let unlocked: Vec<Need> = schemas(db, intent)
        .into_iter()
        .filter(|schema| !grants.has_on_schema(schema.untrusted(), "LOCK TABLES"))
        .map(|schema| Need::OnSchema("LOCK TABLES", schema))
        .collect();
    let is_refused = matches!(db.platform(), Flavour::Aurora | Flavour::Rds);
    if flushes && unlocked.is_empty() || grants.has_global("RELOAD") && !is_refused {
        return Vec::new();
    }
    let flush = Need::Global("RELOAD");
    if is_refused {
        return unlocked.into_iter().chain((!flushes).then_some(flush)).collect();
    }
    vec![flush]
}

fn schemas(db: &MySql, intent: &Intent) -> Vec<Text> {
    let found = db.tables.known().map_or(&[][..], |tables| &tables.found);
    let mut names: Vec<Text> = found.iter().map(|table| table.name.schema.clone()).collect();
    names.push(intent.database.clone());
    names.retain(|name| !name.untrusted().is_empty());
    names.sort();
    names.dedup();
    names
}

fn remedy(_: &Finding, db: &MySql, intent: &Intent) -> Remedy {
    let Ok(grants) = account::grants(db) else { return Remedy::none() };
    let mut remedy = account::grant(db, &wanted(db, intent, &grants));
    // Privileges on everything are copied when a session begins.
    remedy.steps.iter_mut().for_each(|step| step.cost = Cost::Reconnect);
    remedy
}
