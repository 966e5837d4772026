//! What is told when a stored source is no longer what was proven.

use std::time::Duration;

use cdc_preflight::serve::{Config, Service};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::app::{App, referring};
use crate::receiver::{Receiver, secret};
use crate::recorded::{healthy, unreachable, with_wal_level, without_a_column};

/// How long anything may take that has to happen.
const PATIENCE: Duration = Duration::from_secs(120);

const VERDICT: &str = "dev.cdc-preflight.source.verdict.changed";
const CONTRACT: &str = "dev.cdc-preflight.source.contract.changed";

fn told_by(receiver: &Receiver) -> Config {
    let webhook_wait = Duration::from_millis(200);
    Config { webhook: Some(receiver.webhook()), webhook_wait, ..Config::default() }
}

/// A service with a stored source that has these runs, the gates of which are as is said.
async fn after(config: Config, runs: &[(String, bool)]) -> App {
    let app = App::idle(config).await;
    let source = json!({ "document": referring() });
    assert_eq!(app.send("PUT", "/v1/sources/orders", &source).await.status, 201);
    for (facts, is_open) in runs {
        app.finished_of(Some("orders"), facts, *is_open).await;
    }
    app
}

/// Once every run was looked at.
async fn all_seen(service: &Service) {
    let deadline = Instant::now() + PATIENCE;
    while service.store.unseen().await.unwrap().is_some() {
        assert!(Instant::now() < deadline, "runs are not looked at");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_changed_verdict_is_told_signed_and_until_it_is_taken() {
    let receiver = Receiver::start(&[500, 302]).await;
    let (well, ill) = ((healthy(), true), (with_wal_level("replica"), false));
    let runs = [well.clone(), ill.clone(), well.clone(), ill.clone(), ill];
    let app = after(told_by(&receiver), &runs).await;
    app.service.start_jobs();

    let messages = receiver.wait_for(3).await;
    let answers: Vec<u16> = messages.iter().map(|message| message.answer.as_u16()).collect();
    assert_eq!(answers, [500, 302, 204]);
    assert!(messages.iter().all(|it| it.path == "/hook"), "no redirect is followed: {messages:?}");
    assert!(messages.iter().all(|it| it.id == messages[0].id && it.event == messages[0].event));

    let event = &messages[2].event;
    assert_eq!(messages[2].content_type, "application/cloudevents+json; charset=utf-8");
    assert_eq!(event["specversion"], "1.0");
    assert_eq!((&event["type"], &event["source"]), (&json!(VERDICT), &json!("/v1/sources/orders")));
    assert_eq!(event["id"], json!(messages[2].id));
    let list = app.get("/v1/preflights?source=orders").await.json();
    let newest = list["preflights"][0]["id"].as_str().unwrap();
    assert_eq!(event["subject"], json!(format!("/v1/preflights/{newest}")));
    assert_eq!(event["data"]["gate"], json!({ "before": "open", "now": "closed" }));
    let new = &event["data"]["new"];
    assert_eq!(
        (&new["items"][0]["check"], &new["more"]),
        (&json!("postgres/wal-level"), &json!(0))
    );
    // The run before the last one that was well, and not the first.
    assert_eq!(event["data"]["compared_with"], list["preflights"][2]["id"]);

    all_seen(&app.service).await;
    let taken = async {
        while app.service.store.notices().await.unwrap() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, taken).await.expect("the outbox is empty");
    assert_eq!(receiver.messages().len(), 3, "flapping is not told, and nothing twice");
    let metrics = app.get("/metrics").await.text;
    for line in [
        "cdc_preflight_drifts_total{kind=\"verdict\"} 1\n",
        "cdc_preflight_webhook_deliveries_total{outcome=\"failed\"} 2\n",
        "cdc_preflight_webhook_deliveries_total{outcome=\"delivered\"} 1\n",
        "cdc_preflight_webhook_backlog 0\n",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
}

#[tokio::test]
async fn a_changed_contract_is_told_and_an_unreachable_server_changes_none() {
    let receiver = Receiver::start(&[]).await;
    let (before, after_it) = ((healthy(), true), (without_a_column(), true));
    let silent = (unreachable(), false);
    let runs = [before, silent.clone(), after_it.clone(), silent, after_it.clone(), after_it];
    let app = after(told_by(&receiver), &runs).await;
    app.service.start_jobs();
    all_seen(&app.service).await;
    let messages = receiver.wait_for(1).await;
    let types: Vec<&Value> = messages.iter().map(|message| &message.event["type"]).collect();
    assert_eq!(types, [CONTRACT], "one unreachable run is no changed verdict either");
    let data = &messages[0].event["data"];
    assert_eq!(data["class"], "backward", "{data}");
    assert_eq!(data["changes"]["items"][0]["kind"], "column-removed", "{data}");
}

#[tokio::test]
async fn a_server_that_stays_unreachable_is_a_changed_verdict() {
    let receiver = Receiver::start(&[]).await;
    let runs = [(healthy(), true), (unreachable(), false), (unreachable(), false)];
    let app = after(told_by(&receiver), &runs).await;
    app.service.start_jobs();
    let messages = receiver.wait_for(1).await;
    all_seen(&app.service).await;
    assert_eq!(receiver.messages().len(), 1, "{messages:?}");
    assert_eq!(messages[0].event["type"], VERDICT);
    let new = messages[0].event["data"]["new"]["items"].as_array().unwrap();
    assert!(new.iter().any(|it| it["check"] == "connection/reachable"), "{new:?}");
}

#[tokio::test]
async fn what_people_change_in_a_source_is_a_new_beginning() {
    let app = after(Config { settle: 1, ..Config::default() }, &[(healthy(), true)]).await;
    let change = json!({ "document": referring().replace("orders", "products"), "strict": true });
    assert_eq!(app.send("PUT", "/v1/sources/orders", &change).await.status, 200);
    app.service.start_jobs();
    all_seen(&app.service).await;
    // Of the changed request, and closed: nobody listens there.
    let proven = app.post("/v1/sources/orders/preflights", "", Some("wait=60")).await;
    assert_eq!(proven.json()["gate"], "closed", "{}", proven.text);
    let counts = &app.get("/v1/sources/orders/history").await.json()["runs"][0]["counts"];
    assert!(counts["blocked"].as_u64().unwrap() > 0, "{counts}");
    all_seen(&app.service).await;
    let metrics = app.get("/metrics").await.text;
    assert!(!metrics.contains("cdc_preflight_drifts_total{"), "{metrics}");
    // The same request, found otherwise.
    app.finished_of(Some("orders"), &healthy(), true).await;
    all_seen(&app.service).await;
}

#[tokio::test]
async fn what_was_not_taken_is_told_by_the_next_process_under_the_same_id() {
    let first = Receiver::start(&[503; 100]).await;
    let runs = [(healthy(), true), (with_wal_level("replica"), false)];
    let app = after(Config { settle: 1, ..told_by(&first) }, &runs).await;
    app.service.start_jobs();
    let refused = first.wait_for(2).await;
    // It ends; the receiver has moved meanwhile.
    app.service.stopping.cancel();
    let second = Receiver::start(&[]).await;
    let store = app.service.store.clone();
    let next = Service::new(Config { store: String::new(), ..told_by(&second) }, store);
    next.start_jobs();
    let taken = second.wait_for(1).await;
    assert_eq!(taken[0].id, refused[0].id);
    assert_eq!(taken[0].event, refused[0].event);
    next.stopping.cancel();
    for file in std::fs::read_dir(app.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&secret()[6..]), "the webhook's secret is on the disk");
    }
}
