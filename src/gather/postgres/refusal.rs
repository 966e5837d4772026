//! The driver's errors as reasons why a fact is missing: typed by SQLSTATE, in the server's words.

use std::error::Error as _;

use cdc_checks::{Missing, Text};
use tokio_postgres::error::{DbError, SqlState};

/// A failed statement.
pub(super) fn of_statement(what: &str, error: &tokio_postgres::Error) -> Missing {
    match error.as_db_error() {
        None => of_driver(what, error),
        Some(refusal) if *refusal.code() == SqlState::INSUFFICIENT_PRIVILEGE => {
            Missing::Denied { what: what.into(), needs: words(refusal) }
        }
        Some(refusal) => of_server(what, refusal),
    }
}

/// A refusal in the server's own words.
pub(super) fn of_server(what: &str, refusal: &DbError) -> Missing {
    Missing::Refused {
        what: what.into(),
        detail: words(refusal),
        code: Some(refusal.code().code().into()),
    }
}

/// An error of the network or of the driver itself.
pub(super) fn of_driver(what: &str, error: &tokio_postgres::Error) -> Missing {
    let mut detail = error.to_string();
    if let Some(source) = error.source() {
        let source = source.to_string();
        if !detail.contains(&source) {
            detail = format!("{detail}: {source}");
        }
    }
    Missing::Refused { what: what.into(), detail: Text::new(detail), code: None }
}

/// An answer that does not have the form that this program understands.
pub(super) fn malformed(what: &str, detail: impl Into<Text>) -> Missing {
    Missing::Malformed { what: what.into(), detail: detail.into() }
}

fn words(refusal: &DbError) -> Text {
    let mut words = refusal.message().to_owned();
    for more in [refusal.detail(), refusal.hint()].into_iter().flatten() {
        words.push_str("; ");
        words.push_str(more);
    }
    Text::new(words)
}
