//! The look into the simulator.

use serde_json::json;

use crate::client::{Call, KEY, PASSWORD, config, start, start_with};
use crate::streams::{CREATE, definition};

fn look(name: &str) -> Call {
    Call::post(&format!("/_simulator/{name}"), &json!({})).method("GET").without("Authorization")
}

#[tokio::test]
async fn the_journal_and_the_streams_are_told_without_secrets() {
    let running = start(config()).await;
    let created = Call::post(CREATE, &definition("s-1")).send(&running).await;
    created.data();
    let journal = look("journal").send(&running).await;
    assert_eq!(journal.status, 200);
    assert_eq!(journal.header("content-type"), ["application/json"]);
    assert_eq!(journal.json(), serde_json::to_value(running.journal()).unwrap());
    let streams = look("streams").send(&running).await;
    assert_eq!(streams.json(), json!(running.streams()));
    assert_eq!(streams.json()[0]["EventStreamingName"], "s-1");
    for text in [journal.body, streams.body, created.body] {
        assert!(!text.contains(PASSWORD) && !text.contains(KEY), "{text}");
    }
}

#[tokio::test]
async fn a_look_leaves_no_entry_and_draws_no_fault() {
    let running = start_with(&["500"]).await;
    for _ in 0..2 {
        assert_eq!(look("journal").send(&running).await.json(), json!([]));
    }
    assert_eq!(Call::post(CREATE, &definition("s-1")).send(&running).await.status, 500);
}

#[tokio::test]
async fn only_what_is_there_can_be_looked_at() {
    let running = start(config()).await;
    assert_eq!(look("keys").send(&running).await.status, 404);
    assert_eq!(look("journal").method("DELETE").send(&running).await.status, 405);
}
