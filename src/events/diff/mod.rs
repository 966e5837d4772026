//! What changes for consumers from one contract to another.
//!
//! Every change has a class, by who can read whose events. Consumers are taken to ignore members
//! that they do not know.
//!
//! | class | consumers of the old contract read new events | those of the new one read old events |
//! |---|---|---|
//! | compatible | yes | yes |
//! | forward | yes | no |
//! | backward | no | yes |
//! | breaking | no | no |

mod column;
mod render;
mod table;

use cdc_checks::{TableName, Text};
use serde::Serialize;

use super::contract::Contract;

pub use render::{DiffFormat, render_diff};

/// The version of the layout of a serialised [`Diff`].
pub const DIFF_FORMAT_VERSION: u32 = 1;

/// What a change does to consumers, the mildest first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Nothing.
    Compatible,
    /// Consumers of the old contract read new events; those of the new one cannot rely on old ones.
    Forward,
    /// Consumers of the old contract fail on new events; those of the new one read both.
    Backward,
    /// Neither reads the events of the other.
    Breaking,
}

impl Class {
    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Compatible => "compatible",
            Self::Forward => "forward",
            Self::Backward => "backward",
            Self::Breaking => "breaking",
        }
    }

    /// By whether the values that may come now are among those of before, and the other way round.
    fn of(new_in_old: bool, old_in_new: bool) -> Self {
        match (new_in_old, old_in_new) {
            (true, true) => Self::Compatible,
            (true, false) => Self::Forward,
            (false, true) => Self::Backward,
            (false, false) => Self::Breaking,
        }
    }

    /// What two changes of one thing do together.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Forward, Self::Backward) | (Self::Backward, Self::Forward) => Self::Breaking,
            (one, other) => one.max(other),
        }
    }
}

/// The kind of a change.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The form around the rows.
    Envelope,
    /// A table gives events that gave none.
    TableAdded,
    /// A table gives no events any more.
    TableRemoved,
    /// The key that events carry.
    Key,
    /// What a change of the key gives.
    KeyChange,
    /// Whether an operation gives events.
    Delivery,
    /// Whether a row is there at all.
    Row,
    /// A column that was not there.
    ColumnAdded,
    /// A column that is gone.
    ColumnRemoved,
    /// The form of a column's values.
    Type,
    /// The values that a column may have, within one form: labels, ranges, lengths.
    Values,
    /// What stands for a column: NULL, stand-ins, made-up values.
    Presence,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// What it does to consumers.
    pub class: Class,
    /// Its kind.
    pub kind: Kind,
    /// The table; `None` for what concerns all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<TableName>,
    /// The column, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<Text>,
    /// The rows it concerns, for example `u.after`; empty where that does not matter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<String>,
    /// How it was.
    pub old: Text,
    /// How it is.
    pub new: Text,
}

/// What changes from one contract to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diff {
    /// The layout of this document: [`DIFF_FORMAT_VERSION`].
    pub format_version: u32,
    /// What all changes together do to consumers.
    pub class: Class,
    /// The changes, table by table in the order of the old contract, added tables last.
    pub changes: Vec<Change>,
}

/// Compares contracts. Those of the same engine and database belong together.
pub fn diff(old: &[Contract], new: &[Contract]) -> Diff {
    let mut changes = Vec::new();
    // A single database may have been renamed or moved; of several, names tell which is which.
    if let ([old], [new]) = (old, new) {
        table::compare(old, new, &mut changes);
    } else {
        for contract in old {
            match partner(contract, new) {
                Some(new) => table::compare(contract, new, &mut changes),
                None => changes.extend(contract.tables.iter().map(table::removed)),
            }
        }
        for contract in new.iter().filter(|contract| partner(contract, old).is_none()) {
            changes.extend(contract.tables.iter().map(table::added));
        }
    }
    let class = changes.iter().fold(Class::Compatible, |class, change| class.and(change.class));
    Diff { format_version: DIFF_FORMAT_VERSION, class, changes }
}

fn partner<'a>(contract: &Contract, among: &'a [Contract]) -> Option<&'a Contract> {
    among
        .iter()
        .find(|other| other.engine == contract.engine && other.database == contract.database)
}
