//! What must hold on PostgreSQL.

use crate::check::catalogue;

mod parameter;
mod selected;
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

    // What the live probe tried.
    probe_walsender,
    probe_slot,
    probe_decode,
}
