//! A preflight as the API gives it.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::report::GateState;
use crate::serve::store::{Preflight, State};

/// A preflight.
#[derive(Serialize, ToSchema)]
#[schema(as = Preflight)]
pub(crate) struct PreflightBody {
    /// Its id, a UUIDv7.
    id: Uuid,
    state: State,
    /// The stored source that it is of.
    source: Option<String>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When the last attempt began.
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
    /// How often it was begun: more than once where a node died.
    attempts: u64,
    /// Whether the request may be sent; null until it is finished.
    #[schema(value_type = Option<GateState>)]
    gate: Option<GateState>,
    /// How the command line would have ended.
    exit_code: Option<u8>,
    /// The report, in the form of `--report json`; null in lists and until it is finished.
    #[schema(value_type = Option<Object>)]
    report: Option<Value>,
    /// Why the run failed; a closed gate is no failure.
    #[schema(value_type = Option<Object>)]
    problem: Option<Value>,
}

impl PreflightBody {
    /// The preflight, with what was found.
    pub(super) fn new(it: &Preflight, report: Option<Value>, problem: Option<Value>) -> Self {
        Self {
            id: it.id,
            state: it.state,
            source: it.source.clone(),
            created_at: it.created_at,
            started_at: it.started_at,
            finished_at: it.finished_at,
            attempts: it.attempts,
            gate: it.is_open.map(GateState::of),
            exit_code: it.exit_code,
            report,
            problem,
        }
    }
}
