//! Filter patterns against the events that are foretold.

use cdc_preflight::checks::{Facts, Intent};
use cdc_preflight::eventbridge::pattern::Pattern;
use cdc_preflight::events::{self, Contract, Envelope, Filtered, Op, Reach};

fn contract(facts: &str) -> Contract {
    let facts: Facts = serde_json::from_str(facts).expect("facts");
    let intent = Intent::of(&facts.request);
    events::describe(&facts, &intent).expect("a contract")
}

fn postgres() -> Contract {
    contract(include_str!("../facts/postgres.json"))
}

fn filter(contract: &Contract, pattern: &str, stream: Option<&str>) -> Filtered {
    let (pattern, _) = Pattern::parse("pattern", pattern).expect("a pattern");
    events::filter(contract, &pattern, stream)
}

/// What becomes of the events of the first table.
fn reach(filtered: &Filtered, op: Op) -> &Reach {
    let first = &filtered.kinds[0].table;
    let kind = filtered.kinds.iter().find(|kind| kind.op == op && kind.table == *first);
    &kind.expect("a kind").reach
}

#[test]
fn the_operation_and_the_table_are_settled_and_values_are_not() {
    let contract = postgres();
    let column = contract.tables[0].columns[0].name.untrusted().to_owned();
    let filtered = filter(&contract, r#"{"data": {"op": ["c", "u"]}}"#, None);
    assert_eq!(reach(&filtered, Op::Create), &Reach::Passes);
    assert!(matches!(reach(&filtered, Op::Delete), Reach::Stopped(why) if why.field == "data.op"));
    let of_value = format!(r#"{{"data": {{"after": {{"{column}": [12345]}}}}}}"#);
    let filtered = filter(&contract, &of_value, None);
    assert!(matches!(reach(&filtered, Op::Create), Reach::Depends(_)));
    assert!(matches!(reach(&filtered, Op::Delete), Reach::Stopped(_)), "a delete has no new row");
    let is_there = format!(r#"{{"data": {{"after": {{"{column}": [{{"exists": true}}]}}}}}}"#);
    assert_eq!(reach(&filter(&contract, &is_there, None), Op::Create), &Reach::Passes);
    let elsewhere = filter(&contract, r#"{"data": {"source": {"table": ["other"]}}}"#, None);
    assert_eq!(elsewhere.passing(), 0);
}

#[test]
fn a_field_that_no_event_has_is_told() {
    let contract = postgres();
    let filtered = filter(&contract, r#"{"data": {"after": {"no_such": ["x"]}}}"#, None);
    assert_eq!(filtered.passing(), 0);
    let said = format!("{:?}", filtered.remarks);
    assert!(said.contains("data.after.no_such is in no event that will come"), "{said}");
}

#[test]
fn an_old_value_that_nobody_wrote_is_told() {
    let contract = postgres();
    let made_up = contract.tables.iter().find_map(|table| {
        let image = table.operation(Op::Delete)?.before.as_ref()?.columns()?;
        image.iter().find(|column| column.presence.as_str() == "fabricated")
    });
    let column = made_up.expect("a table with the default identity").name.untrusted();
    let pattern = format!(r#"{{"data": {{"before": {{"{column}": ["x"]}}}}}}"#);
    let said = format!("{:?}", filter(&contract, &pattern, None).remarks);
    assert!(said.contains("nobody wrote (fabricated)"), "{said}");
}

#[test]
fn the_source_is_the_stream_and_the_type_is_an_assumption() {
    let contract = postgres();
    let pattern = r#"{"source": ["orders"], "type": [{"prefix": "postgresql:"}]}"#;
    let known = filter(&contract, pattern, Some("orders"));
    assert_eq!(reach(&known, Op::Create), &Reach::Passes);
    assert_eq!(filter(&contract, pattern, Some("other")).passing(), 0);
    let unknown = filter(&contract, pattern, None);
    assert!(matches!(reach(&unknown, Op::Create), Reach::Depends(_)));
    let said = format!("{:?}", unknown.remarks);
    assert!(
        said.contains("is not published") && said.contains("name of the event stream"),
        "{said}"
    );
}

#[test]
fn every_envelope_has_its_own_fields() {
    for (envelope, pattern) in [
        (Envelope::Debezium, r#"{"data": {"op": ["c"]}}"#),
        (Envelope::DebeziumCloudEvents, r#"{"data": {"payload": {"after": [null]}}}"#),
        (Envelope::Dts, r#"{"data": {"operationType": ["INSERT"]}}"#),
    ] {
        let contract = postgres().in_envelope(envelope);
        let filtered = filter(&contract, pattern, None);
        assert!(filtered.passing() < filtered.kinds.len(), "{envelope:?}: {filtered:?}");
    }
}
