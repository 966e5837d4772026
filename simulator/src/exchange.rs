//! The way every request goes, whatever its dialect: read, decide, journal, answer.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};
use thiserror::Error;

use crate::Fault;
use crate::content::Content;
use crate::journal::Entry;
use crate::operations::{self, Context};
use crate::received::{Body, Received};
use crate::redact;
use crate::reply::{Addressee, Refusal, Reply};
use crate::route::{self, Route};
use crate::state::State;
use crate::verify::too_large;

/// Tells hyper to close the connection without an answer.
#[derive(Debug, Error)]
#[error("the connection is dropped on demand")]
pub(crate) struct Dropped;

/// What is known of a request when it has to be answered.
#[derive(Debug)]
struct Call {
    route: Route,
    content: Content,
    authorization: Result<(), Refusal>,
    received: Received,
    fault: Option<Fault>,
}

/// Takes one request from its arrival to its answer.
pub(crate) async fn exchange(
    state: &State,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Result<Response<Full<Bytes>>, Dropped> {
    let (head, body) = request.into_parts();
    if let Some(response) = crate::control::answer(state, &head, peer) {
        return Ok(response);
    }
    let route = route::find(&head);
    // Drawn when the head is there, so that faults are spent in the order of arrival.
    let fault = state.faults.take(route.operation.as_ref().ok().copied());
    let received = Received::read(head, body, &state.clock).await;
    let content = Content::read(route.dialect, &received);
    let authorization = state.verifier.judge(route.dialect, &received);
    let call = Call { route, content, authorization, received, fault };
    let reply = match call.fault.as_ref().and_then(Fault::refusal) {
        Some(reply) => reply,
        None => perform(state, &call).map_or_else(Reply::from, Reply::Done),
    };
    let recorded = state.journal.append(entry(&call, &reply));
    // A request that left no trace must not look accepted to anyone.
    let reply = if recorded.is_ok() { reply } else { unrecorded().into() };
    let mut answer = reply.write(Addressee {
        dialect: call.route.dialect,
        request_id: &call.received.request_id,
        account_id: &state.account_id,
    });
    match call.fault {
        Some(Fault::Slow { delay }) => tokio::time::sleep(delay).await,
        Some(Fault::Drop) => return Err(Dropped),
        Some(fault) => fault.distort(&mut answer),
        None => {}
    }
    Ok(answer.into())
}

fn perform(state: &State, call: &Call) -> crate::reply::Outcome {
    let operation = call.route.operation.clone()?;
    call.authorization.clone()?;
    let received = &call.received;
    if matches!(received.body, Body::TooLarge) {
        return Err(too_large());
    }
    let media_type = call.route.dialect.media_type();
    let nothing_said = operation.may_be_empty() && received.body_bytes == 0;
    if !nothing_said && !received.says(media_type) {
        return Err(Refusal::unsupported_media_type(media_type));
    }
    let fields = call.content.fields(operation.may_be_empty())?;
    let context = Context {
        streams: &state.streams,
        account_id: &state.account_id,
        region: &state.region,
        now: received.at,
        fault: call.fault.as_ref(),
    };
    operations::perform(operation, &fields, context)
}

fn unrecorded() -> Refusal {
    let message = "The simulator cannot write its journal.";
    Refusal::new(hyper::StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message)
}

fn entry(call: &Call, reply: &Reply) -> Entry {
    let Received { at, head, body_bytes, request_id, .. } = &call.received;
    Entry {
        received_at: *at,
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        dialect: call.route.dialect.as_str().to_owned(),
        operation: call.route.operation.as_ref().ok().map(|found| found.name().to_owned()),
        authorized: call.authorization.is_ok(),
        headers: redact::headers(&head.headers),
        body: call.content.document().map(|document| redact::json(&document)),
        body_error: call.content.error(),
        body_bytes: *body_bytes,
        fault: call.fault.as_ref().map(Fault::to_string),
        status: (call.fault != Some(Fault::Drop)).then(|| reply.status().as_u16()),
        code: reply.code().map(str::to_owned),
        request_id: request_id.clone(),
    }
}
