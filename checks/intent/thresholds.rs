//! From which value on a figure is told.

use serde::{Deserialize, Serialize};

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
    /// Certificates that expire in fewer days than this are a warning.
    pub certificate_expiry_warn_days: u32,
    /// More transaction ranges than this in MySQL's executed GTID set are a warning.
    pub gtid_ranges_warn: u32,
    /// Timeouts of single reads and writes below this many seconds are a warning.
    pub net_timeout_warn_seconds: u32,
    /// More messages than this in a queue of RabbitMQ are a warning.
    pub queue_backlog_warn: u64,
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
    /// Writing transactions open for more seconds than this, for which a slot of the live probe
    /// waited in vain, are a failure.
    pub long_transaction_fail_seconds: u32,
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
    /// A table of more estimated rows than this is a warning where the snapshot reads it.
    pub table_rows_warn: u64,
    /// More bytes of large values in a row than this, on average, are a warning.
    pub row_bytes_warn: u64,
    /// Events that may become larger than this many bytes are a warning. EventBridge takes 256 KB.
    pub event_bytes_warn: u64,
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
            certificate_expiry_warn_days: 30,
            gtid_ranges_warn: 1000,
            net_timeout_warn_seconds: 300,
            queue_backlog_warn: 1_000_000,
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
            long_transaction_fail_seconds: 600,
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
            table_rows_warn: 100_000_000,
            row_bytes_warn: 64 << 20,
            event_bytes_warn: 256 << 10,
        }
    }
}
