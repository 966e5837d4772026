//! The write-ahead log carries what logical decoding needs.

use super::parameter;
use crate::facts::Postgres;
use crate::facts::postgres::Server;
use crate::{
    Actor, Check, Cost, Finding, Flavour, Intent, Level, Missing, Outcome, Remedy, Step, Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/wal-level",
    title: "the write-ahead log carries logical changes",
    level: Level::Required,
    tags: &["settings", "wal"],
    doc: include_str!("wal_level.md"),
    judge,
    remedy,
};

/// From this major version on, the first logical slot switches logical decoding on by itself.
const SWITCHES_BY_ITSELF: u32 = 19;

fn judge(db: &Postgres, _: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let configured = server.setting_text("wal_level")?;
    let effective = server.setting_text("effective_wal_level").unwrap_or(configured);
    let is_pending = server.setting("wal_level")?.pending_restart;
    let finding = |outcome| Finding::server(outcome).expected("logical").observed(effective);
    Ok(match (effective, is_pending) {
        ("logical", false) => finding(Outcome::Pass),
        ("logical", true) => finding(Outcome::Warn)
            .because("A changed wal_level waits for the next restart: it may not be logical."),
        ("replica", _) if server.major() >= SWITCHES_BY_ITSELF => by_itself(server, finding),
        (_, true) => finding(Outcome::Fail)
            .because("A changed wal_level is configured already and waits for a restart."),
        (_, false) => finding(Outcome::Fail),
    }
    .into())
}

fn by_itself(server: &Server, finding: impl Fn(Outcome) -> Finding) -> Finding {
    if server.in_recovery {
        return finding(Outcome::Fail)
            .because("A standby follows its primary, where logical decoding is not switched on.");
    }
    finding(Outcome::Pass).because(
        "The first logical slot switches logical decoding on for the whole server, without a \
         restart.",
    )
}

fn remedy(_: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let Ok(server) = db.server() else { return Remedy::none() };
    if server.setting("wal_level").is_ok_and(|setting| setting.pending_restart) {
        return Step::manual(Actor::Dba, "Check wal_level in the configuration, then restart.")
            .costs(Cost::Restart)
            .into();
    }
    if server.in_recovery && server.major() >= SWITCHES_BY_ITSELF {
        return Step::manual(Actor::Dba, "Set wal_level to logical on the primary.")
            .costs(Cost::Restart)
            .into();
    }
    match db.platform() {
        Flavour::Rds | Flavour::Aurora => parameter::set(db, "rds.logical_replication", "1"),
        Flavour::CloudSql => parameter::set(db, "cloudsql.logical_decoding", "on"),
        Flavour::AlloyDb => parameter::set(db, "alloydb.logical_decoding", "on"),
        Flavour::Neon => {
            Step::console("Enable logical replication in the project's settings, for good.")
                .costs(Cost::Restart)
        }
        _ => parameter::set(db, "wal_level", "logical"),
    }
    .into()
}
