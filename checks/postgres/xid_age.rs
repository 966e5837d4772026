//! Transaction ids are far from wrapping around.

use super::session::login_role;
use crate::facts::Postgres;
use crate::facts::postgres::Server;
use crate::{Actor, Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/xid-age",
    title: "transaction ids are far from wrapping around",
    level: Level::Required,
    tags: &["capacity"],
    doc: include_str!("xid_age.md"),
    judge,
    remedy,
};

/// What keeps old transaction ids.
enum Keeper<'a> {
    Database,
    Slot(&'a str),
}

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let (age, keeper) = oldest(server)?;
    let outcome = match age {
        age if age > i64::from(want.thresholds.xid_age_fail) => Outcome::Fail,
        age if age > i64::from(want.thresholds.xid_age_warn) => Outcome::Warn,
        _ => Outcome::Pass,
    };
    let finding = Finding::server(outcome)
        .expected(format!("at most {} transactions old", want.thresholds.xid_age_warn));
    Ok(match keeper {
        Keeper::Database => finding.observed(format!("the database's rows: {age}")),
        Keeper::Slot(name) => finding.observed(format!("the slot {name}: {age}")),
    }
    .into())
}

fn oldest(server: &Server) -> Result<(i64, Keeper<'_>), Missing> {
    let database = server.recorded(server.database.xid_age.as_ref(), "the age of the database")?;
    let slots = server.all_slots()?.iter();
    let slots =
        slots.filter_map(|slot| Some((slot.xmin_age?, Keeper::Slot(slot.name.untrusted()))));
    let ages = slots.chain([(*database, Keeper::Database)]);
    ages.max_by_key(|(age, _)| *age).ok_or(Missing::NotAsked {
        what: "the age of transaction ids".into(),
        why: "nothing keeps them".into(),
    })
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    match db.server().and_then(oldest) {
        Ok((_, Keeper::Slot(name))) => Step::manual(
            Actor::Dba,
            format!("Let the consumer of the slot {name} catch up, or drop the slot, then VACUUM."),
        )
        .note(format!("{} may drop it while it is inactive.", login_role(db, want)))
        .into(),
        Ok((_, Keeper::Database)) => Step::dba("VACUUM (FREEZE);")
            .in_database(want.database.clone())
            .costs(Cost::Live)
            .note("Reads every table. Old transactions, prepared ones and slots hold it back.")
            .into(),
        Err(_) => Remedy::none(),
    }
}
