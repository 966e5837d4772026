//! The selected tables are of a kind whose changes the binary log holds.

use super::selected;
use crate::facts::MySql;
use crate::facts::mysql::Table;
use crate::quote::mysql as quote;
use crate::{Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/table-engine",
    title: "the tables' engines log every change",
    level: Level::Required,
    tags: &["tables"],
    doc: include_str!("table_engine.md"),
    judge,
    remedy,
};

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    Ok(Verdict::each(db.tables.get()?.found.iter().map(finding)))
}

fn finding(table: &Table) -> Finding {
    let (kind, engine) = (table.kind.untrusted(), table.engine.untrusted());
    let finding = |outcome| Finding::table(table.name.display(), outcome).expected("InnoDB");
    // Whether a table may keep its history is a matter of its own.
    if !table.keeps_rows() {
        let message = "it has no rows of its own, so the log has no changes of it";
        return finding(Outcome::Fail).expected("a table").observed(kind).because(message);
    }
    let (outcome, message) = weigh(engine);
    let finding = finding(outcome).observed(engine);
    if message.is_empty() { finding } else { finding.because(message) }
}

/// What an engine means for a reader of the binary log.
fn weigh(engine: &str) -> (Outcome, &'static str) {
    match engine.to_ascii_uppercase().as_str() {
        "INNODB" | "ROCKSDB" | "XENGINE" => (Outcome::Pass, ""),
        "MYISAM" | "ARIA" => (
            Outcome::Warn,
            "it has no transactions: the snapshot is not of one moment, and rows of a statement \
             that failed are logged",
        ),
        "MEMORY" => (Outcome::Warn, "a restart empties it, which is not logged as rows"),
        "BLACKHOLE" => (Outcome::Fail, "it keeps no rows, so updates and deletes find none to log"),
        "FEDERATED" | "CONNECT" | "SPIDER" | "S3" | "SEQUENCE" => {
            (Outcome::Fail, "its rows are kept and changed elsewhere")
        }
        "MRG_MYISAM" | "CSV" | "ARCHIVE" => {
            (Outcome::Fail, "its rows can change in ways that are not logged")
        }
        "PERFORMANCE_SCHEMA" => (Outcome::Fail, "it is the server's own"),
        _ => (Outcome::Warn, "nobody has shown that its changes can be captured"),
    }
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let Some(table) = selected::table(db, finding) else { return Remedy::none() };
    if table.kind.untrusted() != "BASE TABLE" {
        let instruction = "Take it out of TableNames, and name the tables behind it.";
        return Step::request(instruction).into();
    }
    let name = quote::qualified(table.name.schema.untrusted(), table.name.name.untrusted());
    let undo = format!("ALTER TABLE {name} ENGINE = {};", quote::ident(table.engine.untrusted()));
    Step::owner(format!("ALTER TABLE {name} ENGINE = InnoDB;"))
        .costs(Cost::Rebuild)
        .undo(undo)
        .note("Copies the table and blocks writes meanwhile; or take it out of TableNames.")
        .into()
}
