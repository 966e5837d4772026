//! What must hold on PostgreSQL.

use crate::check::catalogue;

mod parameter;
mod selected;
mod session;
mod slot;
mod trial;

catalogue! { crate::facts::Postgres:
    wal_level,
    replication_role,
    slots_free,
    wal_senders_free,
    table_exists,
    table_kind,
    table_persistence,
    table_select,
    row_security,
    replica_identity,

    primary,
    encoding,
    xid_age,
    connections_free,
    database_connect,
    role_expiry,
    role_scope,
    auth_method,
    wal_keep,
    slot_idle_timeout,
    wal_sender_timeout,
    decoding_memory,
    sync_capture,
    failover_slots,
    failover_stall,
    session_timeouts,
    session_format,
    session_read_only,
    session_row_security,
    collation_version,
    heartbeat,
    ddl_triggers,
    slot_name,
    slot_conflict,
    slot_health,
    slot_lag,
    slot_siblings,
    long_transactions,
    prepared_transactions,
    // What the live probe tried.
    probe_walsender,
    probe_slot,
    probe_decode,
}
