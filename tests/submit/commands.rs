//! The commands about streams, as a user runs them, against a simulator that verifies strictly.

use serde_json::{Value, json};

use crate::listener::{Listener, answer};
use crate::scene::KEY;
use crate::stage::{ACCESS_KEY, DATABASE, EXAMPLE, Stage};

const BROKER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/stream-rabbitmq.yaml");

#[tokio::test]
async fn a_stream_is_looked_after_from_its_creation_to_its_end() {
    let stage = Stage::new().await;
    let created = stage.good(&["stream", "create", EXAMPLE]).await;
    assert!(created.starts_with("housekeeping is created.\n\nCosts, estimated\n"), "{created}");
    assert_eq!(stage.status().as_deref(), Some("READY"));
    stage.good(&["stream", "start", "housekeeping", "--wait", "20"]).await;
    assert_eq!(stage.status().as_deref(), Some("RUNNING"));
    let shown = stage.good(&["stream", "get", "housekeeping"]).await;
    for part in ["state     RUNNING", "SourceMNSParameters", "\"QueueName\": \"housekeeping\""] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let list = stage.good(&["stream", "list"]).await;
    assert!(list.starts_with("NAME") && list.contains("housekeeping  RUNNING"), "{list}");
    let list = stage.good(&["stream", "list", "--format", "json"]).await;
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list[0]["EventStreamingName"], "housekeeping");
    stage.good(&["stream", "pause", "housekeeping"]).await;
    assert_eq!(stage.status().as_deref(), Some("PAUSED"));
    stage.good(&["stream", "update", EXAMPLE]).await;
    let bill = ["stream", "billing", "housekeeping", "--mode", "CapacityUnitMode", "--max", "4"];
    assert_eq!(stage.run(&bill).await.code, 2, "nobody has confirmed it");
    stage.good(&[&bill[..], &["--min", "2", "--yes"]].concat()).await;
    let delete = ["stream", "delete", "housekeeping"];
    let run = stage.run(&delete).await;
    assert_eq!((run.code, stage.simulator.streams().len()), (2, 1), "nobody has confirmed it");
    assert!(run.err.contains("--yes"), "{}", run.err);
    stage.good(&[&delete[..], &["--yes"]].concat()).await;
    assert!(stage.simulator.streams().is_empty());
    assert!(stage.simulator.journal().iter().all(|entry| entry.authorized));
}

#[tokio::test]
async fn what_the_service_refuses_is_explained() {
    let stage = Stage::new().await;
    let run = stage.run(&["stream", "get", "nobody"]).await;
    assert_eq!(run.code, 20, "{}", run.err);
    assert!(run.err.contains("There is no stream of that name."), "{}", run.err);
    stage.good(&["stream", "create", EXAMPLE]).await;
    let again = ["stream", "create", EXAMPLE, "--format", "json", "--again"];
    let run = stage.run(&again).await;
    assert_eq!(run.code, 20, "{}", run.err);
    assert!(run.err.contains("There is a stream of that name already."), "{}", run.err);
    let answer: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(answer["outcome"]["state"], "rejected");
}

#[tokio::test]
async fn nothing_is_sent_that_cannot_work_or_was_not_proven() {
    let stage = Stage::new().await;
    let api_key = [("EVENTBRIDGE_API_KEY", KEY)];
    let billing = ["stream", "billing", "x", "--mode", "EventNumMode", "--yes", "--wire", "rest"];
    for (arguments, keys, said) in [
        (&["stream", "create", DATABASE][..], &api_key[..], "cdc-preflight configure"),
        (&["stream", "create", BROKER], &api_key, "cdc-preflight configure"),
        (&["stream", "get", "x", "--wire", "openapi"], &api_key, "no access key"),
        (&["stream", "get", "x", "--wire", "seed"], &api_key, "has no operation"),
        (&["stream", "delete", "x", "--yes", "--force"], &api_key, "--wire openapi"),
        (&["configure", DATABASE, "--wire", "seed"], &api_key, "has no operation"),
        (&["configure", DATABASE, "--wire", "openapi"], &api_key, "no access key"),
        (&["configure", EXAMPLE], &api_key, "stream create"),
        (&["check", EXAMPLE], &[], "nothing to prove"),
        (&billing, &api_key, "has no operation"),
        (&["stream", "get", "x"], &[], "no API key"),
    ] {
        let run = stage.run_with(arguments, keys).await;
        assert_eq!(run.code, 2, "{arguments:?}: {}{}", run.out, run.err);
        assert!(run.err.contains(said), "{arguments:?}: {}", run.err);
    }
    assert!(stage.simulator.journal().is_empty(), "something was sent");
}

#[tokio::test]
async fn a_dry_run_of_a_stream_needs_no_key_and_sends_nothing() {
    let stage = Stage::new().await;
    let run = stage.run_with(&["stream", "create", EXAMPLE, "--dry-run"], &[]).await;
    assert_eq!(run.code, 0, "{}", run.err);
    for part in ["x-acs-action: CreateEventStreaming", "\"Token\": \"***\"", "nothing was sent"] {
        assert!(run.out.contains(part), "{part}: {}", run.out);
    }
    assert!(stage.simulator.journal().is_empty());
}

#[tokio::test]
async fn a_wait_ends_with_a_failed_state_and_with_its_time() {
    for (status, code, said) in [
        ("STARTING_FAILED", 20, "STARTING_FAILED {\"Why\":\"no such queue\"}"),
        ("STARTING", 21, "does not run yet: it is STARTING"),
        ("READY", 21, "stream start x"),
    ] {
        let detail = json!({"Why": "no such queue"});
        let data = json!({"EventStreamingName": "x", "Status": status, "DetailedStatus": detail});
        let body = json!({"Code": "Success", "Success": true, "Data": data}).to_string();
        let listener = Listener::start(move |_| answer("200 OK", "", &body)).await;
        let wait = ["stream", "start", "x", "--wait", "1", "--endpoint", listener.url()];
        let run = Stage::new().await.run(&wait).await;
        assert_eq!(run.code, code, "{status}: {}", run.err);
        assert!(run.err.contains(said), "{status}: {}", run.err);
        assert_eq!(listener.requests().len(), 2, "{status}");
    }
}

#[tokio::test]
async fn a_list_follows_its_pages() {
    let page = |name: &str, next: &str| {
        let stream = json!({"EventStreamingName": name, "Status": "RUNNING"});
        let data = json!({"EventStreamings": [stream], "NextToken": next});
        json!({"RequestId": "R", "Code": "Success", "Success": true, "Data": data}).to_string()
    };
    let listener = Listener::start(move |request| {
        let body = match request.contains("NextToken") {
            false => page("first", "1"),
            true => page("second", ""),
        };
        answer("200 OK", "content-type: application/json\r\n", &body)
    });
    let listener = listener.await;
    let stage = Stage::new().await;
    let list = ["stream", "list", "--endpoint", listener.url(), "--name-prefix", "f"];
    let run = stage.run(&list).await;
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("first") && run.out.contains("second"), "{}", run.out);
    let requests = listener.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| request.contains("NamePrefix=f")), "{requests:?}");
}

/// Which dialect is spoken, or which words refuse it before anything is sent.
#[tokio::test]
async fn keys_and_wires_go_together_or_are_refused() {
    const API_KEY: (&str, &str) = ("EVENTBRIDGE_API_KEY", KEY);
    const NO_KEY: Result<&str, &str> = Err("key");
    const HALF: Result<&str, &str> = Err("set both");
    const NO_OPERATION: Result<&str, &str> = Err("has no operation");
    const OPENAPI: Result<&str, &str> = Ok("openapi");
    const REST: Result<&str, &str> = Ok("rest");
    let [id, secret] = ACCESS_KEY;
    let wires = ["", "--wire=openapi", "--wire=rest", "--wire=seed"];
    let get = &["stream", "get", "x"][..];
    let billing = &["stream", "billing", "x", "--mode=EventNumMode", "--yes"][..];
    for (keys, gets, bills) in [
        (&[][..], [NO_KEY, NO_KEY, NO_KEY, NO_OPERATION], [NO_KEY, NO_KEY]),
        (&[id, secret], [OPENAPI, OPENAPI, REST, NO_OPERATION], [OPENAPI, OPENAPI]),
        (&[API_KEY], [REST, NO_KEY, REST, NO_OPERATION], [NO_OPERATION, NO_KEY]),
        (&[id, secret, API_KEY], [OPENAPI, OPENAPI, REST, NO_OPERATION], [OPENAPI, OPENAPI]),
        (&[id], [HALF, HALF, HALF, NO_OPERATION], [HALF, HALF]),
    ] {
        let [any, openapi] = bills;
        let bills = [any, openapi, NO_OPERATION, NO_OPERATION];
        for (command, expected) in [(get, gets), (billing, bills)] {
            for (wire, expected) in wires.into_iter().zip(expected) {
                let stage = Stage::new().await;
                let arguments = command.iter().copied().chain([wire]);
                let arguments: Vec<&str> = arguments.filter(|it| !it.is_empty()).collect();
                let run = stage.run_with(&arguments, keys).await;
                let entries = stage.simulator.journal();
                let spoken = entries.first().map(|entry| entry.dialect.as_str());
                let case = format!("{arguments:?} with {} keys: {}", keys.len(), run.err);
                match expected {
                    Ok(wire) => assert_eq!((run.code, spoken), (20, Some(wire)), "{case}"),
                    Err(words) => {
                        assert_eq!((run.code, spoken), (2, None), "{case}");
                        assert!(run.err.contains(words), "{case}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_key_does_not_travel_in_the_clear() {
    let stage = Stage::new().await;
    let api_key = [("EVENTBRIDGE_API_KEY", KEY)];
    for there in ["http://192.0.2.1", "http://eventbridge.example", "http://localhost.example:80"] {
        for keys in [&api_key[..], &ACCESS_KEY] {
            let run = stage.run_with(&["stream", "get", "x", "--endpoint", there], keys).await;
            assert_eq!(run.code, 2, "{there}: {}", run.err);
            assert!(run.err.contains("plain http to"), "{there}: {}", run.err);
        }
    }
}

#[tokio::test]
async fn the_service_looks_into_a_mysql() {
    let stage = Stage::new().await;
    let discover = ["stream", "discover", DATABASE];
    let shown = stage.good(&[&discover[..], &["--table", "orders"]].concat()).await;
    for part in ["databases", ".orders", "bigint NOT NULL PRI", "log kept    30 days"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let json = ["--format", "json", "--limit", "10", "--offset", "20"];
    let shown = stage.good(&[&discover[..], &json].concat()).await;
    assert!(!shown.contains("SimpleData"), "{shown}");
    let asked = stage.simulator.journal().pop().unwrap().body.unwrap();
    let asked = &asked["SourceMySQLParameters"];
    assert_eq!((&asked["Limit"], &asked["Offset"]), (&json!("10"), &json!("20")));
    let sample = stage.good(&[&discover[..], &["--sample"]].concat()).await;
    assert!(sample.contains("sample      [{\"id\":1"), "{sample}");
    let run = stage.run(&["stream", "discover", EXAMPLE]).await;
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("names a MySQL"), "{}", run.err);
}

#[tokio::test]
async fn a_name_that_no_stream_can_have_is_not_asked_for() {
    let stage = Stage::new().await;
    for name in ["a_b", "", "a/b", &"n".repeat(128)] {
        let run = stage.run(&["stream", "get", name]).await;
        assert_eq!(run.code, 2, "{name}: {}", run.err);
        assert!(run.err.contains("a stream's name has 1 to 127"), "{name}: {}", run.err);
    }
    assert!(stage.simulator.journal().is_empty());
}
