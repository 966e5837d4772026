//! Numbers and bits.

use cdc_checks::{BigintUnsignedHandling, Conversion};
use serde_json::{Value, json};

use super::bytes::sized_base64;
use crate::events::mapping::{Literal, Mapping};
use crate::events::mysql::column_type::ColumnType;

pub(super) fn number(column: &ColumnType, conversion: &Conversion) -> Option<Mapping> {
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
