//! The longest values of PostgreSQL's types.

use super::{EventSize, Width, arguments, base64, decimal, quoted};
use crate::facts::postgres::{Column, ReplicaIdentity, Table};

/// The usual size of a page. A server can be built with another, which only shifts an estimate.
const PAGE: u64 = 8192;
/// The most bytes that a character takes.
const CHARACTER: u64 = 4;

impl EventSize {
    /// The size of the events of a table of PostgreSQL.
    pub fn of_postgres(table: &Table) -> Self {
        // Only a whole old row is as large as the new one; a key in its place is small.
        let rows = if table.identity == ReplicaIdentity::Full { 2 } else { 1 };
        let size = Self::of(rows, table.columns.iter().map(|column| (&column.name, width(column))));
        let average_bytes = average_row(table).map(|row| super::ENVELOPE + row * rows);
        Self { average_bytes, ..size }
    }
}

/// Stored bytes of a row, values out of line included, by the last VACUUM or ANALYZE.
fn average_row(table: &Table) -> Option<u64> {
    let pages = table.pages?.checked_add(table.toast_pages.unwrap_or_default())?;
    let pages = u64::try_from(pages).ok().filter(|pages| *pages > 0)?;
    // A part of a row does not count; NaN and what is negative become 0.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates at 0")]
    let rows = table.estimated_rows as u64;
    // A few rows share a page with its free space, which would make them look large.
    (rows >= 100).then(|| pages.saturating_mul(PAGE) / rows)
}

fn width(column: &Column) -> Width {
    if column.is_array {
        return Width::Large;
    }
    let hidden = column.type_kind == "d";
    match column.type_kind.as_str() {
        "c" | "m" => Width::Bytes(0),
        "e" => label(column),
        _ => base(&column.base_type, &arguments(column.data_type.untrusted()), hidden),
    }
}

fn label(column: &Column) -> Width {
    let longest = column.enum_labels.iter().map(|label| label.untrusted().len()).max();
    // Labels that were not read have 63 bytes at most.
    quoted(longest.unwrap_or(63) as u64)
}

/// `hidden`: a domain's name stands where the numbers would.
fn base(name: &str, numbers: &[u64], hidden: bool) -> Width {
    let first = numbers.first().copied().filter(|_| !hidden);
    match name {
        "bool" => Width::Bytes(5),
        "int2" => Width::Bytes(6),
        "int4" | "oid" | "date" => Width::Bytes(13),
        "int8" | "time" | "timestamp" | "interval" => Width::Bytes(30),
        "float4" | "float8" | "money" | "timetz" => Width::Bytes(27),
        "timestamptz" => Width::Bytes(36),
        "uuid" => quoted(36),
        "char" => quoted(4),
        "name" => quoted(64),
        "inet" | "cidr" | "macaddr" | "macaddr8" => quoted(43),
        "int4range" | "int8range" | "daterange" | "tsrange" | "tstzrange" => quoted(70),
        "point" => Width::Bytes(150),
        "numeric" => first.map_or(Width::Large, decimal),
        "bit" if !hidden => base64(first.unwrap_or(1).div_ceil(8)),
        "varbit" => first.map_or(Width::Large, |bits| base64(bits.div_ceil(8))),
        "bpchar" if !hidden => quoted(first.unwrap_or(1).saturating_mul(CHARACTER)),
        "varchar" => first.map_or(Width::Large, |limit| quoted(limit.saturating_mul(CHARACTER))),
        // A number of single precision, and a comma.
        "vector" | "halfvec" => {
            first.map_or(Width::Large, |length| Width::Bytes(length.saturating_mul(16)))
        }
        // These have no converter and are left out.
        "box" | "circle" | "jsonpath" | "line" | "lseg" | "path" | "pg_lsn" | "polygon"
        | "regclass" | "tsquery" | "txid_snapshot" | "xid" => Width::Bytes(0),
        _ => Width::Large,
    }
}
