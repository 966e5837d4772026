//! PostgreSQL types and the form in which their values arrive.

mod array;
mod number;
mod structure;
mod temporal;
mod text;
mod unchanged;

use cdc_checks::Conversion;
use cdc_checks::facts::postgres::Column;
use serde_json::json;

use crate::events::contract::Evidence;
use crate::events::mapping::{Literal, Mapping};

/// How a value without a converter is written, where the connector is told to include it.
const TEXT_AS_BYTES: &str = "its text as bytes";

/// The form in which a column's values arrive.
pub(super) fn of_column(column: &Column, conversion: &Conversion) -> Mapping {
    let name = column.base_type.trim_start_matches('_');
    if column.type_kind == "d" && column.domain_of.is_none() && has_modifiers(name) {
        return Mapping::unknown().note("what the domain is made of was not read");
    }
    let modifiers = modifiers(column);
    let data_type = Type { name, modifiers: &modifiers, conversion };
    let mapping = if column.is_array {
        array::of_elements(column, &data_type)
    } else {
        let mapping = scalar(column, &data_type);
        let unchanged = unchanged::of_scalar(name, &mapping, conversion);
        Mapping { unchanged, ..mapping }
    };
    if column.type_kind == "d" {
        return mapping.note("the domain's own rules are not in the event");
    }
    mapping
}

/// A base type with what stands in parentheses behind its name, and the connector's settings.
struct Type<'a> {
    name: &'a str,
    modifiers: &'a [i64],
    conversion: &'a Conversion,
}

impl Type<'_> {
    /// The first number in parentheses.
    fn first(&self) -> Option<u32> {
        u32::try_from(*self.modifiers.first()?).ok()
    }
}

/// Whether the form of a type's values depends on what stands in parentheses behind its name.
fn has_modifiers(name: &str) -> bool {
    matches!(name, "bit" | "bpchar" | "numeric" | "time" | "timestamp" | "varbit" | "varchar")
}

/// The numbers in parentheses behind the type's name, or behind the name of what a domain is made of.
fn modifiers(column: &Column) -> Vec<i64> {
    let text = column.domain_of.as_ref().unwrap_or(&column.data_type).untrusted();
    let inside = text.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    let (numbers, _) = inside.unwrap_or_default();
    numbers.split(',').filter_map(|number| number.trim().parse().ok()).collect()
}

fn scalar(column: &Column, data_type: &Type) -> Mapping {
    match column.type_kind.as_str() {
        "c" | "m" => without_converter(data_type.conversion, Evidence::Measured),
        "e" => enumeration(column),
        "r" => range(data_type),
        // A domain over an enum, and all the others.
        _ if !column.enum_labels.is_empty() => enumeration(column),
        _ => base(data_type),
    }
}

fn base(data_type: &Type) -> Mapping {
    number::of(data_type)
        .or_else(|| text::of(data_type))
        .or_else(|| temporal::of(data_type))
        .or_else(|| structure::of(data_type))
        .or_else(|| is_range(data_type.name).then(|| range(data_type)))
        .unwrap_or_else(|| other(data_type))
}

/// Types that come with the server and were seen to be left out, and those of extensions.
fn other(data_type: &Type) -> Mapping {
    let evidence = match data_type.name {
        "box" | "circle" | "jsonpath" | "line" | "lseg" | "path" | "pg_lsn" | "polygon"
        | "regclass" | "tsquery" | "txid_snapshot" | "xid" => Evidence::Measured,
        // The engine has converters for named types and for what the driver knows, no others.
        _ => Evidence::Inferred,
    };
    without_converter(data_type.conversion, evidence)
}

/// A type for which the engine has no converter: left out, or its text as bytes.
fn without_converter(conversion: &Conversion, evidence: Evidence) -> Mapping {
    if !conversion.unknown_types {
        return Mapping { evidence, ..Mapping::absent() };
    }
    let encoding = Some(TEXT_AS_BYTES);
    let mapping = Mapping::bytes(conversion.binary);
    Mapping { evidence, encoding, literal: Literal::Unknown, ..mapping }
}

fn enumeration(column: &Column) -> Mapping {
    if column.enum_labels.is_empty() {
        return Mapping::unknown().note("the labels were not read");
    }
    let labels = &column.enum_labels;
    Mapping {
        zero: Some(json!("")),
        literal: Literal::Text,
        ..Mapping::new("string", json!({"type": "string", "enum": labels}))
    }
    .at_most(4)
    .note("a label that ALTER TYPE adds is not in this list")
}

/// Whether it is a range that comes with the server; others have no converter.
fn is_range(name: &str) -> bool {
    matches!(name, "int4range" | "int8range" | "numrange" | "daterange" | "tsrange" | "tstzrange")
}

fn range(data_type: &Type) -> Mapping {
    if !is_range(data_type.name) {
        return without_converter(data_type.conversion, Evidence::Measured);
    }
    let pattern = "^(empty|[\\[(][^,]*,[^,]*[\\])])$";
    let schema = json!({"type": "string", "pattern": pattern});
    let mapping = Mapping { zero: Some(json!("")), ..Mapping::formatted("range as text", schema) }
        .note("written in its canonical form");
    if data_type.name == "numrange" { mapping } else { mapping.at_most(32) }
}
