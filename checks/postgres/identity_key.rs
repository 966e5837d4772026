//! What identifies a deleted row has the key under which its events come.

use crate::facts::Postgres;
use crate::facts::postgres::{ReplicaIdentity, Table};
use crate::quote::postgres::ident;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict};

use super::published::{TAKES_GENERATED, listed};
use super::replica_identity::LOCKS;
use super::selected::{judge_each, sql, table};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/identity-key",
    title: "the identity has the primary key",
    level: Level::Required,
    tags: &["events", "identity", "tables"],
    doc: include_str!("identity_key.md"),
    judge: |db, _| judge(db),
    remedy,
};

fn judge(db: &Postgres) -> Result<Verdict, Missing> {
    judge_each(db, |table| {
        let finding = |outcome| Finding::table(table.name.display(), outcome);
        let left_out: Vec<&Text> = left_out(table).collect();
        if left_out.is_empty() {
            return finding(Outcome::Pass);
        }
        finding(Outcome::Fail)
            .expected("the columns of the primary key")
            .observed(format!("an index without {}", listed(left_out)))
            .because(
                "A delete logs the columns of the index alone. Its event comes under a key that is \
                 made up, such as 0, so that consumers delete another row or none; and a changed \
                 primary key is told as an update under the new key.",
            )
    })
}

/// The columns of the primary key that a chosen index lacks. Where there is no primary key, the
/// index is the key.
fn left_out(table: &Table) -> impl Iterator<Item = &Text> {
    let is_index = table.identity == ReplicaIdentity::Index && table.leaves.is_none();
    table.primary_key.iter().filter(move |it| is_index && !table.identity_columns.contains(it))
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    let major = db.server().map(|server| server.major()).unwrap_or_default();
    let name = sql(&table.name);
    let set = |to: &str| {
        Step::owner(format!("ALTER TABLE {name} REPLICA IDENTITY {to};"))
            .in_database(want.database.clone())
            .note(LOCKS)
    };
    if table.has_usable_primary_key() {
        return set("DEFAULT").into();
    }
    if major >= TAKES_GENERATED && table.has_generated_columns() {
        let columns: Vec<String> =
            table.primary_key.iter().map(|column| ident(column.untrusted())).collect();
        let index = ident(&format!("{}_identity", table.name.name.untrusted()));
        return Remedy::from(
            Step::owner(format!("CREATE UNIQUE INDEX {index} ON {name} ({});", columns.join(", ")))
                .in_database(want.database.clone()),
        )
        .then(set(&format!("USING INDEX {index}")));
    }
    set("FULL").into()
}
