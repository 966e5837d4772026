//! `/v1/sources/{name}/history`: how a stored source stood, run by run.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::page::{self, Page};
use super::sources::find;
use crate::report::GateState;
use crate::serve::extract::{Params, Segment};
use crate::serve::problem::{Problem, ProblemBody};
use crate::serve::service::Service;
use crate::serve::store::{self, Counts, Filter, Preflight};

/// Which part of the history.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct HistoryParams {
    /// Only runs before this one: the `next` of the page before
    before: Option<Uuid>,
    /// At most so many
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// A page of a source's runs, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct History {
    runs: Vec<HistoryRun>,
    /// The `before` of the next page; null at the end.
    next: Option<Uuid>,
}

/// How a source stood in one run.
#[derive(Serialize, ToSchema)]
pub(crate) struct HistoryRun {
    /// The preflight.
    id: Uuid,
    state: store::State,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
    /// Whether the request may be sent; null until it is finished.
    #[schema(value_type = Option<GateState>)]
    gate: Option<GateState>,
    /// How the command line would have ended.
    exit_code: Option<u8>,
    /// How many checks came to what, by the words of outcomes; null until it is finished.
    #[schema(example = json!({ "pass": 70, "warn": 2, "fail": 1 }))]
    counts: Option<Counts>,
}

impl From<Preflight> for HistoryRun {
    fn from(it: Preflight) -> Self {
        Self {
            id: it.id,
            state: it.state,
            created_at: it.created_at,
            finished_at: it.finished_at,
            gate: it.is_open.map(GateState::of),
            exit_code: it.exit_code,
            counts: it.counts,
        }
    }
}

/// The runs of a stored source, the newest first
#[utoipa::path(
    get, path = "/v1/sources/{name}/history", tag = "sources",
    params(("name" = String, Path), HistoryParams),
    responses(
        (status = 200, body = History),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(service): State<Service>,
    Segment(name): Segment<String>,
    Params(params): Params<HistoryParams>,
) -> Result<Json<History>, Problem> {
    let source = find(&service, name).await?;
    let filter = Filter { source: Some(source.name), before: params.before, ..Filter::default() };
    let Page { items, next } = page::preflights(&service, filter, params.limit).await?;
    Ok(Json(History { runs: items.into_iter().map(HistoryRun::from).collect(), next }))
}
