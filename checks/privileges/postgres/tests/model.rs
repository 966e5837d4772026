//! A small PostgreSQL: access lists, memberships and owners, the facts that they amount to, and what
//! statements make of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::facts::postgres::{Postgres, Role, SelectScope, Setting, Table, Tables};
use crate::facts::{Fact, Facts, Source};
use crate::privileges::words::{shape, statements};
use crate::{Flavour, Intent, PublicationCreation, Selection, TableName};

/// The group that stands for every role in an access list.
pub(super) const PUBLIC: &str = "";
pub(super) const DATABASE: &str = "inventory";

type Grantees = BTreeSet<String>;

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Attributes {
    pub(super) superuser: bool,
    pub(super) replication: bool,
    pub(super) bypass_rls: bool,
    pub(super) inherit: bool,
    pub(super) switched_to: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Relation {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) owner: String,
    pub(super) select: Grantees,
    /// Each column with those who were granted it by itself.
    pub(super) columns: BTreeMap<String, Grantees>,
    pub(super) row_security: bool,
    /// Whom a policy shows every row, by the policy's name.
    pub(super) policies: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct World {
    pub(super) major: u32,
    pub(super) is_amazon: bool,
    pub(super) login: String,
    pub(super) roles: BTreeMap<String, Attributes>,
    /// Group and member, and since 16 whether the membership is in force.
    pub(super) memberships: BTreeMap<(String, String), bool>,
    pub(super) is_open: bool,
    pub(super) connect: Grantees,
    pub(super) create: Grantees,
    pub(super) usage: BTreeMap<String, Grantees>,
    pub(super) tables: Vec<Relation>,
}

static RECORDED: LazyLock<Facts> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../../tests/facts/postgres.json")).expect("facts")
});

/// What a server grants.
impl World {
    /// Whether sessions of the account run as another role.
    pub(super) fn is_switched(&self) -> bool {
        self.roles[&self.login].switched_to.is_some()
    }

    fn current(&self) -> &str {
        self.roles[&self.login].switched_to.as_ref().unwrap_or(&self.login)
    }

    fn is_in_force(&self, group: &str, member: &str) -> bool {
        let own = self.memberships.get(&(group.to_owned(), member.to_owned()));
        let by_role = self.roles[member].inherit;
        own.is_some_and(|own| if self.major >= 16 { *own } else { by_role })
    }

    /// The role and all others whose privileges it has without `SET ROLE`.
    fn privileged_as(&self, role: &str) -> BTreeSet<String> {
        self.reachable(role, |group, member| self.is_in_force(group, member))
    }

    fn reachable(&self, role: &str, by: impl Fn(&str, &str) -> bool) -> BTreeSet<String> {
        let mut all = BTreeSet::from([role.to_owned()]);
        loop {
            let more = self.memberships.keys().filter(|(group, member)| {
                all.contains(member) && !all.contains(group) && by(group, member)
            });
            let more: Vec<String> = more.map(|(group, _)| group.clone()).collect();
            if more.is_empty() {
                return all;
            }
            all.extend(more);
        }
    }

    fn has(&self, role: &str, granted: &Grantees) -> bool {
        self.roles[role].superuser
            || granted.contains(PUBLIC)
            || self.privileged_as(role).iter().any(|one| granted.contains(one))
    }

    fn owns(&self, role: &str, table: &Relation) -> bool {
        self.has(role, &BTreeSet::from([table.owner.clone()]))
    }

    fn reads(&self, role: &str, table: &Relation) -> bool {
        self.has(role, &table.select) || self.owns(role, table)
    }

    fn is_filtered(&self, role: &str, table: &Relation) -> bool {
        let attributes = &self.roles[role];
        let shown: Grantees = table.policies.values().cloned().collect();
        let exempt = attributes.superuser || attributes.bypass_rls || self.owns(role, table);
        table.row_security && !exempt && !self.has(role, &shown)
    }
}

/// What a visit reads.
impl World {
    pub(super) fn facts(&self) -> Postgres {
        let Source::Postgres(mut db) = RECORDED.source.clone() else { panic!("PostgreSQL") };
        let Fact::Known(server) = &mut db.server else { panic!("a server") };
        let own = &self.roles[&self.login];
        server.version_num = self.major * 10_000;
        server.session_user = self.login.as_str().into();
        server.current_user = self.current().into();
        server.database.name = DATABASE.into();
        server.database.allows_connections = Some(self.is_open);
        server.database.may_connect = Some(self.has(&self.login, &self.connect));
        server.database.may_create = self.has(self.current(), &self.create);
        server.role = Some(Role {
            superuser: own.superuser,
            replication: own.replication,
            bypass_rls: own.bypass_rls,
            inherit: Some(own.inherit),
            ..server.role.clone().expect("a role")
        });
        let groups = self.reachable(&self.login, |_, _| true);
        let groups = groups.into_iter().filter(|group| *group != self.login);
        let in_force = self.privileged_as(&self.login);
        server.member_of = Some(
            groups
                .map(|group| {
                    let is_in_force = own.superuser || in_force.contains(&group);
                    (group, is_in_force)
                })
                .collect(),
        );
        if self.is_amazon {
            let setting = Setting {
                value: None,
                unit: None,
                source: "default".into(),
                pending_restart: false,
            };
            server.settings.insert("rds.extensions".into(), setting);
        }
        let Fact::Known(tables) = &mut db.tables else { panic!("tables") };
        let like = tables.found.first().expect("a table").clone();
        *tables = Tables {
            found: self.tables.iter().map(|table| self.table(table, &like)).collect(),
            absent: Vec::new(),
            ..tables.clone()
        };
        let expected = if self.is_amazon { Flavour::Rds } else { Flavour::Postgres };
        assert_eq!(db.platform(), expected);
        *db
    }

    fn table(&self, table: &Relation, like: &Table) -> Table {
        let role = self.current();
        let open = |column: &str| self.has(role, &table.columns[column]);
        let count = table.columns.keys().filter(|column| open(column)).count();
        let select = match count {
            _ if self.reads(role, table) => SelectScope::Table,
            0 => SelectScope::None,
            all if all == table.columns.len() => SelectScope::Columns,
            _ => SelectScope::Partial,
        };
        let by_column = matches!(select, SelectScope::Columns | SelectScope::Partial);
        let column = |name: &String| crate::facts::postgres::Column {
            name: name.as_str().into(),
            may_select: by_column.then(|| open(name)),
            ..like.columns.first().expect("a column").clone()
        };
        Table {
            name: TableName::new(table.schema.as_str(), table.name.as_str()),
            schema_usage: self.has(role, &self.usage[&table.schema]),
            select,
            row_security: self.is_filtered(role, table),
            is_owner: self.owns(role, table),
            owner: table.owner.as_str().into(),
            columns: table.columns.keys().map(column).collect(),
            ..like.clone()
        }
    }

    /// What is wanted: all tables, read and published by this account.
    pub(super) fn intent(&self) -> Intent {
        let mut intent = Intent::of(&RECORDED.request);
        let names = self.tables.iter();
        intent.selection = Selection::Tables(
            names.map(|table| TableName::new(table.schema.as_str(), table.name.as_str())).collect(),
        );
        intent.user = self.login.as_str().into();
        intent.database = DATABASE.into();
        intent.profile.publications.creates = PublicationCreation::SelectedTables;
        intent
    }
}

/// What an administrator does.
impl World {
    /// Runs a script; stops at the first statement that the server refuses.
    pub(super) fn run(&mut self, script: &str) -> Result<(), String> {
        statements(script, '"').iter().try_for_each(|statement| {
            let (shape, names) = shape(statement);
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            self.execute(&shape, &names).ok_or_else(|| format!("refused: {script}"))
        })
    }

    fn execute(&mut self, shape: &str, names: &[&str]) -> Option<()> {
        match (shape, names) {
            ("GRANT USAGE ON SCHEMA $ TO $", [schema, role]) => {
                self.role(role)?;
                self.usage.get_mut(*schema)?.insert((*role).into());
            }
            ("REVOKE USAGE ON SCHEMA $ FROM $", [schema, role]) => {
                self.usage.get_mut(*schema)?.remove(*role);
            }
            ("GRANT SELECT ON $ . $ TO $", [schema, name, role]) => {
                self.role(role)?;
                self.relation(schema, name)?.select.insert((*role).into());
            }
            // Columns go with the table.
            ("REVOKE SELECT ON $ . $ FROM $", [schema, name, role]) => {
                let table = self.relation(schema, name)?;
                table.select.remove(*role);
                table.columns.values_mut().for_each(|granted| granted.retain(|one| one != role));
            }
            ("GRANT CONNECT ON DATABASE $ TO $", [DATABASE, role]) => {
                self.role(role)?;
                self.connect.insert((*role).into());
            }
            ("REVOKE CONNECT ON DATABASE $ FROM $", [DATABASE, role]) => {
                self.connect.remove(*role);
            }
            ("GRANT CREATE ON DATABASE $ TO $", [DATABASE, role]) => {
                self.role(role)?;
                self.create.insert((*role).into());
            }
            ("REVOKE CREATE ON DATABASE $ FROM $", [DATABASE, role]) => {
                self.create.remove(*role);
            }
            ("ALTER DATABASE $ ALLOW_CONNECTIONS TRUE", [DATABASE]) => self.is_open = true,
            ("ALTER DATABASE $ ALLOW_CONNECTIONS FALSE", [DATABASE]) => self.is_open = false,
            ("ALTER ROLE $ REPLICATION", [role]) if !self.is_amazon => {
                self.role(role)?.replication = true;
            }
            ("ALTER ROLE $ NOREPLICATION", [role]) => self.role(role)?.replication = false,
            ("ALTER ROLE $ BYPASSRLS", [role]) if !self.is_amazon => {
                self.role(role)?.bypass_rls = true;
            }
            ("ALTER ROLE $ NOBYPASSRLS", [role]) => self.role(role)?.bypass_rls = false,
            ("ALTER ROLE $ INHERIT", [role]) => self.role(role)?.inherit = true,
            ("ALTER ROLE $ NOINHERIT", [role]) => self.role(role)?.inherit = false,
            ("ALTER ROLE $ RESET ROLE", [role]) => self.role(role)?.switched_to = None,
            ("ALTER ROLE $ SET ROLE = $", [role, to]) => {
                self.role(role)?.switched_to = Some((*to).into());
            }
            ("CREATE ROLE $", [role]) => {
                let inherits = Attributes { inherit: true, ..Attributes::default() };
                let before = self.roles.insert((*role).into(), inherits);
                return before.is_none().then_some(());
            }
            ("DROP ROLE $", [role]) => {
                let owns = self.tables.iter().any(|table| table.owner == *role);
                self.roles.remove(*role).filter(|_| !owns)?;
                self.memberships.retain(|(group, member), _| group != role && member != role);
            }
            ("ALTER TABLE $ . $ OWNER TO $", [schema, name, role]) => {
                self.role(role)?;
                self.relation(schema, name)?.owner = (*role).into();
            }
            ("CREATE POLICY CDC_READS_ALL ON $ . $ FOR SELECT TO $ USING ( TRUE )", names) => {
                let [schema, name, role] = names else { return None };
                self.role(role)?;
                let policies = &mut self.relation(schema, name)?.policies;
                policies.insert("CDC_READS_ALL".into(), (*role).into());
            }
            ("DROP POLICY CDC_READS_ALL ON $ . $", [schema, name]) => {
                self.relation(schema, name)?.policies.remove("CDC_READS_ALL")?;
            }
            _ => return self.execute_on_lists(shape, names),
        }
        Some(())
    }

    /// What names any number of columns or roles.
    fn execute_on_lists(&mut self, shape: &str, names: &[&str]) -> Option<()> {
        let once = shape.replace("$ , ", "").replace(RDS, "$");
        let rds = shape.contains(RDS).then_some("rds_replication");
        let names: Vec<&str> = rds.into_iter().chain(names.iter().copied()).collect();
        match (once.as_str(), names.as_slice()) {
            ("GRANT SELECT ( $ ) ON $ . $ TO $", [columns @ .., schema, name, role]) => {
                let table = self.relation(schema, name)?;
                for column in columns {
                    table.columns.get_mut(*column)?.insert((*role).into());
                }
            }
            ("GRANT $ TO $", [group, members @ ..]) => {
                for member in members {
                    let inherits = self.role(member)?.inherit;
                    self.join(group, member, inherits)?;
                }
            }
            ("GRANT $ TO $ WITH INHERIT TRUE", [group, members @ ..]) if self.major >= 16 => {
                members.iter().try_for_each(|member| self.join(group, member, true))?;
            }
            ("GRANT $ TO $ WITH INHERIT FALSE", [group, members @ ..]) if self.major >= 16 => {
                members.iter().try_for_each(|member| self.join(group, member, false))?;
            }
            ("REVOKE $ FROM $", [group, members @ ..]) => {
                for member in members {
                    self.memberships.remove(&((*group).into(), (*member).into()))?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn join(&mut self, group: &str, member: &str, inherits: bool) -> Option<()> {
        self.role(group)?;
        self.role(member)?;
        self.memberships.insert((group.into(), member.into()), inherits);
        Some(())
    }

    fn role(&mut self, name: &str) -> Option<&mut Attributes> {
        self.roles.get_mut(name)
    }

    fn relation(&mut self, schema: &str, name: &str) -> Option<&mut Relation> {
        self.tables.iter_mut().find(|table| table.schema == schema && table.name == name)
    }
}

/// How the one name looks that needs no quotes.
const RDS: &str = "RDS_REPLICATION";
