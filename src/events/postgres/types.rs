//! PostgreSQL types and the form in which their values arrive.

use cdc_checks::Conversion;
use cdc_checks::facts::postgres::Column;
use serde_json::{Value, json};

use crate::events::contract::Evidence;
use crate::events::mapping::{Literal, Mapping, Sent, Unchanged, document, utc_moment};

const PLACEHOLDER: &str = "__debezium_unavailable_value";

/// The placeholder in base64, as `bytea` shows it.
const PLACEHOLDER_BASE64: &str = "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==";
/// The UUID that the engine makes of the placeholder.
const PLACEHOLDER_UUID: &str = "b68a35a7-17ad-35b3-af2a-ae46edb4545a";

/// The form in which a column's values arrive.
pub(super) fn of_column(column: &Column, conversion: &Conversion) -> Mapping {
    let _ = conversion;
    let modifiers = Modifiers::of_column(column);
    if column.is_array {
        return array(column, &modifiers);
    }
    match column.type_kind.as_str() {
        "c" | "m" => Mapping::absent(),
        "e" => enumeration(column),
        "r" => range(&column.base_type),
        _ => base(&column.base_type, &modifiers),
    }
}

/// What stands in parentheses behind a type's name.
enum Modifiers {
    /// The numbers; none where there are no parentheses.
    Known(Vec<i64>),
    /// The column is of a domain, whose own name hides them.
    Hidden,
}

impl Modifiers {
    fn of_column(column: &Column) -> Self {
        if column.type_kind == "d" {
            return Self::Hidden;
        }
        let text = column.data_type.untrusted();
        let inside = text.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
        let (numbers, _) = inside.unwrap_or_default();
        Self::Known(numbers.split(',').filter_map(|number| number.trim().parse().ok()).collect())
    }

    fn first(&self) -> Option<u32> {
        match self {
            Self::Known(numbers) => u32::try_from(*numbers.first()?).ok(),
            Self::Hidden => None,
        }
    }
}

fn base(name: &str, modifiers: &Modifiers) -> Mapping {
    number(name, modifiers)
        .or_else(|| text(name, modifiers))
        .or_else(|| temporal(name, modifiers))
        .or_else(|| structured(name, modifiers))
        .unwrap_or_else(Mapping::unknown)
}

fn number(name: &str, modifiers: &Modifiers) -> Option<Mapping> {
    Some(match name {
        "int2" => Mapping::integer(i16::MIN.into(), i16::MAX.into()).at_most(2),
        "int4" => Mapping::integer(i32::MIN.into(), i32::MAX.into()).at_most(4),
        "int8" => Mapping::integer(i64::MIN, i64::MAX).at_most(8),
        "oid" => Mapping::integer(0, u32::MAX.into()).at_most(4),
        "float4" | "float8" => float().at_most(8),
        "numeric" => numeric(modifiers),
        "money" => Mapping::decimal(19, 2, cdc_checks::DecimalHandling::Precise)
            .at_most(8)
            .note("the currency is lost"),
        "bool" => Mapping::boolean().at_most(1),
        "bit" | "varbit" => bits(name, modifiers),
        _ => return None,
    })
}

fn float() -> Mapping {
    let words = json!({"enum": ["NaN", "Infinity", "-Infinity"]});
    Mapping {
        unchanged: Unchanged::Null,
        ..Mapping::new("number", json!({"anyOf": [{"type": "number"}, words]}))
    }
    .note("NaN and the infinities arrive as text")
}

fn numeric(modifiers: &Modifiers) -> Mapping {
    let mapping = match modifiers {
        Modifiers::Hidden => Mapping::unknown().note("the domain hides precision and scale"),
        Modifiers::Known(numbers) => match numbers.as_slice() {
            [] => any_numeric(),
            [_, scale] if *scale < 0 => Mapping::base64("base64")
                .note("a negative scale is not decoded correctly by the engine"),
            [precision, rest @ ..] => {
                let scale = rest.first().copied().unwrap_or(0);
                let unsigned = |number: i64| u32::try_from(number).unwrap_or(0);
                // Four digits take two bytes; the header, the weight and rounding take the rest.
                let bytes = unsigned(*precision).div_ceil(4) * 2 + 12;
                Mapping::decimal(
                    unsigned(*precision),
                    unsigned(scale),
                    cdc_checks::DecimalHandling::Precise,
                )
                .at_most(bytes)
            }
        },
    };
    Mapping { unchanged: Unchanged::Null, ..mapping }.note("NaN and the infinities arrive as null")
}

/// `numeric` without a precision: every value brings its own scale.
fn any_numeric() -> Mapping {
    let schema = json!({
        "type": "object",
        "properties": {"scale": {"type": "integer"}, "value": Mapping::base64("").schema},
        "required": ["scale", "value"],
        "additionalProperties": false,
    });
    let encoding = Some("scale, and base64 of the unscaled number");
    Mapping { encoding, ..Mapping::new("object", schema) }
}

fn bits(name: &str, modifiers: &Modifiers) -> Mapping {
    if matches!(modifiers, Modifiers::Hidden) {
        return Mapping::unknown().note("the domain hides the length");
    }
    let bits = modifiers.first();
    // `bit` without a length is `bit(1)`.
    if name == "bit" && bits.unwrap_or(1) == 1 {
        return Mapping::boolean().at_most(16);
    }
    let mapping = Mapping::base64("base64 of little-endian bytes");
    Mapping {
        max_bytes: bits.map(|bits| bits.div_ceil(8) + 8),
        unchanged: if name == "varbit" { Unchanged::Null } else { Unchanged::Unknown },
        ..mapping
    }
}

fn plain_text(limit: Option<u32>) -> Mapping {
    Mapping { unchanged: Unchanged::Placeholder(json!(PLACEHOLDER)), ..Mapping::text(limit) }
}

fn text(name: &str, modifiers: &Modifiers) -> Option<Mapping> {
    let limit = modifiers.first();
    let bounded = |mapping| Mapping {
        // Up to four bytes a character, and the header.
        max_bytes: limit.map(|limit| limit.saturating_mul(4).saturating_add(4)),
        ..mapping
    };
    Some(match name {
        "varchar" => bounded(plain_text(limit)),
        "bpchar" => Mapping { literal: Literal::Unknown, ..bounded(plain_text(limit)) }
            .note("padded with spaces to its length"),
        "text" => plain_text(None),
        "citext" | "ltree" | "tsvector" => {
            Mapping { literal: Literal::Unknown, ..plain_text(None) }
        }
        "char" => plain_text(Some(1)).at_most(1),
        "name" => system_name(),
        "bytea" => Mapping {
            zero: Some(json!("")),
            unchanged: Unchanged::Placeholder(json!(PLACEHOLDER_BASE64)),
            ..Mapping::base64("base64")
        },
        "uuid" => {
            Mapping::formatted("uuid", json!({"type": "string", "format": "uuid"})).at_most(16)
        }
        "json" | "jsonb" => document_text("JSON as text", "application/json"),
        "xml" => document_text("XML as text", "application/xml"),
        "hstore" => hstore(),
        "inet" | "cidr" | "macaddr" | "macaddr8" => {
            Mapping::new("string", json!({"type": "string"})).at_most(22)
        }
        _ => return None,
    })
}

fn system_name() -> Mapping {
    Mapping { sent: Sent::SnapshotOnly, ..plain_text(None).at_most(64) }
}

fn document_text(encoding: &'static str, media_type: &'static str) -> Mapping {
    Mapping {
        encoding: Some(encoding),
        schema: document(media_type),
        literal: Literal::Unknown,
        ..plain_text(None)
    }
}

fn hstore() -> Mapping {
    let placeholder = json!({ PLACEHOLDER: PLACEHOLDER }).to_string();
    Mapping {
        zero: None,
        unchanged: Unchanged::Placeholder(json!(placeholder)),
        ..document_text("JSON as text", "application/json")
    }
}

fn temporal(name: &str, modifiers: &Modifiers) -> Option<Mapping> {
    let millis = modifiers.first().is_some_and(|digits| digits <= 3);
    let hidden = matches!(modifiers, Modifiers::Hidden);
    Some(
        match name {
            "date" => Mapping {
                encoding: Some("days since 1970-01-01"),
                literal: Literal::Unknown,
                ..Mapping::integer(i32::MIN.into(), i32::MAX.into())
            },
            "time" | "timestamp" if hidden => Mapping {
                evidence: Evidence::Inferred,
                ..Mapping::count("ms or µs, by the domain's precision", Literal::Unknown)
            },
            "time" => time_of_day(millis),
            "timestamp" if millis => Mapping::count("ms since 1970, as if UTC", Literal::Unknown),
            "timestamp" => Mapping::count("µs since 1970, as if UTC", Literal::Unknown),
            "timetz" => Mapping::formatted("time in UTC", utc_time()).note("the offset is lost"),
            "timestamptz" => timestamptz(),
            "interval" => Mapping::count("µs, a month as 30.4375 days", Literal::Unknown),
            _ => return None,
        }
        .at_most(16),
    )
}

fn time_of_day(millis: bool) -> Mapping {
    let (encoding, maximum) =
        if millis { ("ms of the day", 86_400_000) } else { ("µs of the day", 86_400_000_000) };
    let literal = Literal::Unknown;
    Mapping { encoding: Some(encoding), literal, ..Mapping::integer(0, maximum) }
}

fn utc_time() -> Value {
    json!({"type": "string", "pattern": "^\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,6})?Z$"})
}

fn timestamptz() -> Mapping {
    let schema = json!({"anyOf": [utc_moment(), {"enum": ["infinity", "-infinity"]}]});
    Mapping {
        zero: Some(json!("1970-01-01T00:00:00Z")),
        ..Mapping::formatted("moment in UTC", schema)
    }
    .note("the offset is lost")
}

fn structured(name: &str, modifiers: &Modifiers) -> Option<Mapping> {
    Some(match name {
        "point" => Mapping::geometry(true).at_most(16),
        "geometry" | "geography" => {
            // Null even where the column is NOT NULL.
            Mapping { unchanged: Unchanged::Placeholder(Value::Null), ..Mapping::geometry(false) }
        }
        "vector" | "halfvec" => vector(modifiers.first()),
        "sparsevec" => sparse_vector(),
        "box" | "circle" | "jsonpath" | "line" | "lseg" | "path" | "pg_lsn" | "polygon"
        | "regclass" | "tsquery" | "txid_snapshot" | "xid" => Mapping::absent(),
        _ => return None,
    })
}

fn vector(dimensions: Option<u32>) -> Mapping {
    let mut schema = json!({"type": "array", "items": {"type": "number"}});
    if let Some(dimensions) = dimensions {
        schema["minItems"] = json!(dimensions);
        schema["maxItems"] = json!(dimensions);
    }
    let max_bytes = dimensions.map(|dimensions| dimensions.saturating_mul(4).saturating_add(8));
    Mapping { unchanged: Unchanged::Null, max_bytes, ..Mapping::new("array", schema) }
}

fn sparse_vector() -> Mapping {
    let pair = json!({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2});
    let schema = json!({
        "type": "object",
        "properties": {
            "dimensions": {"type": "integer"},
            "vector": {"type": "array", "items": pair},
        },
        "required": ["dimensions", "vector"],
        "additionalProperties": false,
    });
    Mapping::new("object", schema)
}

fn enumeration(column: &Column) -> Mapping {
    if column.enum_labels.is_empty() {
        return Mapping::unknown().note("the labels were not read");
    }
    let labels = &column.enum_labels;
    Mapping::new("string", json!({"type": "string", "enum": labels})).at_most(4)
}

/// Ranges that come with the server; others have no converter.
fn range(name: &str) -> Mapping {
    let mapping = Mapping::formatted("range as text", json!({"type": "string"}));
    match name {
        "int4range" | "int8range" | "daterange" | "tsrange" | "tstzrange" => mapping.at_most(32),
        "numrange" => mapping,
        _ => Mapping::absent(),
    }
}

fn array(column: &Column, modifiers: &Modifiers) -> Mapping {
    let element_name = column.base_type.trim_start_matches('_');
    let element = element(column, element_name, modifiers);
    if element.sent != Sent::Always {
        return Mapping { max_bytes: None, ..element };
    }
    let items = json!({"anyOf": [element.schema, {"type": "null"}]});
    Mapping {
        encoding: element.encoding,
        zero: Some(json!([])),
        unchanged: unchanged_array(element_name),
        ..Mapping::new("array", json!({"type": "array", "items": items}))
    }
    .note("an array of several dimensions arrives as nulls")
}

fn element(column: &Column, name: &str, modifiers: &Modifiers) -> Mapping {
    if !column.enum_labels.is_empty() {
        return enumeration(column);
    }
    match name {
        "interval" | "point" => Mapping::absent(),
        "int4range" | "int8range" | "daterange" | "tsrange" | "tstzrange" | "numrange" => {
            range(name)
        }
        _ => base(name, modifiers),
    }
}

fn unchanged_array(element: &str) -> Unchanged {
    match element {
        "text" | "varchar" | "jsonb" => Unchanged::Placeholder(json!([PLACEHOLDER])),
        "int4" | "int8" | "date" => {
            let codes: Vec<u32> = PLACEHOLDER.chars().map(u32::from).collect();
            Unchanged::Placeholder(json!(codes))
        }
        "uuid" => Unchanged::Placeholder(json!([PLACEHOLDER_UUID])),
        "bytea" => Unchanged::Placeholder(json!([PLACEHOLDER_BASE64])),
        "float8" | "float4" | "bool" | "numeric" | "timestamptz" => Unchanged::Null,
        _ => Unchanged::Unknown,
    }
}
