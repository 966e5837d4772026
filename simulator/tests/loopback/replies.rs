//! Every answer of the simulator when it behaves.

use eventbridge_simulator::{Config, KeyPolicy};
use serde_json::{Value, json};

use crate::client::{Answer, Call, KEY, MYSQL, PASSWORD, POSTGRES, config, source, start};

/// `8-4-4-4-12` upper-case hexadecimal digits.
pub(crate) fn is_request_id(text: &str) -> bool {
    let lengths: Vec<_> = text.split('-').map(str::len).collect();
    let digit = |c: char| c == '-' || matches!(c, '0'..='9' | 'A'..='F');
    lengths == [8, 4, 4, 4, 12] && text.chars().all(digit)
}

#[track_caller]
pub(crate) fn assert_failure(answer: &Answer, status: u16, code: &str) {
    let body = answer.json();
    let mut names: Vec<_> = body.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["Code", "HostId", "Message", "RequestId"]);
    assert_eq!((answer.status, answer.code().as_str()), (status, code));
    assert_eq!(answer.header("content-type"), ["application/json;charset=utf-8"]);
    assert_eq!(answer.header("x-eventbridge-request-id"), [body["RequestId"].as_str().unwrap()]);
    assert!(is_request_id(body["RequestId"].as_str().unwrap()), "{body}");
    assert!(!answer.body.contains(PASSWORD) && !answer.body.contains(KEY));
}

#[tokio::test]
async fn a_source_is_confirmed_without_its_secrets() {
    let running = start(config()).await;
    for (path, operation) in
        [(POSTGRES, "configurePostgreSQLSource"), (MYSQL, "configureMySQLSource")]
    {
        let answer = Call::post(path, &source()).send(&running).await;
        assert_eq!(answer.status, 200);
        let body = answer.json();
        let id = body["RequestId"].as_str().unwrap();
        assert!(is_request_id(id), "{id}");
        assert_eq!(answer.header("x-eventbridge-request-id"), [id]);
        let expected = json!({
            "RequestId": id, "Code": "Success", "Success": true,
            "Message": "The source is configured.",
            "Data": {
                "Operation": operation, "RegionId": "cn-hangzhou", "HostName": "pg.example.com",
                "Port": 5432, "DatabaseName": "inventory", "SchemaName": "public",
                "TableNames": "products,orders", "SnapshotMode": "initial",
                "NetworkType": "PrivateNetwork",
            },
        });
        assert_eq!(body, expected);
        assert!(!answer.body.contains(PASSWORD));
    }
    running.stop().await;
}

#[tokio::test]
async fn the_request_id_is_new_each_time() {
    let running = start(config()).await;
    let call = Call::post(POSTGRES, &source());
    let (one, two) = (call.send(&running).await, call.send(&running).await);
    assert_ne!(one.json()["RequestId"], two.json()["RequestId"]);
}

#[tokio::test]
async fn the_mysql_sample_with_its_undocumented_field_is_accepted() {
    let running = start(config()).await;
    let mut body = source();
    body["BinlogFormat"] = "ROW".into();
    let call = Call::post(MYSQL, &body).with("Content-Type", "Application/JSON; charset=UTF-8");
    assert_eq!(call.send(&running).await.status, 200);
}

#[tokio::test]
async fn a_request_without_the_right_key_is_refused() {
    let running = start(config()).await;
    let call = Call::post(POSTGRES, &source());
    let missing = call.clone().without("Authorization").send(&running).await;
    assert_failure(&missing, 401, "AccessDenied");
    assert_eq!(missing.header("www-authenticate"), ["Bearer"]);
    let basic = call.clone().with("Authorization", "Basic a2V5").send(&running).await;
    assert_failure(&basic, 401, "AccessDenied");
    let wrong = call.with("Authorization", "Bearer key-7f3a9d").send(&running).await;
    assert_failure(&wrong, 403, "InvalidAccessKeyId");
    let authorized: Vec<_> = running.journal().iter().map(|entry| entry.authorized).collect();
    assert_eq!(authorized, [false, false, false]);
}

#[tokio::test]
async fn any_key_will_do_when_the_policy_says_so() {
    let running = start(Config::new(KeyPolicy::Any)).await;
    let call = Call::post(POSTGRES, &source());
    let answer = call.clone().with("Authorization", "Bearer other").send(&running).await;
    assert_eq!(answer.status, 200);
    let missing = call.without("Authorization").send(&running).await;
    assert_failure(&missing, 401, "AccessDenied");
}

#[tokio::test]
async fn wrong_fields_are_named_and_never_quoted() {
    let running = start(config()).await;
    let cases: [(&str, Value, &str, &str); 7] = [
        ("HostName", Value::Null, "MissingParameter", "HostName is required."),
        ("Password", json!(""), "MissingParameter", "Password is required."),
        ("Password", json!([PASSWORD]), "InvalidParameter", "Password must be a string."),
        ("Port", json!(65_536), "InvalidParameter", "Port must be an integer from 0 to 65535."),
        (
            "SnapshotMode",
            json!(PASSWORD),
            "InvalidParameter",
            "SnapshotMode must be one of initial, never, always.",
        ),
        (
            "NetworkType",
            json!("Private"),
            "InvalidParameter",
            "NetworkType must be one of PublicNetwork, PrivateNetwork.",
        ),
        (
            "VpcId",
            Value::Null,
            "MissingParameter",
            "VpcId is required when NetworkType is PrivateNetwork.",
        ),
    ];
    for path in [POSTGRES, MYSQL] {
        for (field, value, code, message) in &cases {
            let mut body = source();
            body[field] = value.clone();
            let answer = Call::post(path, &body).send(&running).await;
            assert_failure(&answer, 400, code);
            assert_eq!(answer.json()["Message"], *message);
        }
    }
}

#[tokio::test]
async fn all_wrong_fields_are_named_at_once() {
    let running = start(config()).await;
    let body = json!({"Port": "5432", "SnapshotMode": "sometimes"});
    let answer = Call::post(POSTGRES, &body).send(&running).await;
    assert_failure(&answer, 400, "MissingParameter");
    let message = answer.json()["Message"].as_str().unwrap().to_owned();
    for field in ["RegionId", "HostName", "Port", "User", "Password", "DatabaseName", "Snapshot"] {
        assert!(message.contains(field), "{field}: {message}");
    }
}

#[tokio::test]
async fn what_is_not_a_json_object_is_refused() {
    let running = start(config()).await;
    let call = Call::post(POSTGRES, &source());
    for body in ["", "{", "[]", "\"text\"", "null", "Password=x"] {
        let answer = call.clone().body(body).send(&running).await;
        assert_failure(&answer, 400, "InvalidParameter");
    }
}

#[tokio::test]
async fn another_media_type_is_refused() {
    let running = start(config()).await;
    let call = Call::post(POSTGRES, &source());
    for wrong in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
        let answer = call.clone().with("Content-Type", wrong).send(&running).await;
        assert_failure(&answer, 415, "UnsupportedMediaType");
    }
    let answer = call.without("Content-Type").send(&running).await;
    assert_failure(&answer, 415, "UnsupportedMediaType");
}

#[tokio::test]
async fn another_method_is_refused() {
    let running = start(config()).await;
    for method in ["GET", "PUT", "DELETE"] {
        let answer = Call::post(MYSQL, &source()).method(method).send(&running).await;
        assert_failure(&answer, 405, "UnsupportedHTTPMethod");
        assert_eq!(answer.header("allow"), ["POST"]);
    }
}

#[tokio::test]
async fn an_unknown_path_names_no_operation() {
    let running = start(config()).await;
    for path in ["/", "/configureOracleSource", "/configuremysqlsource", "/configureMySQLSource/"] {
        let answer = Call::post(path, &source()).send(&running).await;
        assert_failure(&answer, 404, "InvalidAction.NotFound");
    }
}

#[tokio::test]
async fn a_body_of_the_limit_is_read_and_one_byte_more_is_not() {
    const LIMIT: usize = 1024 * 1024;
    let running = start(config()).await;
    let call = Call::post(POSTGRES, &source());
    let padded = |size: usize| {
        // Padded in front: a body cut short by one byte would no longer be JSON.
        let body = source().to_string();
        call.clone().body(" ".repeat(size - body.len()) + &body)
    };
    assert_eq!(padded(LIMIT).send(&running).await.status, 200);
    for size in [LIMIT + 1, 8 * LIMIT] {
        assert_failure(&padded(size).send(&running).await, 413, "RequestBodyTooLarge");
    }
    let journal = running.journal();
    let sizes: Vec<_> = journal.iter().map(|entry| entry.body_bytes as usize).collect();
    assert_eq!(sizes, [LIMIT, LIMIT + 1, 8 * LIMIT]);
    assert_eq!(journal[1].body, None);
    assert_eq!(journal[1].body_error.as_deref(), Some("larger than 1048576 bytes"));
}
