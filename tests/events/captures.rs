//! What was captured of PostgreSQL, against what was read of its tables at the time.

use cdc_preflight::checks::Intent;
use cdc_preflight::checks::facts::Facts;
use cdc_preflight::events::{Contract, describe};

use crate::observed::{Capture, Compared, captures};
use crate::postgres_facts;

fn facts_of(capture: &Capture) -> Facts {
    let major: u32 = capture.server_version().split('.').next().unwrap().parse().unwrap();
    postgres_facts(capture.document["read"].clone(), major * 10_000, "initial")
}

fn contract(capture: &Capture) -> Contract {
    let facts = facts_of(capture);
    let mut intent = Intent::of(&facts.request);
    capture.set(&mut intent);
    describe(&facts, &intent).unwrap()
}

/// The contract of the scenario of that name.
pub(crate) fn contract_of(name: &str) -> Contract {
    let captures = captures("pg-");
    let capture = captures.iter().find(|capture| capture.name == name).unwrap();
    contract(capture)
}

#[test]
fn what_was_captured_of_postgres_was_foretold() {
    let mut compared = Compared::default();
    for capture in captures("pg-") {
        compared.add(capture.compare(&contract(&capture)));
    }
    let count = |class| compared.classes.get(class).copied().unwrap_or_default();
    assert!(compared.records >= 120 && compared.refused >= 3500, "{compared:?}");
    assert!(count("fabricated") >= 18 && count("placeholder") >= 18, "{compared:?}");
    assert!(count("absent") >= 100 && count("default") >= 1, "{compared:?}");
    assert_eq!(compared.statements, 6, "{compared:?}");
}
