//! One connection: it draws a fault, carries one request and is closed.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::Fault;
use crate::exchange::{Drawn, Unanswered};
use crate::state::Shared;

/// Tells hyper to close the connection without an answer.
#[derive(Debug, Error)]
#[error("the connection is dropped on demand")]
struct Dropped;

/// Serves the one request of a connection, unless the simulator stops before it begins.
pub(crate) async fn serve(
    stream: TcpStream,
    state: Shared,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let begun = tokio::select! {
        begun = begins(&stream) => begun,
        _ = stop.changed() => false,
    };
    if !begun {
        return;
    }
    // Drawn here and not when the request has been read: a fault may forbid the reading.
    let fault = state.faults.take();
    if fault == Some(Fault::DropBefore) {
        return;
    }
    let service = service_fn(|request| answer(&router, fault.clone(), request));
    let served = http1::Builder::new()
        .keep_alive(false)
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
    // Every error here is the client's (it left, or spoke no HTTP) or was asked for.
    drop(served);
}

/// Waits for the first byte, without taking it. A connection that sends none draws no fault.
async fn begins(stream: &TcpStream) -> bool {
    stream.peek(&mut [0]).await.is_ok_and(|read| read > 0)
}

async fn answer(
    router: &Router,
    fault: Option<Fault>,
    request: Request<Incoming>,
) -> Result<Response, Dropped> {
    let mut request = request.map(Body::new);
    if let Some(fault) = fault {
        request.extensions_mut().insert(Drawn(fault));
    }
    let Ok(response) = TowerToHyperService::new(router.clone()).call(request).await;
    match response.extensions().get::<Unanswered>() {
        Some(Unanswered) => Err(Dropped),
        None => Ok(response),
    }
}
