//! What stands for a large value that an update left unchanged.
//!
//! The engine has the placeholder as text, and what the form of a column cannot hold it drops, so
//! that null is left.

use cdc_checks::{BinaryHandling, Conversion, HstoreHandling, TimePrecision};
use serde_json::{Value, json};

use super::TEXT_AS_BYTES;
use crate::events::default::base64;
use crate::events::mapping::{Mapping, Unchanged};

/// The placeholder that the connector has by default, and the UUID that the engine makes of it.
const DEFAULT_UUID: (&str, &str) =
    ("__debezium_unavailable_value", "b68a35a7-17ad-35b3-af2a-ae46edb4545a");

pub(super) fn of_scalar(name: &str, mapping: &Mapping, conversion: &Conversion) -> Unchanged {
    let placeholder = &conversion.placeholder;
    match name {
        // Null even where the column is NOT NULL.
        "geometry" | "geography" => Unchanged::Placeholder(Value::Null),
        "hstore" => Unchanged::Placeholder(hstore(conversion)),
        "bytea" => bytes(conversion),
        _ if mapping.encoding == Some(TEXT_AS_BYTES) => bytes(conversion),
        _ if mapping.json_type == "string" && !is_base64(mapping) => {
            Unchanged::Placeholder(json!(placeholder))
        }
        _ => Unchanged::Null,
    }
}

/// Whether the value is bytes to the engine, as bits and decimals are.
fn is_base64(mapping: &Mapping) -> bool {
    mapping.schema.get("contentEncoding").is_some()
}

fn bytes(conversion: &Conversion) -> Unchanged {
    let placeholder = &conversion.placeholder;
    match conversion.binary {
        BinaryHandling::Bytes => Unchanged::Placeholder(json!(base64(placeholder.as_bytes()))),
        BinaryHandling::Hex => Unchanged::Placeholder(json!(placeholder)),
        BinaryHandling::Base64 | BinaryHandling::Base64UrlSafe => Unchanged::Null,
    }
}

fn hstore(conversion: &Conversion) -> Value {
    let placeholder = &conversion.placeholder;
    let map = json!({ placeholder.as_str(): placeholder });
    match conversion.hstore {
        HstoreHandling::Json => json!(map.to_string()),
        HstoreHandling::Map => map,
    }
}

pub(super) fn of_array(element: &str, conversion: &Conversion) -> Unchanged {
    let placeholder = &conversion.placeholder;
    match element {
        "text" | "varchar" | "bpchar" | "json" | "jsonb" => {
            Unchanged::Placeholder(json!([placeholder]))
        }
        // Its character codes, which look like numbers and days.
        "int4" | "int8" => Unchanged::Placeholder(json!(placeholder.as_bytes())),
        "date" if !matches!(conversion.time, TimePrecision::Connect | TimePrecision::Isostring) => {
            Unchanged::Placeholder(json!(placeholder.as_bytes()))
        }
        "uuid" if *placeholder == DEFAULT_UUID.0 => Unchanged::Placeholder(json!([DEFAULT_UUID.1])),
        "uuid" => Unchanged::Unknown,
        "bytea" if conversion.binary == BinaryHandling::Bytes => {
            Unchanged::Placeholder(json!([base64(placeholder.as_bytes())]))
        }
        _ => Unchanged::Null,
    }
}
