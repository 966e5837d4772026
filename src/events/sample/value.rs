//! A value that fits a column: its schema decides on the form, its name and type on the rest.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use regex::Regex;
use serde_json::{Map, Value, json};

use super::MOMENT_MS;
use super::words;
use crate::events::contract::ColumnContract;
use crate::events::default;
use crate::events::mapping::Literal;

/// 2026-01-15 in days since 1970.
const DAY: i64 = MOMENT_MS / 86_400_000;
/// A day in milliseconds: a later state of a row is a day younger.
const DAY_MS: i64 = 86_400_000;
/// 09:30 in milliseconds of the day.
const TIME_MS: i64 = MOMENT_MS % 86_400_000;

/// The value of a column in the first or a later state of a row.
pub(super) fn of(column: &ColumnContract, state: usize, patterns: &Patterns) -> Value {
    let hint = Hint {
        name: column.name.untrusted().to_lowercase(),
        database_type: column.database_type.untrusted().to_lowercase(),
        encoding: column.encoding.as_deref().unwrap_or_default(),
        state,
        patterns,
    };
    of_schema(&column.schema, &hint)
}

/// What a schema does not say.
struct Hint<'a> {
    name: String,
    database_type: String,
    encoding: &'a str,
    state: usize,
    patterns: &'a Patterns,
}

impl Hint<'_> {
    /// The state as a number to add.
    fn step(&self) -> i64 {
        i64::try_from(self.state).unwrap_or_default()
    }
}

fn of_schema(schema: &Value, hint: &Hint) -> Value {
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        return choice(choices, hint);
    }
    if let Some(first) = schema.get("anyOf").and_then(|choices| choices.get(0)) {
        return of_schema(first, hint);
    }
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str),
        Some(kind) => kind.as_str(),
        None => None,
    };
    match kind {
        Some("array") => array(schema, hint),
        Some("boolean") => json!(hint.state == 0),
        Some("integer") => integer(schema, hint),
        Some("number") => number(hint),
        Some("object") => object(schema, hint),
        Some("string") => text(schema, hint),
        _ => Value::Null,
    }
}

/// One of the labels; the empty one, which stands for an invalid value, last.
fn choice(choices: &[Value], hint: &Hint) -> Value {
    let labels: Vec<&Value> = choices.iter().filter(|label| *label != "").collect();
    let place = hint.state % labels.len().max(1);
    labels.get(place).copied().or(choices.first()).cloned().unwrap_or_default()
}

fn array(schema: &Value, hint: &Hint) -> Value {
    let length = schema.get("minItems").and_then(Value::as_u64).unwrap_or(2);
    let Some(items) = schema.get("items") else { return json!([]) };
    let item = |place: u64| match items.get("type").and_then(Value::as_str) {
        // Numbers such as those of an embedding.
        Some("number") => json!((place % 8) as f64 / 8.0),
        _ => of_schema(items, hint),
    };
    (0..length).map(item).collect()
}

fn integer(schema: &Value, hint: &Hint) -> Value {
    let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
    let (least, most) = (bound("minimum"), bound("maximum"));
    let step = hint.step();
    let value = match hint.encoding {
        "days since 1970-01-01" => DAY + step,
        encoding if encoding.starts_with("ns since") => (MOMENT_MS + step * DAY_MS) * 1_000_000,
        encoding if encoding.starts_with("µs since") => (MOMENT_MS + step * DAY_MS) * 1_000,
        encoding if encoding.starts_with("ms ") && encoding.contains("since") => {
            MOMENT_MS + step * DAY_MS
        }
        encoding if encoding.starts_with("ns") => TIME_MS * 1_000_000,
        encoding if encoding.starts_with("ms") => TIME_MS,
        encoding if encoding.starts_with("µs") => TIME_MS * 1_000,
        _ if hint.database_type.starts_with("year") => 2026,
        _ => words::integer(&hint.name) + step,
    };
    json!(value.clamp(least.unwrap_or(i64::MIN), most.unwrap_or(i64::MAX)))
}

fn number(hint: &Hint) -> Value {
    json!(words::number(&hint.name) + hint.step() as f64)
}

fn object(schema: &Value, hint: &Hint) -> Value {
    let empty = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let has = |name: &str| properties.contains_key(name);
    if has("wkb") {
        return point(has("x"));
    }
    if has("scale") && has("value") {
        return json!({"scale": 2, "value": decimal(words::DECIMAL, 2)});
    }
    if has("dimensions") {
        return json!({"dimensions": 3, "vector": [[1, 0.5], [3, 0.25]]});
    }
    properties.iter().map(|(name, schema)| (name.clone(), of_schema(schema, hint))).collect()
}

/// The point (1 2) as WKB: little-endian, type 1, two doubles.
fn point(with_numbers: bool) -> Value {
    let wkb = "AQEAAAAAAAAAAADwPwAAAAAAAABA";
    if with_numbers {
        json!({"x": 1.0, "y": 2.0, "wkb": wkb, "srid": null})
    } else {
        json!({"wkb": wkb, "srid": null})
    }
}

fn text(schema: &Value, hint: &Hint) -> Value {
    if let Some(parameters) = schema.get("x-cdc-decimal") {
        let part = |name: &str| parameters.get(name).and_then(Value::as_u64).unwrap_or_default();
        let (precision, scale) = (part("precision"), part("scale"));
        // Two digits before the point, where the type has as many.
        let plain = if precision >= scale + 2 { words::DECIMAL } else { "0" };
        return decimal(plain, u32::try_from(scale).unwrap_or_default());
    }
    let said = |name: &str| schema.get(name).and_then(Value::as_str);
    let other = hint.state % 2 == 1;
    let pick = |first: &'static str, second: &'static str| if other { second } else { first };
    if let Some(encoding) = said("contentEncoding") {
        return json!(encoded(schema, encoding, pick("hello", "world")));
    }
    match said("contentMediaType") {
        Some("application/json") => return json!(pick("{\"a\":1}", "{\"a\":2}")),
        Some("application/xml") => return json!(pick("<a>1</a>", "<a>2</a>")),
        _ => {}
    }
    if said("format") == Some("uuid") {
        let (first, second) =
            ("7f3d1a52-0c5e-4b8f-9a61-2d4e8c0b9f17", "c2a4e6f8-1b3d-4f5a-8c7e-9d0b1a2c3e4f");
        return json!(pick(first, second));
    }
    if let Some(pattern) = said("pattern") {
        return json!(fitting(pattern, hint));
    }
    let limit = schema.get("maxLength").and_then(Value::as_u64);
    let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let word = words::text(&hint.name, &hint.database_type, hint.encoding, hint.state);
    let mut word: String = word.chars().take(limit).collect();
    // PostgreSQL fills these up with spaces.
    if hint.database_type.starts_with("character(") && limit < 10_000 {
        let missing = limit.saturating_sub(word.chars().count());
        word.extend(std::iter::repeat_n(' ', missing));
    }
    json!(word)
}

/// A word as bytes, cut or repeated to a length that the schema takes.
fn encoded(schema: &Value, encoding: &str, word: &str) -> String {
    let limit = |name: &str| schema.get(name).and_then(Value::as_u64);
    let (least, most) = (limit("minLength").unwrap_or(0), limit("maxLength").unwrap_or(u64::MAX));
    let pattern = schema.get("pattern").and_then(Value::as_str).unwrap_or_default();
    let plain = word.len() as u64;
    let is_hex = encoding == "base16";
    let length = |bytes: u64| if is_hex { bytes * 2 } else { bytes.div_ceil(3) * 4 };
    let bytes = if least == most && !is_hex {
        // Of base64 with one length only, the signs at the end tell the number of bytes.
        let padding = pattern.trim_end_matches('$').chars().rev().take_while(|c| *c == '=');
        (most / 4 * 3).saturating_sub(padding.count() as u64)
    } else if (least..=most).contains(&length(plain)) {
        plain
    } else if is_hex {
        least / 2
    } else {
        least / 4 * 3
    };
    let bytes: Vec<u8> =
        word.bytes().cycle().take(usize::try_from(bytes).unwrap_or_default()).collect();
    if is_hex {
        return bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    }
    BASE64.encode(bytes)
}

/// A decimal number in base64 of its unscaled value; zero where it has more decimals than the scale.
fn decimal(text: &str, scale: u32) -> Value {
    let shown = default::shown(Literal::Decimal(scale), text);
    let cut = || default::shown(Literal::Decimal(scale), text.split('.').next().unwrap_or("0"));
    shown.or_else(cut).unwrap_or_else(|| json!("AA=="))
}

/// What fits a pattern, for the two states of a row: reading a pattern takes longer than all the rest.
#[derive(Default)]
pub(super) struct Patterns(RefCell<HashMap<String, [String; 2]>>);

/// The first two texts that fit, of the label that a type of MySQL names and of the forms that the
/// rules ask for; the empty text where none does.
fn fitting(pattern: &str, hint: &Hint) -> String {
    let mut known = hint.patterns.0.borrow_mut();
    let pair = match known.get(pattern) {
        Some(pair) => pair,
        None => {
            let label = hint.database_type.split('\'').nth(1).unwrap_or_default();
            known.entry(pattern.to_owned()).or_insert_with(|| pair(pattern, label))
        }
    };
    pair[hint.state % 2].clone()
}

fn pair(pattern: &str, label: &str) -> [String; 2] {
    static FORMS: LazyLock<Vec<String>> = LazyLock::new(forms);
    // A pattern that cannot be read tells nothing of what fits it.
    let Ok(pattern) = Regex::new(pattern) else { return Default::default() };
    let label = Some(label).filter(|label| !label.is_empty());
    let candidates = label.into_iter().chain(FORMS.iter().map(String::as_str));
    let mut fitting = candidates.filter(|form| pattern.is_match(form)).map(str::to_owned);
    let first = fitting.next().unwrap_or_default();
    let second = fitting.next().unwrap_or_else(|| first.clone());
    [first, second]
}

/// Texts in the forms that the rules know: moments, dates, times, intervals, decimals, ranges,
/// addresses.
fn forms() -> Vec<String> {
    let fixed = [
        "2026-01-15T09:30:00Z",
        "2026-01-16T09:30:00Z",
        "2026-01-15Z",
        "2026-01-16Z",
        "09:30:00Z",
        "10:30:00Z",
        "P0Y0M3DT4H5M6S",
        "P0Y0M3DT4H5M6.0S",
        "P1Y2M3DT4H5M6.789012S",
        "19",
        "42",
        "7",
        "[1,10)",
        "[2,20)",
        "[2026-01-15,2026-02-15)",
        "[2026-01-16,2026-02-16)",
        "[\"2026-01-15 09:30:00\",\"2026-01-15 10:30:00\")",
        "[\"2026-01-16 09:30:00\",\"2026-01-16 10:30:00\")",
        "[\"2026-01-15 09:30:00+00\",\"2026-01-15 10:30:00+00\")",
        "[\"2026-01-16 09:30:00+00\",\"2026-01-16 10:30:00+00\")",
        "08:00:2b:01:02:03",
        "08:00:2b:01:02:04",
        "08:00:2b:01:02:03:04:05",
        "08:00:2b:01:02:03:04:06",
    ];
    let decimals = (1..=38).flat_map(|scale| {
        ["19.9", "42.5", "0.5"].map(|number| {
            let fraction = scale + number.len() - number.split('.').nth(1).map_or(0, str::len);
            format!("{number:0<fraction$}")
        })
    });
    fixed.into_iter().map(str::to_owned).chain(decimals).collect()
}
