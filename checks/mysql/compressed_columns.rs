//! The selected tables have no columns that MariaDB compresses.

use super::selected;
use crate::facts::MySql;
use crate::facts::mysql::{Column, Table};
use crate::quote::mysql as quote;
use crate::{Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/compressed-columns",
    title: "no column is compressed",
    level: Level::Required,
    tags: &["tables"],
    doc: include_str!("compressed_columns.md"),
    judge,
    remedy,
};

const WHY: &str = "the log has the compressed values, which readers cannot decode";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    Ok(Verdict::each(db.tables.get()?.found.iter().map(finding)))
}

fn finding(table: &Table) -> Finding {
    let compressed: Vec<&str> =
        table.columns.iter().filter(|c| c.is_compressed()).map(name).collect();
    if compressed.is_empty() {
        return Finding::table(table.name.display(), Outcome::Pass);
    }
    let finding = Finding::table(table.name.display(), Outcome::Fail).expected("none");
    finding.observed(compressed.join(", ")).because(WHY)
}

fn name(column: &Column) -> &str {
    column.name.untrusted()
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let Some(table) = selected::table(db, finding) else { return Remedy::none() };
    let steps =
        table.columns.iter().filter(|c| c.is_compressed()).map(|column| plain(table, column));
    Remedy { steps: steps.collect() }
}

fn plain(table: &Table, column: &Column) -> Step {
    let name = quote::qualified(table.name.schema.untrusted(), table.name.name.untrusted());
    let own = quote::ident(column.name.untrusted());
    let data_type = column.data_type.untrusted();
    let data_type = data_type.rsplit_once("/*M!").map_or(data_type, |(plain, _)| plain.trim());
    let null = if column.nullable { "" } else { " NOT NULL" };
    // MariaDB writes a default as the expression that it is.
    let default = column.default.as_ref().filter(|value| value.untrusted() != "NULL");
    let default = default.map(|it| format!(" DEFAULT {}", it.untrusted())).unwrap_or_default();
    Step::owner(format!("ALTER TABLE {name} MODIFY COLUMN {own} {data_type}{null}{default};"))
        .costs(Cost::Rebuild)
        .note("Copies the table. Repeat the COMMENT, CHECK and character set if it has them.")
}
