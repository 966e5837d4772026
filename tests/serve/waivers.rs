//! What somebody accepts for a while.

use cdc_preflight::serve::Config;
use serde_json::{Value, json};

use crate::app::{App, referring};
use crate::node::{self, Node, post, request};

fn waiver(check: &str) -> Value {
    json!({
        "check": check, "reason": "append-only", "owner": "dba-team", "expires": "9998-12-31",
    })
}

#[tokio::test]
async fn a_waiver_is_stored_changed_and_removed() {
    let app = App::idle(Config::default()).await;
    let path = "/v1/waivers/append-only";
    let created = app.send("PUT", path, &waiver("postgres/row-security")).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let stored = created.json();
    assert_eq!((&stored["subject"], &stored["target"]), (&json!("*"), &json!("*")));
    assert_eq!(stored["state"], "active");
    let mut change = waiver("postgres/*");
    change["expires"] = json!("2020-02-29");
    let changed = app.send("PUT", path, &change).await;
    assert_eq!((changed.status.as_u16(), &changed.json()["state"]), (200, &json!("expired")));
    assert_eq!(changed.json()["created_at"], stored["created_at"]);
    assert_eq!(app.get(path).await.json(), changed.json());
    assert_eq!(app.get("/v1/waivers").await.json(), json!([changed.json()]));
    assert_eq!(app.send("DELETE", path, &Value::Null).await.status, 204);
    app.send("DELETE", path, &Value::Null).await.problem(404, "not-found");
    app.get(path).await.problem(404, "not-found");
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_waiver_is_told_by_its_member() {
    let app = App::idle(Config::default()).await;
    let wrong = json!({ "check": "postgres/wal-levl", "reason": " ", "owner": "a\u{7}b",
        "expires": "2026-02-30" });
    let problem = app.send("PUT", "/v1/waivers/w", &wrong).await.problem(422, "invalid-document");
    let errors = problem["errors"].as_array().unwrap();
    let pointers: Vec<&Value> = errors.iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/check", "/reason", "/owner", "/expires"]);
    assert_eq!(errors[0]["help"], "Did you mean postgres/wal-level?");
    let mut unknown = waiver("postgres/wal-level");
    unknown["until"] = json!("2026-12-31");
    app.send("PUT", "/v1/waivers/w", &unknown).await.problem(400, "bad-request");
    app.send("PUT", "/v1/waivers/-w", &waiver("mysql/*")).await.problem(400, "bad-request");
    assert_eq!(app.get("/v1/waivers").await.json(), json!([]));
}

#[tokio::test]
async fn a_report_keeps_the_waivers_that_held_at_its_run() {
    let app = App::start().await;
    // A required check by its name, and one by a pattern, which opens nothing.
    app.send("PUT", "/v1/waivers/one", &waiver("connection/reachable")).await;
    app.send("PUT", "/v1/waivers/other", &waiver("connection/reachabl?")).await;
    let mut elsewhere = waiver("connection/reachable");
    elsewhere["target"] = json!("*@elsewhere.example:*");
    app.send("PUT", "/v1/waivers/elsewhere", &elsewhere).await;
    let ran = app.post("/v1/preflights", &referring(), Some("wait")).await.json();
    let reachable = |report: &Value| {
        let results = report["targets"][0]["results"].as_array().unwrap().clone();
        results.into_iter().find(|it| it["id"] == "connection/reachable").unwrap()
    };
    let result = reachable(&ran["report"]);
    assert_eq!(result["outcome"], "waived", "{result}");
    let waived = &result["subjects"][0]["waiver"];
    assert_eq!(waived["declared_at"], "/v1/waivers/one", "{waived}");
    let reviews = ran["report"]["waivers"].as_array().unwrap();
    let states: Vec<(&Value, &Value)> =
        reviews.iter().map(|it| (&it["declared_at"], &it["state"])).collect();
    assert_eq!(states.len(), 2, "those of other sources are not told: {states:?}");
    assert_eq!(
        reviews[1]["unused"].as_str(),
        Some("a required check is waived by its id only, not by a pattern",)
    );

    let path = format!("/v1/preflights/{}", ran["id"].as_str().unwrap());
    app.send("DELETE", "/v1/waivers/one", &Value::Null).await;
    assert_eq!(app.get(&format!("{path}?format=json")).await.json(), ran["report"]);
    for format in ["human", "markdown", "html", "sarif", "junit"] {
        let text = app.get(&format!("{path}?format={format}")).await.text;
        assert!(text.contains("append-only") && text.contains("dba-team"), "{format}: {text}");
    }
    let again = app.post("/v1/preflights", &referring(), Some("wait")).await.json();
    assert_ne!(reachable(&again["report"])["outcome"], "waived");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiver_opens_the_gate_of_a_submission_while_it_holds() {
    let server = node::server().await;
    node::schema(&server, "waived").await;
    let sql = "alter table waived.orders drop constraint orders_pkey";
    server.execute_in("inventory", sql).await.unwrap();
    let simulator = node::simulator().await;
    let address = node::store(&server, "waived_node").await;
    let node = Node::start(&address, &simulator.url(), &[]).await;
    let document = request(&server, "waived");
    let prove = async || {
        let wait = [("prefer", "wait=60")];
        post(&node.url, "/v1/preflights", &document, &wait).await.unwrap().1
    };
    let submit = async |preflight: &Value, key: &str| {
        let path = format!("/v1/preflights/{}/submission", preflight["id"].as_str().unwrap());
        post(&node.url, &path, &Value::Null, &[("idempotency-key", key)]).await.unwrap()
    };
    let closed = prove().await;
    assert_eq!(closed["gate"], "closed");
    let results = closed["report"]["targets"][0]["results"].as_array().unwrap();
    let fails = results.iter().filter(|it| it["outcome"] == "fail" && it["level"] == "required");
    let failing: Vec<&str> = fails.map(|it| it["id"].as_str().unwrap()).collect();
    assert!(!failing.is_empty(), "{results:?}");
    let client = reqwest::Client::new();
    let waivers = format!("{}/v1/waivers", node.url);
    for (n, check) in failing.iter().enumerate() {
        let put = client.put(format!("{waivers}/w{n}")).json(&waiver(check)).send().await.unwrap();
        assert_eq!(put.status(), 201);
    }
    let (status, problem) = submit(&closed, "one").await;
    assert_eq!((status.as_u16(), &problem["type"]), (409, &json!("/problems/gate-closed")));

    let open = prove().await;
    assert_eq!(open["gate"], "open", "{open}");
    let (_, sent) = submit(&open, "two").await;
    assert_eq!(sent["state"], "accepted", "{sent}");

    let open = prove().await;
    client.delete(format!("{waivers}/w0")).send().await.unwrap();
    let path = format!("/v1/preflights/{}/submission?again=true", open["id"].as_str().unwrap());
    let key = [("idempotency-key", "three")];
    let (_, problem) = post(&node.url, &path, &Value::Null, &key).await.unwrap();
    assert_eq!(problem["type"], "/problems/drifted", "{problem}");
    assert!(problem["reasons"].to_string().contains(failing[0]), "{problem}");
    assert_eq!(simulator.journal().len(), 1, "the waiver was taken back before the second");
}
