//! The way every request goes, whatever its dialect: read, decide, journal, answer.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::Response;

use crate::Fault;
use crate::journal::Entry;
use crate::keys::Authorization;
use crate::operations::Operation;
use crate::received::Received;
use crate::redact;
use crate::reply::Reply;
use crate::state::State;

/// Marks a response that must never be written: the connection is to be closed instead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unanswered;

/// The fault that the connection drew for its request.
#[derive(Clone, Debug)]
pub(crate) struct Drawn(pub(crate) Fault);

/// What a dialect knows of a request when it has to answer it.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) operation: Option<Operation>,
    pub(crate) authorization: Authorization,
    pub(crate) received: Received,
}

/// Takes one request from its arrival to its answer. The dialect performs what no fault refuses.
pub(crate) async fn exchange(
    state: &State,
    mut request: Request,
    operation: Option<Operation>,
    perform: fn(&Call) -> Reply,
) -> Response {
    let fault = request.extensions_mut().remove::<Drawn>().map(|drawn| drawn.0);
    let received = Received::read(request).await;
    let authorization = state.keys.judge(&received.head.headers);
    let call = Call { operation, authorization, received };
    let reply = fault.as_ref().and_then(refusal).unwrap_or_else(|| perform(&call));
    let recorded = state.journal.append(entry(&call, fault.as_ref(), &reply));
    let Call { received: Received { request_id, .. }, .. } = call;
    // A request that left no trace must not look accepted to anyone.
    let Ok(()) = recorded else { return unrecorded().into_response(&request_id) };
    let mut response = reply.into_response(&request_id);
    match fault {
        Some(Fault::Slow { delay }) => tokio::time::sleep(delay).await,
        Some(Fault::Drop) => drop(response.extensions_mut().insert(Unanswered)),
        _ => {}
    }
    response
}

/// The answer of a fault that keeps the request from being performed.
fn refusal(fault: &Fault) -> Option<Reply> {
    Some(match fault {
        Fault::Drop | Fault::DropBefore | Fault::Slow { .. } => return None,
        Fault::Html => Reply::gateway_page(),
        Fault::InternalError => Reply::failure(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalError",
            "The request failed for an unknown reason.",
        ),
        Fault::NotSuccess { code } => {
            Reply::not_success(code.as_str(), "The operation did not succeed.")
        }
        Fault::Reject { code } => {
            Reply::failure(StatusCode::BAD_REQUEST, code.as_str(), "The request is rejected.")
        }
        Fault::ServiceUnavailable => Reply::failure(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailable",
            "The service is unavailable for the moment.",
        ),
        Fault::Throttling => Reply::failure(
            StatusCode::BAD_REQUEST,
            "Throttling.User",
            "The flow control of the user denies the request.",
        ),
        Fault::TooManyRequests { retry_after } => too_many_requests(*retry_after),
    })
}

fn too_many_requests(retry_after: Option<u64>) -> Reply {
    let reply = Reply::failure(
        StatusCode::TOO_MANY_REQUESTS,
        "TooManyRequests",
        "The flow limiter denies the request.",
    );
    match retry_after {
        Some(seconds) => reply.with(RETRY_AFTER, seconds),
        None => reply,
    }
}

fn unrecorded() -> Reply {
    Reply::failure(
        StatusCode::INTERNAL_SERVER_ERROR,
        "InternalError",
        "The simulator cannot write its journal.",
    )
}

fn entry(call: &Call, fault: Option<&Fault>, reply: &Reply) -> Entry {
    let Received { at, head, body, body_bytes, request_id } = &call.received;
    Entry {
        received_at: *at,
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        operation: call.operation.map(|operation| operation.name().to_owned()),
        authorized: call.authorization == Authorization::Granted,
        headers: redact::headers(&head.headers),
        body: body.json().map(redact::json),
        body_error: body.error(),
        body_bytes: *body_bytes,
        fault: fault.map(Fault::to_string),
        status: (fault != Some(&Fault::Drop)).then(|| reply.status().as_u16()),
        request_id: request_id.clone(),
    }
}
