//! A look into the simulator, for whoever runs it: its journal and its streams.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::CONTENT_TYPE;
use hyper::http::HeaderValue;
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::operations;
use crate::state::State;

const FOLDER: &str = "/_simulator/";

/// Answers a look into the simulator; none when the request is one for the service.
pub(crate) fn answer(
    state: &State,
    head: &Parts,
    peer: SocketAddr,
) -> Option<Response<Full<Bytes>>> {
    let name = head.uri.path().strip_prefix(FOLDER)?;
    let (status, document) = match (is_here(peer.ip()), name) {
        (false, _) => refused(StatusCode::FORBIDDEN, "only this machine may look"),
        (true, "journal" | "streams") if head.method != Method::GET => {
            refused(StatusCode::METHOD_NOT_ALLOWED, "only GET")
        }
        (true, "journal") => (StatusCode::OK, json!(state.journal.entries())),
        (true, "streams") => (StatusCode::OK, Value::Array(streams(state))),
        (true, _) => refused(StatusCode::NOT_FOUND, "there are journal and streams"),
    };
    let mut response = Response::new(Full::from(document.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    Some(response)
}

/// Whether an address is this machine's own, also when IPv4 comes over IPv6.
fn is_here(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

fn refused(status: StatusCode, why: &str) -> (StatusCode, Value) {
    (status, json!({ "error": why }))
}

/// The streams by name, as a caller is told of them.
pub(crate) fn streams(state: &State) -> Vec<Value> {
    state.streams.at(state.clock.now(), |book| {
        book.iter().map(|(name, stream)| operations::told(name, stream)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_look() {
        let here = |text: &str| is_here(text.parse().expect("an address"));
        assert!(here("127.0.0.1") && here("127.8.8.8") && here("::1") && here("::ffff:127.0.0.1"));
        assert!(!here("192.0.2.2") && !here("0.0.0.0") && !here("::ffff:192.0.2.2"));
    }
}
