//! The tables are the application's, and keep their rows themselves.

use super::parameter;
use super::selected::{judge_each, sql, table};
use crate::facts::Postgres;
use crate::facts::postgres::{Extension, Server, Table};
use crate::quote::postgres::ident;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-extension",
    title: "no extension owns the tables or keeps their rows",
    level: Level::Recommended,
    tags: &["extensions", "tables"],
    doc: include_str!("table_extension.md"),
    judge: |db, _| judge(db),
    remedy,
};

/// Adds new chunks of a hypertable to its publication.
const TIMESCALE: &str = "timescaledb.enable_chunk_auto_publication";

/// Gives changes of shards the name of the distributed table.
const CITUS: &str = "citus.enable_change_data_capture";

fn judge(db: &Postgres) -> Result<Verdict, Missing> {
    let server = db.server()?;
    judge_each(db, |table| match &table.extension {
        Some(extension) => one(table, extension, server),
        None => Finding::table(table.name.display(), Outcome::Pass),
    })
}

fn one(table: &Table, extension: &Extension, server: &Server) -> Finding {
    let finding = |outcome| {
        Finding::table(table.name.display(), outcome).observed(extension.name.untrusted())
    };
    match extension.name.untrusted() {
        _ if extension.owned => finding(Outcome::Warn).because(
            "It is a part of the extension, which may change it or create it again when it is \
             updated.",
        ),
        "timescaledb" if is_on(server, TIMESCALE) => finding(Outcome::Pass).because(
            "New chunks are published, and their events carry the chunks' names. Compressed \
             chunks are not decoded as rows.",
        ),
        "timescaledb" => finding(Outcome::Warn).because(
            "Its rows are in chunks in the schema _timescaledb_internal: their events carry the \
             chunks' names, and new chunks are not published by themselves.",
        ),
        _ if is_on(server, CITUS) => finding(Outcome::Pass),
        _ => finding(Outcome::Warn).because(
            "Its rows are in shards: their events carry the shards' names, and come from the \
             nodes that hold them.",
        ),
    }
}

fn is_on(server: &Server, name: &str) -> bool {
    server.setting_text(name).is_ok_and(|value| value == "on")
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    let Some(extension) = &table.extension else { return Remedy::none() };
    let (name, owner) = (sql(&table.name), ident(extension.name.untrusted()));
    let set = |setting: &str, note: &str| {
        let mut remedy = parameter::reload(db, setting, "on");
        remedy.steps.iter_mut().take(1).for_each(|step| step.note = Some(note.into()));
        remedy
    };
    match extension.name.untrusted() {
        _ if extension.owned => Step::dba(format!("ALTER EXTENSION {owner} DROP TABLE {name};"))
            .in_database(want.database.clone())
            .undo(format!("ALTER EXTENSION {owner} ADD TABLE {name};"))
            .note("Only where it is the application's table. Else take it out of TableNames.")
            .into(),
        "timescaledb" => {
            set(TIMESCALE, "Where this version has it. Publish the schema _timescaledb_internal.")
        }
        "citus" => set(CITUS, "On every node; each node that holds shards is a source."),
        _ => Step::manual(Actor::Dba, "Publish the tables that hold the rows.").into(),
    }
}
