//! What a visit reads, and what it leaves.

use std::time::{Duration, Instant};

use cdc_preflight::checks::facts::Source;
use cdc_preflight::checks::facts::connection::TlsMode;
use cdc_preflight::checks::facts::rabbitmq::RabbitMq;
use cdc_preflight::checks::{Fact, Facts, Outcome, Report, Text, judge};
use cdc_preflight::gather::{Deadlines, LiveProbe, TlsOptions, gather};
use cdc_preflight::request::{self, Input, ManagementApi};
use serde_json::{Value, json};

use crate::fixture::{Fixture, PASSWORD};

fn broker(facts: &Facts) -> &RabbitMq {
    let Source::RabbitMq(broker) = &facts.source else { panic!("not RabbitMQ") };
    broker
}

fn overlay(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn closing(report: &Report) -> Vec<&'static str> {
    report.results.iter().filter(|one| one.closes_gate()).map(|one| one.check.id).collect()
}

fn undetermined(report: &Report) -> Vec<&'static str> {
    let open = report.results.iter().filter(|one| one.outcome == Outcome::Undetermined);
    open.map(|one| one.check.id).collect()
}

/// The recording has the members that a visit reads. `CDC_PREFLIGHT_RECORD=1` makes it anew.
pub(crate) async fn agrees_with_the_recording(fixture: &Fixture) {
    const RECORDING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/facts/rabbitmq.json");
    let facts = fixture.facts(&[]).await;
    let mut facts = serde_json::to_value(&facts).expect("JSON");
    let (port, management) = (fixture.server.port(), fixture.admin.address());
    assert_eq!(facts["connection"]["port"], json!(port));
    let known = &mut facts["source"]["rabbitmq"]["management"]["known"];
    assert_eq!(known["address"], json!(management));
    // What differs from server to server.
    known["address"] = json!("http://127.0.0.1:15672");
    facts["connection"]["port"] = json!(5672);
    facts["request"]["fields"]["Endpoint"] = json!({"text": "amqp://127.0.0.1:5672"});
    facts["source"]["rabbitmq"]["server"]["known"]["cluster"] = json!("rabbit@localhost");
    facts["source"]["rabbitmq"]["queues"]["known"][0]["details"]["known"]["messages"] = json!(3);
    let text = serde_json::to_string_pretty(&facts).expect("JSON") + "\n";
    if std::env::var("CDC_PREFLIGHT_RECORD").is_ok() {
        std::fs::write(RECORDING, &text).expect("writable");
    }
    let recorded = std::fs::read_to_string(RECORDING).expect("a recording");
    let recorded: Value = serde_json::from_str(&recorded).expect("JSON");
    assert_eq!(facts, recorded, "{text}");
}

/// No connection, no queue, no consumer; and no message was so much as looked at.
pub(crate) async fn leaves_nothing_behind(fixture: &Fixture) {
    fixture.declare(&json!({})).await;
    let queues = fixture.admin.get("queues/shop?columns=name,arguments").await;
    let facts = fixture.facts(&[]).await;
    let queue = &broker(&facts).queues.known().expect("queues")[0];
    assert!(matches!(queue.reading, Fact::Known(_)), "the probe was tried: {queue:?}");
    assert_eq!(queue.declared.known().expect("it is there").messages, 3);
    assert_eq!(fixture.admin.get("queues/shop?columns=name,arguments").await, queues);
    assert_eq!(fixture.admin.get("consumers/shop").await, json!([]));
    let listed = fixture.server.execute("rabbitmqctl -q list_connections name user").await;
    let listed = listed.expect("a list");
    assert!(!listed.contains("cdc_user"), "{listed}");

    let connection = fixture.connect().await;
    let channel = connection.create_channel().await.expect("a channel");
    for number in 0..3 {
        let options = lapin::options::BasicGetOptions { no_ack: true };
        let message = channel.basic_get("orders".into(), options).await.expect("an answer");
        let message = message.unwrap_or_else(|| panic!("message {number} is gone"));
        assert!(!message.redelivered, "message {number} was delivered before");
    }
    fixture.reset().await;
}

/// An account that may read the queue and nothing else opens the gate. What it cannot see is in the
/// README.
pub(crate) async fn opens_for_the_documented_account(fixture: &Fixture) {
    fixture.account("documented", "").await;
    let report = fixture.report(&overlay(&[("Username", "documented")])).await;
    assert_eq!(closing(&report), [""; 0], "{report:?}");
    let unknown = undetermined(&report);
    assert!(unknown.contains(&"rabbitmq/message-ttl"), "{unknown:?}");
    let readme = include_str!("../../README.md");
    for id in unknown {
        assert!(readme.contains(&format!("`{id}`")), "{id} is not in the README");
    }
    fixture.admin.delete("users/documented").await;
}

pub(crate) async fn needs_no_management_api(fixture: &Fixture) {
    let elsewhere = ManagementApi::At("http://127.0.0.1:1".into());
    for (management, word) in [(ManagementApi::Off, "option"), (elsewhere, "nothing answers")] {
        let request = fixture.read(&[]).expect("a good request").managed(management);
        let intent = request.intent();
        let facts = fixture.visit(&request, &intent, &TlsOptions::default()).await;
        let missing = broker(&facts).management.get().expect_err("none");
        assert!(missing.sentence().untrusted().contains(word), "{missing:?}");
        assert_eq!(closing(&judge(&facts, &intent)), [""; 0]);
    }
}

/// Saved facts and failures never show the password.
pub(crate) async fn keeps_secrets(fixture: &Fixture) {
    let wrong = "wr0ng-but-secret";
    let cases = [
        (overlay(&[]), None),
        (overlay(&[("Password", wrong)]), Some("connection/auth")),
        (overlay(&[("Username", "nobody")]), Some("connection/auth")),
        (overlay(&[("Endpoint", "127.0.0.1:1")]), Some("connection/reachable")),
        (overlay(&[("VirtualHostName", "nowhere")]), Some("rabbitmq/vhost")),
    ];
    for (one, root) in &cases {
        let facts = fixture.facts(one).await;
        let report = fixture.report(one).await;
        let said = format!("{}{facts:?}{report:?}", serde_json::to_string(&facts).expect("JSON"));
        assert!(!said.contains(PASSWORD) && !said.contains(wrong), "{one:?}");
        let closing = closing(&report);
        match root {
            None => assert!(closing.is_empty(), "{closing:?}"),
            Some(root) => assert!(closing.contains(root), "{one:?}: {closing:?}"),
        }
    }
}

/// The address decides on encryption, and the modes on what is verified.
pub(crate) async fn verifies_certificates(fixture: &Fixture) {
    let folder = tempfile::tempdir().expect("a folder");
    let ca = folder.path().join("ca.pem");
    let pem = fixture.server.ca_pem().await.expect("readable").expect("it has an authority");
    std::fs::write(&ca, pem).expect("a file");
    let (port, _) = fixture.server.broker_ports().expect("ports");
    let by = |mode, ca_file| TlsOptions { mode, ca_file, ..TlsOptions::default() };
    let encrypted = format!("amqps://127.0.0.1:{port}");
    let plain = format!("amqp://127.0.0.1:{port}");
    let cases = [
        (&encrypted, by(TlsMode::Prefer, None), Some(true)),
        (&encrypted, by(TlsMode::VerifyFull, Some(ca.clone())), Some(true)),
        (&plain, by(TlsMode::VerifyCa, Some(ca)), Some(true)),
        (&encrypted, by(TlsMode::VerifyFull, None), None),
        (&plain, by(TlsMode::Prefer, None), None),
    ];
    for (address, tls, expected) in cases {
        let request = fixture.read(&overlay(&[("Endpoint", address)])).expect("a good request");
        let facts = fixture.visit(&request, &request.intent(), &tls).await;
        let connection = &facts.connection;
        let is_in = connection.login.known().is_some();
        assert_eq!(is_in, expected.is_some(), "{address} {tls:?}: {connection:?}");
        if let Some(expected) = expected {
            assert_eq!(connection.tls.known().map(|tls| tls.encrypted), Some(expected));
        }
    }
    let request = fixture.read(&overlay(&[("Endpoint", &plain)])).expect("a good request");
    let facts = fixture.visit(&request, &request.intent(), &TlsOptions::default()).await;
    let said = facts.connection.login.get().expect_err("no login").sentence();
    assert!(said.untrusted().contains("amqps://"), "{said:?}");
}

/// Names that would break out of quotes, paths or lines are only names.
pub(crate) async fn takes_names_for_names(fixture: &Fixture) {
    let long = "x".repeat(255);
    for name in ["we'ird\"`; -- \u{1b}[31mred\\", "a/b?c#d%2f", "名前", &long] {
        let encoded =
            percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
        fixture.admin.put(&format!("queues/shop/{encoded}"), json!({"durable": true})).await;
        let facts = fixture.facts(&overlay(&[("QueueName", name)])).await;
        let queue = &broker(&facts).queues.known().expect("queues")[0];
        assert!(queue.declared.known().is_some(), "{name:?}: {queue:?}");
        assert!(queue.details.known().is_some(), "{name:?}: {queue:?}");
    }
    let too_long = "x".repeat(256);
    let report = fixture.report(&overlay(&[("QueueName", &too_long)])).await;
    assert!(closing(&report).contains(&"rabbitmq/queue-exists"));
    fixture.reset().await;
}

/// Where the request names no queue, all are looked at that can be seen.
pub(crate) async fn finds_all_queues_where_none_is_named(fixture: &Fixture) {
    let sync = overlay(&[("Source", "SourceRabbitMQMsgSyncParameters"), ("QueueName", "absent")]);
    let facts = fixture.facts(&sync).await;
    let queues = broker(&facts).queues.known().expect("queues");
    let names: Vec<&str> = queues.iter().map(|queue| queue.name.untrusted()).collect();
    assert_eq!(names, ["invoices", "orders"]);
    let report = fixture.report(&sync).await;
    assert_eq!(closing(&report), ["rabbitmq/read-permission"], "of invoices");

    fixture.account("untagged", "").await;
    let unseen = [&sync[..], &overlay(&[("Username", "untagged")])].concat();
    let report = fixture.report(&unseen).await;
    assert!(closing(&report).contains(&"rabbitmq/queue-exists"), "nobody tells which there are");
    fixture.admin.delete("users/untagged").await;
    let request = fixture.read(&sync).expect("a good request");
    let mut intent = request.intent();
    intent.consumption.queues = vec![Text::new("orders")];
    let facts = fixture.visit(&request, &intent, &TlsOptions::default()).await;
    assert_eq!(closing(&judge(&facts, &intent)), [""; 0]);
}

/// A broker that takes the connection and then says nothing: the visit ends within its deadline.
pub(crate) async fn survives_silence() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let held = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    let url = format!("amqp://u@127.0.0.1:{port}/shop");
    let input = Input::Url { url, tables: Vec::new() };
    let loaded = request::load(input, &|_| None).expect("a good URL");
    let request = &loaded.requests[0];
    let deadlines = Deadlines { connect: Duration::from_millis(700), ..Default::default() };
    let (intent, tls) = (request.intent(), TlsOptions::default());
    let started = Instant::now();
    let facts = gather(request, &intent, &tls, deadlines, LiveProbe::Safe).await;
    assert!(started.elapsed() < Duration::from_secs(60));
    assert!(facts.connection.login.known().is_none(), "{facts:?}");
    held.abort();
}
