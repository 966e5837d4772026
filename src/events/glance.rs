//! What stands for each column in each row of each operation, in one word: the contract at a glance.

use super::contract::TableContract;
use super::image::{Image, Presence};
use super::operation::Op;

/// A row of an operation.
pub(crate) struct Side {
    /// How it is called at the head of a table.
    pub(crate) title: &'static str,
    op: Op,
    is_old: bool,
}

/// The rows that an event may have, in the order in which people ask for them.
pub(crate) const SIDES: [Side; 5] = [
    Side { title: "c.after", op: Op::Create, is_old: false },
    Side { title: "u.before", op: Op::Update, is_old: true },
    Side { title: "u.after", op: Op::Update, is_old: false },
    Side { title: "d.before", op: Op::Delete, is_old: true },
    Side { title: "r.after", op: Op::Read, is_old: false },
];

/// What the words mean.
pub(crate) const LEGEND: &str = "yes: the true value; null: the true value, or null for NULL; \
     default: the true value, NULL as the default; stand-in: the true value, or a stand-in where \
     large and unchanged; made-up: not the old value; not-sent: null, whatever the value was; no: \
     left out; ?: not known; -: no such row.";

/// The words of one table.
pub(crate) struct Glance<'a> {
    rows: [Option<&'a Image>; SIDES.len()],
}

impl<'a> Glance<'a> {
    pub(crate) fn of(table: &'a TableContract) -> Self {
        Self {
            rows: SIDES.map(|side| {
                let operation = table.operation(side.op)?;
                if side.is_old { operation.before.as_ref() } else { operation.after.as_ref() }
            }),
        }
    }

    /// The rows that some event has, as places in [`SIDES`].
    pub(crate) fn sides(&self) -> impl Iterator<Item = usize> + '_ {
        (0..SIDES.len()).filter(
            |side| matches!(self.rows.get(*side), Some(Some(image)) if **image != Image::Null),
        )
    }

    /// What stands for the column at a place of the table.
    pub(crate) fn word(&self, side: usize, column: usize) -> &'static str {
        match self.rows.get(side).copied().flatten() {
            None | Some(Image::Null) => "-",
            Some(Image::Unknown) => "?",
            Some(Image::Row { columns } | Image::RowOrNull { columns }) => {
                columns.get(column).map_or("?", |column| word(&column.presence))
            }
        }
    }
}

fn word(presence: &Presence) -> &'static str {
    match presence {
        Presence::Absent => "no",
        Presence::Fabricated { .. } => "made-up",
        Presence::NullAsDefault { .. } => "default",
        Presence::UnchangedPlaceholder { .. } => "stand-in",
        Presence::Unknown => "?",
        Presence::UnknownNull => "not-sent",
        Presence::Value => "yes",
        Presence::ValueOrNull => "null",
    }
}
