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
    replication_role in zh,
    slots_free in zh,
    wal_senders_free in zh,
    table_exists in zh,
    table_kind in zh,
    table_persistence in zh,
    table_select in zh,
    row_security in zh,
    replica_identity in zh,

    primary in zh,
    encoding in zh,
    xid_age in zh,
    connections_free in zh,
    database_connect in zh,
    role_expiry in zh,
    role_indirection,
    role_scope,
    auth_method,
    wal_keep in zh,
    slot_idle_timeout in zh,
    wal_sender_timeout in zh,
    decoding_memory,
    sync_capture in zh,
    failover_slots,
    failover_stall in zh,
    session_timeouts,
    session_format,
    session_read_only in zh,
    session_row_security,
    collation_version,
    output_plugin in zh,
    heartbeat,
    ddl_triggers,
    slot_name in zh,
    slot_conflict in zh,
    slot_health in zh,
    slot_lag,
    slot_siblings,
    long_transactions,
    prepared_transactions in zh,
    // What the live probe tried.
    probe_walsender in zh,
    probe_slot in zh,
    probe_decode in zh,
    probe_publication in zh,
    // Publications.
    publication_exists in zh,
    publication_create_privilege in zh,
    publication_covers in zh,
    publication_operations in zh,
    publication_via_root in zh,
    publication_column_list in zh,
    publication_row_filter in zh,
    publication_multiple in zh,
    publication_all_tables,
    publication_before_slot,
    publication_generated,

    // What else the tables are.
    identity_key in zh,
    identity_partitions in zh,
    full_generated in zh,
    table_column_names in zh,
    table_encodable in zh,
    table_primary_key,
    table_pk_shape,
    table_generated,
    table_toast,
    table_large_required in zh,
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
