//! The rights of tables' owners.

use std::collections::BTreeSet;

use super::replication::membership;
use super::{Account, sql};
use crate::Step;
use crate::facts::postgres::Table;
use crate::quote::postgres::ident;

impl Account<'_> {
    /// Brings the memberships in owners into force that are there; else lets a role own the tables
    /// that the account and the owners so far are members of.
    pub(super) fn ownership(&self, tables: &[&Table]) -> Vec<Step> {
        let foreign = tables.iter().copied().filter(|table| !table.is_owner);
        let (kin, strange): (Vec<_>, Vec<_>) = foreign.partition(|table| self.is_kin(table));
        if kin.is_empty() && strange.is_empty() {
            return Vec::new();
        }
        let is_asleep = self.inherits_nothing() && self.is_itself();
        let mut steps = Vec::new();
        if is_asleep {
            steps.push(self.inherit(&self.reader()));
        } else {
            steps.extend(owners(&kin).iter().map(|owner| self.join(owner)));
        }
        if !strange.is_empty() {
            steps.extend(self.share(&strange));
        }
        steps.into_iter().map(|step| self.in_database(step)).collect()
    }

    /// Whether the account is a member of a table's owner, if without effect.
    fn is_kin(&self, table: &Table) -> bool {
        let is_member =
            |server| membership(server, table.owner.untrusted()).is_some() && self.is_itself();
        self.server.is_some_and(is_member)
    }

    /// Whether sessions have the login role's own privileges; of another role that they are
    /// switched to, the facts tell no memberships.
    fn is_itself(&self) -> bool {
        self.login() == self.reader()
    }

    fn join(&self, owner: &str) -> Step {
        let (reader, in_force) = (self.reader(), self.in_force());
        let undo = match in_force.is_empty() {
            true => format!("REVOKE {owner} FROM {reader};"),
            false => format!("GRANT {owner} TO {reader} WITH INHERIT FALSE;"),
        };
        Step::dba(format!("GRANT {owner} TO {reader}{in_force};")).undo(undo)
    }

    fn share(&self, tables: &[&Table]) -> Vec<Step> {
        let group = ident(&format!("{}_owners", self.want.user.untrusted()));
        let members: Vec<String> = owners(tables).into_iter().chain([self.reader()]).collect();
        let members = members.join(", ");
        let mut steps = vec![
            Step::dba(format!("CREATE ROLE {group};"))
                .undo(format!("DROP ROLE {group};"))
                .note("Better, where the connector can be told its name: let the owner create it."),
            Step::dba(format!("GRANT {group} TO {members}{};", self.in_force()))
                .undo(format!("REVOKE {group} FROM {members};")),
        ];
        steps.extend(tables.iter().map(|table| {
            let (name, owner) = (sql(table), ident(table.owner.untrusted()));
            Step::dba(format!("ALTER TABLE {name} OWNER TO {group};"))
                .undo(format!("ALTER TABLE {name} OWNER TO {owner};"))
        }));
        steps
    }
}

/// The owners, each once, in a statement.
fn owners(tables: &[&Table]) -> BTreeSet<String> {
    tables.iter().map(|table| ident(table.owner.untrusted())).collect()
}
