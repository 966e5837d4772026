//! What is sent, against what the vendor's official client sends, and what is refused before.

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::*;
use crate::eventbridge::PlainHttp;

const ACCESS: [(&str, &str); 2] = [
    ("ALIBABA_CLOUD_ACCESS_KEY_ID", "fake-access-key-id"),
    ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "fake-access-key-secret"),
];

fn credentials(variables: &[(&str, &str)], wire: Option<Wire>) -> Credentials {
    let lookup = |name: &str| {
        variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    };
    Credentials::from_lookup(lookup, wire).expect("credentials")
}

fn api_key() -> Credentials {
    credentials(&[("EVENTBRIDGE_API_KEY", "k-123456")], None)
}

fn call(operation: Operation, body: &Value) -> Call {
    Call::new(operation, body, body.clone()).expect("a call")
}

/// The fields that the official client was given: objects are JSON texts in its form.
fn given(capture: &Value) -> Value {
    let pairs = capture["request"]["body_form_decoded"].as_array().expect("pairs");
    let field = |pair: &Value| {
        let (name, text) = (pair[0].as_str().expect("a name"), pair[1].as_str().expect("a text"));
        let is_object = ["Source", "Sink", "SourceMySQLParameters"].contains(&name);
        let value = if is_object { serde_json::from_str(text).expect("JSON") } else { json!(text) };
        (name.to_owned(), value)
    };
    Value::Object(pairs.iter().map(field).collect::<Map<_, _>>())
}

#[test]
fn the_current_dialect_is_what_the_official_client_sends() {
    for (operation, text) in [
        (
            Operation::CreateEventStreaming,
            include_str!("../../../tests/sdk-captures/create-event-streaming-mysql.json"),
        ),
        (
            Operation::CreateEventStreaming,
            include_str!(
                "../../../tests/sdk-captures/create-event-streaming-rabbitmq-msgsync.json"
            ),
        ),
        (
            Operation::DeleteEventStreaming,
            include_str!("../../../tests/sdk-captures/delete-event-streaming.json"),
        ),
        (
            Operation::GetEventStreaming,
            include_str!("../../../tests/sdk-captures/get-event-streaming.json"),
        ),
        (
            Operation::ListEventStreamings,
            include_str!("../../../tests/sdk-captures/list-event-streamings-empty.json"),
        ),
        (
            Operation::TestEventSourceConfig,
            include_str!("../../../tests/sdk-captures/test-event-source-config-mysql.json"),
        ),
        (
            Operation::UpdateEventStreamingBusinessOption,
            include_str!("../../../tests/sdk-captures/update-event-streaming-business-option.json"),
        ),
    ] {
        let capture: Value = serde_json::from_str(text).expect("JSON");
        let endpoint = Endpoint::parse("http://127.0.0.1:18088", PlainHttp::LoopbackOnly);
        let written = Wire::Openapi.write(&Sending {
            endpoint: &endpoint.expect("an endpoint"),
            credentials: &credentials(&ACCESS, None),
            call: &call(operation, &given(&capture)),
            now: "2026-01-02T03:04:05Z".parse().expect("a time"),
            nonce: "0123456789abcdef0123456789abcdef".parse().expect("a nonce"),
            misspelt: false,
        });
        let request = &capture["request"];
        assert_eq!(written.url.path(), request["path"]);
        assert_eq!(written.body.expose_secret(), request["body"], "{}", capture["name"]);
        for pair in request["headers"].as_array().expect("headers") {
            let (name, theirs) = (pair[0].as_str().expect("a name"), &pair[1]);
            // The host, the length and the encodings are added by HTTP; the programs differ in
            // name, and so in what is signed.
            let by_http = ["accept-encoding", "authorization", "content-length", "host"];
            if by_http.contains(&name.to_lowercase().as_str()) || name == "user-agent" {
                continue;
            }
            assert_eq!(written.headers[name], theirs.as_str().expect("a value"), "{name}");
        }
        let signed = written.headers["authorization"].to_str().expect("text");
        assert!(signed.contains("SignedHeaders=accept;content-type;host;user-agent;x-acs-action;"));
    }
}

#[test]
fn what_cannot_work_is_refused_before_anything_is_sent() {
    let access = credentials(&ACCESS, None);
    for (wire, operation, credentials, said) in [
        (Wire::Openapi, Operation::ConfigureMySqlSource, &access, "has no operation"),
        (Wire::Openapi, Operation::GetEventStreaming, &api_key(), "takes an access key"),
        (Wire::Seed, Operation::GetEventStreaming, &api_key(), "--wire rest or openapi"),
        (Wire::Seed, Operation::ConfigureMySqlSource, &access, "takes an API key"),
        (Wire::Rest, Operation::TestEventSourceConfig, &access, "--wire openapi"),
        (Wire::Rest, Operation::ConfigurePostgreSqlSource, &access, "--wire seed"),
    ] {
        let error = wire.check(operation, credentials).expect_err("a refusal").to_string();
        assert!(error.contains(said), "{error}");
    }
    for operation in Operation::ALL {
        for credentials in [&access, &api_key()] {
            let suited = Wire::suited(operation, credentials);
            let source = operation.source().is_some();
            assert_eq!(suited == Wire::Seed, source, "{operation}");
        }
    }
}

#[test]
fn the_documented_paths_are_signed_or_carry_the_key() {
    let endpoint = Endpoint::of_region(Wire::Rest, "cn-hangzhou", Some("1")).expect("an endpoint");
    let body = json!({"EventStreamingName": "myeventstreaming"});
    let write = |credentials: &Credentials, operation, misspelt| {
        Wire::Rest.write(&Sending {
            endpoint: &endpoint,
            credentials,
            call: &call(operation, &body),
            now: "2026-01-02T03:04:05Z".parse().expect("a time"),
            nonce: "0123456789abcdef0123456789abcdef".parse().expect("a nonce"),
            misspelt,
        })
    };
    let signed = write(&credentials(&ACCESS, None), Operation::GetEventStreaming, false);
    let expected = "acs fake-access-key-id:yxwuH5Pfz+nO3I5/WXTQUGa00vY=";
    assert_eq!(signed.headers["authorization"], expected);
    assert_eq!(signed.headers["content-md5"], "jfewjicRbo8lQLxuryBYzw==");
    let create = write(&api_key(), Operation::CreateEventStreaming, true);
    assert_eq!(create.headers["authorization"], "Bearer k-123456");
    assert_eq!(create.url.path(), "/eventstreaming/creatEventStreaming");
}

#[test]
fn a_dry_run_shows_everything_but_the_secrets() {
    let body = json!({"User": "cdc_user", "Password": "hunter22"});
    let shown = json!({"User": "cdc_user", "Password": "***"});
    let endpoint = Endpoint::of_region(Wire::Seed, "cn-shanghai", None).expect("a region");
    let call = Call::new(Operation::ConfigureMySqlSource, &body, shown.clone()).expect("a call");
    let preview = dry_run(Wire::Seed, &endpoint, &call);
    assert_eq!(preview.method, "POST");
    let url = "https://eventbridge.cn-shanghai.aliyuncs.com/configureMySQLSource";
    assert_eq!(preview.url, url);
    assert_eq!(preview.headers["authorization"], "Bearer ***");
    assert_eq!(preview.headers["content-type"], "application/json");
    assert_eq!(preview.body, shown);
    let text = serde_json::to_string(&preview).expect("it serialises");
    assert!(!text.contains("hunter22"));
}

#[test]
fn a_forms_members_are_flat_and_in_order() {
    let body = json!({"b": true, "a": 1, "n": null, "Tags": [{"Key": "k", "Value": "v w~*"}]});
    let form = form::write(&body.to_string());
    assert_eq!(form.expose_secret(), "Tags.1.Key=k&Tags.1.Value=v+w~%2A&a=1&b=True");
}
