//! `/metrics`, for Prometheus.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::serve::metrics::StoreFigures;
use crate::serve::problem::{Problem, ProblemBody};
use crate::serve::service::Service;

/// Counts, for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "health", responses(
    (status = 200, body = String, content_type = "application/openmetrics-text"),
    (status = 503, body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn show(State(service): State<Service>) -> Result<Response, Problem> {
    let figures = StoreFigures {
        backlog: service.store.backlog().await?,
        notices: service.store.notices().await?,
        sources: service.store.standings().await?,
    };
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let text = service.metrics.text(&figures);
    Ok(([(header::CONTENT_TYPE, media_type)], text).into_response())
}
