//! What was captured, against what was read of its tables at the time.

use cdc_preflight::checks::Intent;
use cdc_preflight::checks::facts::Facts;
use cdc_preflight::events::{Contract, describe, schema};
use serde_json::json;

use crate::observed::{Capture, Compared, captures};
use crate::{mysql_facts, postgres_facts};

fn facts_of(capture: &Capture) -> Facts {
    let read = capture.document["read"].clone();
    if capture.text("engine") != "postgres" {
        return mysql_facts(read, capture.text("server"), "initial");
    }
    let major: u32 = capture.server_version().split('.').next().unwrap().parse().unwrap();
    postgres_facts(read, major * 10_000, "initial")
}

fn contract(capture: &Capture) -> Contract {
    let facts = facts_of(capture);
    let mut intent = Intent::of(&facts.request);
    capture.set(&mut intent);
    describe(&facts, &intent).unwrap()
}

/// The contract of every scenario, with its name.
pub(crate) fn contracts() -> Vec<(String, Contract)> {
    let all = ["my-", "pg-"].into_iter().flat_map(captures);
    all.map(|capture| (capture.name.clone(), contract(&capture))).collect()
}

/// The contract of the scenario of that name.
pub(crate) fn contract_of(name: &str) -> Contract {
    let (_, contract) = contracts().into_iter().find(|(own, _)| own == name).unwrap();
    contract
}

fn compared(engine: &str) -> Compared {
    let mut compared = Compared::default();
    for capture in captures(engine) {
        compared.add(capture.compare(&contract(&capture)));
    }
    compared
}

#[test]
fn what_was_captured_of_mysql_was_foretold() {
    let compared = compared("my-");
    let count = |class| compared.classes.get(class).copied().unwrap_or_default();
    assert!(compared.records >= 150 && compared.refused >= 3000, "{compared:?}");
    assert!(
        count("default") >= 15 && count("null") >= 250 && count("value") >= 500,
        "{compared:?}"
    );
    assert_eq!(compared.classes.len(), 3, "a row of MySQL is whole: {compared:?}");
}

#[test]
fn what_was_captured_of_postgres_was_foretold() {
    let compared = compared("pg-");
    let count = |class| compared.classes.get(class).copied().unwrap_or_default();
    assert!(compared.records >= 120 && compared.refused >= 3500, "{compared:?}");
    assert!(count("fabricated") >= 18 && count("placeholder") >= 18, "{compared:?}");
    assert!(count("absent") >= 100 && count("default") >= 1, "{compared:?}");
    assert_eq!(compared.statements, 6, "{compared:?}");
}

/// Two columns of one JSON type, and of two types of MySQL, are not taken for each other.
#[test]
fn types_of_mysql_are_told_apart_within_a_type_of_json() {
    let pairs = [
        ("c_dec", "c_text"),
        ("c_bit8", "c_bit64"),
        ("c_binary", "c_varbinary"),
        ("c_binary", "c_varchar"),
        ("c_ts", "c_varchar"),
        ("c_ts", "c_ts6"),
        ("c_enum", "c_varchar"),
        ("c_set", "c_char"),
        ("c_date", "c_dt"),
        ("c_dt", "c_dt6"),
        ("c_time", "c_time3"),
        ("c_tiny", "c_utiny"),
        ("c_int", "c_big"),
        ("c_year", "c_time"),
        ("c_float", "c_int"),
        ("c_geom", "c_point"),
    ];
    for name in ["my-types-default.maria1011", "my-types-default.my97"] {
        let captures = captures("my-");
        let capture = captures.iter().find(|capture| capture.name == name).unwrap();
        let contract = contract(capture);
        let form = schema(&contract, &contract.tables[0]);
        let validator = jsonschema::draft202012::new(&form).unwrap();
        let is_full = |record: &&serde_json::Value| record["value"]["after"]["id"] == json!(1);
        let event = &capture.records.iter().find(is_full).unwrap()["value"];
        assert!(validator.is_valid(event), "{name}");
        for (one, other) in pairs {
            let mut swapped = event.clone();
            swapped["after"][one] = event["after"][other].clone();
            swapped["after"][other] = event["after"][one].clone();
            assert!(!validator.is_valid(&swapped), "{name}: {one} and {other}");
        }
    }
}
