//! The selected tables exist, and the account can see them.

use super::{account, partial_revokes};
use crate::facts::MySql;
use crate::facts::mysql::{AbsentTable, Tables};
use crate::privileges::mysql::Grants;
use crate::quote::mysql as quote;
use crate::{
    Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Selection, Step, Subject,
    Verdict,
};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/table-exists",
    title: "the selected tables exist",
    level: Level::Required,
    tags: &["tables"],
    doc: include_str!("table_exists.md"),
    judge,
    remedy,
};

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let tables = db.tables.get()?;
    match &intent.selection {
        Selection::Tables(_) => {
            let found = tables.found.iter();
            let found = found.map(|table| Finding::table(table.name.display(), Outcome::Pass));
            let grants = account::grants(db).ok();
            let absent = tables.absent.iter().map(|table| absent(db, grants.as_ref(), table));
            Ok(Verdict::each(found.chain(absent)))
        }
        Selection::Schemas(_) => Ok(whole_database(tables, intent).into()),
    }
}

fn absent(db: &MySql, grants: Option<&Grants>, table: &AbsentTable) -> Finding {
    let name = table.name.display();
    if account::role_reads(db, &table.name) {
        return Finding::unknown(Subject::Table(name), account::sits_in_role());
    }
    if partial_revokes::takes_out(db, grants, table.name.schema.untrusted()) {
        let because = partial_revokes::ID.to_owned();
        return Finding::unknown(Subject::Table(name), Missing::NotReached { because });
    }
    let finding = Finding::table(name, Outcome::Fail).expected("a table").observed("nothing");
    let near: Vec<String> =
        table.near.iter().map(|name| name.display().untrusted().to_owned()).collect();
    if near.is_empty() {
        let either = "there is no such table, or the account has no privilege on it";
        return finding.because(either);
    }
    finding.because(format!("there is no such table; near to it: {}", near.join(", ")))
}

fn whole_database(tables: &Tables, intent: &Intent) -> Finding {
    let subject = Subject::Database(intent.database.clone());
    let count = tables.found.len();
    if count == 0 {
        let message = "there is no such database, no table in it, or no privilege on any of them";
        return Finding::of(subject, Outcome::Fail)
            .expected("one table or more")
            .observed("none")
            .because(message);
    }
    Finding::of(subject, Outcome::Pass).observed(format!("{count} tables"))
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let name = finding.subject.name();
    let absent = db
        .tables
        .known()
        .and_then(|tables| tables.absent.iter().find(|table| table.name.is_displayed_as(&name)));
    let Some(table) = absent else {
        return Step::request("Correct DatabaseName, or name the tables in TableNames.").into();
    };
    if let Some(near) = table.near.first() {
        let instruction = format!(
            "Write {} in TableNames if that is the table that was meant.",
            near.display().untrusted()
        );
        return Step::request(instruction).into();
    }
    let correct = Step::request("Correct the name in TableNames.");
    let Some(identity) = db.identity.known() else { return correct.into() };
    let instruction = format!(
        "If the table exists, let the account see it: GRANT SELECT ON {} TO {};",
        quote::qualified(table.name.schema.untrusted(), table.name.name.untrusted()),
        quote::account(identity.current_user.untrusted()),
    );
    Remedy::from(correct).then(Step::manual(Actor::Dba, instruction))
}
