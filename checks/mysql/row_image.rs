//! The binary log holds whole rows.

use super::setting;
use crate::facts::MySql;
use crate::facts::mysql::{Line, Version};
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/row-image",
    title: "the binary log holds whole rows",
    level: Level::Required,
    tags: &["binlog"],
    doc: include_str!("row_image.md"),
    judge,
    remedy,
};

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let value = db.variable("binlog_row_image")?;
    let finding = |outcome| Finding::server(outcome).expected("FULL").observed(value);
    Ok(match value {
        "FULL" if anybody_may_change_it(db)? => finding(Outcome::Pass)
            .because("before MySQL 8.0 any account may set another image for its session"),
        "FULL" => finding(Outcome::Pass),
        "FULL_NODUP" => finding(Outcome::Fail).because(
            "the row after an update holds only the columns that changed, and the engine refuses \
             to start",
        ),
        "NOBLOB" if intent.profile.reads_noblob => finding(Outcome::Warn)
            .because("large columns that an update does not change are missing from events"),
        "NOBLOB" => finding(Outcome::Fail).because("large columns are missing from most events"),
        _ => finding(Outcome::Fail)
            .because("events hold the key and the columns that changed, and nothing else"),
    }
    .into())
}

/// MySQL 8.0 asks for `SESSION_VARIABLES_ADMIN`, MariaDB for `BINLOG ADMIN`.
fn anybody_may_change_it(db: &MySql) -> Result<bool, Missing> {
    let identity = db.identity.get()?;
    let is_old = identity.version_number()? < Version::new(8, 0, 0);
    Ok(identity.line() == Line::MySql && is_old)
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    setting::change_for_sessions(db, "binlog_row_image", "FULL")
}
