//! What an account lacks on PostgreSQL, and the fewest statements that give it that.
//!
//! The facts hold the server's own answers, which take memberships, `NOINHERIT`, `PUBLIC`, ownership
//! and superusers into account; nothing is worked out from access lists again. What is left is to
//! find the statements for this role, these objects and this platform, none of them twice, and what
//! takes each back.

mod ownership;
mod replication;
#[cfg(test)]
mod tests;

pub use replication::{RDS_REPLICATION, is_amazon, membership, replicates_by};

use crate::facts::Postgres;
use crate::facts::postgres::{SelectScope, Server, Table};
use crate::quote::postgres::{ident, qualified};
use crate::{Actor, Flavour, Intent, Step, Text};

/// What an account needs.
#[derive(Clone, Copy, Debug)]
pub enum Need<'a> {
    /// To connect to the database.
    Connect,
    /// To create publications in the database.
    CreateInDatabase,
    /// To see the rows of a table that row security hides.
    EveryRow(&'a Table),
    /// The rights of the owners of these tables.
    Ownership(&'a [&'a Table]),
    /// To open a replication connection.
    Replication,
    /// To read a table.
    Select(&'a Table),
}

/// The fewest steps that give the account of this visit what it needs and lacks, in the order in
/// which they have to be taken. To take all of them back, begin with the last.
///
/// Each statement is about one object, so that nothing is granted besides, and whoever may not
/// grant the one can still grant the other.
pub fn missing_grants(db: &Postgres, want: &Intent, needs: &[Need<'_>]) -> Vec<Step> {
    let account = Account { server: db.server().ok(), flavour: db.platform(), want };
    let mut steps = Vec::new();
    for step in needs.iter().flat_map(|need| account.missing(*need)) {
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    steps
}

/// The account of the request, as the server knows it.
struct Account<'a> {
    server: Option<&'a Server>,
    flavour: Flavour,
    want: &'a Intent,
}

impl Account<'_> {
    fn missing(&self, need: Need<'_>) -> Vec<Step> {
        match need {
            Need::Connect => self.connect(),
            Need::CreateInDatabase => self.create().into_iter().collect(),
            Need::EveryRow(table) => self.every_row(table).into_iter().collect(),
            Need::Ownership(tables) => self.ownership(tables),
            Need::Replication => self.replication(),
            Need::Select(table) => {
                self.usage(table).into_iter().chain(self.select(table)).collect()
            }
        }
    }

    /// The role that logs in, in a statement.
    fn login(&self) -> String {
        ident(self.server.map_or(&self.want.user, |server| &server.session_user).untrusted())
    }

    /// The role whose privileges ordinary sessions have, in a statement.
    fn reader(&self) -> String {
        ident(self.server.map_or(&self.want.user, |server| &server.current_user).untrusted())
    }

    fn major(&self) -> u32 {
        self.server.map_or(0, Server::major)
    }

    fn in_database(&self, step: Step) -> Step {
        step.in_database(self.want.database.clone())
    }

    fn connect(&self) -> Vec<Step> {
        let Some(database) = self.server.map(|server| &server.database) else { return Vec::new() };
        let (name, role) = (ident(database.name.untrusted()), self.login());
        let is_closed = database.allows_connections == Some(false);
        let open = is_closed.then(|| {
            Step::dba(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true;"))
                .undo(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false;"))
        });
        let is_barred = database.may_connect == Some(false);
        let grant = is_barred.then(|| granted("CONNECT", &format!("DATABASE {name}"), &role));
        open.into_iter().chain(grant).collect()
    }

    fn create(&self) -> Option<Step> {
        let database = &self.server?.database;
        let name = format!("DATABASE {}", ident(database.name.untrusted()));
        (!database.may_create).then(|| granted("CREATE", &name, &self.reader()))
    }

    fn usage(&self, table: &Table) -> Option<Step> {
        let schema = format!("SCHEMA {}", ident(table.name.schema.untrusted()));
        (!table.schema_usage).then(|| self.in_database(granted("USAGE", &schema, &self.reader())))
    }

    fn select(&self, table: &Table) -> Option<Step> {
        let (name, reader) = (sql(table), self.reader());
        let grant = Step::owner(format!("GRANT SELECT ON {name} TO {reader};"));
        let revoke = format!("REVOKE SELECT ON {name} FROM {reader};");
        // Revoking it takes the grants on columns with it.
        let step = match (table.select, columns(table)) {
            (SelectScope::Table, _) => return None,
            (SelectScope::None, _) => grant.undo(revoke),
            (_, Some(columns)) => {
                grant.undo(format!("{revoke} GRANT SELECT ({columns}) ON {name} TO {reader};"))
            }
            (_, None) => {
                grant.note("REVOKE SELECT would also take back what was granted by column before.")
            }
        };
        Some(self.in_database(step))
    }

    fn every_row(&self, table: &Table) -> Option<Step> {
        let partitions = table.leaves.as_ref().map_or(0, |leaves| leaves.row_security);
        if !table.row_security && partitions == 0 {
            return None;
        }
        let (name, reader) = (sql(table), self.reader());
        if self.flavour.is_managed() && !table.row_security {
            return Some(Step::manual(
                Actor::Owner,
                format!("Exempt {reader} from the policies of the partitions of {name}."),
            ));
        }
        if !self.flavour.is_managed() {
            let step = Step::dba(format!("ALTER ROLE {reader} BYPASSRLS;"))
                .undo(format!("ALTER ROLE {reader} NOBYPASSRLS;"))
                .note("As superuser. It holds for every table that the account may read.");
            return Some(step);
        }
        // The attribute needs a superuser, which managed services do not give away.
        let policy = format!("ON {name} FOR SELECT TO {reader} USING (true)");
        let step = Step::owner(format!("CREATE POLICY cdc_reads_all {policy};"))
            .undo(format!("DROP POLICY cdc_reads_all ON {name};"))
            .note(
                "Restrictive policies still apply: exempt this account from each. Where BYPASSRLS \
                 can be granted, it is the better way.",
            );
        Some(self.in_database(step))
    }
}

fn granted(privilege: &str, object: &str, role: &str) -> Step {
    Step::dba(format!("GRANT {privilege} ON {object} TO {role};"))
        .undo(format!("REVOKE {privilege} ON {object} FROM {role};"))
}

/// A table's name in a statement.
fn sql(table: &Table) -> String {
    qualified(table.name.schema.untrusted(), table.name.name.untrusted())
}

/// The columns that the session may read without the table as a whole, in a statement; `None` where
/// they were not read.
fn columns(table: &Table) -> Option<String> {
    let open = table.columns.iter().filter(|column| column.may_select == Some(true));
    let names: Vec<String> = open.map(|column| ident(Text::untrusted(&column.name))).collect();
    (!names.is_empty()).then(|| names.join(", "))
}
