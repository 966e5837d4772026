//! A WAL sender process is free.

use super::parameter;
use crate::facts::Postgres;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Text, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/wal-senders-free",
    title: "a WAL sender is free",
    level: Level::Required,
    tags: &["capacity", "settings"],
    doc: include_str!("wal_senders_free.md"),
    judge,
    remedy,
};

/// WAL senders to allow where there are fewer, and how many to add where there are more already.
const ROOMY: i64 = 20;
const MORE: i64 = 10;

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let all = server.setting_number("max_wal_senders")?;
    let needed = i64::from(want.profile.wal_senders);
    let free = all - i64::from(server.wal_senders);
    let outcome = match free {
        free if free < needed => Outcome::Fail,
        free if free == needed => Outcome::Warn,
        _ => Outcome::Pass,
    };
    let finding = Finding::server(outcome)
        .expected(format!("{needed} free"))
        .observed(format!("{} free of {all}", free.max(0)));
    Ok(match outcome {
        Outcome::Warn => finding.because(
            "After a broken connection the old process lingers until wal_sender_timeout: without a \
             spare one the connector cannot come back before.",
        ),
        _ => finding,
    }
    .into())
}

fn remedy(_: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let all = db.server().and_then(|server| server.setting_number("max_wal_senders"));
    let all = all.unwrap_or_default();
    let enough = if all < ROOMY { ROOMY } else { all + MORE };
    let mut raise = parameter::set(db, "max_wal_senders", &enough.to_string());
    let note = raise.note.as_ref().map_or("", Text::untrusted);
    raise.note = Some(Text::new(format!("{note} {STANDBYS_FIRST}").trim()));
    raise.into()
}

/// A standby refuses to follow a primary that allows more WAL senders than itself.
const STANDBYS_FIRST: &str = "Standbys first: one that allows fewer than its primary stops.";
