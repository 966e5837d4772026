//! What must hold on PostgreSQL.

use crate::check::catalogue;

mod headroom;
mod parameter;
mod published;
mod selected;
mod session;
mod slot;
mod trial;

catalogue! { crate::facts::Postgres:
    wal_level in zh,
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
    role_indirection,
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
    output_plugin,
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
    probe_publication,
    // Publications.
    publication_exists,
    publication_create_privilege,
    publication_covers,
    publication_operations,
    publication_via_root,
    publication_column_list,
    publication_row_filter,
    publication_multiple,
    publication_all_tables,
    publication_before_slot,
    publication_generated,

    // What else the tables are.
    identity_key,
    identity_partitions,
    full_generated,
    table_column_names,
    table_encodable,
    table_primary_key,
    table_pk_shape,
    table_generated,
    table_toast,
    table_large_required,
    table_partition,
    table_partition_mixed,
    table_attach,
    table_inheritance,
    table_extension,
    table_types,
    table_size,
    event_size,
    table_count,
}
