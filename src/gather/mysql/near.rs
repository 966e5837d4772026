//! The last round trip, sent only where something is missing: names near to those that were not
//! found, and what the roles would grant that are not active.

use cdc_checks::facts::mysql::{Identity, Line, Tables, all_roles_active};
use cdc_checks::privileges::mysql::{Grants, Role};
use cdc_checks::{Fact, TableName, Text, quote};

use super::session::Session;
use super::welcome::{lines, table_names};

/// How many near names are kept for each missing one.
const NEAR: usize = 3;
/// How alike two names have to be, from 0 to 1.
const ALIKE: f64 = 0.8;
/// How many roles are tried. More than a handful for one account is out of the ordinary.
const ROLES: usize = 16;

/// Completes the tables, and reads what inactive roles grant.
pub(super) async fn read(
    session: &mut Session,
    tables: Fact<Tables>,
    identity: Option<&Identity>,
    grants: &Fact<Vec<Text>>,
) -> (Fact<Tables>, Fact<Vec<Text>>) {
    let discovery = tables.known().and_then(discovery);
    let roles = identity.zip(grants.known()).and_then(|(id, lines)| roles(id, lines));
    let statements: Vec<String> = discovery.iter().chain(&roles).cloned().collect();
    let no_roles = grants.get().err().map_or_else(all_roles_active, Fact::Missing);
    if statements.is_empty() {
        return (tables, no_roles);
    }
    // The first cannot fail, so that a refusal of the second costs nothing.
    let (sets, failure) = session.batch(&statements.join("; ")).await;
    let visible = discovery.as_ref().and(sets.first()).map(table_names).unwrap_or_default();
    let tables = match tables {
        Fact::Known(tables) => Fact::Known(with_near(tables, &visible)),
        missing => missing,
    };
    let role_grants = match (roles, &failure) {
        (None, _) => no_roles,
        (Some(_), Some(failure)) => {
            Fact::Missing(failure.missing("what inactive roles grant", "the role"))
        }
        (Some(_), None) => {
            Fact::Known(sets.iter().skip(discovery.iter().count()).flat_map(lines).collect())
        }
    };
    (tables, role_grants)
}

/// All names in the databases of the missing tables; the statement opens no table.
fn discovery(tables: &Tables) -> Option<String> {
    let mut schemas: Vec<String> = tables
        .absent
        .iter()
        .map(|table| quote::mysql::literal(table.name.schema.untrusted()))
        .collect();
    schemas.sort();
    schemas.dedup();
    (!schemas.is_empty()).then(|| {
        format!(
            "SELECT table_schema, table_name FROM information_schema.tables \
             WHERE table_schema IN ({}) ORDER BY table_schema, table_name",
            schemas.join(", ")
        )
    })
}

/// Shows the grants with every granted role active. MySQL tells without activating anything;
/// MariaDB only ever shows the current role, which is this session's own business.
fn roles(identity: &Identity, lines: &[Text]) -> Option<String> {
    let grants = Grants::parse(lines, identity);
    let inactive = grants.inactive_roles();
    let quoted =
        |roles: &[Role]| -> Vec<String> { roles.iter().take(ROLES).map(Role::quoted).collect() };
    if inactive.is_empty() {
        return None;
    }
    Some(match identity.line() {
        Line::MySql => {
            let all = quoted(grants.granted_roles()).join(", ");
            format!("SHOW GRANTS FOR CURRENT_USER() USING {all}")
        }
        Line::MariaDb => {
            let show = |role: String| format!("SET ROLE {role}; SHOW GRANTS");
            quoted(&inactive).into_iter().map(show).collect::<Vec<_>>().join("; ")
        }
    })
}

fn with_near(mut tables: Tables, visible: &[TableName]) -> Tables {
    for absent in &mut tables.absent {
        absent.near = near(&absent.name, visible);
    }
    tables
}

fn near(name: &TableName, visible: &[TableName]) -> Vec<TableName> {
    let likeness = |other: &TableName| {
        let (one, other) = (name.name.untrusted(), other.name.untrusted());
        strsim::jaro_winkler(&one.to_lowercase(), &other.to_lowercase())
    };
    let mut near: Vec<(f64, &TableName)> = visible
        .iter()
        .filter(|other| other.schema == name.schema)
        .map(|other| (likeness(other), other))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    near.into_iter().take(NEAR).map(|(_, name)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::{TableName, near};

    #[test]
    fn near_names_come_nearest_first() {
        let names = ["customers", "order", "Orders", "orders_archive"];
        let visible: Vec<TableName> =
            names.iter().map(|name| TableName::new("inventory", *name)).collect();
        let found = near(&TableName::new("inventory", "orders"), &visible);
        let found: Vec<&str> = found.iter().map(|name| name.name.untrusted()).collect();
        assert_eq!(found, ["Orders", "order", "orders_archive"]);
    }
}
