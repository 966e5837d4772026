//! A small MySQL or MariaDB: who was granted what, the facts that it amounts to, and what statements
//! make of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::facts::mysql::{Column, Table, Tables, Variable};
use crate::facts::{Fact, Facts, MySql, Source};
use crate::privileges::mysql::redact;
use crate::privileges::words::{shape, statements};
use crate::quote::mysql::{ident, qualified};
use crate::{Intent, Missing, Selection, TableName, Text};

pub(super) type Privileges = BTreeSet<String>;

/// What MariaDB prints after an account.
pub(super) const HASH: &str = "*6BB4837EB74329105EE4568DDA7DC67ED2CA2AD9";

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Product {
    MariaDb,
    /// With `partial_revokes`, under which names of databases are no patterns.
    MySqlLiteral,
    MySql57,
    MySql9,
}

/// Everything that one account or role was granted.
#[derive(Clone, Debug, Default)]
pub(super) struct Granted {
    pub(super) global: Privileges,
    /// By the pattern of the databases' names.
    pub(super) schemas: BTreeMap<String, Privileges>,
    pub(super) tables: BTreeMap<(String, String), Privileges>,
    /// SELECT on single columns.
    pub(super) columns: BTreeMap<(String, String), BTreeSet<String>>,
    /// Databases that SELECT on everything leaves out.
    pub(super) revoked: BTreeSet<String>,
}

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) product: Product,
    pub(super) is_rds: bool,
    pub(super) user: String,
    pub(super) own: Granted,
    pub(super) public: Granted,
    pub(super) roles: BTreeMap<String, Granted>,
    pub(super) default_roles: BTreeSet<String>,
    pub(super) tables: Vec<(String, String)>,
}

pub(super) const COLUMNS: [&str; 2] = ["a", "b`c"];

static RECORDED: LazyLock<[Facts; 2]> = LazyLock::new(|| {
    let mysql = include_str!("../../../../tests/facts/mysql.json");
    let mariadb = include_str!("../../../../tests/facts/mariadb-10.11.json");
    [mysql, mariadb].map(|text| serde_json::from_str(text).expect("facts"))
});

/// What the server lets pass.
impl Granted {
    fn add(&mut self, other: &Self) {
        self.global.extend(other.global.iter().cloned());
        self.revoked.extend(other.revoked.iter().cloned());
        for (pattern, more) in &other.schemas {
            self.schemas.entry(pattern.clone()).or_default().extend(more.iter().cloned());
        }
        for (table, more) in &other.tables {
            self.tables.entry(table.clone()).or_default().extend(more.iter().cloned());
        }
        for (table, more) in &other.columns {
            self.columns.entry(table.clone()).or_default().extend(more.iter().cloned());
        }
    }

    fn on_schema(&self, schema: &str, privilege: &str, literal: bool) -> bool {
        let fits = |pattern: &str| if literal { pattern == schema } else { like(pattern, schema) };
        let fitting = self.schemas.iter().filter(|(pattern, _)| fits(pattern));
        // The first wildcard decides on which of them is asked.
        let decisive = fitting.max_by_key(|(pattern, _)| first_wildcard(pattern));
        decisive.is_some_and(|(_, held)| held.contains(privilege))
    }

    fn reads(&self, table: &(String, String), column: &str, literal: bool) -> bool {
        let global = self.global.contains("SELECT") && !self.revoked.contains(&table.0);
        global
            || self.on_schema(&table.0, "SELECT", literal)
            || self.tables.get(table).is_some_and(|held| held.contains("SELECT"))
            || self.columns.get(table).is_some_and(|columns| columns.contains(column))
    }

    fn lines(&self, grantee: &str, after: &str) -> Vec<String> {
        let list = |held: &Privileges| held.iter().cloned().collect::<Vec<_>>().join(", ");
        let global = if self.global.is_empty() { "USAGE".into() } else { list(&self.global) };
        let mut lines = vec![format!("GRANT {global} ON *.* TO {grantee}{after}")];
        for (pattern, held) in self.schemas.iter().filter(|(_, held)| !held.is_empty()) {
            lines.push(format!("GRANT {} ON {}.* TO {grantee}", list(held), ident(pattern)));
        }
        for (table, held) in &self.tables {
            let columns = self.columns.get(table).into_iter().flatten();
            let columns: Vec<String> = columns.map(|column| ident(column)).collect();
            let by_column =
                (!columns.is_empty()).then(|| format!("SELECT ({})", columns.join(", ")));
            let held: Vec<String> = by_column.into_iter().chain(held.iter().cloned()).collect();
            let object = qualified(&table.0, &table.1);
            lines.push(format!("GRANT {} ON {object} TO {grantee}", held.join(", ")));
        }
        for schema in &self.revoked {
            lines.push(format!("REVOKE SELECT ON {}.* FROM {grantee}", ident(schema)));
        }
        lines
    }
}

/// `LIKE` as the manual has it.
fn like(pattern: &str, name: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => name.is_empty(),
        Some('%') => {
            name.char_indices().any(|(at, _)| like(rest.as_str(), &name[at..]))
                || like(rest.as_str(), "")
        }
        Some(c) => {
            let escaped = if c == '\\' { rest.next() } else { None };
            let mut name = name.chars();
            let first = name.next();
            let fits = match (escaped, c) {
                (Some(escaped), _) => first == Some(escaped),
                (None, '_') => first.is_some(),
                (None, c) => first == Some(c),
            };
            fits && like(rest.as_str(), name.as_str())
        }
    }
}

fn first_wildcard(pattern: &str) -> usize {
    let plain = pattern.replace("\\\\", "..").replace("\\_", "..").replace("\\%", "..");
    plain.find(['_', '%']).unwrap_or(usize::MAX)
}

/// What a visit reads.
impl World {
    fn is_literal(&self) -> bool {
        self.product == Product::MySqlLiteral
    }

    fn sources(&self, roles: &BTreeSet<String>) -> Vec<Granted> {
        let active = self.roles.iter().filter(|(name, _)| roles.contains(*name));
        let active = active.map(|(_, granted)| granted);
        if self.product == Product::MariaDb {
            return [&self.own, &self.public].into_iter().chain(active).cloned().collect();
        }
        // MySQL counts the privileges of active roles as the account's own.
        let mut merged = self.own.clone();
        active.for_each(|granted| merged.add(granted));
        vec![merged]
    }

    fn has(&self, privilege: &str) -> bool {
        self.sources(&self.default_roles).iter().any(|granted| granted.global.contains(privilege))
    }

    fn lines(&self, roles: &BTreeSet<String>) -> Vec<Text> {
        let account = match self.product {
            Product::MySql57 => format!("'{}'@'%'", self.user),
            _ => format!("{}@`%`", ident(&self.user)),
        };
        let mut lines = Vec::new();
        for role in self.roles.keys() {
            let host = if self.product == Product::MariaDb { "" } else { "@`%`" };
            lines.push(format!("GRANT {}{host} TO {account}", ident(role)));
        }
        let after = match self.product {
            Product::MariaDb => format!(" IDENTIFIED BY PASSWORD '{HASH}'"),
            _ => String::new(),
        };
        if self.product == Product::MariaDb {
            lines.extend(self.own.lines(&account, &after));
            lines.extend(self.public.lines("PUBLIC", ""));
            for role in roles {
                lines.extend(self.roles[role].lines(&ident(role), ""));
            }
        } else {
            lines.extend(self.sources(roles)[0].lines(&account, ""));
        }
        lines.iter().map(|line| Text::new(redact(line))).collect()
    }

    pub(super) fn facts(&self) -> MySql {
        let is_mariadb = self.product == Product::MariaDb;
        let Source::MySql(mut db) = RECORDED[usize::from(is_mariadb)].source.clone() else {
            panic!("MySQL")
        };
        let Fact::Known(identity) = &mut db.identity else { panic!("an identity") };
        if self.product == Product::MySql57 {
            identity.version = "5.7.42-log".into();
        }
        identity.current_user = format!("{}@%", self.user).into();
        let active: Vec<String> = self
            .default_roles
            .iter()
            .map(|role| match is_mariadb {
                true => role.clone(),
                false => format!("{}@`%`", ident(role)),
            })
            .collect();
        identity.current_role = (!active.is_empty()).then(|| active.join(",").into());
        let client = identity.client_privilege();
        let Fact::Known(variables) = &mut db.variables else { panic!("variables") };
        let mut set = |name: &str, value: &str| {
            let variable = Variable { value: value.into(), source: None, persisted: None };
            variables.insert(name.into(), variable);
        };
        set("partial_revokes", if self.is_literal() { "ON" } else { "OFF" });
        set("basedir", if self.is_rds { "/rdsdbbin/" } else { "/usr/" });
        db.grants = Fact::Known(self.lines(&self.default_roles));
        let all: BTreeSet<String> = self.roles.keys().cloned().collect();
        db.role_grants = match all == self.default_roles {
            true => crate::facts::mysql::all_roles_active(),
            false => Fact::Known(self.lines(&all)),
        };
        let denied = || Missing::Denied { what: "it".into(), needs: "a privilege".into() };
        if !self.has(client) {
            db.binlog_position = Fact::Missing(denied());
        }
        if !self.has("REPLICATION SLAVE") {
            db.replicas = Fact::Missing(denied());
        }
        db.upstream = match is_mariadb && !self.has("SLAVE MONITOR") {
            true => Fact::Missing(denied()),
            false => Fact::Known(None),
        };
        let Fact::Known(tables) = &mut db.tables else { panic!("tables") };
        let like = tables.found.first().expect("a table").clone();
        let found = self.tables.iter().map(|table| self.table(table, &like)).collect();
        *tables = Tables { found, absent: Vec::new(), leftovers: Vec::new() };
        *db
    }

    fn table(&self, table: &(String, String), like: &Table) -> Table {
        let sources = self.sources(&self.default_roles);
        let column = |name: &str| Column {
            name: name.into(),
            may_select: sources.iter().any(|one| one.reads(table, name, self.is_literal())),
            ..like.columns.first().expect("a column").clone()
        };
        Table {
            name: TableName::new(table.0.as_str(), table.1.as_str()),
            columns: COLUMNS.into_iter().map(column).collect(),
            ..like.clone()
        }
    }

    /// What is wanted: all tables, with the rows that they hold.
    pub(super) fn intent(&self) -> Intent {
        let mut intent = Intent::of(&RECORDED[0].request);
        let names = self.tables.iter();
        intent.selection = Selection::Tables(
            names.map(|table| TableName::new(table.0.as_str(), table.1.as_str())).collect(),
        );
        intent.database = self.tables[0].0.as_str().into();
        intent
    }
}

/// What an administrator does.
impl World {
    /// Runs a script; stops at the first statement that the server refuses.
    pub(super) fn run(&mut self, script: &str) -> Result<(), String> {
        statements(script, '`').iter().try_for_each(|statement| {
            let (shape, names) = shape(statement);
            self.execute(&shape, &names).ok_or_else(|| format!("refused: {script}"))
        })
    }

    fn execute(&mut self, shape: &str, names: &[String]) -> Option<()> {
        if let Some(roles) = shape.strip_prefix("SET DEFAULT ROLE ") {
            return self.set_default_roles(roles, names);
        }
        let (verb, rest) = shape.split_once(' ')?;
        let (what, object) = rest.split_once(" ON ")?;
        let end = if verb == "GRANT" { " TO $ @ $" } else { " FROM $ @ $" };
        let object = object.strip_suffix(end)?;
        let (names, account) = names.split_at(names.len().checked_sub(2)?);
        if *account != [self.user.as_str(), "%"] {
            return None;
        }
        let columns = what.matches('$').count();
        let privileges: Privileges = what.split(" , ").map(str::to_owned).collect();
        match (object, names) {
            ("* . *", []) => change(&mut self.own.global, verb, privileges),
            ("$ . *", [pattern]) => {
                change(self.own.schemas.entry(pattern.clone()).or_default(), verb, privileges);
                self.own.schemas.retain(|_, held| !held.is_empty());
            }
            ("$ . $", [of @ .., schema, table]) if of.len() == columns => {
                let table = (schema.clone(), table.clone());
                if !self.tables.contains(&table) {
                    return None;
                }
                if columns == 0 && verb == "REVOKE" {
                    // Columns go with the table.
                    self.own.columns.remove(&table);
                }
                if columns == 0 {
                    change(self.own.tables.entry(table).or_default(), verb, privileges);
                } else if verb == "GRANT" && what.starts_with("SELECT (") {
                    self.own.columns.entry(table).or_default().extend(of.iter().cloned());
                } else {
                    return None;
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn set_default_roles(&mut self, shape: &str, names: &[String]) -> Option<()> {
        let end = if self.product == Product::MariaDb { " FOR $ @ $" } else { " TO $ @ $" };
        let roles = match (shape.strip_suffix(end)?, self.product) {
            ("NONE", _) => BTreeSet::new(),
            ("ALL", Product::MySql9 | Product::MySqlLiteral) => {
                self.roles.keys().cloned().collect()
            }
            ("$", Product::MariaDb) => BTreeSet::from([names.first()?.clone()]),
            (_, Product::MySql9 | Product::MySqlLiteral) => {
                let roles = names.get(..names.len().checked_sub(2)?)?;
                roles.chunks(2).map(|role| role[0].clone()).collect()
            }
            _ => return None,
        };
        self.default_roles = roles;
        Some(())
    }
}

fn change(held: &mut Privileges, verb: &str, privileges: Privileges) {
    match verb {
        "GRANT" => held.extend(privileges),
        _ => held.retain(|one| !privileges.contains(one)),
    }
}
