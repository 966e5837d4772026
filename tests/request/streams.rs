//! Requests for streams: what they become, what is said of them, and what is never shown.

use cdc_preflight::request::{Loaded, Operation, Problems};
use serde_json::{Value, json};

use super::{document, output, said};

fn example(text: &str) -> Loaded {
    let input = cdc_preflight::request::Input::text("example.yaml", text);
    let env = |name: &str| name.ends_with("_PASSWORD").then(|| "geheim-7".to_owned());
    let env = |name: &str| if name == "SINK_TOKEN" { Some("geheim-8".into()) } else { env(name) };
    cdc_preflight::request::load(input, &env).expect("a good example")
}

#[test]
fn the_examples_are_streams() {
    let postgres = example(include_str!("../../examples/stream-postgres.yaml"));
    let mysql = example(include_str!("../../examples/stream-mysql.yaml"));
    let rabbit = example(include_str!("../../examples/stream-rabbitmq.yaml"));
    let mns = example(include_str!("../../examples/stream-mns.yaml"));
    for loaded in [&postgres, &mysql, &rabbit, &mns] {
        assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    }
    let names = [&postgres, &mysql, &rabbit].map(|loaded| {
        let [request] = loaded.requests.as_slice() else { panic!("one request") };
        assert!(loaded.streams.is_empty());
        assert_eq!(request.asked(), Operation::CreateEventStreaming);
        (request.stream().expect("a stream").name().to_owned(), request.host().to_owned())
    });
    let pair = |name: &str, host: &str| (name.to_owned(), host.to_owned());
    let rabbit = pair("shop-orders", "rabbit.example.com");
    let expected = [pair("orders", "pg.example.com"), pair("sales", "mysql.internal"), rabbit];
    assert_eq!(names, expected);
    assert!(mns.requests.is_empty());
    assert_eq!(mns.streams[0].source(), "SourceMNSParameters");
}

#[test]
fn the_body_is_the_callers_with_the_database_in_its_source() {
    let loaded = example(include_str!("../../examples/stream-postgres.yaml"));
    let body = loaded.requests[0].body_with_secrets();
    let source = &body["Source"]["SourcePostgreSQLParameters"];
    assert_eq!((&source["Password"], &source["Port"]), (&json!("geheim-7"), &json!(5432)));
    assert_eq!(body["Sink"]["SinkMNSParameters"]["QueueName"]["Value"], "orders");
    assert_eq!(body["FilterPattern"], r#"{"data": {"op": ["c", "u", "d"]}}"#);
    assert_eq!(body.as_object().map(|body| body.len()), Some(6));
    let shown = loaded.requests[0].redacted_body();
    assert_eq!(shown["Source"]["SourcePostgreSQLParameters"]["Password"], "***");
    assert!(!shown.to_string().contains("geheim"));
    let update = loaded.requests[0].clone().as_update();
    assert_eq!(update.asked(), Operation::UpdateEventStreaming);
    assert_eq!(update.body_with_secrets(), body);
}

#[test]
fn templates_keep_their_own_references() {
    let loaded = example(include_str!("../../examples/stream-mysql.yaml"));
    let body = loaded.requests[0].body_with_secrets();
    let template = &body["Sink"]["SinkKafkaParameters"]["Value"]["Template"];
    assert_eq!(template, r#"{"table": "${table}", "row": ${row}}"#);
}

/// A stream from MNS to MNS, in which `change` changes something.
fn stream(change: impl FnOnce(&mut Value)) -> Result<Loaded, Problems> {
    let mut body = json!({
        "EventStreamingName": "a-stream",
        "FilterPattern": "{}",
        "Source": {"SourceMNSParameters": {"QueueName": "q", "IsBase64Decode": true}},
        "Sink": {"SinkMNSParameters": {"Body": {"Form": "ORIGINAL"}}},
    });
    change(&mut body);
    document(format!("{body:#}"), Some("createEventStreaming"))
}

#[test]
fn every_rule_of_the_table_is_told_at_its_place() {
    type Change = fn(&mut Value);
    let cases: [(&str, Change); 28] = [
        ("EventStreamingName is missing", |it| {
            drop(it.as_object_mut().expect("an object").remove("EventStreamingName"))
        }),
        ("Source is missing", |it| drop(it.as_object_mut().expect("an object").remove("Source"))),
        ("Sink is missing", |it| drop(it.as_object_mut().expect("an object").remove("Sink"))),
        ("EventStreamingName is not a name", |it| it["EventStreamingName"] = json!("a_b")),
        ("EventStreamingName is not a name", |it| {
            it["EventStreamingName"] = json!("a".repeat(128))
        }),
        ("EventStreamingName must be a text", |it| it["EventStreamingName"] = json!(12)),
        ("FilterPattern:1:", |it| it["FilterPattern"] = json!("{\"source\": \"x\"}")),
        ("Source is empty", |it| it["Source"] = json!({})),
        ("Source has more than one kind", |it| it["Source"]["SourceMQTTParameters"] = json!({})),
        ("Sink has more than one kind", |it| it["Sink"]["SinkFcParameters"] = json!({})),
        ("IsBase64Decode must be a boolean", |it| {
            it["Source"]["SourceMNSParameters"]["IsBase64Decode"] = json!("true");
        }),
        ("PrefetchCount is not within 1 to 1000", |it| {
            it["Source"] = json!({"SourceRabbitMQMsgSyncParameters": {"PrefetchCount": "1001"}});
        }),
        ("PrefetchCount must be a text", |it| {
            it["Source"] = json!({"SourceRabbitMQMsgSyncParameters": {"PrefetchCount": 100}});
        }),
        ("BodyDataType must be JSON, TEXT or BINARY", |it| {
            it["Source"] = json!({"SourceRabbitMQMsgSyncParameters": {"BodyDataType": "XML"}});
        }),
        ("PrivateNetwork needs VSwitchIds", |it| {
            it["Source"] = json!({"SourceRabbitMQMsgSyncParameters": {"NetworkType": "PrivateNetwork", "VpcId": "vpc-1"}});
        }),
        ("there is no Form", |it| it["Sink"]["SinkMNSParameters"]["Body"]["Form"] = json!("WHOLE")),
        ("is no JSONPath", |it| {
            it["Sink"]["SinkMNSParameters"]["Body"] =
                json!({"Form": "JSONPATH", "Value": "housekeeping"});
        }),
        ("ErrorsTolerance must be ALL or NONE", |it| {
            it["RunOptions"] = json!({"ErrorsTolerance": "SOME"})
        }),
        ("(Did you mean BACKOFF_RETRY?)", |it| {
            it["RunOptions"] = json!({"RetryStrategy": {"PushRetryStrategy": "backoff_retry"}});
        }),
        ("MinCapacityUnitCount is larger than MaxCapacityUnitCount", |it| {
            it["RunOptions"] =
                json!({"BusinessOption": {"MinCapacityUnitCount": 5, "MaxCapacityUnitCount": 4}});
        }),
        ("MaxCapacityUnitCount is not within 1 to 999", |it| {
            it["RunOptions"] = json!({"BusinessOption": {"MaxCapacityUnitCount": 1000}});
        }),
        ("CONSUME_FROM_TIMESTAMP needs Timestamp", |it| {
            it["Source"] =
                json!({"SourceRocketMQParameters": {"Offset": "CONSUME_FROM_TIMESTAMP"}});
        }),
        ("ConsumePosition must be begin, end or a time", |it| {
            it["Source"] = json!({"SourceSLSParameters": {"ConsumePosition": "middle"}});
        }),
        ("InitCheckPoint must be a number", |it| {
            it["Source"] = json!({"SourceDTSParameters": {"InitCheckPoint": "1620962769"}});
        }),
        ("OffsetReset must be latest or earliest", |it| {
            it["Source"] = json!({"SourceKafkaParameters": {"OffsetReset": "newest"}});
        }),
        ("a stream has at most 20 Tags", |it| {
            it["Tags"] = json!(vec![json!({"Key": "k", "Value": "v"}); 21]);
        }),
        ("TimeBasedWindow is not within 0 to 15", |it| {
            it["RunOptions"] = json!({"BatchWindow": {"TimeBasedWindow": 16}});
        }),
        ("HostName is missing", |it| {
            it["Source"] = json!({"SourceMySQLParameters": {"Port": 3306}})
        }),
    ];
    assert!(stream(|_| ()).is_ok());
    for (expected, change) in cases {
        let result = stream(change);
        assert!(result.is_err(), "{expected}");
        let said = said(&result);
        let found = said.iter().any(|line| line.starts_with("r.yaml:") && line.contains(expected));
        assert!(found, "{expected}: {said:#?}");
    }
}

#[test]
fn what_no_model_has_is_carried_with_a_word() {
    let result = stream(|it| {
        it["Source"]["SourceMNSParameters"]["QueuName"] = json!({"deep": [1, 1.5, null, "x"]});
        it["Sink"] = json!({"SinkNewParameters": {"A": true}});
        it["Transforms"] = json!([{"Arn": "acs:fc:x"}]);
    });
    let loaded = result.expect("only warnings");
    let said = loaded.warnings.short();
    assert!(said.contains("no model of the service has QueuName"), "{said}");
    assert!(
        said.contains("Did you mean QueueName?") && said.contains("SinkNewParameters"),
        "{said}"
    );
    let body = loaded.streams[0].body_with_secrets();
    let carried = &body["Source"]["SourceMNSParameters"]["QueuName"]["deep"];
    assert_eq!(carried, &json!([1, 1.5, null, "x"]));
    assert_eq!(body["Sink"], json!({"SinkNewParameters": {"A": true}}));
    assert_eq!(body["Transforms"], json!([{"Arn": "acs:fc:x"}]));
}

#[test]
fn secrets_of_streams_are_never_shown() {
    let result = stream(|it| {
        it["Source"] = json!({"SourceApacheKafkaParameters": {
            "SaslPassword": "geheim-1", "SslKeyPassword": "geheim-2", "Unknown": "geheim-3",
            "SslKeystoreKey": {"KmsArn": "geheim-4"}, "Topic": 7}});
        it["Sink"] = json!({"SinkDorisParameters": {
            "Password": {"Form": "CONSTAN", "Value": "geheim-5"},
            "FeHttpEndpoint": {"Form": "CONSTANT", "Value": "http://u:geheim-6@doris"}}});
    });
    assert!(result.is_err());
    let shown = output(&result);
    assert!(!shown.contains("geheim"), "{shown}");
    let result = stream(|it| {
        it["Source"] = json!({"SourceCustomizedKafkaConnectorParameters": {
            "ConnectorParameters": {"Config": {"database.password": "geheim-1"}}}});
        it["Sink"]["SinkMNSParameters"]["Body"] =
            json!({"Form": "CONSTANT", "Value": "amqp://u:geheim-2@h"});
    });
    let loaded = result.expect("a good stream");
    let shown = format!("{:?}{}", loaded.streams, loaded.streams[0].redacted_body());
    assert!(!shown.contains("geheim"), "{shown}");
    assert!(loaded.streams[0].body_with_secrets().to_string().contains("geheim-2"));
}

#[test]
fn the_documents_own_samples_are_understood() {
    let result = stream(|it| {
        it["Sink"] = json!({"SinkMNSParameters": {
            "QueueName": {"Value": "MyQueue", "Form": "CONSTANT", "Template": "The ${key} is ${value}!"},
            "Body": {"Value": {"key": "value"}, "Form": "TEMPLATE", "Template": "The ${key}!"}}});
    });
    let loaded = result.expect("the documents' sample");
    assert!(loaded.warnings.short().contains("this object is sent as its JSON"));
    let body = loaded.streams[0].body_with_secrets();
    let field = &body["Sink"]["SinkMNSParameters"]["Body"];
    assert_eq!(
        field,
        &json!({"Value": r#"{"key":"value"}"#, "Form": "TEMPLATE", "Template": "The ${key}!"})
    );
}
