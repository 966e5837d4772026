//! Which values PostgreSQL may store out of line, so that an update that leaves them alone does not
//! log them.

use cdc_checks::facts::postgres::Table;

use super::Described;

/// A row that is not larger than this stays in one piece: a quarter of a page of 8 kB, without the
/// overhead of page and row.
const TARGET_BYTES: u64 = 2032;

/// A value that is not larger than this is never moved out: a pointer would take as much.
const POINTER_BYTES: u32 = 24;

/// Whether a value of this column can be stored out of line.
///
/// PostgreSQL moves the largest value first and stops when the row is small enough. So a value
/// moves only if the row is too large with all other values at most as large as it.
pub(super) fn may_be_out_of_line(table: &Table, columns: &[Described], index: usize) -> bool {
    let toastable = |index: usize| table.columns.get(index).is_some_and(|column| column.toastable);
    let Some(limit) = columns.get(index).map(|column| column.mapping.max_bytes) else {
        return false;
    };
    let Some(limit) = limit else { return toastable(index) };
    if !toastable(index) || limit <= POINTER_BYTES {
        return false;
    }
    let widest = |(other, column): (usize, &Described)| {
        let bytes = column.mapping.max_bytes.unwrap_or(u32::MAX);
        u64::from(if toastable(other) { bytes.min(limit) } else { bytes })
    };
    columns.iter().enumerate().map(widest).sum::<u64>() > TARGET_BYTES
}
