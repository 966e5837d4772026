//! A WAL sender process is free.

use super::{headroom, parameter};
use crate::facts::Postgres;
use crate::{Check, Finding, Intent, Level, Missing, Remedy, Text, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/wal-senders-free",
    title: "a WAL sender is free",
    level: Level::Required,
    tags: &["capacity", "settings"],
    doc: include_str!("wal_senders_free.md"),
    judge,
    remedy,
};

const WITHOUT_SPARE: &str = "After a broken connection the old process lingers until \
    wal_sender_timeout: without a spare one the connector cannot come back before.";

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let all = server.setting_number("max_wal_senders")?;
    let used = i64::from(server.wal_senders);
    Ok(headroom::judge(all, used, want.profile.wal_senders, WITHOUT_SPARE))
}

fn remedy(_: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let all = db.server().and_then(|server| server.setting_number("max_wal_senders"));
    let all = all.unwrap_or_default();
    let enough = headroom::enough(all);
    let mut raise = parameter::set(db, "max_wal_senders", &enough.to_string());
    let note = raise.note.as_ref().map_or("", Text::untrusted);
    raise.note = Some(Text::new(format!("{note} {STANDBYS_FIRST}").trim()));
    raise.into()
}

/// A standby refuses to follow a primary that allows more WAL senders than itself.
const STANDBYS_FIRST: &str = "Standbys first: one that allows fewer than its primary stops.";
