//! MySQL and MariaDB types and the form in which their values arrive.

use cdc_checks::facts::mysql::Line;
use cdc_checks::{BinaryHandling, Conversion};
use serde_json::json;

use crate::events::mapping::{Literal, Mapping, Sent, document, utc_moment};

/// The form in which the values of a `COLUMN_TYPE` arrive.
pub(super) fn of(column_type: &str, line: Line, conversion: &Conversion) -> Mapping {
    let parsed = ColumnType::parse(column_type);
    if parsed.attributes.contains("compressed") {
        return stops_engine("a COMPRESSED column stops the engine");
    }
    number(&parsed, conversion)
        .or_else(|| text(&parsed))
        .or_else(|| bytes(&parsed.name, conversion.binary))
        .or_else(|| temporal(&parsed, conversion))
        .or_else(|| structured(&parsed.name))
        .or_else(|| if line == Line::MariaDb { maria_db(&parsed.name) } else { None })
        .unwrap_or_else(Mapping::unknown)
}

/// `COLUMN_TYPE` in its parts, for example `int`, `11` and `unsigned`.
struct ColumnType<'a> {
    name: String,
    arguments: &'a str,
    attributes: String,
}

impl<'a> ColumnType<'a> {
    fn parse(text: &'a str) -> Self {
        let name_end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        let (name, rest) = text.split_at(name_end);
        let (arguments, attributes) =
            rest.strip_prefix('(').and_then(|inside| inside.rsplit_once(')')).unwrap_or(("", rest));
        Self { name: name.to_lowercase(), arguments, attributes: attributes.to_lowercase() }
    }

    fn numbers(&self) -> (Option<u32>, Option<u32>) {
        let mut numbers = self.arguments.split(',').map(|number| number.trim().parse().ok());
        (numbers.next().flatten(), numbers.next().flatten())
    }

    fn is_unsigned(&self) -> bool {
        self.attributes.contains("unsigned")
    }

    /// The quoted words of an enum or a set.
    fn labels(&self) -> Vec<String> {
        let mut labels = Vec::new();
        let mut rest = self.arguments;
        while let Some(inside) = rest.trim_start_matches(',').strip_prefix('\'') {
            let (label, after) = quoted(inside);
            labels.push(label);
            rest = after;
        }
        labels
    }
}

/// The word behind an opening quote, and what follows its closing one.
fn quoted(text: &str) -> (String, &str) {
    let mut label = String::new();
    let mut rest = text;
    while let Some((part, after)) = rest.split_once('\'') {
        label.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                label.push('\'');
                rest = more;
            }
            None => return (label, after),
        }
    }
    label.push_str(rest);
    (label, "")
}

fn number(column: &ColumnType, conversion: &Conversion) -> Option<Mapping> {
    let sized = |bits: u32| {
        if column.is_unsigned() {
            Mapping::integer(0, (1 << bits) - 1)
        } else {
            Mapping::integer(-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
        }
    };
    let (first, second) = column.numbers();
    Some(match column.name.as_str() {
        "tinyint" if first == Some(1) => sized(8).note("a number, not a boolean"),
        "tinyint" => sized(8),
        "smallint" => sized(16),
        "mediumint" => sized(24),
        "int" | "integer" => sized(32),
        "bigint" if column.is_unsigned() => Mapping::integer(i64::MIN, i64::MAX)
            .note("values from 9223372036854775808 on arrive as negative numbers"),
        "bigint" => Mapping::integer(i64::MIN, i64::MAX),
        "float" | "double" => Mapping::new("number", json!({"type": "number"})),
        "decimal" => Mapping::decimal(first.unwrap_or(10), second.unwrap_or(0), conversion.decimal),
        "bit" if first.unwrap_or(1) == 1 => Mapping::boolean(),
        "bit" => Mapping::base64("base64 of little-endian bytes"),
        "year" => Mapping::integer(1900, 2155).note("0000 arrives as 1900, in a snapshot as 2000"),
        _ => return None,
    })
}

fn text(column: &ColumnType) -> Option<Mapping> {
    let (limit, _) = column.numbers();
    Some(match column.name.as_str() {
        "char" => Mapping::text(limit).note("trailing spaces are lost"),
        "varchar" => Mapping::text(limit),
        "tinytext" | "text" | "mediumtext" | "longtext" => Mapping::text(None),
        "enum" => enumeration(column.labels()),
        "set" => set(&column.labels()),
        "json" => Mapping {
            encoding: Some("JSON as text"),
            schema: document("application/json"),
            literal: Literal::Unknown,
            ..Mapping::text(None)
        }
        .note("written anew by the engine: order of keys and form of numbers change"),
        _ => return None,
    })
}

/// The labels, the empty text of an invalid value, and the engine's own form of labels with a comma.
fn enumeration(labels: Vec<String>) -> Mapping {
    let escaped = labels.iter().map(|label| label.replace(',', "\\,"));
    let mut values: Vec<String> = labels.iter().cloned().chain(escaped).collect();
    values.push(String::new());
    let mut seen = std::collections::BTreeSet::new();
    values.retain(|value| seen.insert(value.clone()));
    let has_comma = labels.iter().any(|label| label.contains(','));
    let schema = json!({"type": "string", "enum": values});
    let mapping = Mapping { literal: Literal::Text, ..Mapping::new("string", schema) };
    if has_comma {
        return mapping.note("a comma in a label arrives as \\, and in a snapshot as it is");
    }
    mapping
}

fn set(labels: &[String]) -> Mapping {
    let escaped: Vec<String> = labels.iter().map(|label| escape_pattern(label)).collect();
    let one = escaped.join("|");
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

fn bytes(name: &str, mode: BinaryHandling) -> Option<Mapping> {
    match name {
        "binary" => Some(Mapping::bytes(mode).note("padded with zeros to its length")),
        "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Some(Mapping::bytes(mode)),
        _ => None,
    }
}

fn temporal(column: &ColumnType, conversion: &Conversion) -> Option<Mapping> {
    /// `TIME` reaches from -838:59:59.999999 to 838:59:59.999999.
    const LONGEST: i64 = 3_020_399_999_999;
    const ZERO: &str = "a zero date arrives as null, or as 1970-01-01 where NOT NULL";
    let (digits, _) = column.numbers();
    Some(match column.name.as_str() {
        "date" => Mapping::date(conversion.time).note(ZERO),
        "time" => Mapping {
            encoding: Some("µs"),
            literal: Literal::Unknown,
            ..Mapping::integer(-LONGEST, LONGEST)
        },
        "datetime" => Mapping::timestamp(digits.unwrap_or(0), conversion.time).note(ZERO),
        "timestamp" => Mapping::formatted("moment in UTC", utc_moment()),
        _ => return None,
    })
}

fn structured(name: &str) -> Option<Mapping> {
    match name {
        "point" => Some(Mapping::geometry(true)),
        "geometry" | "linestring" | "polygon" | "multipoint" | "multilinestring"
        | "multipolygon" | "geometrycollection" | "geomcollection" => {
            Some(Mapping::geometry(false))
        }
        "vector" => {
            let schema = json!({"type": "array", "items": {"type": "number"}});
            Some(Mapping::new("array", schema))
        }
        _ => None,
    }
}

fn maria_db(name: &str) -> Option<Mapping> {
    match name {
        "uuid" => Some(Mapping::formatted("uuid", json!({"type": "string", "format": "uuid"}))),
        "inet4" | "inet6" => Some(stops_engine("a column of this type stops the engine")),
        _ => None,
    }
}

fn stops_engine(why: &'static str) -> Mapping {
    Mapping { sent: Sent::StopsEngine, ..Mapping::absent() }.note(why)
}
