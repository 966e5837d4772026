//! A replica that applies in parallel commits in the order of its source.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/commit-order",
    title: "a replica keeps the order of commits",
    level: Level::Recommended,
    tags: &["topology"],
    doc: include_str!("commit_order.md"),
    judge,
    remedy,
};

const WHY: &str = "its log has another order than its source: effects may come before causes";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    if db.upstream.get()?.is_none() {
        return Ok(Verdict::not_applicable("the server is not a replica"));
    }
    let first = |names: [&'static str; 2]| -> Result<Option<(&'static str, &str)>, Missing> {
        let [new, old] = names;
        let value = db.optional_variable(new)?.map(|value| (new, value));
        Ok(value.or(db.optional_variable(old)?.map(|value| (old, value))))
    };
    let workers = first(["replica_parallel_workers", "slave_parallel_workers"])?;
    let Some((name, order)) =
        first(["replica_preserve_commit_order", "slave_preserve_commit_order"])?
    else {
        return Ok(Verdict::not_applicable("MariaDB keeps the order by itself"));
    };
    let is_single = workers.is_some_and(|(_, workers)| matches!(workers, "0" | "1"));
    let outcome = if order == "ON" || is_single { Outcome::Pass } else { Outcome::Warn };
    let finding = setting::finding(name, order, outcome).expected("ON");
    Ok(if outcome == Outcome::Pass { finding } else { finding.because(WHY) }.into())
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let mut remedy =
        Remedy::from(Step::dba("STOP REPLICA SQL_THREAD;").undo("START REPLICA SQL_THREAD;"));
    remedy.steps.extend(setting::change(db, setting::name_in(finding), "ON").steps);
    remedy.then(Step::dba("START REPLICA SQL_THREAD;").undo("STOP REPLICA SQL_THREAD;"))
}
