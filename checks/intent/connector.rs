//! What is known or assumed of the connector that will read the changes.

use serde::{Deserialize, Serialize};

use super::Engine;
use super::conversion::Conversion;
use super::identity::IdentityAutoset;
use crate::Text;

/// What is known or assumed of the connector that will read the changes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectorProfile {
    /// The profile's name.
    pub name: String,
    /// The logical decoding plugin that the connector asks PostgreSQL for.
    pub output_plugin: String,
    /// The replication slots it needs at once.
    pub slots: u32,
    /// The WAL sender processes it needs at once.
    pub wal_senders: u32,
    /// Whether it can read `binlog_row_image = NOBLOB`.
    pub reads_noblob: bool,
    /// Whether it takes the names of columns from MySQL's binary log, not from the statements that
    /// made the table.
    #[serde(default)]
    pub reads_row_metadata: bool,
    /// Whether it delivers the statements that changed the rows, which MySQL can log beside them.
    #[serde(default)]
    pub reads_sql_text: bool,
    /// Whether its maker says that it reads MariaDB's binary log; `None` where nobody says.
    #[serde(default)]
    pub reads_mariadb: Option<bool>,
    /// The set of MySQL's transactions that it has already, where it goes on by them.
    #[serde(default)]
    pub resume_gtid_set: Option<Text>,
    /// The file of the binary log in which it goes on, where it goes by files.
    #[serde(default)]
    pub resume_file: Option<Text>,
    /// The position in that file.
    #[serde(default)]
    pub resume_position: u64,
    /// Hosts that may take over from the source, and that are checked by requests of their own.
    #[serde(default)]
    pub standbys: Vec<Text>,
    /// The server id with which it asks MySQL for the binary log, where it is known.
    #[serde(default)]
    pub server_id: Option<u32>,
    /// The replication slot it uses; `None` where it makes up a name that nobody knows before.
    #[serde(default)]
    pub slot_name: Option<Text>,
    /// Whether it makes its slot so that standbys keep a copy of it.
    #[serde(default)]
    pub failover_slot: bool,
    /// The `application_name` of its replication connection, where it is known.
    #[serde(default)]
    pub application_name: Option<Text>,
    /// Whether it writes to the source now and then, so that a quiet database does not hold back
    /// the log that busy ones write.
    #[serde(default)]
    pub heartbeat: bool,
    /// The ordinary sessions it needs at once, beside its replication connection.
    #[serde(default = "three")]
    pub sessions: u32,
    /// The PostgreSQL publications that it reads, and who makes them.
    #[serde(default)]
    pub publications: PublicationUse,
    /// How it keeps MySQL's tables still while it takes its snapshot.
    #[serde(default)]
    pub snapshot_locking: SnapshotLocking,
    /// The replica identities that it gives PostgreSQL's tables when it starts.
    #[serde(default)]
    pub identity_autoset: Vec<IdentityAutoset>,
    /// How it writes values.
    #[serde(default)]
    pub conversion: Conversion,
    /// The operations that it leaves out.
    #[serde(default)]
    pub skips: SkippedOperations,
    /// Whether a DELETE is followed by a tombstone: the key with an empty value.
    #[serde(default = "yes")]
    pub tombstones: bool,
    /// Whether events name their transaction, and its begin and end are events of their own.
    #[serde(default)]
    pub transaction_metadata: bool,
    /// Whether DDL statements are events, too (MySQL).
    #[serde(default)]
    pub schema_changes: bool,
}

fn three() -> u32 {
    3
}

fn yes() -> bool {
    true
}

/// How a connector keeps MySQL's tables still while it takes its snapshot.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SnapshotLocking {
    /// Its maker does not say. What locks would need is told, and never demanded.
    #[default]
    Assumed,
    /// With a lock on everything, for the moment in which it reads the tables' definitions.
    #[serde(alias = "minimal_percona", alias = "minimal_percona_no_table_locks")]
    Minimal,
    /// With a lock on everything until all rows are read.
    Extended,
    /// Not at all.
    None,
}

/// The operations that a connector leaves out.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SkippedOperations {
    /// INSERT.
    pub create: bool,
    /// UPDATE.
    pub update: bool,
    /// DELETE.
    pub delete: bool,
    /// TRUNCATE.
    pub truncate: bool,
}

impl Default for SkippedOperations {
    /// TRUNCATE alone, as Debezium does where nothing is said.
    fn default() -> Self {
        Self { create: false, update: false, delete: false, truncate: true }
    }
}

/// Which PostgreSQL publications a connector reads, and who makes them.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PublicationUse {
    /// The publications' names. Several are read together; empty where they are not known.
    #[serde(default)]
    pub named: Vec<Text>,
    /// What the connector does where a publication is not there.
    #[serde(default)]
    pub creates: PublicationCreation,
    /// Whether one that it creates gives changes of partitions the name of the root.
    #[serde(default)]
    pub via_root: bool,
}

/// What a connector does where its publication is not there.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PublicationCreation {
    /// Its maker does not say. It is assumed to create one for the selected tables, as Debezium
    /// can; what only that would need is told, and never demanded.
    #[default]
    Assumed,
    /// It creates one for all tables of the database.
    AllTables,
    /// It creates one for the selected tables.
    SelectedTables,
    /// It stops.
    Never,
}

impl ConnectorProfile {
    /// EventBridge's own sources. The service publishes none of this: it is assumed that they read
    /// as the Debezium connectors do, which the names of the request's fields suggest.
    pub fn eventbridge() -> Self {
        Self {
            name: "eventbridge".into(),
            output_plugin: "pgoutput".into(),
            slots: 1,
            wal_senders: 1,
            reads_noblob: false,
            reads_row_metadata: false,
            reads_sql_text: false,
            reads_mariadb: None,
            resume_gtid_set: None,
            resume_file: None,
            resume_position: 4,
            standbys: Vec::new(),
            server_id: None,
            slot_name: None,
            failover_slot: false,
            application_name: Some(Text::new("Debezium Streaming")),
            heartbeat: false,
            sessions: three(),
            publications: PublicationUse::default(),
            snapshot_locking: SnapshotLocking::Assumed,
            identity_autoset: Vec::new(),
            conversion: Conversion::default(),
            skips: SkippedOperations::default(),
            tombstones: true,
            transaction_metadata: true,
            schema_changes: false,
        }
    }

    /// A Debezium connector as its documentation describes it where nothing is configured, but with
    /// the plugin `pgoutput`: its own default, decoderbufs, is no part of PostgreSQL.
    pub fn debezium() -> Self {
        Self {
            name: "debezium".into(),
            slot_name: Some(Text::new("debezium")),
            publications: PublicationUse {
                named: vec![Text::new("dbz_publication")],
                creates: PublicationCreation::AllTables,
                via_root: false,
            },
            snapshot_locking: SnapshotLocking::Minimal,
            transaction_metadata: false,
            schema_changes: true,
            ..Self::eventbridge()
        }
    }

    /// What is taken for granted of the connector and nobody has published or said, in clauses. It
    /// shrinks as the user says more; what a profile takes from a documentation is not among it.
    pub fn assumptions(&self, engine: Engine) -> Vec<String> {
        let assumed = Self::eventbridge();
        if self.name != assumed.name {
            return Vec::new();
        }
        let mut clauses = match engine {
            Engine::MySql => self.of_mysql(&assumed),
            Engine::Postgres => self.of_postgres(&assumed),
            // No connector of Debezium stands between a broker and the service.
            Engine::RabbitMq => return Vec::new(),
        };
        if self.conversion == assumed.conversion {
            clauses.push("it writes values as Debezium's connectors do by default".into());
        }
        clauses
    }

    fn of_mysql(&self, assumed: &Self) -> Vec<String> {
        let mut clauses = Vec::new();
        if self.reads_noblob == assumed.reads_noblob {
            clauses.push("it needs whole row images".into());
        }
        if self.snapshot_locking == SnapshotLocking::Assumed {
            clauses.push("how it locks tables for its snapshot is not known".into());
        }
        clauses
    }

    fn of_postgres(&self, assumed: &Self) -> Vec<String> {
        let mut clauses = Vec::new();
        if self.output_plugin == assumed.output_plugin {
            clauses.push(format!("it reads with {}", self.output_plugin));
        }
        if self.publications == assumed.publications {
            clauses.push("it finds or makes a publication of the selected tables".into());
        }
        if self.slot_name.is_none() {
            clauses.push(format!("it makes {} slot, of a name not known before", self.slots));
        }
        if !self.heartbeat {
            clauses.push("it writes no heartbeat".into());
        }
        clauses
    }

    /// The profile of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::eventbridge(), Self::debezium()].into_iter().find(|profile| profile.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::{ConnectorProfile, PublicationCreation};
    use crate::{Engine, Text};

    #[test]
    fn what_the_user_says_is_no_assumption() {
        let mut profile = ConnectorProfile::eventbridge();
        let before = profile.assumptions(Engine::Postgres);
        assert!(before.iter().any(|clause| clause.contains("publication")), "{before:?}");
        assert!(before.iter().any(|clause| clause.contains("slot")), "{before:?}");
        profile.publications.named = vec![Text::new("cdc")];
        profile.publications.creates = PublicationCreation::Never;
        profile.slot_name = Some(Text::new("cdc"));
        let after = profile.assumptions(Engine::Postgres);
        assert!(!after.iter().any(|clause| clause.contains("publication")), "{after:?}");
        assert!(!after.iter().any(|clause| clause.contains("slot")), "{after:?}");
    }

    #[test]
    fn what_is_documented_is_no_assumption() {
        for engine in [Engine::MySql, Engine::Postgres] {
            assert!(ConnectorProfile::debezium().assumptions(engine).is_empty());
            assert!(!ConnectorProfile::eventbridge().assumptions(engine).is_empty());
        }
    }
}
