//! No output holds the key or the password, whatever the server does with them.

use cdc_preflight::eventbridge::{Endpoint, Outcome, Receipt, Timeouts, Wire, dry_run};
use cdc_preflight::gate::Policy;
use serde_json::Value;

use crate::listener::{Listener, answer, deserted};
use crate::scene::{Flight, KEY, OPERATION, PASSWORD, call, client, confirmed, redacted, submit};

fn assert_clean(output: &str) {
    let escaped = Value::from(PASSWORD).to_string();
    // Debug and JSON escape quotes and backslashes, once or twice; these parts have none.
    for secret in [KEY, PASSWORD, escaped.trim_matches('"'), "pa55-", "of-cdc"] {
        assert!(!output.contains(secret), "{secret} is in {output}");
    }
}

fn outputs(receipt: &Receipt) -> String {
    format!("{receipt:?}\n{}\n{}", receipt.human(), serde_json::to_string(receipt).unwrap())
}

#[tokio::test]
async fn receipts_of_all_outcomes_are_clean() {
    for faults in [
        &[][..],
        &["html"],
        &["drop"],
        &["not-success"],
        &["reject:InvalidParameter"],
        &["503:count=9"],
    ] {
        let (receipt, _, simulator) = submit(faults).await;
        assert_clean(&outputs(&receipt));
        assert_clean(&format!("{:?}", simulator.journal()));
    }
    let (receipt, _) = Flight::default().to(&deserted().await).await;
    assert_clean(&outputs(&receipt));
}

#[tokio::test]
async fn a_server_that_repeats_the_request_cannot_leak_it() {
    let page = Listener::start(|request| answer("400 Bad Request", "", request)).await;
    let (receipt, _) = Flight::default().to(page.url()).await;
    assert!(
        matches!(&receipt.outcome, Outcome::Rejected { message: Some(words), .. }
        if words.untrusted().contains("Bearer ***")),
        "{receipt:?}"
    );
    assert_clean(&outputs(&receipt));

    let envelope = Listener::start(|request| {
        let body = serde_json::json!({"Code": KEY, "Message": request, "RequestId": PASSWORD});
        answer("400 Bad Request", "", &body.to_string())
    })
    .await;
    let (receipt, _) = Flight::default().to(envelope.url()).await;
    assert!(
        matches!(&receipt.outcome, Outcome::Rejected { message: Some(words), .. }
        if words.untrusted().contains(r#""Password":"***""#)),
        "{receipt:?}"
    );
    assert_clean(&outputs(&receipt));
}

#[tokio::test]
async fn hostile_words_do_not_reach_the_terminal() {
    let words = "\u{1b}[2J\u{202e}evil\r\nAccepted: all is well";
    let body = serde_json::json!({"Code": "X", "Message": words}).to_string();
    let listener = Listener::start(move |_| answer("400 Bad Request", "", &body)).await;
    let (receipt, _) = Flight::default().to(listener.url()).await;
    let human = receipt.human();
    assert!(human.starts_with("Rejected (status 400, X): "), "{human}");
    assert!(!human.contains(['\u{1b}', '\u{202e}', '\r']), "{human}");
    assert!(!human.lines().any(|line| line.starts_with("Accepted")), "{human}");
}

#[test]
fn nothing_that_holds_a_secret_shows_it() {
    let endpoint = Endpoint::of_region(Wire::Seed, "cn-hangzhou", None).unwrap();
    let client = client("http://127.0.0.1:1", KEY, Timeouts::default());
    let confirmed = confirmed(OPERATION, &redacted(), &Policy::default());
    assert_clean(&format!("{:?}\n{client:?}\n{confirmed:?}", call()));
    assert_clean(&serde_json::to_string(&dry_run(Wire::Seed, &endpoint, &call())).unwrap());
}
