//! What the lines of `SHOW GRANTS` amount to on MySQL and MariaDB.
//!
//! The server lists what a session has now: on MySQL the privileges of active roles stand in the
//! account's own lines, on MariaDB in lines of their own, besides those of `PUBLIC`. So every line
//! that is there counts. This explains findings and finds the fewest grants that are missing; where
//! the server itself answers (a statement that it let pass, `COLUMNS.PRIVILEGES`), its answer is
//! what counts.

mod create_user;
mod line;
mod missing;
mod pattern;
#[cfg(test)]
mod tests;

use crate::facts::mysql::{Identity, Line as Product};
use crate::{TableName, Text, quote};
pub use create_user::account;
use line::{Grant, Line, Privilege, Scope};
pub use line::{Role, redact};
pub use missing::{Need, Statement, missing_grants};
use pattern::{matches, specificity};

/// The parsed lines of `SHOW GRANTS`.
#[derive(Clone, Debug)]
pub struct Grants {
    grants: Vec<Grant>,
    revokes: Vec<Grant>,
    roles: Vec<Role>,
    active: Vec<Role>,
    /// `partial_revokes = ON`: wildcards in names of databases are ordinary characters.
    literal_names: bool,
    ignore_case: bool,
}

/// How much of a table may be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Readable {
    /// Everything.
    All,
    /// These columns.
    Columns(Vec<String>),
    /// Nothing.
    Nothing,
}

impl Grants {
    /// Reads the lines that the session of `identity` was shown.
    pub fn parse(lines: &[Text], identity: &Identity) -> Self {
        let quoted = identity.line() == Product::MySql;
        let current = identity.current_role.as_ref().map(Text::untrusted);
        let mut grants = Self {
            grants: Vec::new(),
            revokes: Vec::new(),
            roles: Vec::new(),
            active: current.map(|roles| Role::active(roles, quoted)).unwrap_or_default(),
            literal_names: false,
            ignore_case: identity.lower_case_table_names != 0,
        };
        for line in lines {
            match Line::parse(line.untrusted()) {
                Line::Grant(grant) => grants.grants.push(grant),
                Line::Revoke(grant) => grants.revokes.push(grant),
                Line::Roles(roles) => grants.roles.extend(roles),
                Line::Other => {}
            }
        }
        grants
    }

    /// Sets whether `partial_revokes` is on.
    #[must_use]
    pub fn partial_revokes(mut self, on: bool) -> Self {
        self.literal_names = on;
        self
    }

    /// Whether a privilege is held on everything, by this or its other name.
    pub fn has_global(&self, privilege: &str) -> bool {
        self.on(&Scope::Global).any(|held| held.gives(privilege))
    }

    /// Whether a privilege is held on everything in a database.
    pub fn has_on_schema(&self, schema: &str, privilege: &str) -> bool {
        self.has_global(privilege) || self.schema_gives(schema, privilege)
    }

    /// Everything that is held, object by object.
    pub fn held(&self) -> Vec<Held> {
        let held = |grant: &Grant| Held {
            object: grant.scope.quoted(),
            grantee: grant.grantee.clone(),
            privileges: grant.privileges.iter().map(|one| one.name.clone()).collect(),
        };
        self.grants.iter().map(held).collect()
    }

    /// The patterns in the grants to accounts, not to roles or to everybody, that fit more than
    /// one database.
    pub fn wide_patterns(&self) -> Vec<&str> {
        let is_account = |grant: &&Grant| grant.grantee.contains('@') && !self.literal_names;
        let mut patterns: Vec<&str> = self
            .grants
            .iter()
            .filter(is_account)
            .filter_map(|grant| match &grant.scope {
                Scope::Schema(own) if specificity(own) != usize::MAX => Some(own.as_str()),
                _ => None,
            })
            .collect();
        patterns.sort_unstable();
        patterns.dedup();
        patterns
    }

    /// How much of a table may be read by these grants.
    pub fn readable(&self, table: &TableName) -> Readable {
        let (schema, name) = (table.schema.untrusted(), table.name.untrusted());
        let global = self.has_global("SELECT") && !self.is_revoked(schema);
        if global || self.schema_gives(schema, "SELECT") {
            return Readable::All;
        }
        let on_table: Vec<&Privilege> =
            self.on_table(schema, name).filter(|held| held.gives_some("SELECT")).collect();
        if on_table.iter().any(|held| held.columns.is_empty()) {
            return Readable::All;
        }
        let columns: Vec<String> =
            on_table.iter().flat_map(|held| held.columns.iter().cloned()).collect();
        if columns.is_empty() { Readable::Nothing } else { Readable::Columns(columns) }
    }

    /// Whether SELECT was taken away from this database by a partial revoke.
    pub fn is_revoked(&self, schema: &str) -> bool {
        self.revokes.iter().any(|revoke| {
            let here = matches!(&revoke.scope, Scope::Schema(own) if self.same(own, schema));
            here && revoke.privileges.iter().any(|taken| taken.gives("SELECT"))
        })
    }

    /// A grant whose escaped name fits this database, but is taken as it stands because
    /// `partial_revokes` is on.
    pub fn disarmed_pattern(&self, schema: &str) -> Option<&str> {
        let fits = |scope: &Scope| match scope {
            Scope::Schema(own) if !self.same(own, schema) && matches(own, schema) => Some(()),
            _ => None,
        };
        let disarmed = self.grants.iter().find(|grant| fits(&grant.scope).is_some())?;
        match &disarmed.scope {
            Scope::Schema(own) if self.literal_names => Some(own),
            _ => None,
        }
    }

    /// Every role that was granted.
    pub fn granted_roles(&self) -> &[Role] {
        &self.roles
    }

    /// The roles that are active in this session.
    pub fn active_roles(&self) -> &[Role] {
        &self.active
    }

    /// The roles that were granted and are not active in this session.
    pub fn inactive_roles(&self) -> Vec<Role> {
        let mut inactive: Vec<Role> =
            self.roles.iter().filter(|role| !self.active.contains(role)).cloned().collect();
        inactive.sort();
        inactive.dedup();
        inactive
    }

    fn on<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = &'a Privilege> {
        let grants = self.grants.iter().filter(move |grant| grant.scope == *scope);
        grants.flat_map(|grant| &grant.privileges)
    }

    fn on_table<'a>(
        &'a self,
        schema: &'a str,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Privilege> {
        let here = move |grant: &&Grant| self.is_on_table(grant, schema, name);
        self.grants.iter().filter(here).flat_map(|grant| &grant.privileges)
    }

    fn is_on_table(&self, grant: &Grant, schema: &str, name: &str) -> bool {
        match &grant.scope {
            Scope::Table { schema: own, table } => self.same(own, schema) && self.same(table, name),
            _ => false,
        }
    }

    /// Of several patterns that fit, the server takes each grantee's most specific one only.
    fn schema_gives(&self, schema: &str, privilege: &str) -> bool {
        let mut fitting: Vec<(&str, &Grant)> = self
            .grants
            .iter()
            .filter_map(|grant| match &grant.scope {
                Scope::Schema(own) if self.fits(own, schema) => Some((own.as_str(), grant)),
                _ => None,
            })
            .collect();
        fitting.sort_by_key(|(own, _)| std::cmp::Reverse(specificity(own)));
        let decides = |index: usize, grantee: &str| {
            !fitting.iter().take(index).any(|(_, earlier)| earlier.grantee == grantee)
        };
        fitting.iter().enumerate().any(|(index, (_, grant))| {
            decides(index, &grant.grantee) && grant.privileges.iter().any(|p| p.gives(privilege))
        })
    }

    fn fits(&self, own: &str, schema: &str) -> bool {
        if self.literal_names {
            return self.same(own, schema);
        }
        if self.ignore_case {
            return matches(&own.to_lowercase(), &schema.to_lowercase());
        }
        matches(own, schema)
    }

    fn same(&self, one: &str, other: &str) -> bool {
        if self.ignore_case { one.to_lowercase() == other.to_lowercase() } else { one == other }
    }
}

impl Privilege {
    /// Whether it gives `wanted` on the whole object.
    fn gives(&self, wanted: &str) -> bool {
        self.columns.is_empty() && self.gives_some(wanted)
    }

    /// Whether it gives `wanted`, if only on some columns.
    fn gives_some(&self, wanted: &str) -> bool {
        matches!(self.name.as_str(), "ALL" | "ALL PRIVILEGES")
            || canonical(&self.name) == canonical(wanted)
    }
}

/// One name for privileges that MariaDB 10.5 renamed.
fn canonical(privilege: &str) -> &str {
    match privilege {
        "REPLICATION CLIENT" => "BINLOG MONITOR",
        "REPLICA MONITOR" => "SLAVE MONITOR",
        "REPLICATION REPLICA" => "REPLICATION SLAVE",
        other => other,
    }
}

/// What is held on one object.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Held {
    /// The object as a statement names it, for example `*.*`.
    pub object: String,
    /// The account or role that has it, without quotes.
    pub grantee: String,
    /// The privileges by their names in capitals; `GRANT OPTION` among them.
    pub privileges: Vec<String>,
}

impl Held {
    /// The privileges and the object, for people.
    pub fn describe(&self) -> String {
        format!("{} on {}", self.privileges.join(", "), self.object)
    }
}

impl Scope {
    fn quoted(&self) -> String {
        match self {
            Self::Global => "*.*".to_owned(),
            Self::Schema(name) => format!("{}.*", quote::mysql::ident(name)),
            Self::Table { schema, table } => quote::mysql::qualified(schema, table),
        }
    }
}
