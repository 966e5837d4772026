//! The set of executed transactions is small enough to be remembered with every event.

use super::gtid_set;
use crate::facts::MySql;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/gtid-size",
    title: "the set of executed transactions is compact",
    level: Level::Recommended,
    tags: &["topology"],
    doc: include_str!("gtid_size.md"),
    judge,
    remedy,
};

const WHY: &str = "a reader stores the whole set with every position";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let Some(set) = gtid_set::executed(db)? else {
        return Ok(Verdict::not_applicable("transactions have no global ids"));
    };
    let (servers, ranges) = gtid_set::size(set);
    let limit = intent.thresholds.gtid_ranges_warn as usize;
    let most = intent.thresholds.gtid_servers_warn as usize;
    let finding =
        Finding::server(Outcome::Pass).observed(format!("{ranges} ranges of {servers} servers"));
    if ranges <= limit && servers <= most {
        return Ok(finding.into());
    }
    let finding = finding.expected(format!("{limit} ranges of {most} servers at most"));
    Ok(Finding { outcome: Outcome::Warn, ..finding }.because(WHY).into())
}

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    let instruction = "Find out who leaves gaps: appliers that commit out of order \
                       (replica_preserve_commit_order), or sets that were merged by hand.";
    Step::manual(Actor::Dba, instruction).into()
}
