//! The account's sessions may write what the connector writes.

use super::published::has_to_create;
use super::session::attach;
use crate::facts::Postgres;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Subject, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/session-read-only",
    title: "the account's sessions may write",
    level: Level::Required,
    tags: &["settings"],
    doc: include_str!("session_read_only.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let value = server.setting_text("default_transaction_read_only")?;
    let finding = |outcome| Finding::of(Subject::Account(server.session_user.clone()), outcome);
    if value != "on" {
        return Ok(finding(Outcome::Pass).observed("read and write").into());
    }
    let finding = |outcome| finding(outcome).expected("read and write").observed("read only");
    Ok(if want.profile.heartbeat {
        finding(Outcome::Fail).because("The connector's heartbeats are refused (SQLSTATE 25006).")
    } else if has_to_create(db, want)? {
        finding(Outcome::Fail)
            .because("The connector cannot create its publication (SQLSTATE 25006).")
    } else {
        finding(Outcome::Warn)
    }
    .into())
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    attach(db, want, "default_transaction_read_only", "off").into()
}
