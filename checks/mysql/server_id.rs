//! The server has an id.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/server-id",
    title: "the server has an id",
    level: Level::Required,
    tags: &["binlog"],
    doc: include_str!("server_id.md"),
    judge,
    remedy,
};

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let value = db.variable("server_id")?;
    let finding = |outcome| Finding::server(outcome).expected("1 or more").observed(value);
    Ok(match value {
        "0" => finding(Outcome::Fail).because("a server without an id hands out no binary log"),
        "1" => finding(Outcome::Pass)
            .because("1 is the default, so a clone of this server is likely to have it as well"),
        _ => finding(Outcome::Pass),
    }
    .into())
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let mut remedy = setting::change(db, "server_id", &suggestion(db).to_string());
    if let Some(first) = remedy.steps.first_mut() {
        first.note = Some(UNIQUE.into());
    }
    remedy
}

const UNIQUE: &str = "Any number will do that no other server or reader of its log uses.";

/// The line for the configuration file.
pub(super) fn line(db: &MySql) -> Step {
    let line = format!("server_id = {}", suggestion(db));
    Step::config("my.cnf", "[mysqld]", line).costs(Cost::Restart).note(UNIQUE)
}

/// A number that is unlikely to be taken: a hash (FNV-1a) of the host's name. The same for the same
/// facts, above the small numbers that people choose and below the range that readers choose from.
fn suggestion(db: &MySql) -> u32 {
    let name = db.identity.known().map_or("", |identity| identity.hostname.untrusted());
    let hash = name
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    1_000_000 + hash % 1_000_000_000
}
