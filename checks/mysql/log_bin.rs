//! The binary log is on.

use crate::facts::MySql;
use crate::{
    Check, Cost, Finding, Flavour, Intent, Level, Missing, Outcome, Remedy, Step, Verdict,
};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/log-bin",
    title: "the binary log is on",
    level: Level::Required,
    tags: &["binlog"],
    doc: include_str!("log_bin.md"),
    judge,
    remedy,
};

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let value = db.variable("log_bin")?;
    let outcome = if value == "ON" { Outcome::Pass } else { Outcome::Fail };
    Ok(Finding::server(outcome).expected("ON").observed(value).into())
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let (change, cost) = match db.platform() {
        Flavour::Rds => ("Keep automated backups for at least a day.", Cost::Restart),
        Flavour::Aurora => {
            ("Set binlog_format to ROW in the DB cluster parameter group.", Cost::Restart)
        }
        Flavour::CloudSql => ("Turn point-in-time recovery on.", Cost::Restart),
        Flavour::PolarDb => ("Set loose_polar_log_bin to ON; the cluster restarts.", Cost::Restart),
        platform if platform.is_managed() => {
            ("Turn the binary log on in the instance's settings.", Cost::Restart)
        }
        _ => return self_managed(db),
    };
    Step::console(change).costs(cost).into()
}

fn self_managed(db: &MySql) -> Remedy {
    let log_bin = Step::config("my.cnf", "[mysqld]", "log_bin = binlog")
        .note("Remove skip_log_bin and disable_log_bin from the file: the last one wins.");
    match db.optional_variable("server_id") {
        Ok(Some("0")) => Remedy::from(log_bin).then(super::server_id::line(db)),
        _ => log_bin.into(),
    }
}
