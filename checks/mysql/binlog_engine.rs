//! The binary log is made of files that a reader can name.

use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/binlog-engine",
    title: "the binary log is made of plain files",
    level: Level::Required,
    tags: &["binlog"],
    doc: include_str!("binlog_engine.md"),
    judge,
    remedy,
};

const WHY: &str = "there are no file names and offsets that a reader could remember";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let Some(engine) = db.optional_variable("binlog_storage_engine")? else {
        return Ok(Verdict::not_applicable("this server keeps the log in files only"));
    };
    let finding = |outcome| Finding::server(outcome).expected("plain files");
    if engine.is_empty() {
        return Ok(finding(Outcome::Pass).into());
    }
    Ok(finding(Outcome::Fail).observed(engine).because(WHY).into())
}

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    Step::config("my.cnf", "[mysqld]", "binlog_storage_engine =")
        .note("The log begins anew: let other readers finish first.")
        .into()
}
