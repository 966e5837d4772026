//! What opens the gate, what closes it, and what makes a clearance worthless.

use cdc_preflight::checks::report::{CheckResult, JudgedSubject};
use cdc_preflight::checks::{
    CheckInfo, Facts, Finding, Intent, Level, Missing, Outcome, Remedy, Report, Subject, judge,
};
use cdc_preflight::gate::{
    self, Change, Clearance, Confirmed, Drift, Evidence, Gate, Policy, Reasons, Rulings, Standing,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use crate::clock::START;
use crate::scene::{OPERATION, facts, redacted};

/// A report of these checks, each with one finding about the server. An outcome of `blocked:ID`
/// names its root.
pub(crate) fn report(checks: &[(&'static str, Level, &str)]) -> Report {
    let unknown = Missing::NotReached { because: "a/b".into() };
    let results = checks.iter().map(|(id, level, outcome)| result(id, *level, outcome)).collect();
    Report {
        flavour: Err(unknown.clone()),
        server_version: Err(unknown),
        connector: "eventbridge".into(),
        assumptions: Vec::new(),
        results,
    }
}

fn result(id: &'static str, level: Level, outcome: &str) -> CheckResult {
    let finding = match outcome.strip_prefix("blocked:") {
        Some(root) => {
            Finding::unknown(Subject::Server, Missing::NotReached { because: root.into() })
        }
        None => Finding::server(serde_json::from_value(json!(outcome)).unwrap()),
    };
    CheckResult {
        check: CheckInfo { id, title: "it holds", level, tags: &[], doc: "" },
        outcome: finding.outcome,
        subjects: vec![JudgedSubject { finding, remedy: Remedy::none() }],
    }
}

use Level::{Informational, Recommended, Required};

fn decide(facts: &Facts, report: &Report) -> Gate {
    let body = redacted();
    let evidence = Evidence {
        operation: OPERATION,
        redacted_body: &body,
        facts,
        report,
        rulings: &Rulings::default(),
    };
    gate::decide(&evidence, &Policy::default(), START, Uuid::from_u128(7))
}

fn open(report: &Report) -> Clearance {
    match decide(&facts(), report) {
        Gate::Open(clearance) => clearance,
        Gate::Closed(reasons) => panic!("the gate is closed: {reasons:?}"),
    }
}

fn confirm(clearance: Clearance, report: &Report, now: Timestamp) -> Result<Confirmed, Drift> {
    confirm_with(clearance, &facts(), report, now)
}

fn confirm_with(
    clearance: Clearance,
    facts: &Facts,
    report: &Report,
    now: Timestamp,
) -> Result<Confirmed, Drift> {
    let body = redacted();
    let fresh = Evidence {
        operation: OPERATION,
        redacted_body: &body,
        facts,
        report,
        rulings: &Rulings::default(),
    };
    clearance.confirm(&fresh, now)
}

fn standing(checks: &[(&'static str, Level, &str)], fail_on: Level) -> Standing {
    Standing::of(&report(checks), &Rulings::default(), &Policy { fail_on, ..Policy::default() })
}

fn changed(result: Result<Confirmed, Drift>) -> Vec<Change> {
    match result {
        Err(Drift::Changed(changes)) => changes,
        other => panic!("not changed: {other:?}"),
    }
}

#[test]
fn only_required_checks_close_the_gate() {
    for (level, outcome, is_open) in [
        (Required, "pass", true),
        (Required, "warn", true),
        (Required, "not-applicable", true),
        (Required, "waived", true),
        (Required, "fail", false),
        (Required, "undetermined", false),
        (Required, "blocked:x/y", false),
        (Recommended, "undetermined", true),
        (Informational, "blocked:x/y", true),
    ] {
        let report = report(&[("a/one", Required, "pass"), ("a/two", level, outcome)]);
        let gate = decide(&facts(), &report);
        assert_eq!(matches!(gate, Gate::Open(_)), is_open, "{level:?} {outcome}");
        assert_eq!(
            Standing::of(&report, &Rulings::default(), &Policy::default()).is_open(),
            is_open
        );
    }
}

#[test]
fn reasons_are_complete_and_begin_with_the_roots() {
    let report = report(&[
        ("a/blocked", Required, "blocked:c/root"),
        ("a/fine", Required, "pass"),
        ("b/failed", Required, "fail"),
        ("b/lesser", Recommended, "blocked:c/root"),
        ("c/root", Required, "undetermined"),
    ]);
    let Gate::Closed(reasons) = decide(&facts(), &report) else { panic!("the gate is open") };
    let ids: Vec<&str> = reasons.iter().map(|reason| reason.check.id).collect();
    assert_eq!(ids, ["c/root", "b/failed", "a/blocked"]);
    let last = reasons.iter().last().unwrap();
    assert_eq!((last.outcome, last.because.as_slice()), (Outcome::Blocked, &["c/root".into()][..]));
    assert_eq!(last.subjects, [Subject::Server]);
    assert_eq!(last.line(), "a/blocked: blocked by c/root".into());
}

#[test]
fn a_failure_outweighs_what_is_unknown() {
    let unknown = ("a/unknown", Required, "undetermined");
    assert_eq!(standing(&[unknown], Required), Standing::ClosedUndetermined);
    assert_eq!(
        standing(&[("a/blocked", Required, "blocked:x/y")], Required),
        Standing::ClosedUndetermined
    );
    let failed = ("b/failed", Required, "fail");
    assert_eq!(standing(&[unknown, failed], Required), Standing::ClosedFailed);
}

#[test]
fn the_threshold_changes_the_standing_and_not_the_gate() {
    for (level, outcome, fail_on, expected) in [
        (Recommended, "warn", Required, Standing::Open),
        (Recommended, "warn", Recommended, Standing::OpenWithFindings),
        (Recommended, "undetermined", Recommended, Standing::OpenWithFindings),
        (Recommended, "waived", Recommended, Standing::Open),
        (Recommended, "pass", Recommended, Standing::Open),
        (Informational, "warn", Recommended, Standing::Open),
        (Informational, "warn", Informational, Standing::OpenWithFindings),
        (Required, "warn", Recommended, Standing::OpenWithFindings),
        (Required, "fail", Recommended, Standing::ClosedFailed),
    ] {
        let found = standing(&[("a/one", level, outcome)], fail_on);
        assert_eq!(found, expected, "{level:?} {outcome} {fail_on:?}");
    }
}

#[test]
fn real_facts_open_the_gate_and_an_unreachable_server_closes_it() {
    let good = facts();
    let report = |facts: &Facts| judge(facts, &Intent::of(&facts.request));
    assert!(matches!(decide(&good, &report(&good)), Gate::Open(_)));

    let mut bad = serde_json::to_value(&good).unwrap();
    let refused = json!({"missing": {"reason": "refused", "what": "w", "detail": "d"}});
    let blocked = json!({"missing":
        {"reason": "not_reached", "because": "connection/reachable"}});
    bad["connection"]["reached"] = refused;
    for (part, member) in [("connection", "login"), ("connection", "tls")] {
        bad[part][member] = blocked.clone();
    }
    bad["source"]["postgres"]["server"] = blocked.clone();
    bad["source"]["postgres"]["tables"] = blocked;
    let bad: Facts = serde_json::from_value(bad).unwrap();
    let Gate::Closed(reasons) = decide(&bad, &report(&bad)) else { panic!("the gate is open") };
    assert_eq!(reasons.iter().next().unwrap().check.id, "connection/reachable");
    assert_eq!(
        Standing::of(&report(&bad), &Rulings::default(), &Policy::default()),
        Standing::ClosedUndetermined
    );
}

#[test]
fn a_clearance_is_confirmed_by_the_same_findings() {
    let mut report = report(&[("a/one", Required, "pass"), ("b/two", Recommended, "warn")]);
    let clearance = open(&report);
    let (digest, nonce) = (clearance.digest(), clearance.nonce());
    assert_eq!(nonce, Uuid::from_u128(7));
    assert_eq!(digest.to_string().len(), 64);
    assert_eq!(clearance.expires_at(), START + SignedDuration::from_mins(5));
    // What a check saw may move, and lesser checks may change their mind.
    report.results[0].subjects[0].finding.observed = Some("4711".into());
    report.results.remove(1);
    let confirmed = confirm(clearance, &report, START).unwrap();
    assert_eq!(confirmed.clearance().digest(), digest);
}

#[test]
fn an_expired_clearance_is_refused() {
    let report = report(&[("a/one", Required, "pass")]);
    let last = START + SignedDuration::from_secs(299);
    assert!(confirm(open(&report), &report, last).is_ok());
    let expired_at = START + SignedDuration::from_mins(5);
    for now in [expired_at, Timestamp::MAX] {
        let drift = confirm(open(&report), &report, now);
        assert!(matches!(drift, Err(Drift::Expired { expired_at: at }) if at == expired_at));
    }
}

#[test]
fn a_gate_that_closes_meanwhile_refuses() {
    let clearance = open(&report(&[("a/one", Required, "pass")]));
    let drift = confirm(clearance, &report(&[("a/one", Required, "fail")]), START);
    assert_eq!(drift.as_ref().unwrap_err().lines(), ["a/one: fail (server)".into()]);
    let Err(Drift::Closed(reasons)) = drift else { panic!("not closed: {drift:?}") };
    assert_eq!(reasons.iter().next().unwrap().check.id, "a/one");
}

#[test]
fn a_required_outcome_that_changed_refuses() {
    let clearance = open(&report(&[("a/one", Required, "pass"), ("a/two", Required, "pass")]));
    let fresh = report(&[("a/one", Required, "warn"), ("a/three", Required, "pass")]);
    let result =
        |check, before, after| Change::Result { check, subject: Subject::Server, before, after };
    let expected = [
        result("a/one", Some(Outcome::Pass), Some(Outcome::Warn)),
        result("a/two", Some(Outcome::Pass), None),
        result("a/three", None, Some(Outcome::Pass)),
    ];
    let drift = confirm(clearance, &fresh, START);
    let lines = [
        "a/one for server: pass before, warn now",
        "a/two for server: pass before, not there now",
        "a/three for server: not there before, pass now",
    ];
    assert_eq!(drift.as_ref().unwrap_err().lines(), lines.map(Into::into));
    assert_eq!(changed(drift), expected);
}

#[test]
fn another_server_refuses() {
    let report = report(&[("a/one", Required, "pass")]);
    let mut other = serde_json::to_value(facts()).unwrap();
    other["source"]["postgres"]["server"]["known"]["in_recovery"] = true.into();
    let other = serde_json::from_value(other).unwrap();
    let changes = changed(confirm_with(open(&report), &other, &report, START));
    let member = Change::Server {
        member: "in_recovery",
        before: Some("false".into()),
        after: Some("true".into()),
    };
    assert_eq!(changes, [member]);
}

#[test]
fn another_request_refuses() {
    let (facts, report) = (facts(), report(&[("a/one", Required, "pass")]));
    let mut body = redacted();
    body["TableNames"] = "products".into();
    let fresh = Evidence {
        operation: OPERATION,
        redacted_body: &body,
        facts: &facts,
        report: &report,
        rulings: &Rulings::default(),
    };
    assert_eq!(changed(open(&report).confirm(&fresh, START)), [Change::Request]);
}

#[test]
fn reasons_of_a_good_report_are_empty() {
    assert!(Reasons::closing(&report(&[("a/one", Required, "pass")])).is_empty());
}
