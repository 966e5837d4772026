//! Sources, the catalogue, patterns, progress and metrics.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use cdc_preflight::serve::Config;
use serde_json::{Value, json};

use crate::app::{App, referring, request};
use crate::recorded::with_wal_level;

#[tokio::test]
async fn a_source_is_stored_changed_proven_and_removed() {
    let app = App::start().await;
    let source = json!({ "document": referring(), "every": 3600 });
    let created = app.send("PUT", "/v1/sources/orders", &source).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let stored = created.json();
    assert!(!stored["document"].as_str().unwrap().contains("Nobody needs"), "no comments");

    let change = json!({ "document": referring(), "strict": true });
    let changed = app.send("PUT", "/v1/sources/orders", &change).await.json();
    assert_eq!((&changed["strict"], &changed["every"]), (&json!(true), &Value::Null));
    assert_eq!(changed["created_at"], stored["created_at"]);
    let list = app.get("/v1/sources").await.json();
    assert_eq!(list, json!([changed]));

    let proven = app.post("/v1/sources/orders/preflights", "", Some("wait=60")).await;
    assert_eq!(proven.json()["source"], "orders", "{}", proven.text);
    let list = app.get("/v1/preflights?source=orders&gate=closed").await.json();
    assert_eq!(list["preflights"][0]["id"], proven.json()["id"]);
    let metrics = app.get("/metrics").await.text;
    assert!(metrics.contains("cdc_preflight_gate_open{source=\"orders\"} 0\n"), "{metrics}");
    let runs = "cdc_preflight_runs_total{engine=\"postgres\",gate=\"closed\"} 1\n";
    assert!(metrics.contains(runs), "{metrics}");

    assert_eq!(app.send("DELETE", "/v1/sources/orders", &Value::Null).await.status, 204);
    app.send("DELETE", "/v1/sources/orders", &Value::Null).await.problem(404, "not-found");
    app.get("/v1/sources/orders").await.problem(404, "not-found");
    assert_eq!(app.get("/v1/preflights?source=orders").await.json()["next"], Value::Null);
}

#[tokio::test]
async fn a_source_that_cannot_be_stored_is_a_problem() {
    let app = App::idle(Config::default()).await;
    let secret = json!({ "document": request("hunter2") });
    let refused = app.send("PUT", "/v1/sources/orders", &secret).await;
    refused.problem(422, "secrets-in-request");
    let source = json!({ "document": referring() });
    app.send("PUT", "/v1/sources/-orders", &source).await.problem(400, "bad-request");
    for (member, value) in [("every", json!(1)), ("evry", json!(60)), ("probe", json!("no"))] {
        let mut source = source.clone();
        source[member] = value;
        app.send("PUT", "/v1/sources/orders", &source).await.problem(400, "bad-request");
    }
    assert_eq!(app.get("/v1/sources").await.json(), json!([]));
}

#[tokio::test]
async fn a_source_that_is_due_is_proven_by_itself() {
    let app = App::start().await;
    let source = json!({ "document": referring(), "every": 10 });
    assert_eq!(app.send("PUT", "/v1/sources/orders", &source).await.status, 201);
    // Its time is made to have come: nobody waits ten seconds here.
    let path = app.folder.path().join("preflights.db");
    let pool = sqlx::SqlitePool::connect(path.to_str().unwrap()).await.unwrap();
    sqlx::query("update sources set next_at = 0").execute(&pool).await.unwrap();
    let finished = async {
        loop {
            let list = app.get("/v1/preflights?source=orders&state=finished").await.json();
            if list["preflights"][0]["id"].is_string() {
                return list;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let list = tokio::time::timeout(Duration::from_secs(60), finished).await.unwrap();
    assert_eq!(list["preflights"].as_array().unwrap().len(), 1, "once");
    let next = app.get("/v1/sources/orders").await.json()["next_at"].clone();
    assert!(next.as_str().unwrap() > "2026", "{next}");
}

#[tokio::test]
async fn progress_is_told_to_its_end_and_from_where_it_was_lost() {
    let app = App::start().await;
    let preflight = app.post("/v1/preflights", &referring(), Some("wait")).await.json();
    let path = format!("/v1/preflights/{}/events", preflight["id"].as_str().unwrap());
    let told = app.get(&path).await;
    assert_eq!(told.header("content-type"), "text/event-stream");
    let names = |text: &str| -> Vec<String> {
        text.lines().filter_map(|line| Some(line.strip_prefix("event: ")?.to_owned())).collect()
    };
    assert_eq!(names(&told.text), ["started", "visited", "ended"], "{}", told.text);
    assert!(told.text.contains(r#""gate":"closed""#), "{}", told.text);
    let again = Request::get(&path).header("last-event-id", "1").body(Body::empty()).unwrap();
    assert_eq!(names(&app.call(again).await.text), ["visited", "ended"]);
}

#[tokio::test]
async fn the_contract_and_the_remedies_follow_from_what_was_found() {
    let app = App::idle(Config::default()).await;
    let facts = include_str!("../facts/postgres.json");
    let path = format!("/v1/preflights/{}", app.finished(facts).await);
    let contract = app.get(&format!("{path}/contract")).await.json();
    assert_eq!(contract["format_version"], json!(1), "{contract}");
    let samples = app.get(&format!("{path}/contract?format=samples")).await;
    assert_eq!(samples.header("content-type"), "application/json");
    let human = app.get(&format!("{path}/contract?format=human")).await;
    assert_eq!(human.header("content-type"), "text/plain; charset=utf-8");

    let remedy = app.get(&format!("{path}/remedy?all=true")).await;
    assert_eq!(remedy.header("content-type"), "application/json");
    let parts = remedy.json()["plans"][0]["parts"].take();
    let steps: usize =
        parts.as_array().unwrap().iter().map(|part| part["tasks"].as_array().unwrap().len()).sum();
    assert!(steps > 0, "the recorded server has something to mend");
    let script = app.get(&format!("{path}/remedy?all=true&format=script")).await;
    assert_eq!(script.header("content-type"), "text/x-sql; charset=utf-8");
    assert!(script.text.starts_with("-- cdc-preflight remedy: "), "{}", script.text);
    let undo = app.get(&format!("{path}/remedy?all=true&format=undo")).await;
    assert!(undo.text.starts_with("-- cdc-preflight undo: "), "{}", undo.text);
    app.get(&format!("{path}/remedy?format=sql")).await.problem(400, "bad-request");
}

#[tokio::test]
async fn two_runs_of_a_source_are_compared_and_its_history_is_there() {
    let app = App::idle(Config::default()).await;
    let source = json!({ "document": referring() });
    assert_eq!(app.send("PUT", "/v1/sources/orders", &source).await.status, 201);
    let facts = include_str!("../facts/postgres.json");
    let before = app.finished_of(Some("orders"), facts, true).await;
    let now = app.finished_of(Some("orders"), &with_wal_level("replica"), false).await;
    let path = format!("/v1/preflights/{now}/diff?against={before}");
    let diff = app.get(&path).await;
    assert_eq!(diff.header("content-type"), "application/json");
    let target = diff.json()["targets"][0].take();
    assert_eq!((&target["gate_before"], &target["gate_now"]), (&json!("open"), &json!("closed")));
    let new: Vec<&Value> = target["changes"].as_array().unwrap().iter().collect();
    let new = new.iter().filter(|it| it["kind"] == "new").map(|it| it["check"].clone());
    assert!(new.collect::<Vec<_>>().contains(&json!("postgres/wal-level")), "{target}");
    let human = app.get(&format!("{path}&format=human")).await;
    assert!(human.text.contains("postgres/wal-level"), "{}", human.text);
    app.get(&format!("/v1/preflights/{now}/diff")).await.problem(400, "bad-request");

    let page = app.get("/v1/sources/orders/history?limit=1").await.json();
    assert_eq!(page["runs"][0]["id"], json!(now));
    assert_eq!(page["runs"][0]["gate"], "closed");
    let next = format!("/v1/sources/orders/history?before={}", page["next"].as_str().unwrap());
    let rest = app.get(&next).await.json();
    assert_eq!((&rest["runs"][0]["id"], &rest["next"]), (&json!(before), &Value::Null));
    app.get("/v1/sources/none/history").await.problem(404, "not-found");
    app.get("/v1/sources/-/history").await.problem(400, "bad-request");
}

#[tokio::test]
async fn a_contract_of_a_database_that_was_not_read_is_a_problem() {
    let app = App::start().await;
    let preflight = app.post("/v1/preflights", &referring(), Some("wait")).await.json();
    let path = format!("/v1/preflights/{}", preflight["id"].as_str().unwrap());
    let problem = app.get(&format!("{path}/contract")).await.problem(409, "not-finished");
    assert!(!problem["reasons"].as_array().unwrap().is_empty(), "{problem}");
}

#[tokio::test]
async fn the_catalogue_is_there() {
    let app = App::idle(Config::default()).await;
    let checks = app.get("/v1/checks").await.json();
    let count = cdc_preflight::checks::catalogue::all().count();
    assert_eq!(checks.as_array().unwrap().len(), count);
    let one = app.get("/v1/checks/postgres/wal-level").await.json();
    assert!(one["page"].as_str().unwrap().contains("## Why"), "{one}");
    app.get("/v1/checks/postgres/wal-levl").await.problem(404, "not-found");
}

#[tokio::test]
async fn patterns_are_tried_on_events() {
    let app = App::idle(Config::default()).await;
    let events = [json!({"data": {"op": "c"}}), json!({"data": {"op": "d"}})];
    for pattern in [json!({"data": {"op": ["c"]}}), json!(r#"{"data": {"op": ["c"]}}"#)] {
        let body = json!({ "pattern": pattern, "events": events });
        let results = app.send("POST", "/v1/patterns/test", &body).await.json()["results"].take();
        assert_eq!(results[0], json!({ "matches": true, "mismatch": null }));
        assert!(results[1]["mismatch"].as_str().unwrap().starts_with("data.op is"), "{results}");
    }
    let body = json!({ "pattern": "{", "events": [] });
    let refused = app.send("POST", "/v1/patterns/test", &body).await;
    assert_eq!(refused.problem(422, "invalid-document")["errors"][0]["line"], 1);
}

#[tokio::test]
async fn every_answer_has_the_id_of_its_request() {
    let app = App::idle(Config::default()).await;
    for (given, is_kept) in [("trace-7.a_B", true), ("{\"x\":1}", false)] {
        let request = Request::get("/v1/preflights/7").header("x-request-id", given);
        let answer = app.call(request.body(Body::empty()).unwrap()).await;
        let id = answer.header("x-request-id").to_owned();
        assert_eq!(id == given, is_kept, "{id}");
        assert_eq!(answer.problem(400, "bad-request")["instance"], id);
    }
}
