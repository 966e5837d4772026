//! The Bearer dialect: `POST /<operation>` with a JSON object.
//!
//! No vendor page documents it. The envelopes are those of the vendor's RPC dialect; the codes are
//! the gateway's published ones where one fits.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::routing::{MethodRouter, post};

use crate::exchange::{Call, exchange};
use crate::keys::Authorization;
use crate::operations::{Operation, configure_source};
use crate::received::{BODY_LIMIT, Content};
use crate::reply::Reply;
use crate::state::Shared;

/// The operations of this dialect.
pub(crate) fn router() -> Router<Shared> {
    Router::new()
        .route("/configureMySQLSource", operation(Operation::ConfigureMySqlSource))
        .route("/configurePostgreSQLSource", operation(Operation::ConfigurePostgreSqlSource))
}

fn operation(operation: Operation) -> MethodRouter<Shared> {
    let go = move |perform| {
        move |State(state): State<Shared>, request: Request| async move {
            exchange(&state, request, Some(operation), perform).await
        }
    };
    post(go(perform)).fallback(go(method_not_allowed))
}

fn perform(call: &Call) -> Reply {
    if let Some(refusal) = refusal(call) {
        return refusal;
    }
    match (call.operation, call.received.body.object()) {
        (Some(operation), Some(fields)) => configure_source::answer(operation, fields),
        (Some(_), None) => not_an_object(),
        (None, _) => super::not_found(call),
    }
}

/// The answer to a request that has no right to be looked into.
fn refusal(call: &Call) -> Option<Reply> {
    match call.authorization {
        Authorization::Granted => {}
        Authorization::Missing => return Some(no_key()),
        Authorization::UnknownKey => return Some(unknown_key()),
    }
    if matches!(call.received.body, Content::TooLarge) {
        return Some(too_large());
    }
    (!call.received.says_json()).then(unsupported_media_type)
}

fn no_key() -> Reply {
    let message = "The request needs the header `Authorization: Bearer` with an API key.";
    Reply::failure(StatusCode::UNAUTHORIZED, "AccessDenied", message)
        .with(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

fn unknown_key() -> Reply {
    let message = "The API key is unknown.";
    Reply::failure(StatusCode::FORBIDDEN, "InvalidAccessKeyId", message)
}

fn too_large() -> Reply {
    let message = format!("The body must not be larger than {BODY_LIMIT} bytes.");
    Reply::failure(StatusCode::PAYLOAD_TOO_LARGE, "RequestBodyTooLarge", message)
}

fn unsupported_media_type() -> Reply {
    let message = "The Content-Type must be application/json.";
    Reply::failure(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message)
}

fn not_an_object() -> Reply {
    let message = "The body must be a JSON object.";
    Reply::failure(StatusCode::BAD_REQUEST, "InvalidParameter", message)
}

fn method_not_allowed(_: &Call) -> Reply {
    let message = "The operation must be called by POST.";
    Reply::failure(StatusCode::METHOD_NOT_ALLOWED, "UnsupportedHTTPMethod", message)
        .with(ALLOW, HeaderValue::from_static("POST"))
}
