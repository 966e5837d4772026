//! Patterns against a model: a plain reading of the vendor's table, on JSON values.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::eventbridge::pattern::Pattern;

/// Names and values of so small an alphabet that patterns and events meet.
fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "a.b", ""]).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "a", "ab", "abc", "1", "true", "null", "10.0.0.1", "10.0.1.9"])
        .prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![(-3..4_i64).prop_map(Value::from), Just(json!(1.0)), Just(json!(2.5))]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        text().prop_map(Value::from)
    ]
}

fn json_value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(name(), inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn some_text() -> impl Strategy<Value = String> {
    text().prop_filter("not empty", |text| !text.is_empty())
}

fn excluded() -> impl Strategy<Value = Value> {
    prop_oneof![
        scalar(),
        prop::collection::vec(scalar(), 1..3).prop_map(Value::from),
        some_text().prop_map(|text| json!({"prefix": text})),
        some_text().prop_map(|text| json!({"suffix": text})),
    ]
}

fn numeric() -> impl Strategy<Value = Value> {
    let operator = prop::sample::select(vec!["=", "!=", ">", ">=", "<", "<="]);
    let (lower, upper) =
        (prop::sample::select(vec![">", ">="]), prop::sample::select(vec!["<", "<="]));
    prop_oneof![
        (operator, number()).prop_map(|(operator, number)| json!([operator, number])),
        (lower, number(), upper, number()).prop_map(|(a, x, b, y)| json!([a, x, b, y])),
    ]
}

/// One element of a field's list.
fn alternative() -> impl Strategy<Value = Value> {
    let block = prop::sample::select(vec!["10.0.0.1", "10.0.0.0/24", "10.0.0.0/8", "0.0.0.0/0"]);
    prop_oneof![
        scalar(),
        some_text().prop_map(|text| json!({"prefix": text})),
        some_text().prop_map(|text| json!({"suffix": text})),
        some_text().prop_map(|text| json!({"contains": text})),
        excluded().prop_map(|excluded| json!({"anything-but": excluded})),
        numeric().prop_map(|numeric| json!({"numeric": numeric})),
        block.prop_map(|block| json!({"cidr": block})),
        any::<bool>().prop_map(|there| json!({"exists": there})),
    ]
}

fn alternatives() -> impl Strategy<Value = Value> {
    prop::collection::vec(alternative(), 1..3).prop_map(Value::from)
}

fn pattern() -> impl Strategy<Value = Value> {
    let data = alternatives().prop_recursive(2, 6, 2, |inner| {
        prop::collection::btree_map(name(), inner, 1..3)
            .prop_map(|members| Value::Object(members.into_iter().collect()))
    });
    let data = prop::collection::btree_map(name(), data, 1..3);
    (prop::option::of(alternatives()), prop::option::of(data)).prop_map(|(source, data)| {
        let mut pattern = Map::new();
        pattern.extend(source.map(|source| ("source".to_owned(), source)));
        let object = |data: std::collections::BTreeMap<_, _>| data.into_iter().collect();
        pattern.extend(data.map(|data| ("data".to_owned(), Value::Object(object(data)))));
        Value::Object(pattern)
    })
}

fn event() -> impl Strategy<Value = Value> {
    let data = prop::option::of(json_value());
    (prop::option::of(json_value()), data).prop_map(|(source, data)| {
        let mut event = Map::new();
        event.extend(source.map(|source| ("source".to_owned(), source)));
        event.extend(data.map(|data| ("data".to_owned(), data)));
        Value::Object(event)
    })
}

/// Whether an event matches, by the table alone.
fn model(pattern: &Value, event: &Value) -> bool {
    let has_no_data = match event.get("data") {
        None | Some(Value::Null) => true,
        Some(Value::Object(members)) => members.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    };
    let members = pattern.as_object().expect("an object");
    members.iter().all(|(name, wanted)| {
        !(name == "data" && has_no_data) && of_member(wanted, event.get(name))
    })
}

fn of_member(wanted: &Value, found: Option<&Value>) -> bool {
    match wanted {
        Value::Object(members) => members.iter().all(|(name, wanted)| {
            let inner = found.and_then(Value::as_object).and_then(|found| found.get(name));
            of_member(wanted, inner)
        }),
        Value::Array(alternatives) => alternatives.iter().any(|one| of_value(one, found)),
        _ => unreachable!("a pattern ends in lists"),
    }
}

/// The columns of the table.
fn of_value(wanted: &Value, found: Option<&Value>) -> bool {
    let exists = wanted.get("exists").map(|there| there == &json!(true));
    let is_part = |value: &Value| value.is_object() || value.is_array();
    match (found, exists) {
        (None, exists) => exists == Some(false),
        (Some(Value::Object(_)), _) => false,
        (Some(Value::Array(items)), _) if items.is_empty() => false,
        (Some(_), Some(exists)) => exists,
        (Some(Value::Array(items)), None) => {
            !items.iter().any(is_part) && items.iter().any(|item| of_scalar(wanted, item))
        }
        (Some(scalar), None) => of_scalar(wanted, scalar),
    }
}

fn of_scalar(wanted: &Value, found: &Value) -> bool {
    let Some((operator, operand)) = wanted.as_object().and_then(|it| it.iter().next()) else {
        return is_same(wanted, found);
    };
    let text = found.as_str();
    let operand_text = operand.as_str().unwrap_or_default();
    match operator.as_str() {
        "prefix" => text.is_some_and(|text| text.starts_with(operand_text)),
        "suffix" => text.is_some_and(|text| text.ends_with(operand_text)),
        "contains" => text.is_some_and(|text| text.contains(operand_text)),
        "numeric" => operand.as_array().expect("a list").chunks(2).all(|pair| {
            let (Some(value), Some(bound)) = (found.as_f64(), pair[1].as_f64()) else {
                return false;
            };
            match pair[0].as_str() {
                Some("=") => value == bound,
                Some("!=") => value != bound,
                Some(">") => value > bound,
                Some(">=") => value >= bound,
                Some("<") => value < bound,
                _ => value <= bound,
            }
        }),
        "cidr" => text.is_some_and(|text| match operand_text {
            "10.0.0.1" => text == "10.0.0.1",
            "10.0.0.0/24" => text.starts_with("10.0.0."),
            _ => text.starts_with("10."),
        }),
        "anything-but" => match operand {
            Value::Array(all) => !all.iter().any(|one| is_same(one, found)),
            // A number has a text, too.
            Value::Object(_) => {
                let text = plain(found).unwrap_or_default();
                let prefix = operand.get("prefix").and_then(Value::as_str);
                let suffix = operand.get("suffix").and_then(Value::as_str);
                !(prefix.is_some_and(|it| text.starts_with(it))
                    || suffix.is_some_and(|it| text.ends_with(it)))
            }
            one => !is_same(one, found),
        },
        other => unreachable!("{other}"),
    }
}

/// The text of a scalar; null has none.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn is_same(wanted: &Value, found: &Value) -> bool {
    plain(wanted) == plain(found)
}

proptest! {
    #[test]
    fn an_event_matches_where_the_table_says_so(pattern in pattern(), event in event()) {
        let text = pattern.to_string();
        let (parsed, _) = Pattern::parse("pattern", &text)
            .map_err(|problems| TestCaseError::fail(format!("{text}: {problems}")))?;
        prop_assert_eq!(parsed.matches(&event), model(&pattern, &event), "{} {}", text, event);
    }

    #[test]
    fn no_json_makes_it_panic(pattern in json_value(), event in json_value()) {
        match Pattern::parse("pattern", &pattern.to_string()) {
            Ok((pattern, _)) => prop_assert_eq!(
                pattern.matches(&event),
                pattern.mismatch(&event).is_none()
            ),
            Err(problems) => prop_assert!(!problems.to_string().is_empty()),
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,40}|[\\[\\]{}\":,a0 ]{0,40}") {
        let _ = Pattern::parse("pattern", &text);
    }
}
