//! The rows, as the rest of the service sees them.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::StoreError;
use crate::gather::LiveProbe;

/// Where a preflight stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It waits for a worker.
    Queued,
    /// A worker has it.
    Running,
    /// There is a report.
    Finished,
    /// The run itself failed: there is no report.
    Failed,
}

impl State {
    /// The word in the store and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more will come of it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Finished | Self::Failed)
    }
}

impl FromStr for State {
    type Err = StoreError;

    fn from_str(word: &str) -> Result<Self, StoreError> {
        let all = [Self::Queued, Self::Running, Self::Finished, Self::Failed];
        let found = all.into_iter().find(|state| state.as_str() == word);
        found.ok_or_else(|| StoreError::Row(format!("no state is called {word:?}")))
    }
}

/// How a preflight is run.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct RunOptions {
    /// Take warnings of lost data that some can live with for failures.
    pub strict: bool,
    /// When to try what reading cannot prove.
    pub probe: LiveProbe,
}

/// A preflight that is to be added.
#[derive(Clone, Debug)]
pub struct NewPreflight {
    /// Its id, a UUIDv7.
    pub id: Uuid,
    /// The stored source it is of.
    pub source: Option<String>,
    /// The request without secrets; `None` where it came with secrets, and is not kept.
    pub document: Option<String>,
    /// The operation of a bare payload.
    pub action: Option<String>,
    /// How it is run.
    pub options: RunOptions,
}

impl NewPreflight {
    /// A preflight of this document, with an id of its own.
    pub fn of(document: Option<String>, action: Option<String>, options: RunOptions) -> Self {
        Self { id: Uuid::now_v7(), source: None, document, action, options }
    }
}

/// A preflight.
#[derive(Clone, Debug, PartialEq)]
pub struct Preflight {
    /// Its id.
    pub id: Uuid,
    /// Where it stands.
    pub state: State,
    /// The stored source it is of.
    pub source: Option<String>,
    /// The request without secrets, where it was kept.
    pub document: Option<String>,
    /// The operation of a bare payload.
    pub action: Option<String>,
    /// How it is run.
    pub options: RunOptions,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the last attempt began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How often it was begun.
    pub attempts: u64,
    /// Whether the gate is open.
    pub is_open: Option<bool>,
    /// How the command line would have ended.
    pub exit_code: Option<u8>,
    /// How many checks came to what.
    pub counts: Option<Counts>,
    /// What was found, or why nothing was, as JSON; left out of lists.
    pub result: Option<String>,
}

/// How many checks of all targets came to what, by the words of outcomes.
pub type Counts = BTreeMap<String, u64>;

/// How a job ended.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Finished or failed.
    pub state: State,
    /// Whether the gate is open.
    pub is_open: Option<bool>,
    /// How the command line would have ended.
    pub exit_code: Option<u8>,
    /// How many checks came to what.
    pub counts: Option<Counts>,
    /// What was found, or why nothing was, as JSON.
    pub result: String,
}

/// Which preflights to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those of this source.
    pub source: Option<String>,
    /// Only those that stand there.
    pub state: Option<State>,
    /// Only those whose gate is open, or closed.
    pub is_open: Option<bool>,
    /// Only those that are older than this one.
    pub before: Option<Uuid>,
    /// At most so many.
    pub limit: u32,
}

/// A step of a preflight.
#[derive(Clone, Debug, PartialEq)]
pub struct ProgressEvent {
    /// Its number, from 1.
    pub number: u64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub event: Value,
}
