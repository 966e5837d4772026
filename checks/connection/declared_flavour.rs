//! The server is of the product that the operation is for.

use crate::facts::Source;
use crate::facts::mysql::Line;
use crate::{Actor, Check, Facts, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Facts> = Check {
    id: "connection/declared-flavour",
    title: "the product is the one that was declared",
    level: Level::Recommended,
    tags: &["connection"],
    doc: include_str!("declared_flavour.md"),
    judge,
    remedy,
};

const UNSAID: &str = "the operation is for MySQL, and the service does not say whether its reader knows \
                      MariaDB's log: its global ids and some kinds of events are others";
const NOT_READ: &str = "the reader asks for the log by MySQL's command with global ids, which MariaDB \
                        answers with error 1047";

fn judge(facts: &Facts, want: &Intent) -> Result<Verdict, Missing> {
    let Source::MySql(db) = &facts.source else {
        return Ok(Verdict::not_applicable("the operation is not about MySQL"));
    };
    let identity = db.identity.get()?;
    let finding =
        |outcome| Finding::server(outcome).expected("MySQL").observed(identity.version.clone());
    Ok(match (identity.line(), want.profile.reads_mariadb) {
        (Line::MySql, _) | (Line::MariaDb, Some(true)) => finding(Outcome::Pass),
        (Line::MariaDb, None) => finding(Outcome::Pass).because(UNSAID),
        (Line::MariaDb, Some(false)) => finding(Outcome::Warn).because(NOT_READ).strictly(),
    }
    .into())
}

fn remedy(_: &Finding, _: &Facts, _: &Intent) -> Remedy {
    Step::manual(Actor::Requester, "Use a connector that is made for MariaDB.").into()
}
