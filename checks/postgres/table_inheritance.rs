//! No rows are in tables that inherit from a selected one.

use super::selected::{judge_each, table};
use crate::facts::Postgres;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-inheritance",
    title: "no table inherits from a selected one",
    level: Level::Recommended,
    tags: &["identity", "tables"],
    doc: include_str!("table_inheritance.md"),
    judge: |db, _| judge(db),
    remedy,
};

fn judge(db: &Postgres) -> Result<Verdict, Missing> {
    judge_each(db, |table| {
        let finding = |outcome| Finding::table(table.name.display(), outcome);
        let inheritance = table.inheritance.as_ref();
        let (children, bad) =
            inheritance.map_or((0, 0), |found| (found.children, found.children_without_identity));
        if children == 0 {
            return finding(Outcome::Pass);
        }
        let finding = finding(Outcome::Warn);
        let events = "A query of the table shows the rows of its children, but their events carry \
                      their own names, and children to come are not published.";
        if bad == 0 {
            return finding.observed(format!("{children} children")).because(events);
        }
        finding.observed(format!("{children} children, {bad} without an identity")).because(
            format!(
                "{events} A child does not inherit the primary key: once it is published, its \
                 UPDATE and DELETE fail (SQLSTATE 55000)."
            ),
        )
    })
}

fn remedy(finding: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    let name = table.name.display();
    let name = name.untrusted();
    Remedy::from(Step::manual(
        Actor::Owner,
        format!("Give each child of {name} a primary key, or leave it out with FOR TABLE ONLY."),
    ))
    .then(Step::request(format!("In TableNames, name the children of {name} too.")))
}
