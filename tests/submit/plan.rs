//! What a plan keeps, and what it refuses.

use cdc_preflight::checks::{Facts, Level, Report};
use cdc_preflight::gate::{
    self, Change, Clearance, Destination, Digest, Drift, Evidence, Gate, Plan, PlanError, Policy,
    Rulings,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::START;
use crate::gate::report;
use crate::scene::{OPERATION, PASSWORD, call, facts, good_report, redacted};

const NONCE: Uuid = Uuid::from_u128(11);

fn cleared(facts: &Facts, report: &Report) -> Clearance {
    let body = redacted();
    let evidence = Evidence {
        operation: OPERATION,
        redacted_body: &body,
        facts,
        report,
        rulings: &Rulings::default(),
    };
    let policy = Policy { valid_for: SignedDuration::from_hours(1), ..Policy::default() };
    match gate::decide(&evidence, &policy, START, Uuid::new_v4()) {
        Gate::Open(clearance) => clearance,
        Gate::Closed(reasons) => panic!("the gate is closed: {reasons:?}"),
    }
}

fn destination() -> Destination {
    Destination { endpoint: "https://eb.example".into(), wire: "seed".into() }
}

fn planned(report: &Report) -> Plan {
    Plan::new(NONCE, START, [(cleared(&facts(), report), call().digest(), destination())])
}

fn text(plan: &Plan) -> String {
    serde_json::to_string_pretty(plan).unwrap()
}

fn admit(plan: &Plan, now: Timestamp, digest: Digest) -> Result<(), PlanError> {
    plan.admit(now, &[(digest, destination())])
}

/// Every value in a document that is not an object or a list, by its pointer.
fn leaves(document: &Value, at: &str, found: &mut Vec<String>) {
    match document {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| leaves(value, &format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, value)| leaves(value, &format!("{at}/{index}"), found));
        }
        _ => found.push(at.to_owned()),
    }
}

#[test]
fn a_plan_is_read_as_it_was_written_and_holds_no_secret() {
    let plan = planned(&good_report());
    let text = text(&plan);
    assert!(!text.contains(PASSWORD) && !text.contains("pa55-"), "{text}");
    assert!(text.contains("cdc_user"), "{text}");
    let read = Plan::parse(&text).unwrap();
    assert_eq!(read, plan);
    assert_eq!((read.nonce(), read.expires_at()), (NONCE, START + SignedDuration::from_hours(1)));
    assert_eq!(admit(&read, START, call().digest()), Ok(()));
    assert!(read.bear_out(&[cleared(&facts(), &good_report())]).is_ok());
}

#[test]
fn a_plan_is_refused_when_expired_used_or_for_something_else() {
    let mut plan = planned(&good_report());
    let (digest, expired_at) = (call().digest(), plan.expires_at());
    let last = expired_at - SignedDuration::from_secs(1);
    assert_eq!(admit(&plan, last, digest), Ok(()));
    assert_eq!(admit(&plan, expired_at, digest), Err(PlanError::Expired { expired_at }));
    let other = cleared(&facts(), &good_report()).digest();
    assert_eq!(admit(&plan, START, other), Err(PlanError::Request));
    assert_eq!(plan.admit(START, &[]), Err(PlanError::Request));
    let twice = [(digest, destination()), (digest, destination())];
    assert_eq!(plan.admit(START, &twice), Err(PlanError::Request));
    for elsewhere in [
        Destination { endpoint: "https://evil.example".into(), ..destination() },
        Destination { wire: "rest".into(), ..destination() },
    ] {
        assert_eq!(plan.admit(START, &[(digest, elsewhere)]), Err(PlanError::Destination));
    }
    plan.mark_used(START);
    let read = Plan::parse(&text(&plan)).unwrap();
    assert_eq!(admit(&read, START, digest), Err(PlanError::Used));
}

#[test]
fn an_edit_anywhere_is_noticed() {
    let written = serde_json::to_value(planned(&good_report())).unwrap();
    let mut pointers = Vec::new();
    leaves(&written, "", &mut pointers);
    assert!(pointers.len() > 20, "{pointers:?}");
    for pointer in pointers {
        let mut edited = written.clone();
        let value = edited.pointer_mut(&pointer).unwrap();
        *value = match value {
            Value::String(text) if text.parse::<Timestamp>().is_ok() => {
                json!("2099-01-01T00:00:00Z")
            }
            Value::String(text) if text.parse::<Digest>().is_ok() => json!("0".repeat(64)),
            Value::String(text) if text.parse::<Uuid>().is_ok() => json!(Uuid::nil().to_string()),
            Value::String(text) => json!(format!("{text}x")),
            _ => json!(7),
        };
        let refused = Plan::parse(&edited.to_string()).unwrap_err();
        let expected = match pointer.as_str() {
            "/format_version" => PlanError::NotAPlan,
            _ => PlanError::Edited,
        };
        assert_eq!(refused, expected, "{pointer}");
    }
}

#[test]
fn what_is_no_plan_is_refused() {
    let nested = "[".repeat(100_000);
    let mut partial = serde_json::to_value(planned(&good_report())).unwrap();
    partial.as_object_mut().unwrap().remove("requests");
    for text in ["", "{}", "[]", "null", "\0", &nested, &partial.to_string()] {
        assert_eq!(Plan::parse(text), Err(PlanError::NotAPlan), "{text:.80}");
    }
}

#[test]
fn what_drifted_is_named() {
    let plan = Plan::parse(&text(&planned(&report(&[
        ("postgres/wal-level", Level::Required, "pass"),
        ("postgres/table-exists", Level::Required, "pass"),
    ]))))
    .unwrap();
    let fresh = report(&[
        ("postgres/wal-level", Level::Required, "warn"),
        ("postgres/table-exists", Level::Required, "pass"),
    ]);
    let drift = plan.bear_out(&[cleared(&facts(), &fresh)]).unwrap_err();
    let lines = ["postgres/wal-level for server: pass before, warn now".into()];
    assert_eq!(drift.lines(), lines);

    let mut other = serde_json::to_value(facts()).unwrap();
    other["source"]["postgres"]["server"]["known"]["in_recovery"] = true.into();
    let other = serde_json::from_value(other).unwrap();
    let same = report(&[
        ("postgres/wal-level", Level::Required, "pass"),
        ("postgres/table-exists", Level::Required, "pass"),
    ]);
    match plan.bear_out(&[cleared(&other, &same)]).unwrap_err() {
        Drift::Changed(changes) => {
            let [Change::Server { member, .. }] = &changes[..] else { panic!("{changes:?}") };
            assert_eq!(*member, "in_recovery");
        }
        other => panic!("{other:?}"),
    }
}
