//! What the request wants, in terms that the checks can use.

use serde::{Deserialize, Serialize};

use crate::Text;
use crate::facts::Request;

/// The protocol that the source speaks.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// MySQL, MariaDB and relatives.
    MySql,
    /// PostgreSQL and relatives.
    Postgres,
}

impl Engine {
    /// The word used in outputs: `mysql` or `postgres`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MySql => "mysql",
            Self::Postgres => "postgres",
        }
    }

    /// The port on which the engine listens where nobody said otherwise.
    pub fn default_port(self) -> u16 {
        match self {
            Self::MySql => 3306,
            Self::Postgres => 5432,
        }
    }
}

/// What is wanted of the source: the pure part of the request, after validation.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// The protocol that the source speaks.
    pub engine: Engine,
    /// The database that CDC reads.
    pub database: Text,
    /// The account that CDC uses.
    pub user: Text,
    /// The tables that CDC reads.
    pub selection: Selection,
    /// What happens to rows that exist already.
    pub snapshot: SnapshotMode,
    /// The way from the service to the database; `None` where the request does not say.
    pub network: Option<NetworkType>,
    /// The connector that will read the changes.
    pub profile: ConnectorProfile,
    /// From which value on a figure is a warning or a failure.
    #[serde(default)]
    pub thresholds: Thresholds,
    /// Whether warnings of data that gets lost are failures, at whatever level their check is.
    #[serde(default)]
    pub strict: bool,
}

impl Intent {
    /// What a request wants. Fields that do not hold what they should are read as absent: the
    /// checks of the request say so.
    pub fn of(request: &Request) -> Self {
        let text = |name| Text::new(request.text(name).unwrap_or_default());
        Self {
            engine: request.operation.engine(),
            database: text("DatabaseName"),
            user: text("User"),
            selection: Selection::of(request),
            snapshot: match request.text("SnapshotMode") {
                Some("always") => SnapshotMode::Always,
                Some("never") => SnapshotMode::Never,
                _ => SnapshotMode::default(),
            },
            network: match request.text("NetworkType") {
                Some("PrivateNetwork") => Some(NetworkType::Private),
                Some("PublicNetwork") => Some(NetworkType::Public),
                _ => None,
            },
            profile: ConnectorProfile::eventbridge(),
            thresholds: Thresholds::default(),
            strict: false,
        }
    }

    /// Whether rows that exist already are read, for which SELECT is needed.
    pub fn reads_rows(&self) -> bool {
        self.snapshot != SnapshotMode::Never
    }
}

/// The tables that are wanted.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// Every table of these schemas; every schema but the system's own where the list is empty.
    Schemas(Vec<Text>),
    /// These tables, in the order of the request.
    Tables(Vec<TableName>),
}

impl Selection {
    /// The comma-separated `TableNames`; without them, everything in `SchemaName` (PostgreSQL) or
    /// `DatabaseName` (MySQL). A bare name belongs to that schema, in PostgreSQL to `public` where
    /// the request names none.
    fn of(request: &Request) -> Self {
        let named = match request.operation.engine() {
            Engine::MySql => request.text("DatabaseName"),
            Engine::Postgres => request.text("SchemaName"),
        };
        let schema = named.filter(|name| !name.is_empty());
        let names = request.text("TableNames").unwrap_or_default();
        let mut tables: Vec<TableName> = Vec::new();
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let (schema, name) = name.split_once('.').unwrap_or((schema.unwrap_or("public"), name));
            let table = TableName::new(schema, name);
            if !tables.contains(&table) {
                tables.push(table);
            }
        }
        if tables.is_empty() {
            return Self::Schemas(schema.map(Text::new).into_iter().collect());
        }
        Self::Tables(tables)
    }
}

/// A table's qualified name. In MySQL the schema is the database.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct TableName {
    /// The schema; in MySQL the database.
    pub schema: Text,
    /// The table.
    pub name: Text,
}

impl TableName {
    /// A name from its two parts, without quotes.
    pub fn new(schema: impl Into<Text>, name: impl Into<Text>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }

    /// `schema.name` for people; not quoted, so not for statements.
    pub fn display(&self) -> Text {
        Text::new(format!("{}.{}", self.schema.untrusted(), self.name.untrusted()))
    }
}

/// What happens to rows that exist when the connector starts.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SnapshotMode {
    /// They are read at every start.
    Always,
    /// They are read once. What the service does where the request does not say is not published;
    /// this is the mode that asks most of the database among those that run once.
    #[default]
    Initial,
    /// They are not read.
    Never,
}

/// The way from the service to the database.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum NetworkType {
    /// Through a VPC.
    #[serde(rename = "PrivateNetwork")]
    Private,
    /// Over the internet, where the service insists on encryption.
    #[serde(rename = "PublicNetwork")]
    Public,
}

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
    #[serde(default = "two")]
    pub sessions: u32,
    /// The PostgreSQL publications that it reads, and who makes them.
    #[serde(default)]
    pub publications: PublicationUse,
}

fn two() -> u32 {
    2
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
            sessions: two(),
            publications: PublicationUse::default(),
        }
    }
}

/// From which value on a figure is a warning or a failure.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// More servers than this in MySQL's executed GTID set are a warning.
    pub gtid_servers_warn: u32,
    /// Primary keys of MySQL of more columns than this are a warning.
    pub key_columns_warn: u32,
    /// Packets of MySQL limited to fewer MiB than this are a warning.
    pub packet_warn_mib: u32,
    /// A clock that is off by more seconds than this is a failure.
    pub clock_fail_seconds: u32,
    /// A clock that is off by more seconds than this is a warning.
    pub clock_warn_seconds: u32,
    /// Transactions of MySQL open for this many seconds or more are a warning where a snapshot may
    /// wait for them.
    pub snapshot_wait_warn_seconds: u32,
    /// How many MiB of MySQL's tables a snapshot is assumed to read in a second.
    pub snapshot_mib_per_second: u32,
    /// Files of the binary log that are larger than this many MiB are a warning.
    pub binlog_file_warn_mib: u32,
    /// Binary logs kept for fewer hours than this are a failure.
    pub binlog_retention_fail_hours: u32,
    /// Binary logs kept for fewer hours than this are a warning.
    pub binlog_retention_warn_hours: u32,
    /// More transaction ranges than this in MySQL's executed GTID set are a warning.
    pub gtid_ranges_warn: u32,
    /// Timeouts of single reads and writes below this many seconds are a warning.
    pub net_timeout_warn_seconds: u32,
    /// A replica that is further behind than this many seconds is a warning.
    pub replica_lag_warn_seconds: u32,
    /// Sessions that a connector needs at once: its stream, its queries and its heartbeat. Fewer
    /// free ones are a failure.
    pub sessions_needed: u32,
    /// Fewer free sessions than this, or than a tenth of all, are a warning.
    pub sessions_warn: u32,
    /// More selected tables than this are a warning.
    pub tables_warn: u32,
    /// A limit on idle sessions below this many seconds is a warning.
    pub wait_timeout_warn_seconds: u32,
    /// Fewer free sessions of PostgreSQL than this share of all, in percent, are a warning.
    pub connections_warn_percent: u32,
    /// Committed transactions in other databases below which a quiet database is not told.
    pub heartbeat_warn_commits: u32,
    /// More transactions in other databases than this for each in the captured one are a warning.
    pub heartbeat_warn_ratio: u32,
    /// Idle slots invalidated after fewer seconds than this are a failure.
    pub idle_slot_timeout_fail_seconds: u32,
    /// Idle slots invalidated after at most this many seconds are a warning.
    pub idle_slot_timeout_warn_seconds: u32,
    /// Writing transactions open for more seconds than this are a warning.
    pub long_transaction_warn_seconds: u32,
    /// Writing transactions since which more transactions began than this are a warning.
    pub long_transaction_warn_xids: u32,
    /// Passwords that expire in fewer days than this are a warning.
    pub password_expiry_warn_days: u32,
    /// Transactions that stay prepared for this many seconds or more are a failure.
    pub prepared_transaction_fail_seconds: u32,
    /// Slots whose consumer is more MB of WAL behind than this are a warning.
    pub slot_lag_warn_mb: u32,
    /// Slots with less of the kept WAL left than this, in percent, are a warning.
    pub slot_safe_warn_percent: u32,
    /// Inactive slots of others that hold back more MB of WAL than this are a warning.
    pub slot_sibling_warn_mb: u32,
    /// More decoded changes on disk than this share of all, in percent, are a warning.
    pub spill_warn_percent: u32,
    /// Statements that are ended sooner than this, server-wide, are a warning.
    pub statement_timeout_warn_minutes: u32,
    /// WAL kept for slots for fewer hours than this is a failure.
    pub wal_keep_fail_hours: u32,
    /// WAL kept for slots for fewer hours than this is a warning.
    pub wal_keep_warn_hours: u32,
    /// Less WAL kept for slots than this, where its rate is unknown, is a warning.
    pub wal_keep_warn_mb: u32,
    /// Replication connections given up after fewer milliseconds than this are a failure.
    pub wal_sender_timeout_fail_ms: u32,
    /// Replication connections given up after fewer milliseconds than this are a warning.
    pub wal_sender_timeout_warn_ms: u32,
    /// Transaction ids as old as this, of 2^31 that there are, are a failure.
    pub xid_age_fail: u32,
    /// Transaction ids as old as this are a warning.
    pub xid_age_warn: u32,
    /// More selected tables than this are a warning.
    pub table_count_warn: u64,
    /// A table of more estimated rows than this is a warning where the snapshot reads it.
    pub table_rows_warn: u64,
    /// More bytes of large values in a row than this, on average, are a warning.
    pub row_bytes_warn: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            gtid_servers_warn: 100,
            key_columns_warn: 3,
            packet_warn_mib: 64,
            clock_fail_seconds: 300,
            clock_warn_seconds: 5,
            snapshot_wait_warn_seconds: 300,
            snapshot_mib_per_second: 10,
            binlog_file_warn_mib: 2048,
            binlog_retention_fail_hours: 24,
            binlog_retention_warn_hours: 7 * 24,
            gtid_ranges_warn: 1000,
            net_timeout_warn_seconds: 300,
            replica_lag_warn_seconds: 60,
            sessions_needed: 3,
            sessions_warn: 10,
            tables_warn: 1000,
            wait_timeout_warn_seconds: 3600,
            connections_warn_percent: 10,
            heartbeat_warn_commits: 10_000,
            heartbeat_warn_ratio: 10,
            idle_slot_timeout_fail_seconds: 300,
            idle_slot_timeout_warn_seconds: 3_600,
            long_transaction_warn_seconds: 60,
            long_transaction_warn_xids: 10_000,
            password_expiry_warn_days: 30,
            prepared_transaction_fail_seconds: 600,
            slot_lag_warn_mb: 10_240,
            slot_safe_warn_percent: 20,
            slot_sibling_warn_mb: 1_024,
            spill_warn_percent: 50,
            statement_timeout_warn_minutes: 10,
            wal_keep_fail_hours: 1,
            wal_keep_warn_hours: 24,
            wal_keep_warn_mb: 1_024,
            wal_sender_timeout_fail_ms: 10_000,
            wal_sender_timeout_warn_ms: 30_000,
            xid_age_fail: 1_900_000_000,
            xid_age_warn: 1_000_000_000,
            table_count_warn: 1_000,
            table_rows_warn: 100_000_000,
            row_bytes_warn: 64 << 20,
        }
    }
}
