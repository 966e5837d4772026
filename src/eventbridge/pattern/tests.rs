//! The rows of the vendor's table of operators and values, and what is refused.

mod properties;

use serde_json::{Value, json};

use super::Pattern;

fn pattern(text: &str) -> Pattern {
    Pattern::parse("pattern", text).unwrap_or_else(|problems| panic!("{text}: {problems}")).0
}

fn matches(pattern_of_x: &str, event: &Value) -> bool {
    pattern(&format!(r#"{{"data": {{"x": [{pattern_of_x}]}}}}"#)).matches(event)
}

fn with(x: Value) -> Value {
    json!({"id": "1", "source": "s", "type": "t", "data": {"x": x, "other": 1}})
}

/// Operators with a value that each of them lets pass.
const OPERATORS: &[(&str, &str)] = &[
    (r#""abc""#, r#""abc""#),
    (r#"{"prefix": "ab"}"#, r#""abc""#),
    (r#"{"suffix": "bc"}"#, r#""abc""#),
    (r#"{"contains": "b"}"#, r#""abc""#),
    (r#"{"numeric": [">", 1, "<=", 5]}"#, "5"),
    (r#"{"cidr": "10.0.0.0/24"}"#, r#""10.0.0.255""#),
    (r#"{"anything-but": "x"}"#, r#""abc""#),
    (r#"{"anything-but": ["x", "y"]}"#, r#""abc""#),
    (r#"{"anything-but": {"prefix": "x"}}"#, r#""abc""#),
];

#[test]
fn a_value_passes_alone_and_within_a_list() {
    for (operator, passing) in OPERATORS {
        let value: Value = serde_json::from_str(passing).expect("JSON");
        assert!(matches(operator, &with(value.clone())), "{operator} {value}");
        assert!(matches(operator, &with(json!(["zzz", value]))), "{operator} in a list");
    }
}

#[test]
fn what_is_missing_or_has_parts_passes_nothing() {
    let events = [
        json!({"data": {"other": 1}}),
        with(json!([])),
        with(json!({})),
        with(json!({"abc": "abc"})),
        with(json!(["abc", ["abc"], 5, "10.0.0.1"])),
        with(json!(["abc", {}, 5, "10.0.0.1"])),
        json!({"data": {}}),
        json!({"data": null}),
        json!({}),
        json!({"data": {"x": null}}),
    ];
    for (operator, _) in OPERATORS {
        for event in &events {
            let null = event.pointer("/data/x") == Some(&Value::Null);
            let expected = null && operator.contains("anything-but");
            assert_eq!(matches(operator, event), expected, "{operator} {event}");
        }
    }
}

#[test]
fn exists_asks_for_a_value_and_not_for_parts() {
    for (event, there, not_there) in [
        (json!({"data": {"other": 1}}), false, true),
        (with(json!(null)), true, false),
        (with(json!("")), true, false),
        (with(json!([1])), true, false),
        (with(json!([[1]])), true, false),
        (with(json!([])), false, false),
        (with(json!({"a": 1})), false, false),
        (json!({"data": {}}), false, false),
        (json!({}), false, false),
    ] {
        assert_eq!(matches(r#"{"exists": true}"#, &event), there, "{event}");
        assert_eq!(matches(r#"{"exists": false}"#, &event), not_there, "{event}");
    }
}

#[test]
fn equality_compares_texts_and_null_is_no_text() {
    for (wanted, value, expected) in [
        ("80", json!("80"), true),
        (r#""80""#, json!(80), true),
        ("true", json!("true"), true),
        ("300", json!(300.0), false),
        ("300.0", json!(300.0), true),
        ("null", json!(null), true),
        ("null", json!("null"), false),
        ("null", json!(""), false),
        (r#""""#, json!(""), true),
        (r#""ABC""#, json!("abc"), false),
        (r#"{"anything-but": [100, 200]}"#, json!(100), false),
        (r#"{"anything-but": [100, 200]}"#, json!("100"), false),
        (r#"{"anything-but": [100, 200]}"#, json!([100, 300]), true),
        (r#"{"anything-but": null}"#, json!(null), false),
        (r#"{"anything-but": {"suffix": "c"}}"#, json!("abc"), false),
        (r#"{"prefix": "8"}"#, json!(80), false),
    ] {
        assert_eq!(matches(wanted, &with(value.clone())), expected, "{wanted} {value}");
    }
}

#[test]
fn numbers_and_addresses_have_sharp_bounds() {
    for (operator, value, expected) in [
        (r#"{"numeric": ["=", 0.3]}"#, json!(0.30000000001), true),
        (r#"{"numeric": ["=", 0.3]}"#, json!(0.3001), false),
        (r#"{"numeric": ["!=", 0.3]}"#, json!(0.3), false),
        (r#"{"numeric": [">", 0, "<=", 5]}"#, json!(0), false),
        (r#"{"numeric": [">=", 0]}"#, json!(0), true),
        (r#"{"numeric": ["<", 5]}"#, json!(5), false),
        (r#"{"numeric": ["<", 5]}"#, json!("4"), false),
        (r#"{"cidr": "10.0.0.0/24"}"#, json!("10.0.1.0"), false),
        (r#"{"cidr": "10.0.0.0/24"}"#, json!("10.0.0"), false),
        (r#"{"cidr": "10.0.0.7"}"#, json!("10.0.0.7"), true),
        (r#"{"cidr": "10.0.0.7"}"#, json!("10.0.0.8"), false),
        (r#"{"cidr": "0.0.0.0/0"}"#, json!("192.168.0.1"), true),
    ] {
        assert_eq!(matches(operator, &with(value.clone())), expected, "{operator} {value}");
    }
}

#[test]
fn fields_hold_together_and_names_are_walked_not_spliced() {
    let both = pattern(r#"{"source": ["s"], "data": {"x": [1], "y": {"z": ["a", "b"]}}}"#);
    assert!(both.matches(&json!({"source": "s", "data": {"x": 1, "y": {"z": "b"}}})));
    assert!(!both.matches(&json!({"source": "s", "data": {"x": 1, "y": {"z": "c"}}})));
    assert!(!both.matches(&json!({"source": "s", "data": {"x": 1, "y": [{"z": "b"}]}})));
    let dotted = pattern(r#"{"data": {"a.b": [1]}}"#);
    assert!(dotted.matches(&json!({"data": {"a.b": 1}})));
    assert!(!dotted.matches(&json!({"data": {"a": {"b": 1}}})));
    assert!(pattern("{}").matches(&json!({})));
    let mismatch = both.mismatch(&json!({"source": "other"})).map(|it| it.to_string());
    assert_eq!(mismatch.as_deref(), Some("source is \"other\"; wanted: \"s\""));
}

#[test]
fn the_vendors_own_examples_match_as_documented() {
    let six = pattern(
        r#"{"source": [{"prefix": "acs."}], "data": {
            "state": [{"anything-but": "initializing"}], "source-ip": [{"cidr": "10.0.0.0/24"}],
            "c-count": [{"numeric": [">", 0, "<=", 5]}], "d-count": [{"numeric": ["<", 10]}],
            "x-limit": [{"anything-but": [100, 200, 300]}]}}"#,
    );
    let event = json!({"source": "acs.oss", "data": {
        "state": "running", "source-ip": "10.0.0.123", "c-count": 5, "d-count": 9, "x-limit": 400,
    }});
    assert!(six.matches(&event));
    for (field, wrong) in [
        ("/source", json!("oss")),
        ("/data/state", json!("initializing")),
        ("/data/source-ip", json!("10.0.1.1")),
        ("/data/c-count", json!(0)),
        ("/data/d-count", json!(10)),
        ("/data/x-limit", json!(200)),
    ] {
        let mut event = event.clone();
        *event.pointer_mut(field).expect("a field") = wrong;
        assert!(!six.matches(&event), "all six must hold: {field}");
    }
    let any = pattern(r#"{"subject": [{"prefix": "a"}, {"suffix": ".txt"}, {"suffix": ".png"}]}"#);
    for (subject, expected) in [("a.x", true), ("b.txt", true), ("b.png", true), ("b.x", false)] {
        assert_eq!(any.matches(&json!({"subject": subject})), expected, "{subject}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let deep = format!("{{\"data\": {}1{}}}", "{\"a\": ".repeat(5000), "}".repeat(5000));
    for (text, said) in [
        ("[]", "pattern:1:1: a pattern is an object"),
        ("{\"source\": ", "pattern:1:11: this is no JSON: EOF while parsing a value"),
        (
            "{\n  \"sorce\": [\"a\"]}",
            "pattern:2:3: an event has no attribute \"sorce\" (Did you mean \"source\"?",
        ),
        (
            r#"{"source": "a"}"#,
            "pattern:1:12: the values of a field stand in a list (Write [\"a\"].)",
        ),
        (r#"{"source": []}"#, "pattern:1:12: an empty list matches nothing"),
        (r#"{"source": [["a"]]}"#, "pattern:1:13: a list stands in a list"),
        (r#"{"source": ["a"], "source": ["b"]}"#, "pattern:1:19: \"source\" stands here twice"),
        (r#"{"data": ["a"]}"#, "pattern:1:10: \"data\" holds an object"),
        (r#"{"data": {}}"#, "pattern:1:10: an empty object matches nothing"),
        (r#"{"data": {"a": {}}}"#, "pattern:1:16: an empty object matches nothing"),
        (
            r#"{"source": [{"prefx": "a"}]}"#,
            "pattern:1:14: there is no operator \"prefx\" (Did you mean \"prefix\"?)",
        ),
        (r#"{"source": [{}]}"#, "an operator is missing"),
        (r#"{"source": [{"prefix": ""}]}"#, "takes a text that is not empty"),
        (r#"{"source": [{"exists": "true"}]}"#, "\"exists\" takes true or false"),
        (r#"{"source": [{"cidr": "10.0.0.0/33"}]}"#, "takes a block of IPv4 addresses"),
        (r#"{"source": [{"numeric": [">"]}]}"#, "one or two comparisons"),
        (r#"{"source": [{"numeric": ["~", 1]}]}"#, "this is no comparison"),
        (r#"{"source": [{"numeric": [">", "1"]}]}"#, "this is no number between"),
        (r#"{"source": [{"numeric": [">", 1000000001]}]}"#, "this is no number between"),
        (r#"{"source": [{"numeric": [">", 1, ">", 2]}]}"#, "two comparisons bound a range"),
        (r#"{"source": [{"anything-but": []}]}"#, "an empty list leaves nothing out"),
        (
            r#"{"source": [{"anything-but": [{"prefix": "a"}]}]}"#,
            "takes text, numbers, truth and null",
        ),
        (r#"{"source": [{"anything-but": {"cidr": "1.1.1.1"}}]}"#, "one prefix or one suffix"),
        (deep.as_str(), "this is nested too deeply"),
    ] {
        let problems = Pattern::parse("pattern", text).expect_err(text).to_string();
        assert!(problems.contains(said), "{text:.60}: {problems}");
    }
}

#[test]
fn what_can_hardly_be_meant_is_told() {
    for (text, said) in [
        ("{}", "the pattern matches every event"),
        (r#"{"data": {"x": [{"numeric": [">", 5, "<", 3]}]}}"#, "data.x can never match"),
        (r#"{"data": {"x": [{"anything-but": 1}, {"anything-but": 2}]}}"#, "matches whatever"),
        (r#"{"id": [{"exists": false}]}"#, "id can never match"),
        (r#"{"data": {"x": [{"exists": false, "prefix": "a"}]}}"#, "data.x can never match"),
        (
            r#"{"data": {"x": [{"prefix": "ab", "anything-but": {"prefix": "a"}}]}}"#,
            "data.x can never match",
        ),
        (r#"{"id": [{"exists": true}]}"#, "id matches whatever its value is"),
        (r#"{"id": [{"prefix": "a", "suffix": "b"}]}"#, "several operators in one object"),
        (r#"{"id": ["1", "2", "3", "4", "5", "6"]}"#, "takes 5 alternatives"),
    ] {
        let (_, warnings) = Pattern::parse("pattern", text).expect("a pattern");
        assert!(warnings.to_string().contains(said), "{text}: {warnings}");
    }
    let fine =
        r#"{"source": [{"prefix": "acs."}], "data": {"x": [{"numeric": [">", 0, "<=", 5]}]}}"#;
    assert!(Pattern::parse("pattern", fine).expect("a pattern").1.is_empty());
}
