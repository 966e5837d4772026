//! What has to be granted: the fewest statements, and what takes them back.

use super::Grants;
use super::line::Scope;
use super::pattern::specificity;
use crate::{TableName, Text, quote};

/// What an account has to be granted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Need {
    /// A privilege on everything, by the name that this server uses.
    Global(&'static str),
    /// A privilege on everything in a database.
    OnSchema(&'static str, Text),
    /// Reading a table.
    Select(TableName),
}

impl Need {
    /// What is needed, for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Global(name) => (*name).to_owned(),
            Self::OnSchema(name, schema) => format!("{name} on {}", schema.untrusted()),
            Self::Select(table) => format!("SELECT on {}", table.display().untrusted()),
        }
    }
}

/// A statement that grants something, and the one that takes it back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Statement {
    /// The statement.
    pub sql: String,
    /// What brings the grants back that were there before it.
    pub undo: String,
}

/// The fewest statements that grant what is needed and missing: one for all privileges on
/// everything, and one for each database and table, so that nothing is granted besides.
///
/// What is missing is for the server's own answers to tell; `grants` are those that are there.
/// `account` is the account as `CURRENT_USER()` gives it.
pub fn missing_grants(grants: &Grants, needs: &[Need], account: &str) -> Vec<Statement> {
    let global: Vec<&str> = needs.iter().filter_map(Need::global).collect();
    let global = (!global.is_empty()).then(|| grant(&global, "*.*", account));
    let of_objects = needs.iter().filter_map(|need| match need {
        Need::Global(_) => None,
        Need::OnSchema(name, schema) => Some(on_schema(grants, name, schema.untrusted(), account)),
        Need::Select(table) => Some(select(grants, table, account)),
    });
    global.into_iter().chain(of_objects).collect()
}

impl Need {
    fn global(&self) -> Option<&str> {
        match self {
            Self::Global(name) => Some(name),
            Self::OnSchema(..) | Self::Select(_) => None,
        }
    }
}

fn grant(privileges: &[&str], object: &str, account: &str) -> Statement {
    let (privileges, account) = (privileges.join(", "), quote::mysql::account(account));
    Statement {
        sql: format!("GRANT {privileges} ON {object} TO {account};"),
        undo: format!("REVOKE {privileges} ON {object} FROM {account};"),
    }
}

/// A grant on this database and no other. Of several that fit, the server takes the most specific
/// one only: a new one has to repeat what the one before it gave, or takes it away.
fn on_schema(grants: &Grants, privilege: &str, schema: &str, account: &str) -> Statement {
    let exact = exact_pattern(schema, grants.literal_names);
    let fitting = grants.grants.iter().filter(|grant| grant.grantee == account);
    let fitting = fitting.filter_map(|grant| match &grant.scope {
        Scope::Schema(own) if grants.fits(own, schema) => Some((specificity(own), own, grant)),
        _ => None,
    });
    let decisive = fitting.max_by_key(|(specificity, ..)| *specificity);
    let repeated = match decisive {
        Some((_, own, wider)) if *own != exact => wider.privileges.as_slice(),
        _ => &[],
    };
    let names = repeated.iter().map(|repeated| repeated.name.as_str());
    let names = names.filter(|name| *name != "GRANT OPTION").chain([privilege]);
    grant(&names.collect::<Vec<_>>(), &format!("{}.*", quote::mysql::ident(&exact)), account)
}

/// A database's name as a grant on it and no other has to spell it.
fn exact_pattern(schema: &str, literal: bool) -> String {
    if literal {
        return schema.to_owned();
    }
    schema.replace('\\', "\\\\").replace('_', "\\_").replace('%', "\\%")
}

/// Revoking it on the table takes the columns with it that were granted by themselves.
fn select(grants: &Grants, table: &TableName, account: &str) -> Statement {
    let (schema, name) = (table.schema.untrusted(), table.name.untrusted());
    let object = quote::mysql::qualified(schema, name);
    let mut grant = grant(&["SELECT"], &object, account);
    let own = grants.grants.iter().filter(|grant| grant.grantee == account);
    let own = own.filter(|grant| grants.is_on_table(grant, schema, name));
    let columns: Vec<String> = own
        .flat_map(|grant| &grant.privileges)
        .filter(|held| held.gives_some("SELECT"))
        .flat_map(|held| held.columns.iter().map(|column| quote::mysql::ident(column)))
        .collect();
    if !columns.is_empty() {
        let (columns, account) = (columns.join(", "), quote::mysql::account(account));
        grant.undo += &format!(" GRANT SELECT ({columns}) ON {object} TO {account};");
    }
    grant
}
