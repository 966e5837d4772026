//! Rows that are hidden raise an error in place of a hole.

use super::session::attach;
use crate::facts::Postgres;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Subject, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/session-row-security",
    title: "hidden rows raise an error",
    level: Level::Informational,
    tags: &["settings", "snapshot"],
    doc: include_str!("session_row_security.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let finding = |outcome| Finding::of(Subject::Account(server.session_user.clone()), outcome);
    if server.setting_text("row_security")? == "off" {
        let message =
            "A policy that would filter the snapshot ends it with SQLSTATE 42501 instead.";
        return Ok(finding(Outcome::Pass).observed("row_security = off").because(message).into());
    }
    let filtered = db.tables.get()?.found.iter().filter(|table| table.row_security).count();
    if filtered == 0 || !want.reads_rows() {
        return Ok(finding(Outcome::Pass).observed("nothing is filtered").into());
    }
    Ok(finding(Outcome::Warn)
        .expected("row_security = off")
        .observed(format!("row_security = on, {filtered} tables are filtered"))
        .into())
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    attach(db, want, "row_security", "off").into()
}
