//! The server is not in offline mode.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/offline-mode",
    title: "the server lets accounts in",
    level: Level::Required,
    tags: &["connection"],
    doc: include_str!("offline_mode.md"),
    judge,
    remedy,
};

const WHY: &str = "every account that does not administer connections is refused with error 3032";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    setting::compare(db, "offline_mode", "OFF", Outcome::Fail, WHY)
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    setting::change(db, "offline_mode", "OFF")
}
