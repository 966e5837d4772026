//! Which values PostgreSQL may store out of line, so that an update that leaves them alone does not
//! log them.

use cdc_checks::facts::postgres::Table;

use super::Described;

/// A row that is not larger than this stays in one piece: a quarter of a page of 8 kB, without the
/// overhead of the page.
const THRESHOLD_BYTES: u64 = 2032;

/// The header of a row, without its bitmap of nulls.
const HEADER_BYTES: u64 = 24;

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
    if !toastable(index) {
        return false;
    }
    let Some(limit) = limit else { return true };
    if limit <= POINTER_BYTES {
        return false;
    }
    // A row has to be above the threshold before PostgreSQL begins, and goes on to its target.
    let widest = |(_, column): (usize, &Described)| match column.mapping.max_bytes {
        Some(bytes) => u64::from(bytes),
        None => u64::from(u32::MAX),
    };
    let rest = |(other, column): (usize, &Described)| {
        let bytes = column.mapping.max_bytes.unwrap_or(u32::MAX);
        u64::from(if toastable(other) { bytes.min(limit) } else { bytes })
    };
    let target = table.toast_target.map_or(THRESHOLD_BYTES, u64::from);
    let sum = |bytes: &dyn Fn((usize, &Described)) -> u64| {
        HEADER_BYTES + columns.iter().enumerate().map(bytes).sum::<u64>()
    };
    sum(&widest) > THRESHOLD_BYTES && sum(&rest) > target
}
