//! Streams, in the dialects that carry an API key.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventbridge_simulator::Running;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::client::{Answer, Call, PASSWORD, config, source, start};
use crate::replies::{assert_failure, is_request_id};

pub(crate) const CREATE: &str = "/api/eventbridge/2020-04-01/CreateEventStreaming";
pub(crate) const GET: &str = "/api/eventbridge/2020-04-01/GetEventStreaming";
pub(crate) const START: &str = "/api/eventbridge/2020-04-01/StartEventStreaming";
pub(crate) const TEST: &str = "/api/eventbridge/2020-04-01/TestEventSourceConfig";

/// What a stream is created with.
pub(crate) fn definition(name: &str) -> Value {
    json!({
        "EventStreamingName": name, "FilterPattern": "{}", "Unknown": {"Kept": true},
        "Source": {"SourcePostgreSQLParameters": source()},
        "Sink": {"SinkHttpsParameters": {"URL": {"Form": "CONSTANT", "Value": "https://x"},
            "Token": PASSWORD}},
        "RunOptions": {"ErrorsTolerance": "NONE"},
    })
}

/// Asks in the dialect of the older documents.
async fn rest(running: &Running, operation: &str, body: &Value) -> Answer {
    Call::post(&format!("/eventstreaming/{operation}"), body).send(running).await
}

fn named(name: &str) -> Value {
    json!({ "EventStreamingName": name })
}

/// The data inside both envelopes of the older documents.
#[track_caller]
fn wrapped(answer: &Answer) -> Value {
    let body = answer.json();
    let id = body["requestId"].as_str().unwrap();
    assert!(is_request_id(id));
    assert_eq!(answer.header("x-eventbridge-request-id"), [id]);
    assert_eq!((&body["code"], &body["httpStatusCode"]), (&json!("200"), &json!("200")), "{body}");
    assert_eq!(body["successResponse"], true);
    let inner = &body["data"];
    assert_eq!((&inner["Code"], &inner["Success"]), (&json!("Success"), &json!(true)));
    assert_eq!(inner["RequestId"], id);
    inner["Data"].clone()
}

#[track_caller]
fn assert_wrapped_failure(answer: &Answer, status: u16, code: &str) {
    let body = answer.json();
    assert_eq!((answer.status, &body["data"]["Code"]), (status, &json!(code)), "{body}");
    assert_eq!(body["code"], status.to_string());
    assert_eq!(
        (&body["successResponse"], &body["data"]["Success"]),
        (&json!(false), &json!(false))
    );
}

#[tokio::test]
async fn a_stream_lives_in_the_older_documents_dialect() {
    let running = start(config().account_id("7").region("cn-beijing")).await;
    let created = rest(&running, "createEventStreaming", &definition("s-1")).await;
    let arn = json!({"EventStreamingARN": "acs:eventbridge:cn-beijing:7:eventstreaming/s-1"});
    assert_eq!(wrapped(&created), arn);
    let misspelt = rest(&running, "creatEventStreaming", &definition("s-2")).await;
    assert_eq!(misspelt.status, 200);

    let told = wrapped(&rest(&running, "getEventStreaming", &named("s-1")).await);
    let mut expected = definition("s-1");
    let source = expected["Source"]["SourcePostgreSQLParameters"].as_object_mut().unwrap();
    source.remove("Password");
    expected["Sink"]["SinkHttpsParameters"].as_object_mut().unwrap().remove("Token");
    expected["Status"] = "READY".into();
    expected["DetailedStatus"] =
        json!({"TPS": 0.0, "DelayTime": 0, "DiffOffset": 0, "Extensions": {}});
    assert_eq!(told, expected);

    for (operation, status) in
        [("startEventStreaming", "RUNNING"), ("pauseEventStreaming", "PAUSED")]
    {
        assert_eq!(wrapped(&rest(&running, operation, &named("s-1")).await), true);
        assert_eq!(running.streams()[0]["Status"], status);
    }
    let mut change = definition("s-1");
    change["Description"] = "changed".into();
    assert_eq!(wrapped(&rest(&running, "updateEventStreaming", &change).await), true);
    let listed = wrapped(&rest(&running, "listEventStreamings", &json!({})).await);
    assert_eq!((&listed["Total"], &listed["NextToken"]), (&json!(2), &json!("")));
    assert_eq!(listed["EventStreamings"][0]["Description"], "changed");
    assert_eq!(listed["EventStreamings"][0].get("DetailedStatus"), None);
    assert_eq!(wrapped(&rest(&running, "deleteEventStreaming", &named("s-1")).await), true);
    let gone = rest(&running, "getEventStreaming", &named("s-1")).await;
    assert_wrapped_failure(&gone, 404, "EventStreamingNotExisted");
    assert_wrapped_failure(
        &rest(&running, "testEventSourceConfig", &json!({})).await,
        404,
        "InvalidAction.NotFound",
    );
}

#[tokio::test]
async fn each_wrong_request_has_its_code() {
    let running = start(config()).await;
    Call::post(CREATE, &definition("s-1")).send(&running).await.data();
    let with = |name: &str, value: Value| {
        let mut body = definition("s-2");
        body[name] = value;
        body
    };
    for (body, status, code) in [
        (definition("s-1"), 409, "EventStreamingAlreadyExisted"),
        (definition("s_2"), 409, "EventStreamingNameInvalid"),
        (with("FilterPattern", json!("{")), 409, "EventStreamingFilterPatternInvalid"),
        (with("Source", json!({})), 400, "InvalidParameter"),
        (with("Source", Value::Null), 400, "MissingParameter"),
        (with("EventStreamingName", Value::Null), 400, "MissingParameter"),
    ] {
        let answer = Call::post(CREATE, &body).send(&running).await;
        assert_failure(&answer, status, code);
    }
    assert_eq!(running.streams().len(), 1, "nothing of it was kept");
}

#[tokio::test]
async fn the_samples_of_the_documents_are_accepted() {
    let running = start(config()).await;
    let create = json!({
        "EventStreamingName": "myeventstreaming", "Description": "rocketmq2mns",
        "FilterPattern": "{}",
        "Source": {"SourceRocketMQParameters": {
            "InstanceId": "MQ_INST_164901546557****_BAAN****", "GroupID": "GID_group1",
            "Topic": "mytopic", "Offset": "CONSUME_FROM_TIMESTAMP", "Tag": "",
            "RegionId": "cn-hangzhou", "Timestamp": 1_636_597_951_964_u64,
        }},
        "Sink": {"SinkMNSParameters": {
            "QueueName": {"Value": "MyQueue", "Form": "CONSTANT"},
            "IsBase64Encode": {"Value": "true", "Form": "CONSTANT"},
            "Body": {
                "Value": {"key": "value"}, "Form": "TEMPLATE",
                "Template": "The value of ${key} is ${value}!",
            },
        }},
        "RunOptions": {
            "ErrorsTolerance": "ALL", "RetryStrategy": {"PushRetryStrategy": "BACKOFF_RETRY"},
            "DeadLetterQueue": {
                "Arn": "acs:mq:cn-chengdu:164901546557****:/instances/MQ_INST_1/topic/Mytopic",
            },
        },
    });
    let call = Call::post("/eventstreaming/creatEventStreaming", &create)
        .with("Content-Type", "application/json;charset=UTF-8")
        .with("x-eventbridge-version", "2020-04-01");
    wrapped(&call.send(&running).await);
    let mut update = create;
    update["Source"]["SourceRocketMQParameters"]["Offset"] = "CONSUME_FROM_LAST_OFFSET".into();
    update["Sink"] = json!({"SinkRabbitMQParameters": {
        "InstanceId": {"Value": "amqp-cn-2r42e73o****", "Form": "CONSTANT"},
        "TargetType": {"Value": "Exchange", "Form": "CONSTANT"},
        "RoutingKey": {"Value": "housekeeping", "Form": "JSONPATH"},
        "Body": {
            "Value": "{\n  \"key\": \"value\"\n}", "Form": "TEMPLATE",
            "Template": "The value of ${key} is ${value}.",
        },
    }});
    wrapped(&rest(&running, "updateEventStreaming", &update).await);
}

#[tokio::test]
async fn the_older_sdks_paths_answer_flat_and_take_no_key() {
    let running = start(config().verify(eventbridge_simulator::Verify::Off)).await;
    let ask = |operation: &str, body: &Value| {
        Call::post(&format!("/openapi/v2/{operation}"), body).without("Authorization")
    };
    let created = ask("createEventStreaming", &definition("s-1")).send(&running).await.json();
    let arn = created["EventStreamingARN"].as_str().unwrap();
    assert!(arn.ends_with("eventstreaming/s-1") && created["RequestId"].is_string(), "{created}");
    let gone = ask("getEventStreaming", &named("s-2")).send(&running).await;
    assert_eq!((gone.status, &gone.json()["code"]), (404, &json!("EventStreamingNotExisted")));

    let strict = start(config()).await;
    let refused = ask("getEventStreaming", &named("s")).with("Authorization", "Bearer k");
    let refused = refused.send(&strict).await;
    assert_eq!((refused.status, &refused.json()["code"]), (401, &json!("AccessDenied")));
}

/// A clock that a test moves.
#[derive(Clone)]
struct Hands(Arc<Mutex<Timestamp>>);

impl Hands {
    fn forward(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap();
        *now += SignedDuration::from_secs(seconds);
    }
}

#[tokio::test]
async fn states_follow_the_clock() {
    let hands = Hands(Arc::new(Mutex::new("2026-01-02T03:04:05Z".parse().unwrap())));
    let moved = hands.clone();
    let config = config()
        .clock(move || *moved.0.lock().unwrap())
        .start_delay(Duration::from_secs(30))
        .pause_delay(Duration::from_secs(5))
        .delete_delay(Duration::from_secs(10));
    let running = start(config).await;
    let status = || running.streams().first().map(|stream| stream["Status"].clone());
    let ask = async |operation: &str| {
        let path = format!("/api/eventbridge/2020-04-01/{operation}EventStreaming");
        Call::post(&path, &named("s-1")).send(&running).await
    };
    Call::post(CREATE, &definition("s-1")).send(&running).await.data();
    ask("Start").await.data();
    assert_eq!(status(), Some("STARTING".into()));
    let update = Call::post(CREATE.replace("Create", "Update").as_str(), &definition("s-1"));
    assert_failure(&update.send(&running).await, 409, "EventStreamingStatusInvalid");
    hands.forward(30);
    assert_eq!(status(), Some("RUNNING".into()));
    assert_failure(&ask("Start").await, 409, "EventStreamingStatusInvalid");
    update.send(&running).await.data();
    assert_eq!(status(), Some("STARTING".into()), "what runs starts again");
    hands.forward(30);
    ask("Pause").await.data();
    hands.forward(4);
    assert_eq!(status(), Some("RUNNING".into()));
    hands.forward(1);
    assert_eq!(status(), Some("PAUSED".into()));
    ask("Delete").await.data();
    assert_eq!(ask("Get").await.status, 200, "it is still there");
    hands.forward(10);
    assert_failure(&ask("Get").await, 404, "EventStreamingNotExisted");
    assert_eq!(running.journal()[0].received_at, "2026-01-02T03:04:05Z".parse().unwrap());
}

#[tokio::test]
async fn lists_come_in_pages() {
    let running = start(config()).await;
    for number in 0..5 {
        let name = format!("s-{number}");
        Call::post(CREATE, &definition(&name)).send(&running).await.data();
    }
    let list = async |body: Value| {
        let path = CREATE.replace("CreateEventStreaming", "ListEventStreamings");
        Call::post(&path, &body).send(&running).await
    };
    let (mut seen, mut token, mut pages) = (Vec::new(), json!(null), 0);
    while token != "" {
        let page = list(json!({"Limit": 2, "NextToken": token})).await.data();
        assert_eq!(page["Total"], 5);
        let streams = page["EventStreamings"].as_array().unwrap().clone();
        seen.extend(streams.into_iter().map(|stream| stream["EventStreamingName"].clone()));
        token = page["NextToken"].clone();
        pages += 1;
    }
    assert_eq!((pages, seen), (3, (0..5).map(|it| json!(format!("s-{it}"))).collect()));
    assert_eq!(list(json!({"NamePrefix": "s-3"})).await.data()["Total"], 1);
    assert_eq!(list(json!({"NextToken": "9"})).await.data()["EventStreamings"], json!([]));
    assert_failure(&list(json!({"Limit": 101})).await, 409, "LimitSizeInvalid");
    assert_failure(&list(json!({"NextToken": "next"})).await, 409, "NextTokenInvalid");
}
