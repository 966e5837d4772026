//! What stands in a row, column by column.

use cdc_checks::facts::postgres::{Column, Generated, ReplicaIdentity, Table};
use serde_json::{Value, json};

use super::default::ShownDefault;
use super::publication::Published;
use super::{Described, toast};
use crate::events::image::{ColumnImage, Image, Presence};
use crate::events::mapping::{Sent, Unchanged};

/// Which row of which operation an image is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Side {
    /// A whole row, as it was or as it is.
    Whole,
    /// The new row of an update, or of an insert that stands for a changed key.
    New,
    /// An old row of which only the identity was logged.
    Old,
    /// A row that the snapshot reads by SELECT.
    Snapshot,
}

/// A table with what is known of its columns' forms.
pub(super) struct Rows<'a> {
    pub(super) table: &'a Table,
    pub(super) columns: &'a [Described],
    pub(super) published: &'a Published,
    /// Whether NULL of a column with a default is shown as the default.
    pub(super) null_as_default: bool,
}

impl Rows<'_> {
    /// The row of one side.
    pub(super) fn image(&self, side: Side) -> Image {
        Image::Row { columns: self.row(side) }
    }

    /// The columns of one side, in table order.
    pub(super) fn row(&self, side: Side) -> Vec<ColumnImage> {
        let columns = self.table.columns.iter().zip(self.columns).enumerate();
        let image = |(index, (column, described)): (usize, (&Column, &Described))| ColumnImage {
            name: column.name.clone(),
            presence: self.presence(side, index, column, described),
        };
        columns.map(image).collect()
    }

    fn presence(
        &self,
        side: Side,
        index: usize,
        column: &Column,
        described: &Described,
    ) -> Presence {
        let is_streamed = side != Side::Snapshot;
        match described.mapping.sent {
            Sent::Never => return Presence::Absent,
            _ if is_streamed && !self.published.has_column(column) => return Presence::Absent,
            Sent::Unknown | Sent::StopsEngine => return Presence::Unknown,
            Sent::SnapshotOnly if is_streamed => return null_in_stream(column),
            Sent::Always | Sent::SnapshotOnly => {}
        }
        let may_be_large = || self.may_be_left_out(index, column);
        match side {
            // The catalogue may say NOT NULL, and the engine does not go by it.
            _ if column.generated != Generated::Never => Presence::ValueOrNull,
            Side::Old if !self.is_in_identity(column) => self.not_sent(column, described),
            Side::New if may_be_large() => self.unchanged(column, described),
            _ => self.value(column, described),
        }
    }

    fn is_in_identity(&self, column: &Column) -> bool {
        self.table.identity_columns.contains(&column.name)
    }

    /// Whether an update may leave the value out. It logs the old identity where that is out of
    /// line, and the engine takes the value from there.
    fn may_be_left_out(&self, index: usize, column: &Column) -> bool {
        !self.is_in_identity(column) && toast::may_be_out_of_line(self.table, self.columns, index)
    }

    fn value(&self, column: &Column, described: &Described) -> Presence {
        match &described.shown_default {
            _ if column.not_null => Presence::Value,
            ShownDefault::Constant(default) if self.null_as_default => {
                Presence::NullAsDefault { default: default.clone() }
            }
            _ => Presence::ValueOrNull,
        }
    }

    /// What stands for an old value outside the identity.
    fn not_sent(&self, column: &Column, described: &Described) -> Presence {
        match &described.shown_default {
            _ if !column.not_null && !self.null_as_default => Presence::UnknownNull,
            ShownDefault::Constant(default) => {
                Presence::Fabricated { value: Some(default.clone()) }
            }
            ShownDefault::Unknown => Presence::Fabricated { value: None },
            ShownDefault::None if column.not_null => {
                Presence::Fabricated { value: described.mapping.zero.clone() }
            }
            ShownDefault::None => Presence::UnknownNull,
        }
    }

    /// What stands for a value that may be large and that an update left alone.
    fn unchanged(&self, column: &Column, described: &Described) -> Presence {
        let default = match &described.shown_default {
            _ if !column.not_null && !self.null_as_default => &ShownDefault::None,
            default => default,
        };
        let placeholder = match (&described.mapping.unchanged, default) {
            (Unchanged::Placeholder(placeholder), _) => Some(placeholder.clone()),
            (Unchanged::Null, ShownDefault::Constant(default)) => Some(default.clone()),
            // Without a stand-in the engine stops, so that no event shows one.
            (Unchanged::Null, _) if column.not_null => return Presence::Value,
            (Unchanged::Null, ShownDefault::None) => Some(Value::Null),
            (Unchanged::Null, ShownDefault::Unknown) | (Unchanged::Unknown, _) => None,
        };
        let nullable = self.value(column, described) == Presence::ValueOrNull;
        Presence::UnchangedPlaceholder { placeholder, nullable }
    }

    /// Columns that stop the engine at an update that leaves a large value of them unchanged.
    pub(super) fn that_stop_the_engine(&self) -> impl Iterator<Item = &Column> {
        let columns = self.table.columns.iter().zip(self.columns).enumerate();
        columns.filter_map(|(index, (column, described))| {
            let stops = logs_a_part(self.table.identity)
                && column.not_null
                && described.mapping.sent == Sent::Always
                && self.published.has_column(column)
                && described.mapping.unchanged == Unchanged::Null
                && !matches!(described.shown_default, ShownDefault::Constant(_))
                && self.may_be_left_out(index, column);
            stops.then_some(column)
        })
    }
}

/// Whether updates are allowed and log only a part of the row: only they leave large values out.
pub(super) fn logs_a_part(identity: ReplicaIdentity) -> bool {
    matches!(identity, ReplicaIdentity::Index | ReplicaIdentity::PrimaryKey)
}

/// A type that the decoder passes over: null, or what the engine makes of null where the column is
/// NOT NULL.
fn null_in_stream(column: &Column) -> Presence {
    match column.not_null {
        true => Presence::Fabricated { value: Some(json!("")) },
        false => Presence::UnknownNull,
    }
}
