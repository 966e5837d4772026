//! The ways of writing a request that the simulator understands, one router each.

mod seed;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;

use crate::exchange::{Call, exchange};
use crate::reply::Reply;
use crate::state::Shared;

/// All dialects, and the answer to what belongs to none.
pub(crate) fn router(state: Shared) -> Router {
    Router::new().merge(seed::router()).fallback(no_operation).with_state(state)
}

async fn no_operation(State(state): State<Shared>, request: Request) -> axum::response::Response {
    exchange(&state, request, None, not_found).await
}

fn not_found(_: &Call) -> Reply {
    Reply::failure(
        StatusCode::NOT_FOUND,
        "InvalidAction.NotFound",
        "The path names no operation of this service.",
    )
}
