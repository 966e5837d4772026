//! A member of a group can be captured beyond the loss of one member.

use crate::facts::MySql;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/group-replication",
    title: "a reader can change the member of the group",
    level: Level::Recommended,
    tags: &["topology"],
    doc: include_str!("group_replication.md"),
    judge,
    remedy,
};

const NO_IDS: &str = "file and position mean nothing on another member";
const MANY: &str = "transactions of different primaries have no order that all members share";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let group = db.optional_variable("group_replication_group_name")?;
    if group.is_none_or(str::is_empty) {
        return Ok(Verdict::not_applicable("the server is not a member of a replication group"));
    }
    let finding = |outcome| Finding::server(outcome);
    if db.optional_variable("gtid_mode")? != Some("ON") {
        return Ok(finding(Outcome::Warn)
            .observed("no global transaction ids")
            .because(NO_IDS)
            .into());
    }
    if db.optional_variable("group_replication_single_primary_mode")? == Some("OFF") {
        return Ok(finding(Outcome::Warn)
            .expected("one primary")
            .observed("several primaries")
            .because(MANY)
            .into());
    }
    Ok(finding(Outcome::Pass).into())
}

fn remedy(finding: &Finding, _: &MySql, _: &Intent) -> Remedy {
    let is_many = finding.expected.is_some();
    if !is_many {
        return Step::manual(Actor::Dba, "Turn global transaction ids on: see mysql/gtid-mode.")
            .into();
    }
    Step::dba("SELECT group_replication_switch_to_single_primary_mode();")
        .undo("SELECT group_replication_switch_to_multi_primary_mode();")
        .into()
}
