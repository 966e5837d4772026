//! Updates and deletes hold generated columns.

use crate::facts::MySql;
use crate::facts::mysql::{Column, Line, Table, Version};
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/generated-in-image",
    title: "every event holds generated columns",
    level: Level::Recommended,
    tags: &["tables"],
    doc: include_str!("generated_in_image.md"),
    judge,
    remedy,
};

const WHY: &str = "updates and deletes leave them out: consumers see NULL";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let tables = &db.tables.get()?.found;
    let identity = db.identity.get()?;
    if identity.line() != Line::MariaDb || identity.version_number()? < Version::new(11, 0, 0) {
        return Ok(Verdict::not_applicable("this version logs generated columns"));
    }
    Ok(Verdict::each(tables.iter().map(finding)))
}

fn finding(table: &Table) -> Finding {
    let generated = |column: &&Column| column.extra.untrusted().contains("GENERATED");
    let generated: Vec<&str> =
        table.columns.iter().filter(generated).map(|c| c.name.untrusted()).collect();
    if generated.is_empty() {
        return Finding::table(table.name.display(), Outcome::Pass);
    }
    let finding = Finding::table(table.name.display(), Outcome::Warn).expected("none");
    finding.observed(generated.join(", ")).because(WHY)
}

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    let instruction =
        "Let consumers compute these columns, or ignore them: no setting brings them back.";
    Step::manual(Actor::Requester, instruction).into()
}
