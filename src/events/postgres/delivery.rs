//! Whether an operation on a table gives an event, and why not.

use cdc_checks::facts::postgres::{Leaves, Persistence, RelationKind, ReplicaIdentity, Table};
use cdc_checks::{Intent, SnapshotMode};

use super::publication::Published;
use crate::events::contract::Evidence;
use crate::events::operation::{Delivery, Op, OperationContract};

/// Why nothing comes of an operation, or why that is not known; `None` where events come.
pub(super) fn withheld(
    op: Op,
    table: &Table,
    published: &Published,
    intent: &Intent,
) -> Option<OperationContract> {
    by_kind(op, table)
        .or_else(|| by_engine(op, table, published))
        .or_else(|| OperationContract::skipped(op, intent.profile.skips))
        .or_else(|| by_snapshot_mode(op, intent.snapshot))
        .or_else(|| if op == Op::Read { None } else { by_publication(op, table, published) })
}

fn measured(
    op: Op,
    delivery: Delivery,
    why: impl Into<cdc_checks::Text>,
) -> Option<OperationContract> {
    Some(OperationContract::withheld(op, delivery, Evidence::Measured, why))
}

/// What the kind of relation decides before anything else.
fn by_kind(op: Op, table: &Table) -> Option<OperationContract> {
    let silent = |why| measured(op, Delivery::NotLogged, why);
    match (table.kind, table.persistence) {
        (RelationKind::Table | RelationKind::Partitioned, Persistence::Temporary) => {
            silent("a temporary table is not in the WAL")
        }
        (RelationKind::Table | RelationKind::Partitioned, _) => None,
        _ => silent("this is not a table: it has no rows of its own in the WAL"),
    }
}

/// What keeps the engine from starting, or stops it.
fn by_engine(op: Op, table: &Table, published: &Published) -> Option<OperationContract> {
    let stops = |why| measured(op, Delivery::StopsEngine, why);
    if let Some(why) = published.refused {
        return stops(why);
    }
    if has_columns_differing_by_case(table) {
        return stops("columns that differ only by case stop the engine");
    }
    match (table.persistence, op) {
        (Persistence::Unlogged, _) if published.is_created => {
            stops("a publication cannot be created for an unlogged table")
        }
        (Persistence::Unlogged, op) if op != Op::Read => {
            measured(op, Delivery::NotLogged, "an unlogged table is not in the WAL")
        }
        _ => None,
    }
}

fn has_columns_differing_by_case(table: &Table) -> bool {
    let mut names: Vec<String> =
        table.columns.iter().map(|column| column.name.untrusted().to_lowercase()).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| matches!(pair, [one, other] if one == other))
}

fn by_snapshot_mode(op: Op, mode: SnapshotMode) -> Option<OperationContract> {
    let why = match (op, mode) {
        (Op::Read, SnapshotMode::Never) => "SnapshotMode is never",
        (Op::Read, SnapshotMode::NoData) => "the snapshot mode no_data reads no rows",
        (Op::Read, _) => return None,
        (_, SnapshotMode::InitialOnly) => "the connector stops after its snapshot",
        _ => return None,
    };
    Some(OperationContract::withheld(op, Delivery::NotAsked, Evidence::Documented, why))
}

/// What the publications decide, by which the server sends changes.
fn by_publication(op: Op, table: &Table, published: &Published) -> Option<OperationContract> {
    let is_partitioned = table.kind == RelationKind::Partitioned;
    if let Some(root) = &published.under {
        let why = format!("events carry the name of the root: {}", root.display().untrusted());
        return measured(op, Delivery::NotAsked, why);
    }
    if is_partitioned && !published.via_root {
        let why = "events carry the names of the partitions, which have to be selected themselves";
        return measured(op, Delivery::NotAsked, why);
    }
    if published.is_left_out {
        let why = "no publication that the connector reads has the table";
        return measured(op, Delivery::NotAsked, why);
    }
    let is_mixed = is_partitioned && leaf_identity(table).is_none();
    if is_mixed && matches!(op, Op::Update | Op::Delete) {
        let why = "the partitions differ in their replica identity";
        return Some(OperationContract::unsettled(op, why));
    }
    if let Some(why) = published.refuses(op) {
        return measured(op, Delivery::BlockedInDb, why);
    }
    if published.leaves_out(op) {
        let why = format!("no publication that the connector reads has {}", op.statement());
        return measured(op, Delivery::NotAsked, why);
    }
    None
}

/// The replica identity of a table's rows. Of a partitioned table it is that of its partitions;
/// `None` where they differ.
pub(super) fn leaf_identity(table: &Table) -> Option<ReplicaIdentity> {
    match &table.leaves {
        None => Some(table.identity),
        Some(leaves) => shared_by(leaves, table.identity),
    }
}

fn shared_by(leaves: &Leaves, of_root: ReplicaIdentity) -> Option<ReplicaIdentity> {
    let counts = [leaves.full_identity, leaves.index_identity, leaves.without_identity];
    match counts {
        _ if leaves.count == 0 => Some(of_root),
        [0, 0, 0] => Some(ReplicaIdentity::PrimaryKey),
        [full, 0, 0] if full == leaves.count => Some(ReplicaIdentity::Full),
        [0, 0, without] if without == leaves.count => Some(ReplicaIdentity::None),
        _ => None,
    }
}
