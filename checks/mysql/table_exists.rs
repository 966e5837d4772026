//! The selected tables exist, and the account can see them.

use std::collections::HashSet;

use super::{account, partial_revokes};
use crate::facts::MySql;
use crate::facts::mysql::{AbsentTable, Tables};
use crate::privileges::mysql::Grants;
use crate::quote::mysql as quote;
use crate::{
    Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Selection, Step, Subject,
    TableName, Verdict,
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
        Selection::Tables(names) => {
            let spelled: HashSet<&TableName> = names.iter().collect();
            let found = tables.found.iter();
            let found = found.map(|table| match spelled.contains(&table.name) {
                true => Finding::table(table.name.display(), Outcome::Pass),
                false => in_another_case(db, names, &table.name),
            });
            let grants = account::grants(db).ok();
            let absent = tables.absent.iter().map(|table| absent(db, grants.as_ref(), table));
            Ok(Verdict::each(found.chain(absent)))
        }
        Selection::Schemas(_) => Ok(whole_database(tables, intent).into()),
    }
}

/// A table that was found although nobody named it so: by the server's rule, or by the connectors'.
fn in_another_case(db: &MySql, names: &[TableName], found: &TableName) -> Finding {
    let finding = |outcome| Finding::table(found.display(), outcome);
    let is_same = |name: &TableName| {
        db.identity.known().is_none_or(|identity| {
            identity.same_name(name.schema.untrusted(), found.schema.untrusted())
                && identity.same_name(name.name.untrusted(), found.name.untrusted())
        })
    };
    match names.iter().find(|name| name.is_alike(found)) {
        Some(name) if !is_same(name) => {
            finding(Outcome::Warn).expected(found.display()).observed(name.display()).because(CASE)
        }
        _ => finding(Outcome::Pass),
    }
}

const CASE: &str = "The names differ by case, which this server minds. Connectors compare without \
                    regard to it, and find the table; what the service does is not published.";

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
    if finding.outcome == Outcome::Warn {
        return Step::request(format!("Write {} in TableNames.", name.untrusted())).into();
    }
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
