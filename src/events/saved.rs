//! Contracts that were saved with `--format json`, read again.

use serde::Deserialize;
use serde_json::Value;

use super::contract::{Contract, FORMAT_VERSION};

/// Why a text holds no contract.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The text is not JSON, or not of a contract's layout; the place is said.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// The layout is one that this program does not know.
    #[error(
        "format_version {found} is not {FORMAT_VERSION}: another version of cdc-preflight wrote it"
    )]
    Version {
        /// The version it says.
        found: Value,
    },
    /// There is no version, so it is something else.
    #[error("there is no format_version: this was not written by `events --format json`")]
    NoVersion,
    /// A list without a contract.
    #[error("the list is empty")]
    Empty,
}

/// What is looked at before the rest: a layout that is not known would only give misleading errors.
#[derive(Deserialize)]
struct Head {
    format_version: Option<Value>,
}

/// Reads one contract, or a list of them.
///
/// # Errors
/// What is wrong, with line and column where the text is at fault.
pub fn read_contracts(text: &str) -> Result<Vec<Contract>, ReadError> {
    let is_list = text.trim_start().starts_with('[');
    let heads = match is_list {
        true => serde_json::from_str::<Vec<Head>>(text),
        false => serde_json::from_str::<Head>(text).map(|head| vec![head]),
    };
    // A text that is no JSON at all is told by the second reading, which knows the place.
    if let Ok(heads) = heads {
        check(heads)?;
    }
    let contracts = match is_list {
        true => serde_json::from_str(text)?,
        false => vec![serde_json::from_str(text)?],
    };
    Ok(contracts)
}

fn check(heads: Vec<Head>) -> Result<(), ReadError> {
    if heads.is_empty() {
        return Err(ReadError::Empty);
    }
    for head in heads {
        match head.format_version {
            None => return Err(ReadError::NoVersion),
            Some(found) if found == FORMAT_VERSION => {}
            Some(found) => return Err(ReadError::Version { found }),
        }
    }
    Ok(())
}
