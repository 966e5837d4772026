//! MySQL and MariaDB types and the form in which their values arrive.

use cdc_checks::facts::mysql::Line;
use cdc_checks::{BigintUnsignedHandling, BinaryHandling, Conversion, TimePrecision};
use serde_json::{Value, json};

use super::column_type::{ColumnType, escaped};
use crate::events::contract::Evidence;
use crate::events::mapping::{Literal, Mapping, Sent, document};

/// The form in which the values of a `COLUMN_TYPE` arrive.
pub(super) fn of(column: &ColumnType, line: Line, conversion: &Conversion) -> Mapping {
    number(column, conversion)
        .or_else(|| text(column))
        .or_else(|| bytes(column, conversion.binary))
        .or_else(|| temporal(column, conversion.time))
        .or_else(|| structured(column, line))
        .or_else(|| if line == Line::MariaDb { maria_db(&column.name) } else { None })
        .unwrap_or_else(Mapping::unknown)
}

fn number(column: &ColumnType, conversion: &Conversion) -> Option<Mapping> {
    let sized = |bits: u32| match column.is_unsigned() {
        true => Mapping::integer(0, (1 << bits) - 1),
        false => Mapping::integer(-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
    };
    Some(match column.name.as_str() {
        "tinyint" if column.length() == Some(1) => sized(8).note("a number, not a boolean"),
        "tinyint" => sized(8),
        "smallint" => sized(16),
        "mediumint" => sized(24),
        "int" | "integer" => sized(32),
        "bigint" if column.is_unsigned() => unsigned_bigint(conversion.bigint_unsigned),
        "bigint" => Mapping::integer(i64::MIN, i64::MAX)
            .note("beyond 2^53: readers with doubles lose digits"),
        "float" => floating(column, json!(3.402_823_5e38)).note("about seven digits are kept"),
        "double" | "real" => floating(column, json!(f64::MAX)),
        "decimal" | "numeric" => decimal(column, conversion),
        "bit" if column.length().unwrap_or(1) == 1 => Mapping::boolean(),
        "bit" => {
            let bytes = column.length().unwrap_or(1).div_ceil(8);
            sized_base64(Mapping::base64("base64 of little-endian bytes"), bytes, bytes)
        }
        "year" => Mapping::integer(1900, 2155).note("0000 arrives as 1900, in a snapshot as 2000"),
        _ => return None,
    })
}

fn unsigned_bigint(mode: BigintUnsignedHandling) -> Mapping {
    match mode {
        BigintUnsignedHandling::Long => Mapping::integer(i64::MIN, i64::MAX)
            .note("values from 9223372036854775808 on arrive as negative numbers"),
        BigintUnsignedHandling::Precise => {
            let mut mapping =
                sized_base64(Mapping::base64("base64 of the big-endian number"), 1, 9);
            mapping.schema["x-cdc-decimal"] = json!({"precision": 20, "scale": 0});
            mapping.zero = Some(json!("AA=="));
            mapping.literal = Literal::Decimal(0);
            mapping.note("base64 whatever decimal.handling.mode says")
        }
    }
}

fn floating(column: &ColumnType, largest: Value) -> Mapping {
    let smallest = if column.is_unsigned() { json!(0) } else { negated(&largest) };
    let schema = json!({"type": "number", "minimum": smallest, "maximum": largest});
    Mapping { literal: Literal::Double, ..Mapping::new("number", schema) }
}

fn negated(number: &Value) -> Value {
    json!(-number.as_f64().unwrap_or(f64::MAX))
}

fn decimal(column: &ColumnType, conversion: &Conversion) -> Mapping {
    let (precision, scale) = (column.length().unwrap_or(10), column.scale().unwrap_or(0));
    let mut mapping = Mapping::decimal(precision, scale, conversion.decimal);
    let least = |most: f64| if column.is_unsigned() { 0.0 } else { -most };
    match mapping.literal {
        Literal::Decimal(_) => return sized_base64(mapping, 1, bytes_of_digits(precision)),
        Literal::Double => {
            // A double may round the largest number up to the power of ten.
            let most = 10_f64.powf(f64::from(precision.saturating_sub(scale)));
            mapping.schema["minimum"] = json!(least(most));
            mapping.schema["maximum"] = json!(most);
        }
        _ if column.is_unsigned() => {
            let pattern = mapping.schema["pattern"].as_str().unwrap_or_default();
            mapping.schema["pattern"] = json!(pattern.replacen("-?", "", 1));
        }
        _ => {}
    }
    mapping
}

/// The bytes of the largest number of so many decimal digits, with its sign, in two's complement.
fn bytes_of_digits(digits: u32) -> u32 {
    let bits = (f64::from(digits) * std::f64::consts::LOG2_10).ceil();
    // At most 65 digits: 216 bits.
    bits as u32 / 8 + 1
}

/// Bytes in base64 of which there are no fewer and no more than so many.
fn sized_base64(mut mapping: Mapping, least: u32, most: u32) -> Mapping {
    let characters = |bytes: u32| u64::from(bytes.div_ceil(3)) * 4;
    mapping.schema["pattern"] = json!(match least == most {
        true => exactly(least, "[A-Za-z0-9+/]"),
        false => any_base64("[A-Za-z0-9+/]"),
    });
    mapping.schema["minLength"] = json!(characters(least));
    mapping.schema["maxLength"] = json!(characters(most));
    mapping
}

/// The base64 of whole bytes, by the letters that it uses.
fn any_base64(letter: &str) -> String {
    format!("^({letter}{{4}})*({letter}{{2}}==|{letter}{{3}}=)?$")
}

/// The base64 of so many bytes.
fn exactly(bytes: u32, letter: &str) -> String {
    let end = match bytes % 3 {
        0 => String::new(),
        1 => format!("{letter}{{2}}=="),
        _ => format!("{letter}{{3}}="),
    };
    format!("^({letter}{{4}}){{{}}}{end}$", bytes / 3)
}

fn text(column: &ColumnType) -> Option<Mapping> {
    Some(match column.name.as_str() {
        "char" => Mapping::text(column.length()).note("trailing spaces are lost"),
        "varchar" => Mapping::text(column.length()),
        "tinytext" | "text" => Mapping::text(largest(&column.name)),
        "mediumtext" | "longtext" => Mapping::text(largest(&column.name)).note(LARGE),
        "enum" => enumeration(&column.labels),
        "set" => set(&column.labels),
        "json" => json_text(),
        _ => return None,
    })
}

const LARGE: &str = "EventBridge takes no event beyond 256 KB";

/// The bytes that a value of a type without a length of its own can have. Each character has one at
/// least.
fn largest(name: &str) -> Option<u32> {
    Some(match name {
        "tinytext" | "tinyblob" => 0xff,
        "text" | "blob" => 0xffff,
        "mediumtext" | "mediumblob" => 0xff_ffff,
        "longtext" | "longblob" => u32::MAX,
        _ => return None,
    })
}

fn json_text() -> Mapping {
    let mut schema = document("application/json");
    // Written by the server or the engine, and so without a space before it.
    schema["pattern"] = json!(r#"^[{\["\-0-9tfn]"#);
    Mapping { encoding: Some("JSON as text"), schema, ..Mapping::new("string", Value::Null) }
        .note("written anew in events: order of keys and form of numbers change; not in a snapshot")
}

/// The labels as a snapshot has them, their form in other events, and the empty text that stands for
/// an invalid value.
fn enumeration(labels: &[String]) -> Mapping {
    let mut values: Vec<String> = Vec::new();
    for value in labels.iter().cloned().chain(labels.iter().map(|label| streamed(label))) {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    let is_changed = values.len() > labels.len();
    if !values.iter().any(String::is_empty) {
        values.push(String::new());
    }
    let schema = json!({"type": "string", "enum": values});
    let mapping = Mapping { literal: Literal::Text, ..Mapping::new("string", schema) };
    match is_changed {
        true => mapping.note("a comma in a label arrives as \\, and in a snapshot as it is"),
        false => mapping,
    }
}

/// A label as events of changes have it: the engine reads it from the table's definition, and marks
/// commas.
fn streamed(label: &str) -> String {
    escaped(label, "'").replace(',', "\\,")
}

fn set(labels: &[String]) -> Mapping {
    let mut forms: Vec<String> = Vec::new();
    for label in labels {
        for form in [label.clone(), streamed(label)] {
            let form = escape_pattern(&form);
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
    }
    let one = forms.join("|");
    let pattern = format!("^$|^({one})(,({one}))*$");
    Mapping {
        encoding: Some("labels with commas"),
        literal: Literal::Text,
        ..Mapping::new("string", json!({"type": "string", "pattern": pattern}))
    }
}

/// A text as a regular expression of ECMA-262 that matches it alone.
fn escape_pattern(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if "\\^$.*+?()[]{}|/".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn bytes(column: &ColumnType, mode: BinaryHandling) -> Option<Mapping> {
    let (least, most, note) = match column.name.as_str() {
        "binary" => {
            let length = column.length().unwrap_or(1);
            (length, length, "padded with zeros to its length")
        }
        "varbinary" => (0, column.length().unwrap_or(u32::MAX), ""),
        "tinyblob" | "blob" => (0, largest(&column.name)?, ""),
        name => (0, largest(name)?, LARGE),
    };
    let mapping = match mode {
        BinaryHandling::Bytes | BinaryHandling::Base64 => {
            sized_base64(Mapping::bytes(mode), least, most)
        }
        BinaryHandling::Base64UrlSafe => {
            let mut mapping = sized_base64(Mapping::bytes(mode), least, most);
            let pattern = mapping.schema["pattern"].as_str().unwrap_or_default();
            mapping.schema["pattern"] = json!(pattern.replace("+/", "_-"));
            mapping
        }
        BinaryHandling::Hex => {
            let mut mapping = Mapping::bytes(mode);
            mapping.schema["minLength"] = json!(u64::from(least) * 2);
            mapping.schema["maxLength"] = json!(u64::from(most) * 2);
            mapping
        }
    };
    Some(if note.is_empty() { mapping } else { mapping.note(note) })
}

/// The first and the last day that a DATE or a DATETIME can hold.
const DAYS: [i64; 2] = [-719_528, 2_932_896];
/// The seconds of a day.
const DAY: i64 = 86_400;
const ZERO: &str = "a zero date arrives as null, where NOT NULL as the default or 1970-01-01";

fn temporal(column: &ColumnType, mode: TimePrecision) -> Option<Mapping> {
    let digits = column.length().unwrap_or(0);
    Some(match column.name.as_str() {
        "date" => bounded(Mapping::date(mode), DAYS[0], DAYS[1], 1).note(ZERO),
        "time" => time(digits, mode),
        "datetime" => datetime(digits, mode).note(ZERO),
        "timestamp" => Mapping::formatted("moment in UTC", zoned(digits)).note(ZERO),
        _ => return None,
    })
}

/// The same, known from the engine's source alone.
fn documented(mapping: Mapping) -> Mapping {
    Mapping { evidence: Evidence::Documented, ..mapping }
}

/// The same with tighter bounds, where it is a number at all.
fn bounded(mut mapping: Mapping, least: i64, most: i64, step: i64) -> Mapping {
    if mapping.json_type != "integer" {
        return mapping;
    }
    mapping.schema["minimum"] = json!(least);
    mapping.schema["maximum"] = json!(most);
    if step > 1 {
        mapping.schema["multipleOf"] = json!(step);
    }
    mapping
}

fn datetime(digits: u32, mode: TimePrecision) -> Mapping {
    let mapping = Mapping::timestamp(digits, mode);
    let per_second = match mapping.literal {
        Literal::Millis => 1_000,
        Literal::Micros => 1_000_000,
        Literal::Nanos => {
            return documented(mapping)
                .note("before 1677 and after 2262 nanoseconds do not fit: null");
        }
        _ => {
            let pattern = format!(r"^\d{{4}}-\d{{2}}-\d{{2}}T{}Z$", clock(digits));
            return Mapping { schema: json!({"type": "string", "pattern": pattern}), ..mapping };
        }
    };
    let [first, last] = DAYS;
    let most = (last + 1) * DAY * per_second - 1;
    let step = if digits == 0 { per_second } else { 1 };
    bounded(mapping, first * DAY * per_second, most, step)
}

/// A time of a day with no more than so many digits of a second.
fn clock(digits: u32) -> String {
    match digits {
        0 => r"\d{2}:\d{2}:\d{2}".to_owned(),
        digits => format!(r"\d{{2}}:\d{{2}}:\d{{2}}(\.\d{{1,{digits}}})?"),
    }
}

fn zoned(digits: u32) -> Value {
    let pattern = format!(r"^\d{{4}}-\d{{2}}-\d{{2}}T{}Z$", clock(digits));
    json!({"type": "string", "pattern": pattern})
}

/// `TIME` is a span: it reaches from -838:59:59.999999 to 838:59:59.999999.
fn time(digits: u32, mode: TimePrecision) -> Mapping {
    const SECONDS: i64 = 838 * 3_600 + 59 * 60 + 59;
    const BEYOND: &str = "a negative time, or one beyond 24 hours, arrives as null";
    let span = |unit, per_second: i64| {
        let fraction = if digits == 0 { 0 } else { per_second - 1 };
        let most = SECONDS * per_second + fraction;
        let step = if digits == 0 { per_second } else { 1 };
        let mapping = Mapping::count(unit, Literal::Unknown);
        bounded(mapping, -most, most, step)
    };
    match mode {
        TimePrecision::Adaptive => span("µs", 1_000_000),
        TimePrecision::Microseconds => documented(span("µs", 1_000_000)),
        TimePrecision::Nanoseconds => documented(span("ns", 1_000_000_000)),
        TimePrecision::Connect => {
            let step = if digits == 0 { 1_000 } else { 1 };
            bounded(Mapping::count("ms of the day", Literal::Unknown), 0, DAY * 1_000, step)
                .note(BEYOND)
        }
        TimePrecision::Isostring => {
            let pattern = format!("^{}Z$", clock(digits));
            Mapping::formatted("ISO 8601 time", json!({"type": "string", "pattern": pattern}))
                .note(BEYOND)
        }
    }
}

fn structured(column: &ColumnType, line: Line) -> Option<Mapping> {
    match column.name.as_str() {
        "point" => Some(Mapping::geometry(true)),
        "geometry" | "linestring" | "polygon" | "multipoint" | "multilinestring"
        | "multipolygon" | "geometrycollection" | "geomcollection" => {
            Some(Mapping::geometry(false))
        }
        "vector" => {
            let mut schema = json!({"type": "array", "items": {"type": "number"}, "minItems": 1});
            if let Some(length) = column.length() {
                schema["maxItems"] = json!(length);
            }
            // MariaDB has it since 11.7, and no event of it was seen.
            let evidence =
                if line == Line::MySql { Evidence::Measured } else { Evidence::Documented };
            Some(Mapping { evidence, ..Mapping::new("array", schema) })
        }
        _ => None,
    }
}

fn maria_db(name: &str) -> Option<Mapping> {
    match name {
        "uuid" => {
            let pattern = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";
            let schema = json!({"type": "string", "format": "uuid", "pattern": pattern});
            Some(Mapping::formatted("uuid", schema))
        }
        "inet4" | "inet6" => {
            let mapping = Mapping { sent: Sent::StopsEngine, ..Mapping::absent() };
            Some(mapping.note("a column of this type stops the engine"))
        }
        _ => None,
    }
}
