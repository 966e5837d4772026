//! A node of a Galera cluster logs the changes of all nodes.

use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/galera",
    title: "a cluster node logs the changes of all nodes",
    level: Level::Required,
    tags: &["topology"],
    doc: include_str!("galera.md"),
    judge,
    remedy,
};

const UPDATES_OFF: &str = "log_slave_updates = OFF";
const OWN_IDS: &str = "each node numbers transactions in its own way: a reader cannot change nodes";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let is_on = |name| Ok(db.optional_variable(name)?.is_some_and(|value| value == "ON"));
    if !is_on("wsrep_on")? {
        return Ok(Verdict::not_applicable("the server is not a node of a Galera cluster"));
    }
    let finding = |outcome| Finding::server(outcome);
    if !is_on("log_slave_updates")? && !is_on("log_replica_updates")? {
        let finding = finding(Outcome::Fail).expected("ON").observed(UPDATES_OFF);
        return Ok(finding.because("changes that other nodes make never reach this log").into());
    }
    if !is_on("wsrep_gtid_mode")? && db.optional_variable("wsrep_gtid_mode")?.is_some() {
        let finding = finding(Outcome::Warn).expected("ON").observed("wsrep_gtid_mode = OFF");
        return Ok(finding.because(OWN_IDS).into());
    }
    Ok(finding(Outcome::Pass)
        .because("name one node in the request: each has files of its own")
        .into())
}

fn remedy(finding: &Finding, _: &MySql, _: &Intent) -> Remedy {
    match finding.outcome {
        Outcome::Fail => Step::config("my.cnf", "[mysqld]", "log_slave_updates = ON"),
        _ => Step::config("my.cnf", "[mysqld]", "wsrep_gtid_mode = ON")
            .note("On every node, with the same wsrep_gtid_domain_id and server_id."),
    }
    .into()
}
