//! Snapshot and stream have the same columns.

use super::published::{has_generated, listed, read_of};
use super::selected::{judge_each, table};
use crate::facts::Postgres;
use crate::facts::postgres::{Column, Generated, Table, Tables};
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-generated",
    title: "snapshot and stream have the same columns",
    level: Level::Recommended,
    tags: &["generated-columns", "snapshot", "tables"],
    doc: include_str!("table_generated.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let tables = db.tables.get()?;
    judge_each(db, |table| {
        let left_out = left_out(tables, table, want);
        let finding = |outcome| Finding::table(table.name.display(), outcome);
        if left_out.is_empty() {
            return finding(Outcome::Pass);
        }
        finding(Outcome::Warn)
            .observed(format!("generated: {}", listed(left_out)))
            .because("The snapshot has these columns, and later events have not.")
    })
}

/// The generated columns that the stream lacks, as far as is known of the publication.
fn left_out<'a>(tables: &'a Tables, table: &'a Table, want: &'a Intent) -> Vec<&'a Text> {
    let is_sent = |column: &Column| {
        let mut places = read_of(tables, table, want).peekable();
        places.peek().is_some()
            && places.all(|(publication, place)| has_generated(publication, place, column))
    };
    let generated = table.columns.iter().filter(|column| column.generated != Generated::Never);
    generated.filter(|column| !is_sent(column)).map(|column| &column.name).collect()
}

fn remedy(finding: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    Step::manual(
        Actor::Owner,
        format!(
            "Have consumers compute them, or make them ordinary columns of {} that a trigger \
             fills. From PostgreSQL 18 on a publication can have those that are stored.",
            table.name.display().untrusted()
        ),
    )
    .into()
}
