//! The user's rules: what they open, what they cannot open, and how a clearance is bound to them.

use std::sync::Arc;

use cdc_preflight::checks::report::JudgedSubject;
use cdc_preflight::checks::{Finding, Level, Outcome, Remedy, Report};
use cdc_preflight::gate::{
    self, Baseline, BaselineState, Change, CheckSelection, Clearance, Destination, Drift, Evidence,
    Expiry, Gate, Glob, Plan, Policy, Rules, Rulings, Standing, Unused, Waiver,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::clock::START;
use crate::gate::report;
use crate::scene::{OPERATION, call, facts, redacted};

const TARGET: &str = "inventory@pg.example.com:5432";
const REQUIRED: &str = "postgres/wal-level";
const LESSER: &str = "postgres/heartbeat";

/// A waiver that ends with the day on which every test begins.
fn waiver(check: &str) -> Waiver {
    Waiver {
        check: Glob::new(check),
        subject: Glob::any(),
        target: Glob::any(),
        reason: "known".into(),
        owner: "dba-team".into(),
        expires: "2026-01-02".parse().unwrap(),
        place: "waivers.toml:1".into(),
    }
}

fn waiving(waivers: impl IntoIterator<Item = Waiver>) -> Rules {
    Rules { waivers: waivers.into_iter().map(Arc::new).collect(), ..Rules::default() }
}

fn skipping(check: &str) -> Rules {
    let skip = vec![check.parse().unwrap()];
    Rules { selection: CheckSelection { skip, ..CheckSelection::default() }, ..Rules::default() }
}

/// A required check that fails and a lesser one that warns.
fn trouble() -> Report {
    report(&[(REQUIRED, Level::Required, "fail"), (LESSER, Level::Recommended, "warn")])
}

fn ruled(rules: &Rules, now: Timestamp) -> (Report, Rulings) {
    let mut report = trouble();
    let rulings = rules.apply(&mut report, TARGET, now);
    (report, rulings)
}

fn outcome(report: &Report, check: &str) -> Option<Outcome> {
    report.results.iter().find(|result| result.check.id == check).map(|result| result.outcome)
}

/// What the gate says under these rules at that time; a clearance would last for hours.
fn decide(rules: &Rules, now: Timestamp) -> Gate {
    let (report, rulings) = ruled(rules, now);
    let (facts, body) = (facts(), redacted());
    let evidence = Evidence {
        operation: OPERATION,
        redacted_body: &body,
        facts: &facts,
        report: &report,
        rulings: &rulings,
    };
    let policy = Policy { valid_for: SignedDuration::from_hours(100), ..Policy::default() };
    gate::decide(&evidence, &policy, now, Uuid::from_u128(7))
}

fn open(rules: &Rules, now: Timestamp) -> Clearance {
    match decide(rules, now) {
        Gate::Open(clearance) => clearance,
        Gate::Closed(reasons) => panic!("the gate is closed: {reasons:?}"),
    }
}

fn confirm(clearance: Clearance, rules: &Rules, now: Timestamp) -> Result<(), Drift> {
    let (report, rulings) = ruled(rules, now);
    let (facts, body) = (facts(), redacted());
    let fresh = Evidence {
        operation: OPERATION,
        redacted_body: &body,
        facts: &facts,
        report: &report,
        rulings: &rulings,
    };
    clearance.confirm(&fresh, now).map(drop)
}

fn midnight() -> Timestamp {
    "2026-01-03T00:00:00Z".parse().unwrap()
}

#[test]
fn a_waiver_that_names_a_required_check_opens_the_gate_until_its_last_day_is_over() {
    let last_second = midnight() - SignedDuration::from_secs(1);
    let elsewhere = Waiver { target: Glob::new("other@*"), ..waiver(REQUIRED) };
    let other_subject = Waiver { subject: Glob::new("public.*"), ..waiver(REQUIRED) };
    for (rules, now, is_open) in [
        (Rules::default(), START, false),
        (waiving([waiver(REQUIRED)]), START, true),
        (waiving([waiver(REQUIRED)]), last_second, true),
        (waiving([waiver(REQUIRED)]), midnight(), false),
        (waiving([waiver("postgres/*")]), START, false),
        (waiving([waiver(LESSER)]), START, false),
        (waiving([elsewhere]), START, false),
        (waiving([other_subject]), START, false),
    ] {
        let gate = decide(&rules, now);
        assert_eq!(matches!(gate, Gate::Open(_)), is_open, "{rules:?} {now}");
    }
}

#[test]
fn a_pattern_waives_lesser_checks_only() {
    let (report, rulings) = ruled(&waiving([waiver("postgres/*")]), START);
    assert_eq!(outcome(&report, REQUIRED), Some(Outcome::Fail));
    assert_eq!(outcome(&report, LESSER), Some(Outcome::Waived));
    let waived = rulings.waived(LESSER, &report.results[1].subjects[0].finding).unwrap();
    assert_eq!(waived.outcome, Outcome::Warn);
}

#[test]
fn a_clearance_ends_with_the_waiver_that_it_rests_on() {
    let rules = waiving([waiver(REQUIRED)]);
    assert_eq!(open(&rules, START).expires_at(), midnight());
    assert!(confirm(open(&rules, START), &rules, START).is_ok());
    let late = confirm(open(&rules, START), &rules, midnight());
    assert!(matches!(late, Err(Drift::Expired { .. })), "{late:?}");
    // A waiver of a lesser check opens nothing, and ends nothing.
    let longer = Waiver { expires: "2026-12-31".parse().unwrap(), ..waiver(REQUIRED) };
    let both = waiving([longer, waiver(LESSER)]);
    assert_eq!(open(&both, START).expires_at(), START + SignedDuration::from_hours(100));
}

#[test]
fn another_waiver_is_another_decision() {
    let rules = waiving([waiver(REQUIRED)]);
    let drift = confirm(open(&rules, START), &Rules::default(), START);
    assert!(matches!(drift, Err(Drift::Closed(_))), "{drift:?}");
    for other in [
        Waiver { reason: "another".into(), ..waiver(REQUIRED) },
        Waiver { owner: "somebody".into(), ..waiver(REQUIRED) },
        Waiver { expires: "2026-01-03".parse().unwrap(), ..waiver(REQUIRED) },
    ] {
        let drift = confirm(open(&rules, START), &waiving([other]), START).unwrap_err();
        assert_eq!(drift.lines(), [format!("{REQUIRED} for server: the waiver is another").into()]);
        assert!(matches!(drift, Drift::Changed(ref changes)
            if matches!(changes[..], [Change::Waiver { check: REQUIRED, .. }])));
    }
    // Where it was written is no part of it.
    let moved = Waiver { place: "waivers.toml:9".into(), ..waiver(REQUIRED) };
    assert!(confirm(open(&rules, START), &waiving([moved]), START).is_ok());
}

#[test]
fn a_plan_is_bound_to_its_waivers() {
    let rules = waiving([waiver(REQUIRED)]);
    let destination = Destination { endpoint: "https://eb.example".into(), wire: "seed".into() };
    let nonce = Uuid::from_u128(11);
    let cleared = [(open(&rules, START), call().digest(), destination)];
    let written = serde_json::to_string(&Plan::new(nonce, START, cleared)).unwrap();
    let plan = Plan::parse(&written).unwrap();
    assert_eq!(plan.expires_at(), midnight());
    assert!(plan.bear_out(&[open(&rules, START)]).is_ok());
    let prolonged = Waiver { expires: "2026-12-31".parse().unwrap(), ..waiver(REQUIRED) };
    let drift = plan.bear_out(&[open(&waiving([prolonged]), START)]).unwrap_err();
    assert_eq!(drift.lines(), [format!("{REQUIRED} for server: the waiver is another").into()]);
}

#[test]
fn a_required_check_that_is_left_out_is_undetermined_and_a_lesser_one_is_gone() {
    let (report, rulings) = ruled(&skipping(REQUIRED), START);
    assert_eq!(outcome(&report, REQUIRED), Some(Outcome::Undetermined));
    assert_eq!(rulings.left_out()[0].by, format!("--skip {REQUIRED}"));
    let standing = Standing::of(&report, &rulings, &Policy::default());
    assert_eq!(standing, Standing::ClosedUndetermined);
    let (report, rulings) = ruled(&skipping(LESSER), START);
    assert_eq!(outcome(&report, LESSER), None);
    assert_eq!(rulings.left_out().len(), 1);
    // It closes the gate unless somebody answers for that.
    let both = Rules { waivers: waiving([waiver(REQUIRED)]).waivers, ..skipping(REQUIRED) };
    assert!(matches!(decide(&both, START), Gate::Open(_)));
}

#[test]
fn what_does_not_concern_a_source_is_not_missed() {
    let mut report = report(&[(REQUIRED, Level::Required, "not-applicable")]);
    let rulings = skipping(REQUIRED).apply(&mut report, TARGET, START);
    assert!(report.results.is_empty());
    assert_eq!(Standing::of(&report, &rulings, &Policy::default()), Standing::Open);
}

#[test]
fn a_check_that_is_raised_fails_where_it_warned_and_one_that_is_lowered_counts_less() {
    let level = |level| {
        let mut rules = waiving([waiver(REQUIRED)]);
        rules.levels.set(LESSER, level).unwrap();
        rules
    };
    let (report, rulings) = ruled(&level(Level::Required), START);
    assert_eq!(outcome(&report, LESSER), Some(Outcome::Fail));
    assert_eq!(rulings.declared_level(LESSER), Some(Level::Recommended));
    assert!(matches!(decide(&level(Level::Required), START), Gate::Closed(_)));
    let (report, rulings) = ruled(&level(Level::Informational), START);
    assert_eq!(outcome(&report, LESSER), Some(Outcome::Warn));
    let policy = Policy { fail_on: Level::Recommended, ..Policy::default() };
    assert_eq!(Standing::of(&report, &rulings, &policy), Standing::Open);
}

#[test]
fn a_baseline_excuses_warnings_and_nothing_required() {
    let mut baseline = Baseline::default();
    for check in [REQUIRED, LESSER, "postgres/table-size"] {
        let subject = cdc_preflight::checks::Subject::Server;
        baseline.add(TARGET, check, subject, Outcome::Fail);
    }
    let rules = Rules { baseline: Some(baseline.into()), ..Rules::default() };
    let policy = Policy { fail_on: Level::Recommended, ..Policy::default() };
    let (mut report, rulings) = ruled(&rules, START);
    let finding = |report: &Report, at: usize| report.results[at].subjects[0].finding.clone();
    for at in [0, 1] {
        let state = rulings.baseline(report.results[at].check.id, &finding(&report, at));
        assert_eq!(state, Some(BaselineState::Unchanged));
    }
    assert_eq!(Standing::of(&report, &rulings, &policy), Standing::ClosedFailed);
    let gone: Vec<&str> = rulings.gone().unwrap().iter().map(|gone| &*gone.check).collect();
    assert_eq!(gone, ["postgres/table-size"]);

    report.results.remove(0);
    assert_eq!(Standing::of(&report, &rulings, &policy), Standing::Open);
    let new = Finding::table("public.new", Outcome::Warn);
    report.results[0].subjects.push(JudgedSubject { finding: new, remedy: Remedy::none() });
    assert_eq!(Standing::of(&report, &rulings, &policy), Standing::OpenWithFindings);
}

#[test]
fn every_waiver_is_accounted_for() {
    let review = |waiver: Waiver| {
        let (_, rulings) = ruled(&waiving([waiver]), START);
        let review = Rulings::review([&rulings]).remove(0);
        (review.state(), review.covers, review.unused)
    };
    let past = |check| Waiver { expires: "2025-12-31".parse().unwrap(), ..waiver(check) };
    let far = |check| Waiver { expires: "2026-12-31".parse().unwrap(), ..waiver(check) };
    assert_eq!(review(far(REQUIRED)), ("active", 1, None));
    assert_eq!(review(waiver(REQUIRED)), ("expiring", 1, None));
    assert_eq!(review(past(REQUIRED)), ("expired", 1, None));
    assert_eq!(review(far("mysql/binlog-format")), ("unused", 0, Some(Unused::Check)));
    let elsewhere = Waiver { target: Glob::new("x@*"), ..far(REQUIRED) };
    assert_eq!(review(elsewhere), ("unused", 0, Some(Unused::Target)));
    let fine = Waiver { subject: Glob::new("public.fine"), ..far(REQUIRED) };
    assert_eq!(review(fine), ("unused", 0, Some(Unused::Fine)));
    assert_eq!(review(far("postgres/wal-*")), ("unused", 0, Some(Unused::ByPattern)));
    assert_eq!(review(far("postgres/*")), ("active", 1, None));
}

#[test]
fn a_waiver_that_one_source_of_several_uses_is_used() {
    let elsewhere = Waiver { target: Glob::new("inventory@*"), ..waiver(REQUIRED) };
    let rules = waiving([elsewhere]);
    let (_, used) = ruled(&rules, START);
    let mut other = trouble();
    let unused = rules.apply(&mut other, "other@pg.example.com:5432", START);
    for order in [[&used, &unused], [&unused, &used]] {
        let review = Rulings::review(order).remove(0);
        assert_eq!((review.covers, review.unused), (1, None));
        assert_eq!(review.expiry, Expiry::Soon { days_left: 0 });
    }
}

#[test]
fn a_waiver_of_what_could_not_be_looked_at_is_not_called_unused() {
    let mut blocked = report(&[(REQUIRED, Level::Required, "blocked:connection/auth")]);
    let rules = waiving([waiver(REQUIRED)]);
    let rulings = rules.apply(&mut blocked, TARGET, START);
    assert_eq!(outcome(&blocked, REQUIRED), Some(Outcome::Blocked));
    assert_eq!(Rulings::review([&rulings])[0].unused, None);
}
