//! Arrays, whose elements have the form of their type and may be null.

use cdc_checks::facts::postgres::Column;
use serde_json::json;

use super::{TEXT_AS_BYTES, Type, base, enumeration, range, unchanged, without_converter};
use crate::events::contract::Evidence;
use crate::events::mapping::{Mapping, Sent};

pub(super) fn of_elements(column: &Column, data_type: &Type) -> Mapping {
    let element = match column.element_kind.as_deref() {
        // The engine knows their text at most, and of the whole array.
        Some("c" | "d") => return without_converter(data_type.conversion, Evidence::Measured),
        Some("m") => return without_converter(data_type.conversion, Evidence::Inferred),
        Some("r") => range(data_type),
        _ if !column.enum_labels.is_empty() => enumeration(column),
        _ if is_left_out(data_type.name) => return Mapping::absent(),
        // The engine takes the array for bits; what it then shows was not seen.
        _ if data_type.name == "bit" => return Mapping::unknown(),
        _ => base(data_type),
    };
    // Without a converter for the elements, the array comes as a whole, if at all.
    if element.sent != Sent::Always || element.encoding == Some(TEXT_AS_BYTES) {
        return Mapping { max_bytes: None, ..element };
    }
    let items = json!({"anyOf": [element.schema, {"type": "null"}]});
    Mapping {
        encoding: element.encoding,
        zero: Some(json!([])),
        unchanged: unchanged::of_array(data_type.name, data_type.conversion),
        evidence: element.evidence,
        notes: element.notes,
        ..Mapping::new("array", json!({"type": "array", "items": items}))
    }
    .note("an array of several dimensions arrives as nulls")
}

/// Arrays that the engine leaves out even where it is told to include types that it does not know.
fn is_left_out(element: &str) -> bool {
    matches!(element, "interval" | "money" | "name" | "point" | "refcursor" | "varbit" | "xml")
}
