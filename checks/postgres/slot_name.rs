//! The slot's name is one that the server takes.

use super::slot::{UNNAMED, name};
use crate::facts::Postgres;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/slot-name",
    title: "the slot's name is allowed",
    level: Level::Required,
    tags: &["slot"],
    doc: include_str!("slot_name.md"),
    judge: |_, want| judge(want),
    remedy,
};

/// The longest name, in bytes.
const LONGEST: usize = 63;

fn judge(want: &Intent) -> Result<Verdict, Missing> {
    let Some(name) = name(want) else { return Ok(Verdict::not_applicable(UNNAMED)) };
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let fits = (1..=LONGEST).contains(&name.len()) && name.bytes().all(is_allowed);
    let outcome = if fits { Outcome::Pass } else { Outcome::Fail };
    Ok(Finding::server(outcome)
        .expected("1 to 63 of a-z, 0-9 and _")
        .observed(name.to_owned())
        .into())
}

fn remedy(_: &Finding, _: &Postgres, _: &Intent) -> Remedy {
    Step::request("Name the slot with lower-case letters, digits and underscores only.")
        .note("Slot names are shared by all databases of a server.")
        .into()
}
