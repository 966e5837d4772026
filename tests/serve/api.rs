//! What callers see.

use axum::body::Body;
use axum::http::Request;
use cdc_preflight::serve::Config;
use serde_json::Value;

use crate::app::{App, SECRET, referring, request};

#[tokio::test]
async fn a_request_is_queued_run_and_found_again() {
    let app = App::start().await;
    let accepted = app.post("/v1/preflights", &referring(), None).await;
    assert_eq!(accepted.status, 202, "{}", accepted.text);
    let location = accepted.header("location").to_owned();
    // A worker may have taken it before the answer was written.
    let state = accepted.json()["state"].clone();
    assert!(["queued", "running", "finished"].iter().any(|known| state == *known), "{state}");

    let again = app.post("/v1/preflights", &referring(), Some("wait=60")).await;
    assert_eq!(again.status, 200, "{}", again.text);
    let preflight = again.json();
    assert_eq!((&preflight["state"], &preflight["gate"]), (&"finished".into(), &"closed".into()));
    assert_eq!(preflight["exit_code"], 11, "nobody listens there");
    assert_eq!(preflight["report"]["targets"][0]["gate"]["state"], "closed");

    // The first one was before it in the queue.
    let first = app.get(&location).await;
    assert_eq!(first.status, 200);
    assert_eq!(first.json()["id"], location.rsplit('/').next().unwrap());

    let list = app.get("/v1/preflights?limit=1").await.json();
    assert_eq!(list["preflights"][0]["id"], preflight["id"], "the newest first");
    let next = list["next"].as_str().unwrap();
    let list = app.get(&format!("/v1/preflights?limit=1&before={next}")).await.json();
    assert_eq!(list["preflights"][0]["id"], first.json()["id"]);
    assert_eq!(list["next"], Value::Null);
}

#[tokio::test]
async fn a_report_comes_in_the_form_that_is_asked_for() {
    let app = App::start().await;
    let preflight = app.post("/v1/preflights", &referring(), Some("wait")).await.json();
    let path = format!("/v1/preflights/{}", preflight["id"].as_str().unwrap());

    let json = app.get(&format!("{path}?format=json")).await;
    assert_eq!(json.header("content-type"), "application/json");
    assert_eq!(json.json(), preflight["report"]);
    let short = app.get(&format!("{path}?format=short")).await;
    assert!(short.text.contains("connection/"), "{}", short.text);
    let accept = Request::get(&path).header("accept", "text/plain").body(Body::empty()).unwrap();
    let human = app.call(accept).await;
    assert!(human.text.starts_with("GATE CLOSED"), "{}", human.text);

    let problem = app.get(&format!("{path}?format=jsn")).await.problem(400, "bad-request");
    assert!(problem["detail"].as_str().unwrap().contains("did you mean json?"), "{problem}");
    let accept = Request::get(&path).header("accept", "image/png").body(Body::empty()).unwrap();
    app.call(accept).await.problem(406, "not-acceptable");
}

#[tokio::test]
async fn a_request_with_a_secret_in_it_runs_at_once_and_is_not_kept() {
    let app = App::start().await;
    let document = request("hunter2-in-the-clear");
    let refused = app.post("/v1/preflights", &document, None).await;
    refused.problem(422, "secrets-in-request");

    let ran = app.post("/v1/preflights", &document, Some("wait")).await;
    assert_eq!(ran.status, 200, "{}", ran.text);
    assert_eq!(ran.json()["state"], "finished");
    for file in std::fs::read_dir(app.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("hunter2"), "the secret is on the disk");
        assert!(!text.contains("Nobody needs to keep this"), "so may comments be secret");
    }
}

#[tokio::test]
async fn references_reach_what_the_operator_names_and_only_secrets() {
    let app = App::idle(Config::default()).await;
    for variable in ["HOME", "PATH", "NOTHING_LIKE_IT"] {
        let document = request(&format!("\"${{{variable}}}\""));
        let problem =
            app.post("/v1/preflights", &document, None).await.problem(422, "invalid-document");
        let detail = &problem["errors"][0]["detail"];
        assert_eq!(detail, &format!("the variable {variable} is not there for requests"));
        assert_eq!(problem["errors"][0]["line"], 8);
    }
    let document = request("\"${file:/etc/passwd}\"");
    app.post("/v1/preflights", &document, None).await.problem(422, "invalid-document");
    // As a host it would come back in the report.
    let document = referring().replace("127.0.0.1", &format!("\"${{{SECRET}}}\""));
    let problem =
        app.post("/v1/preflights", &document, None).await.problem(422, "invalid-document");
    assert!(!problem.to_string().contains(env!("CARGO_PKG_NAME")), "{problem}");
}

#[tokio::test]
async fn what_cannot_be_understood_is_a_problem() {
    let app = App::idle(Config { body_limit: 2048, ..Config::default() }).await;
    let faults = app.post("/v1/preflights", "requests: []", None).await;
    let problem = faults.problem(422, "invalid-document");
    assert_eq!(problem["errors"][0]["detail"], "requests lists nothing");

    app.post("/v1/preflights", &"#".repeat(4096), None).await.problem(413, "too-large");
    let text = Request::post("/v1/preflights").header("content-type", "text/plain");
    let text = app.call(text.body("requests:".into()).unwrap()).await;
    text.problem(415, "unsupported-media-type");
    app.post("/v1/preflights?strikt=true", &referring(), None).await.problem(400, "bad-request");
    app.get("/v1/preflights/7").await.problem(400, "bad-request");
    app.get("/v1/preflights?limit=0").await.problem(400, "bad-request");
    let none = "/v1/preflights/01890000-0000-7000-8000-000000000000";
    app.get(none).await.problem(404, "not-found");
    app.get("/v2/preflights").await.problem(404, "not-found");
    let method = Request::delete("/v1/preflights").body(Body::empty()).unwrap();
    app.call(method).await.problem(405, "method-not-allowed");
}

#[tokio::test]
async fn a_full_queue_says_when_to_come_back() {
    let app = App::idle(Config { queue_limit: 1, ..Config::default() }).await;
    assert_eq!(app.post("/v1/preflights", &referring(), None).await.status, 202);
    let refused = app.post("/v1/preflights", &referring(), None).await;
    refused.problem(429, "queue-full");
    assert_eq!(refused.header("retry-after"), "5");
    // What is queued has no report yet.
    let list = app.get("/v1/preflights?state=queued").await.json();
    let path = format!("/v1/preflights/{}", list["preflights"][0]["id"].as_str().unwrap());
    app.get(&format!("{path}?format=short")).await.problem(409, "not-finished");
}

#[tokio::test]
async fn a_service_that_is_stopping_is_alive_and_not_ready() {
    let app = App::idle(Config::default()).await;
    assert_eq!(app.get("/readyz").await.status, 200);
    app.service.stopping.cancel();
    app.get("/readyz").await.problem(503, "unavailable");
    assert_eq!(app.get("/livez").await.status, 200);
    assert_eq!(app.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn more_requests_at_a_time_than_allowed_are_refused_for_now() {
    let app = App::idle(Config { request_limit: 1, ..Config::default() }).await;
    let document = referring();
    let waiting = app.post("/v1/preflights", &document, Some("wait=1"));
    let others = async {
        let refused = app.get("/v1/preflights").await;
        refused.problem(429, "busy");
        assert_eq!(refused.header("retry-after"), "1");
        assert_eq!(app.get("/livez").await.status, 200, "probes are always answered");
    };
    let (waiting, ()) = tokio::join!(waiting, others);
    assert_eq!(waiting.status, 202, "{}", waiting.text);
    assert_eq!(app.get("/v1/preflights").await.status, 200);
}

#[tokio::test]
async fn pages_from_elsewhere_cannot_make_a_browser_call() {
    let app = App::idle(Config::default()).await;
    let get = async |name, value| {
        let request = Request::get("/v1/preflights").header(name, value);
        app.call(request.body(Body::empty()).unwrap()).await
    };
    for (name, value) in [
        ("host", "rebound.example:8460"),
        ("origin", "https://page.example"),
        ("origin", "null"),
        ("host", "127.0.0.1.page.example"),
    ] {
        get(name, value).await.problem(403, "forbidden");
    }
    for (name, value) in [
        ("host", "localhost:8460"),
        ("host", "127.0.0.1:8460"),
        ("host", "[::1]:8460"),
        ("origin", "http://localhost:8460"),
    ] {
        assert_eq!(get(name, value).await.status, 200, "{name}: {value}");
    }
}
