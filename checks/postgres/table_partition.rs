//! No table is selected both by itself and as a partition.

use super::published::read_of;
use super::selected::{judge_each, table};
use crate::facts::Postgres;
use crate::facts::postgres::{Table, Tables};
use crate::{
    Check, Finding, Intent, Level, Missing, Outcome, Remedy, Selection, Step, TableName, Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-partition",
    title: "partitions are named once, and under the name of their events",
    level: Level::Recommended,
    tags: &["partitions", "tables"],
    doc: include_str!("table_partition.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let tables = db.tables.get()?;
    judge_each(db, |table| {
        let finding = |outcome| Finding::table(table.name.display(), outcome);
        let Some(root) = &table.root else { return finding(Outcome::Pass) };
        let observed = format!("a partition of {}", root.display().untrusted());
        let finding = |outcome| finding(outcome).observed(&*observed);
        if is_selected(root, want) {
            return finding(Outcome::Warn).because(
                "Its root is selected too: its rows are in the snapshot twice, or its changes \
                 come under one of the two names only.",
            );
        }
        if comes_as_root(tables, table, want) {
            return finding(Outcome::Warn).because(
                "The publication gives its changes the root's name, which a connector that \
                 filters by the names of the request lets through only where it is named.",
            );
        }
        finding(Outcome::Pass)
            .because("A row that moves to another partition is a delete here and an insert there.")
    })
}

fn is_selected(root: &TableName, want: &Intent) -> bool {
    matches!(&want.selection, Selection::Tables(names) if names.iter().any(|name| name.is_alike(root)))
}

fn comes_as_root(tables: &Tables, table: &Table, want: &Intent) -> bool {
    read_of(tables, table, want)
        .any(|(publication, place)| publication.via_root && place.through.is_some())
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    let (name, root) = (table.name.display(), table.root.as_ref().map(TableName::display));
    let name = name.untrusted();
    Step::request(match root {
        Some(root) if table.root.as_ref().is_some_and(|root| !is_selected(root, want)) => {
            format!("In TableNames, name {} in place of {name}.", root.untrusted())
        }
        _ => format!("Take {name} out of TableNames: its root has it."),
    })
    .into()
}
