//! The journal: complete, in order, on disk before the answer, and free of secrets.

use std::fs;
use std::path::Path;

use eventbridge_simulator::{Config, Entry, KeyPolicy, Simulator, StartError};
use serde_json::{Value, json};

use crate::client::{Call, KEY, MYSQL, PASSWORD, POSTGRES, config, source, start};
use crate::replies::is_request_id;

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_line_tells_the_whole_request() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let running = start(config().journal(&path)).await;
    let call = Call::post(&format!("{POSTGRES}?trace=1"), &source()).with("X-Trace", "t-1");
    let answer = call.send(&running).await;

    let [line] = &lines(&path)[..] else { panic!("one line") };
    let received_at = line["received_at"].as_str().unwrap();
    assert!(received_at.ends_with('Z') && received_at.parse::<jiff::Timestamp>().is_ok());
    let mut body = source();
    let bytes = body.to_string().len();
    body["Password"] = "<redacted>".into();
    let expected = json!({
        "received_at": received_at, "method": "POST", "path": POSTGRES,
        "dialect": "seed", "operation": "configurePostgreSQLSource", "authorized": true,
        "headers": {
            "host": "simulator", "authorization": "Bearer <redacted>", "x-trace": "t-1",
            "content-type": "application/json", "content-length": bytes.to_string(),
        },
        "body": body, "body_bytes": bytes, "fault": null, "status": 200,
        "code": "Success", "request_id": answer.json()["RequestId"],
    });
    assert_eq!(*line, expected);
}

#[tokio::test]
async fn the_file_holds_what_the_library_tells() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let running = start(config().journal(&path).fault("drop".parse().unwrap())).await;
    let call = Call::post(MYSQL, &source());
    for call in [call.clone(), call.clone().body("{"), call.clone().method("GET"), call] {
        drop(call.attempt(&running.url()).await.unwrap());
    }
    let read: Vec<Entry> =
        lines(&path).into_iter().map(|line| serde_json::from_value(line).unwrap()).collect();
    assert_eq!(read, running.journal());
    let statuses: Vec<_> = read.iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [None, Some(400), Some(405), Some(200)]);
    assert!(read.iter().all(|entry| is_request_id(&entry.request_id)));
}

#[tokio::test]
async fn no_secret_reaches_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let faults = ["500", "drop", "slow:1", "reject:X"].map(|text| text.parse().unwrap());
    let running = start(faults.into_iter().fold(config().journal(&path), Config::fault)).await;
    let mut nested = source();
    nested["Sink"] = json!({"SaslPassword": PASSWORD, "More": [{"clientSecret": [PASSWORD]}]});
    nested["securityToken"] = json!({"value": PASSWORD});
    let call = Call::post(POSTGRES, &nested);
    for _ in 0..5 {
        drop(call.attempt(&running.url()).await.unwrap());
    }
    let others = [
        call.clone().body(format!("Password={PASSWORD}")),
        call.clone().body(format!("{{\"Password\": \"{PASSWORD}\", ")),
        call.clone().with("Authorization", KEY),
        call.clone().with("Authorization", &format!("Token {PASSWORD}")),
        call.clone().with("X-Acs-Security-Token", PASSWORD),
        Call::post(&format!("{POSTGRES}?api_key={KEY}"), &nested),
    ];
    for call in others {
        drop(call.attempt(&running.url()).await.unwrap());
    }
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 11);
    assert!(!text.contains(PASSWORD), "{text}");
    assert!(!text.contains(KEY), "{text}");
    assert!(!format!("{:?}", running.journal()).contains(PASSWORD));
}

#[tokio::test]
async fn a_body_that_is_not_json_is_null_with_the_reason() {
    let running = start(config()).await;
    let call = Call::post("/elsewhere", &source());
    call.clone().body("a=b").send(&running).await;
    call.clone().body("").send(&running).await;
    let journal = running.journal();
    assert_eq!((&journal[0].body, journal[0].body_bytes), (&None, 3));
    let reason = journal[0].body_error.as_deref().unwrap();
    assert!(reason.starts_with("not JSON: expected value"), "{reason}");
    assert_eq!((&journal[1].body, &journal[1].body_error), (&None, &None));
    assert!(journal.iter().all(|entry| entry.operation.is_none()));
}

#[tokio::test]
async fn a_journal_is_continued() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    for expected in [1, 2] {
        let running = start(config().journal(&path)).await;
        Call::post(POSTGRES, &source()).send(&running).await;
        assert_eq!(running.journal().len(), 1);
        running.stop().await;
        assert_eq!(lines(&path).len(), expected);
    }
}

#[tokio::test]
async fn concurrent_requests_leave_whole_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let running = start(config().journal(&path)).await;
    let calls = (0..50).map(|_| {
        let (call, url) = (Call::post(POSTGRES, &source()), running.url());
        tokio::spawn(async move { call.attempt(&url).await.unwrap().unwrap().status })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap(), 200);
    }
    assert_eq!(lines(&path).len(), 50);
}

// Linux has a device for this: it opens, and every write to it fails.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_cannot_be_journalled_is_not_accepted() {
    let running = start(config().journal("/dev/full")).await;
    let answer = Call::post(POSTGRES, &source()).send(&running).await;
    assert_eq!((answer.status, answer.code().as_str()), (500, "InternalError"));
    assert!(running.journal().is_empty());
}

#[tokio::test]
async fn a_start_that_fails_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("missing/journal.jsonl");
    let error = Simulator::start(config().journal(&nowhere)).await.expect_err("no such folder");
    assert!(matches!(error, StartError::Journal { .. }));

    let first = start(config()).await;
    let taken = first.url().strip_prefix("http://").unwrap().parse().unwrap();
    let second = Config::new(KeyPolicy::Any).listen(taken);
    let error = Simulator::start(second).await.expect_err("the port is taken");
    assert_eq!(error.to_string(), format!("cannot listen on {taken}"));
}
