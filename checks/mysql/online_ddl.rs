//! No change of a table is under way that will exchange it.

use crate::facts::MySql;
use crate::{
    Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, TableName, Verdict,
};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/online-ddl",
    title: "no exchange of tables is under way",
    level: Level::Recommended,
    tags: &["tables"],
    doc: include_str!("online_ddl.md"),
    judge,
    remedy,
};

const WHY: &str = "a change of a table is under way, or has left this behind";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let tables = db.tables.get()?;
    let found = tables.found.iter().map(|table| finding(&table.name));
    let is_selected = |name: &TableName| tables.found.iter().any(|table| table.name == *name);
    let beside = tables.leftovers.iter().filter(|name| !is_selected(name));
    let beside = beside.map(finding).filter(|finding| finding.outcome != Outcome::Pass);
    Ok(Verdict::each(found.chain(beside)))
}

fn finding(name: &TableName) -> Finding {
    let finding = |outcome| Finding::table(name.display(), outcome);
    match tool(name.name.untrusted()) {
        Some(tool) => finding(Outcome::Warn).observed(format!("a table of {tool}")).because(WHY),
        None => finding(Outcome::Pass),
    }
}

/// The tool that makes tables of such names beside the one that it changes.
fn tool(name: &str) -> Option<&'static str> {
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if !name.starts_with('_') {
        return None;
    }
    if ends(&["_gho", "_ghc", "_del"]) {
        return Some("gh-ost");
    }
    (name.starts_with("__") && ends(&["_old", "_new"]) || ends(&["_new"]))
        .then_some("pt-online-schema-change")
}

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    let instruction = "Wait until the tool is done, or drop the table if nobody runs it any more; \
                       and select the tables by name.";
    Step::manual(Actor::Owner, instruction).into()
}
