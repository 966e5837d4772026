//! Which server it was: what must be the same when the facts are gathered again.

use std::collections::BTreeMap;

use cdc_checks::Facts;
use cdc_checks::facts::{MySql, Postgres, RabbitMq, Source};

/// What tells one server, and one account on it, from another; by the name of the fact.
pub(super) type Identity = BTreeMap<&'static str, String>;

/// Every fact that can be a part of it.
const MEMBERS: [&str; 8] =
    ["account", "database", "host", "hostname", "in_recovery", "port", "server_uuid", "version"];

/// The member of that name, if there is one.
pub(super) fn member(name: &str) -> Option<&'static str> {
    MEMBERS.into_iter().find(|member| *member == name)
}

/// The identity that the facts show. The address is left out: one name may stand for several, and
/// the server's own words tell a different server apart.
pub(super) fn of(facts: &Facts) -> Identity {
    let mut identity = Identity::from([
        ("host", facts.connection.host.untrusted().to_owned()),
        ("port", facts.connection.port.to_string()),
    ]);
    match &facts.source {
        Source::MySql(db) => mysql(db, &mut identity),
        Source::Postgres(db) => postgres(db, &mut identity),
        Source::RabbitMq(broker) => rabbitmq(broker, facts, &mut identity),
    }
    identity
}

fn mysql(db: &MySql, identity: &mut Identity) {
    if let Some(known) = db.identity.known() {
        identity.insert("version", known.version.untrusted().to_owned());
        identity.insert("hostname", known.hostname.untrusted().to_owned());
        identity.insert("account", known.current_user.untrusted().to_owned());
    }
    // MariaDB has no server_uuid; there the other members must do.
    let uuid = db.variables.known().and_then(|variables| variables.get("server_uuid"));
    if let Some(uuid) = uuid {
        identity.insert("server_uuid", uuid.value.untrusted().to_owned());
    }
}

fn postgres(db: &Postgres, identity: &mut Identity) {
    if let Some(server) = db.server.known() {
        identity.insert("version", server.version.untrusted().to_owned());
        identity.insert("database", server.database.name.untrusted().to_owned());
        identity.insert("account", server.current_user.untrusted().to_owned());
        identity.insert("in_recovery", server.in_recovery.to_string());
    }
}

fn rabbitmq(broker: &RabbitMq, facts: &Facts, identity: &mut Identity) {
    if let Some(server) = broker.server.known() {
        identity.insert("version", server.version.untrusted().to_owned());
        identity.insert("hostname", server.cluster.untrusted().to_owned());
    }
    if let Some(login) = facts.connection.login.known() {
        identity.insert("account", login.user.untrusted().to_owned());
    }
    identity.insert("database", broker.vhost.untrusted().to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_of_an_identity_has_a_name_to_be_read_by() {
        for text in [
            include_str!("../../tests/facts/postgres.json"),
            include_str!("../../tests/facts/mysql.json"),
        ] {
            let facts: Facts = serde_json::from_str(text).expect("facts");
            let identity = of(&facts);
            assert!(identity.len() >= 5, "{identity:?}");
            for name in identity.keys() {
                assert_eq!(member(name), Some(*name));
            }
        }
    }
}
