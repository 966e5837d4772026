//! Numbers and bits.

use cdc_checks::DecimalHandling;
use serde_json::{Value, json};

use super::Type;
use crate::events::mapping::{Literal, Mapping};

const NOT_A_NUMBER: &str = "NaN and the infinities arrive as null, or as 0 where NOT NULL";
const BEYOND_2_53: &str = "numbers beyond 2^53 lose digits in readers that know only doubles";

pub(super) fn of(data_type: &Type) -> Option<Mapping> {
    let conversion = data_type.conversion;
    let bits = data_type.first();
    Some(match data_type.name {
        "int2" => Mapping::integer(i16::MIN.into(), i16::MAX.into()).at_most(2),
        "int4" => Mapping::integer(i32::MIN.into(), i32::MAX.into()).at_most(4),
        "int8" => Mapping::integer(i64::MIN, i64::MAX).at_most(8).note(BEYOND_2_53),
        "oid" => Mapping::integer(0, u32::MAX.into()).at_most(4),
        "float4" | "float8" => double().at_most(8),
        "numeric" => numeric(data_type),
        "money" => money(conversion.money_fraction_digits.into(), conversion.decimal),
        "bool" => Mapping::boolean().at_most(1),
        // `bit` without a length is `bit(1)`.
        "bit" => sized(Mapping::bits(Some(bits.unwrap_or(1))), Some(bits.unwrap_or(1))),
        "varbit" => sized(Mapping::bits(bits), bits).note("leading zeros are lost"),
        _ => return None,
    })
}

fn sized(mapping: Mapping, bits: Option<u32>) -> Mapping {
    Mapping { max_bytes: bits.map(|bits| bits.div_ceil(8) + 8), ..mapping }
}

/// A number, or the words for those that JSON does not have.
fn or_words(number: Value, words: &[&str]) -> Value {
    json!({"anyOf": [number, {"enum": words}]})
}

fn double() -> Mapping {
    let schema = or_words(json!({"type": "number"}), &["NaN", "Infinity", "-Infinity"]);
    Mapping { zero: Some(json!(0.0)), literal: Literal::Double, ..Mapping::new("number", schema) }
        .note("NaN and the infinities arrive as text")
}

fn numeric(data_type: &Type) -> Mapping {
    let mode = data_type.conversion.decimal;
    let (precision, scale) = match data_type.modifiers {
        [] => return any_numeric(mode),
        [precision] => (*precision, 0),
        [precision, scale, ..] => (*precision, *scale),
    };
    let precision = u32::try_from(precision).unwrap_or_default();
    // Four digits take two bytes; the header, the weight and rounding take the rest.
    let bytes = precision.div_ceil(4) * 2 + 12;
    let Ok(scale) = u32::try_from(scale) else { return negative_scale(mode).at_most(bytes) };
    match mode {
        DecimalHandling::Precise => Mapping::decimal(precision, scale, mode).note(NOT_A_NUMBER),
        DecimalHandling::Double => double().note("digits beyond the 15th may be lost"),
        DecimalHandling::String => with_words(Mapping::decimal(precision, scale, mode)),
    }
    .at_most(bytes)
}

/// Text of a decimal number, or one of the words for those that are none.
fn with_words(mapping: Mapping) -> Mapping {
    let words = ["NAN", "POSITIVE_INFINITY", "NEGATIVE_INFINITY"];
    let schema = or_words(mapping.schema, &words);
    Mapping { schema, ..mapping }
}

/// `numeric` without a precision: every value brings its own scale.
fn any_numeric(mode: DecimalHandling) -> Mapping {
    match mode {
        DecimalHandling::Precise => Mapping {
            encoding: Some("scale, and base64 of the unscaled number"),
            zero: Some(json!({"scale": 0, "value": "AA=="})),
            ..Mapping::new("object", variable_scale())
        }
        .note(NOT_A_NUMBER)
        .note("trailing zeros are lost"),
        DecimalHandling::Double => double().note("digits beyond the 15th may be lost"),
        DecimalHandling::String => with_words(digits()),
    }
}

fn variable_scale() -> Value {
    json!({
        "type": "object",
        "properties": {
            "scale": {"type": "integer", "minimum": 0, "maximum": 16383},
            "value": Mapping::base64("").schema,
        },
        "required": ["scale", "value"],
        "additionalProperties": false,
    })
}

fn digits() -> Mapping {
    let schema = json!({"type": "string", "pattern": "^-?\\d+(\\.\\d+)?$"});
    Mapping {
        zero: Some(json!("0")),
        literal: Literal::DecimalText(None),
        ..Mapping::formatted("decimal digits", schema)
    }
}

/// The engine reads a negative scale as one of 2046 and more.
fn negative_scale(mode: DecimalHandling) -> Mapping {
    const WRONG: &str = "the engine takes the negative scale for one of 2046 and more decimals";
    match mode {
        DecimalHandling::Precise => Mapping::base64("base64 of the unscaled big-endian number"),
        DecimalHandling::Double => double(),
        DecimalHandling::String => with_words(Mapping { literal: Literal::Unknown, ..digits() }),
    }
    .note(WRONG)
}

fn money(fraction_digits: u32, mode: DecimalHandling) -> Mapping {
    let mapping = match mode {
        // A value keeps the decimals that the server gives it, whatever the setting.
        DecimalHandling::String => {
            let zero =
                crate::events::default::shown(Literal::DecimalText(Some(fraction_digits)), "0");
            Mapping { zero, ..digits() }
        }
        mode => Mapping::decimal(19, fraction_digits, mode),
    };
    mapping.at_most(8).note("the currency is lost")
}
