//! Facts: what was read from the request, the network and the database. Plain data, serialised
//! both ways, so that a recording can be judged again later, by newer rules.

use serde::{Deserialize, Serialize};

use crate::{Flavour, Missing};

mod assume;
pub mod connection;
pub mod mysql;
pub mod postgres;
pub mod rabbitmq;
pub mod request;

pub use assume::{assume, overlay};
pub use connection::Connection;
pub use mysql::MySql;
pub use postgres::Postgres;
pub use rabbitmq::RabbitMq;
pub use request::Request;

/// The version of the layout of saved facts. A reader refuses a layout that it does not know.
pub const FORMAT_VERSION: u32 = 1;

/// A value, or the reason why it is missing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact<T> {
    /// It was read.
    Known(T),
    /// It was not.
    Missing(Missing),
}

impl<T> Fact<T> {
    /// The value; read it with `?` in a judge.
    ///
    /// # Errors
    /// The reason why the value is missing.
    pub fn get(&self) -> Result<&T, Missing> {
        match self {
            Self::Known(value) => Ok(value),
            Self::Missing(missing) => Err(missing.clone()),
        }
    }

    /// The value where it is known, for uses in which its absence changes nothing.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Missing(_) => None,
        }
    }
}

impl<T> From<Result<T, Missing>> for Fact<T> {
    fn from(result: Result<T, Missing>) -> Self {
        match result {
            Ok(value) => Self::Known(value),
            Err(missing) => Self::Missing(missing),
        }
    }
}

/// Everything that was gathered for one request.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The layout of this document: [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The request as it was written, without secrets.
    pub request: Request,
    /// How far the connection came.
    pub connection: Connection,
    /// What the database said.
    pub source: Source,
}

/// What one kind of source said.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// MySQL, MariaDB and what speaks their protocol.
    MySql(Box<MySql>),
    /// PostgreSQL and what speaks its protocol.
    Postgres(Box<Postgres>),
    /// RabbitMQ and what speaks its protocol.
    #[serde(rename = "rabbitmq")]
    RabbitMq(Box<RabbitMq>),
}

impl Facts {
    /// The product or platform, as far as the facts tell.
    ///
    /// # Errors
    /// The reason why the server's own words are missing.
    pub fn flavour(&self) -> Result<Flavour, Missing> {
        let host = self.connection.host.untrusted();
        match &self.source {
            Source::MySql(db) => db.flavour(host),
            Source::Postgres(db) => db.flavour(host),
            Source::RabbitMq(broker) => broker.flavour(host),
        }
    }

    /// Takes over what the live probe of an earlier visit found, for a visit that does not repeat
    /// it.
    pub fn keep_probe_of(&mut self, earlier: &Self) {
        match (&mut self.source, &earlier.source) {
            (Source::MySql(db), Source::MySql(before)) => {
                db.probe.clone_from(&before.probe);
                db.instances.clone_from(&before.instances);
                db.sizes.clone_from(&before.sizes);
            }
            (Source::Postgres(db), Source::Postgres(before)) => {
                db.probe.clone_from(&before.probe);
            }
            (Source::RabbitMq(broker), Source::RabbitMq(before)) => broker.keep_trial_of(before),
            _ => {}
        }
    }

    /// The server's version as it calls itself, for example `17.10` or `10.11.19-MariaDB`.
    ///
    /// # Errors
    /// The reason why the server's own words are missing.
    pub fn server_version(&self) -> Result<crate::Text, Missing> {
        match &self.source {
            Source::MySql(db) => Ok(db.identity.get()?.version.clone()),
            Source::RabbitMq(broker) => Ok(broker.server.get()?.version.clone()),
            Source::Postgres(db) => match (db.server.get(), &db.version) {
                (Ok(server), _) => Ok(crate::Text::new(server.version_number())),
                (Err(_), Some(version)) => Ok(version.clone()),
                (Err(missing), None) => Err(missing),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fact, Facts, Source};

    #[test]
    fn what_only_a_probe_asks_for_is_kept() {
        let recording = include_str!("../../tests/facts/mysql.json");
        let later: Facts = serde_json::from_str(recording).expect("facts");
        let mut probed = later.clone();
        let Source::MySql(db) = &mut probed.source else { panic!("MySQL") };
        db.instances = Fact::Known(Vec::new());
        db.sizes = Fact::Known(Vec::new());
        let mut again = later;
        again.keep_probe_of(&probed);
        assert_eq!(again, probed);
    }
}
