//! One connection: it carries one request and is closed.

use std::net::SocketAddr;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::exchange::exchange;
use crate::state::Shared;

/// Serves the one request of a connection, unless the simulator stops before it begins.
pub(crate) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    state: Shared,
    mut stop: watch::Receiver<bool>,
) {
    let begun = tokio::select! {
        begun = begins(&stream) => begun,
        _ = stop.changed() => false,
    };
    // Drawn here and not when the request has been read: this fault forbids the reading.
    if !begun || state.faults.take_unread() {
        return;
    }
    let service = service_fn(|request| exchange(&state, request, peer));
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
