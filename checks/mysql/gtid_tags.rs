//! Global transaction ids have no tags, which older readers do not understand.

use super::gtid_set;
use crate::facts::MySql;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/gtid-tags",
    title: "global transaction ids have no tags",
    level: Level::Recommended,
    tags: &["topology"],
    doc: include_str!("gtid_tags.md"),
    judge,
    remedy,
};

const WHY: &str = "older readers cannot read the set, or stop at the first such transaction";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let Some(set) = gtid_set::executed(db)? else {
        return Ok(Verdict::not_applicable("transactions have no global ids"));
    };
    let tags = gtid_set::tags(set);
    if tags.is_empty() {
        return Ok(Finding::server(Outcome::Pass).into());
    }
    let finding = Finding::server(Outcome::Warn).expected("none").observed(tags.join(", "));
    Ok(finding.because(WHY).into())
}

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    let instruction = "Make sure that the reader knows tagged ids, and stop giving tags until it \
                       does: the set keeps those that are in it.";
    Step::manual(Actor::Dba, instruction).into()
}
