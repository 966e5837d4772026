//! What has to hold on a real RabbitMQ, which the test bed provides.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a broken test bed has to stop a test")]

mod admin;
mod break_it;
mod fixture;
#[path = "../break_it_page.rs"]
mod page;
mod program;
mod visit;

use cdc_preflight::checks::catalogue;
use fixture::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn every_check_goes_red_and_its_remedy_cures_it() {
    let fixture = Fixture::start().await;
    let only = std::env::var("CDC_PREFLIGHT_ONLY").unwrap_or_default();
    let checks = catalogue::all().filter(|check| check.area() == "rabbitmq");
    let mut wrong = Vec::new();
    let mut tried = 0;
    for check in checks.filter(|check| check.id.contains(&only)) {
        if check.doc.contains("Nothing breaks it") {
            continue;
        }
        tried += 1;
        if let Err(reason) = break_it::goes_red_and_green(&fixture, check).await {
            wrong.push(format!("{}: {reason}", check.id));
        }
        fixture.reset().await;
    }
    assert!(tried > 0, "no check is asked for");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_tells_what_there_is_and_leaves_nothing_behind() {
    let fixture = Fixture::start().await;
    visit::agrees_with_the_recording(&fixture).await;
    visit::leaves_nothing_behind(&fixture).await;
    visit::opens_for_the_documented_account(&fixture).await;
    visit::needs_no_management_api(&fixture).await;
    visit::keeps_secrets(&fixture).await;
    visit::verifies_certificates(&fixture).await;
    visit::takes_names_for_names(&fixture).await;
    visit::finds_all_queues_where_none_is_named(&fixture).await;
    program::sends_a_stream_only_for_a_proven_broker(&fixture).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_broker_ends_within_the_deadline() {
    visit::survives_silence().await;
}
