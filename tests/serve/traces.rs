//! Traces, as a collector of OpenTelemetry gets them.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use tokio::net::TcpListener;

use crate::node::{self, KEY, Node, PASSWORD};

/// A trace that the caller is in.
const TRACE: [u8; 16] = [0xa7; 16];

#[derive(Default)]
struct Collected {
    bodies: Vec<Bytes>,
    types: Vec<String>,
    paths: Vec<String>,
}

/// A collector, and its address.
async fn collector() -> (Arc<Mutex<Collected>>, String) {
    let collected = Arc::new(Mutex::new(Collected::default()));
    let take = async |State(state): State<Arc<Mutex<Collected>>>,
                      uri: Uri,
                      headers: HeaderMap,
                      body: Bytes| {
        let mut state = state.lock().unwrap();
        state.paths.push(uri.path().to_owned());
        state.types.push(headers["content-type"].to_str().unwrap().to_owned());
        state.bodies.push(body);
    };
    let app = Router::new().fallback(take).with_state(collected.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (collected, address)
}

/// Proves a request on a node, as a caller that traces.
async fn prove(node: &Node, document: &serde_json::Value) {
    let trace: String = TRACE.iter().map(|byte| format!("{byte:02x}")).collect();
    let parent = format!("00-{trace}-b7ad6b7169203331-01");
    let headers = [("prefer", "wait=60"), ("traceparent", parent.as_str())];
    let (status, body) = node::post(&node.url, "/v1/preflights", document, &headers).await.unwrap();
    assert_eq!((status.as_u16(), &body["state"]), (200, &"finished".into()), "{body}");
}

fn has(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_preflights_and_visits_are_traced_without_secrets() {
    let server = node::server().await;
    node::schema(&server, "traced").await;
    let (collected, address) = collector().await;
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("db").to_str().unwrap().to_owned();
    let env = [("OTEL_EXPORTER_OTLP_ENDPOINT", address.as_str())];
    let mut node = Node::start_in(&store, "http://127.0.0.1:9", &[], &env).await;
    prove(&node, &node::request(&server, "traced")).await;
    assert!(node.stop().await, "it ends well, and sends what is left");

    let collected = collected.lock().unwrap();
    assert!(!collected.bodies.is_empty());
    assert!(collected.paths.iter().all(|path| path == "/v1/traces"), "{:?}", collected.paths);
    assert!(collected.types.iter().all(|it| it == "application/x-protobuf"));
    let all = collected.bodies.concat();
    for part in ["service.name", "cdc-preflight", "request", "preflight", "visit", "http.route"] {
        assert!(has(&all, part.as_bytes()), "{part}");
    }
    assert!(has(&all, &TRACE), "the caller's trace is gone on with");
    for secret in [PASSWORD, KEY] {
        assert!(!has(&all, secret.as_bytes()), "a secret is in a trace");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_gone_disturbs_nothing() {
    let server = node::server().await;
    node::schema(&server, "untraced").await;
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("db").to_str().unwrap().to_owned();
    let env = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")];
    let mut node = Node::start_in(&store, "http://127.0.0.1:9", &[], &env).await;
    prove(&node, &node::request(&server, "untraced")).await;
    assert!(node.stop().await, "it ends well");
}
