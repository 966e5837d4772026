//! How large the events of a table may become, by the types of its columns.
//!
//! The estimate is that of an event in the Debezium envelope: what surrounds the rows, and each
//! column's name and longest value as JSON, once for every row that an event holds.

mod mysql;
mod postgres;

use serde::{Deserialize, Serialize};

use crate::{Finding, Intent, Outcome, Text};

/// Bytes of what surrounds the rows: operation, times, source and transaction. Some 370 were seen.
const ENVELOPE: u64 = 400;

/// How large the events of a table may become.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct EventSize {
    /// Rows in the largest event: 2 where an update holds the old row as a whole.
    pub rows: u64,
    /// Bytes of the largest event, the values of [`Self::large_columns`] left out.
    pub bounded_bytes: u64,
    /// The columns that have no limit, or one of 64 KiB and more: a single value may be as large as
    /// the whole rest.
    pub large_columns: Vec<Text>,
    /// Bytes of an event with average rows; `None` where the server has no statistics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_bytes: Option<u64>,
}

/// The longest value of a column as JSON, quotes included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Width {
    /// At most so many bytes.
    Bytes(u64),
    /// No limit, or none that tells anything.
    Large,
}

impl EventSize {
    fn of<'a>(rows: u64, columns: impl Iterator<Item = (&'a Text, Width)>) -> Self {
        let mut size = Self { rows, ..Self::default() };
        let mut row = 0_u64;
        for (name, width) in columns {
            // The name in quotes, a colon and a comma.
            row = row.saturating_add(name.untrusted().len() as u64 + 4);
            match width {
                Width::Bytes(bytes) => row = row.saturating_add(bytes),
                Width::Large => size.large_columns.push(name.clone()),
            }
        }
        size.bounded_bytes = ENVELOPE.saturating_add(row.saturating_mul(rows));
        size
    }

    /// Bytes of the rows of an average event; `None` where the server has no statistics.
    pub fn average_row_bytes(&self) -> Option<u64> {
        self.average_bytes.map(|bytes| bytes.saturating_sub(ENVELOPE))
    }

    /// Whether the events of a table fit the limit that is wanted.
    pub(crate) fn judge(&self, table: Text, want: &Intent) -> Finding {
        let limit = want.thresholds.event_bytes_warn;
        let finding = |outcome| Finding::table(table, outcome);
        if let Some(average) = self.average_bytes.filter(|average| *average > limit) {
            return finding(Outcome::Warn)
                .expected(format!("at most {}", kib(limit)))
                .observed(format!("about {} on average", kib(average)))
                .because(
                    "The service takes no larger event: most changes of this table are lost.",
                );
        }
        if self.bounded_bytes > limit {
            return finding(Outcome::Warn)
                .expected(format!("at most {}", kib(limit)))
                .observed(self.words())
                .because(
                    "A row whose columns are filled to their limits gives an event that the \
                          service does not take.",
                );
        }
        finding(Outcome::Pass).observed(self.words())
    }

    /// The estimate in words.
    pub fn words(&self) -> String {
        let bounded = kib(self.bounded_bytes);
        match self.large_columns.as_slice() {
            [] => format!("at most {bounded}"),
            [one] => format!("at most {bounded}, and what {} holds", one.untrusted()),
            [one, others @ ..] => format!(
                "at most {bounded}, and what {} and {} other large columns hold",
                one.untrusted(),
                others.len()
            ),
        }
    }
}

/// Bytes in KiB, rounded up: the limit is given in them.
fn kib(bytes: u64) -> String {
    format!("{} KiB", bytes.div_ceil(1024))
}

/// So many characters in quotes.
fn quoted(bytes: u64) -> Width {
    Width::Bytes(bytes.saturating_add(2))
}

/// So many bytes in base64, in quotes.
fn base64(bytes: u64) -> Width {
    quoted(bytes.div_ceil(3).saturating_mul(4))
}

/// A decimal of so many digits, in base64 of its binary form or as text, whichever is longer.
fn decimal(digits: u64) -> Width {
    // The sign, the point and the leading zero of the text.
    quoted(digits.saturating_add(3))
}

/// The numbers in the first parentheses of a type.
fn arguments(data_type: &str) -> Vec<u64> {
    let inside = data_type.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    let (numbers, _) = inside.unwrap_or_default();
    numbers.split(',').filter_map(|number| number.trim().parse().ok()).collect()
}
