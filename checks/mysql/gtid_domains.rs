//! The transactions of MariaDB form one sequence.

use std::collections::BTreeSet;

use super::setting;
use crate::facts::MySql;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/gtid-domains",
    title: "transactions form one sequence",
    level: Level::Recommended,
    tags: &["topology"],
    doc: include_str!("gtid_domains.md"),
    judge,
    remedy,
};

const MANY: &str = "events of different domains have no order among each other";
const LOOSE: &str = "the same number may come twice, and a reader is then refused as diverged";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let Some(position) = db.optional_variable("gtid_binlog_pos")? else {
        return Ok(Verdict::not_applicable("MySQL has no domains"));
    };
    let domains = domains(position);
    let finding = Finding::server(Outcome::Pass).expected("one domain and one writer");
    if domains.len() > 1 {
        let finding = finding.observed(format!("{} domains", domains.len()));
        return Ok(Finding { outcome: Outcome::Warn, ..finding }.because(MANY).into());
    }
    let strict = db.optional_variable("gtid_strict_mode")? == Some("ON");
    let state = db.optional_variable("gtid_binlog_state")?.unwrap_or(position);
    let writers = state.split(',').filter(|gtid| !gtid.trim().is_empty()).count();
    if writers > 1 && !strict {
        let finding = finding.observed(format!("{writers} writers without gtid_strict_mode"));
        return Ok(Finding { outcome: Outcome::Warn, ..finding }.because(LOOSE).into());
    }
    Ok(finding.observed(position).into())
}

/// The domains of a position, which is a list of `domain-server-number`.
fn domains(position: &str) -> BTreeSet<&str> {
    let gtids = position.split(',').map(str::trim).filter(|gtid| !gtid.is_empty());
    gtids.filter_map(|gtid| gtid.split('-').next()).collect()
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let observed = finding.observed.as_ref().map_or("", Text::untrusted);
    if observed.ends_with("gtid_strict_mode") {
        return setting::change(db, "gtid_strict_mode", "ON");
    }
    let instruction = "Write through one domain (gtid_domain_id) only, or make sure that the \
                       reader keeps a position for each: the log keeps those that are in it.";
    Step::manual(Actor::Dba, instruction).into()
}
