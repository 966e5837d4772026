//! Row security hides no rows from the snapshot.

use super::parameter;
use super::selected::{judge_each, reader, sql, table};
use crate::facts::Postgres;
use crate::facts::postgres::Table;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/row-security",
    title: "row security hides no rows",
    level: Level::Required,
    tags: &["privileges", "snapshot", "tables"],
    doc: include_str!("row_security.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    judge_each(db, |table| {
        let finding = |outcome| Finding::table(table.name.display(), outcome);
        if !table.row_security {
            return match filtered_partitions(table) {
                0 => finding(Outcome::Pass),
                _ if !want.reads_rows() => finding(Outcome::Pass),
                count => finding(Outcome::Warn)
                    .observed(format!("policies of {count} partitions"))
                    .because(
                        "Reading through the root passes them over; a connector that reads \
                         partition by partition sees only what they show.",
                    ),
            };
        }
        let finding = |outcome| finding(outcome).observed("policies filter what is read");
        if want.reads_rows() {
            finding(Outcome::Fail).expected("no filter").because(
                "The snapshot silently holds only what the policies show to this account, perhaps \
                 nothing; the stream after it holds everything.",
            )
        } else {
            finding(Outcome::Pass)
                .because("No rows are read with SnapshotMode never, and decoding ignores policies.")
        }
    })
}

/// Partitions that are filtered when they are read by themselves.
fn filtered_partitions(table: &Table) -> u32 {
    table.leaves.as_ref().map_or(0, |leaves| leaves.row_security)
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let Some(table) = table(finding, db) else { return Remedy::none() };
    let reader = reader(db, want);
    if parameter::flavour(db).is_managed() && !table.row_security {
        let name = table.name.display();
        return Step::manual(
            Actor::Owner,
            format!("Exempt {reader} from the policies of the partitions of {}.", name.untrusted()),
        )
        .into();
    }
    if parameter::flavour(db).is_managed() {
        return create_policy(table, &reader).in_database(want.database.clone()).into();
    }
    Step::dba(format!("ALTER ROLE {reader} BYPASSRLS;"))
        .undo(format!("ALTER ROLE {reader} NOBYPASSRLS;"))
        .note("As superuser. It holds for every table that the account may read.")
        .into()
}

/// The attribute needs a superuser, which managed services do not give away.
fn create_policy(table: &Table, reader: &str) -> Step {
    let name = sql(&table.name);
    let policy = format!("ON {name} FOR SELECT TO {reader} USING (true)");
    Step::owner(format!("CREATE POLICY cdc_reads_all {policy};"))
        .undo(format!("DROP POLICY cdc_reads_all ON {name};"))
        .note(
            "Restrictive policies still apply: exempt this account from each. Where BYPASSRLS can \
             be granted, it is the better way.",
        )
}
