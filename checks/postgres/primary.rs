//! The server is the primary.

use crate::facts::Postgres;
use crate::{Check, Finding, Flavour, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/primary",
    title: "the server is the primary",
    level: Level::Required,
    tags: &["replication"],
    doc: include_str!("primary.md"),
    judge,
    remedy,
};

/// From this major version on, a standby can decode.
const STANDBY_DECODES: u32 = 16;

fn judge(db: &Postgres, _: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    if !server.in_recovery {
        return Ok(Finding::server(Outcome::Pass).observed("a primary").into());
    }
    let finding = |outcome| Finding::server(outcome).expected("a primary").observed("a standby");
    if server.major() < STANDBY_DECODES {
        let message = "Before PostgreSQL 16 a standby cannot decode changes.";
        return Ok(finding(Outcome::Fail).because(message).into());
    }
    let feedback = match server.setting_text("hot_standby_feedback") {
        Ok("on") => "",
        _ => " hot_standby_feedback is off here, so that the primary's clean-up invalidates slots.",
    };
    Ok(finding(Outcome::Warn)
        .because(format!(
            "No publication can be created on a standby, its slots do not survive a failover, and \
             the creation of one waits until the primary logs its running transactions.{feedback}"
        ))
        .into())
}

fn remedy(finding: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let primary = Step::request(match db.platform() {
        Flavour::Aurora => {
            "In HostName, name the cluster's writer endpoint: the reader endpoint leads to standbys."
        }
        Flavour::AlibabaRds => {
            "In HostName, name the primary instance: read-only instances cannot be sources."
        }
        Flavour::PolarDb => "In HostName, name the primary endpoint, not a cluster endpoint.",
        Flavour::Neon => "In HostName, name the branch's read-write compute.",
        flavour if flavour.is_managed() => "In HostName, name the instance, not its read replica.",
        _ => "In HostName and Port, name the primary.",
    });
    if finding.outcome == Outcome::Fail {
        return primary.into();
    }
    primary
        .note(
            "To stay on the standby: hot_standby_feedback = on and a physical slot for it on the \
             primary, the publication created there, and pg_log_standby_snapshot() run there \
             while the slot is being created.",
        )
        .into()
}
