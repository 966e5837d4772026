//! A replica writes what it receives into its own binary log.

use crate::facts::MySql;
use crate::{
    Check, Cost, Finding, Flavour, Intent, Level, Missing, Outcome, Remedy, Step, Verdict,
};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/log-replica-updates",
    title: "a replica logs what it receives",
    level: Level::Required,
    tags: &["topology"],
    doc: include_str!("log_replica_updates.md"),
    judge,
    remedy,
};

const SILENT: &str = "what the replica receives never reaches its log: the stream stays silent";
const LATER: &str = "after a failover this server is a replica whose log stays silent";
const PERHAPS: &str =
    "if this server is a replica, its log stays silent; the account cannot see it";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let names = ["log_replica_updates", "log_slave_updates"];
    let mut value = None;
    for name in names {
        value = value.or(db.optional_variable(name)?);
    }
    let Some(value) = value else { return Err(unknown()) };
    let finding = |outcome| Finding::server(outcome).expected("ON").observed(value);
    if value == "ON" {
        return Ok(finding(Outcome::Pass).into());
    }
    Ok(match db.upstream.get() {
        Ok(Some(_)) => finding(Outcome::Fail).because(SILENT),
        Ok(None) => finding(Outcome::Warn).because(LATER),
        Err(missing @ (Missing::NotReached { .. } | Missing::TimedOut { .. })) => {
            return Err(missing);
        }
        Err(_) => finding(Outcome::Warn).because(PERHAPS),
    }
    .into())
}

fn unknown() -> Missing {
    Missing::Unsupported { what: "log_replica_updates".into(), since: "every known version".into() }
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    match db.platform() {
        Flavour::Aurora => Step::request("Capture from the writer.").into(),
        Flavour::Rds => {
            Step::console("Keep automated backups of the replica.").costs(Cost::Restart).into()
        }
        Flavour::CloudSql => Step::console("Turn the binary log on for the replica itself.")
            .costs(Cost::Restart)
            .into(),
        platform if platform.is_managed() => Step::request("Name the primary in HostName.").into(),
        _ => {
            let has_new = matches!(db.optional_variable("log_replica_updates"), Ok(Some(_)));
            let name = if has_new { "log_replica_updates" } else { "log_slave_updates" };
            Step::config("my.cnf", "[mysqld]", format!("{name} = ON")).into()
        }
    }
}
