//! MySQL and MariaDB types and the form in which their values arrive.

mod bytes;
mod number;
mod temporal;
mod text;

use cdc_checks::Conversion;
use cdc_checks::facts::mysql::Line;
use serde_json::json;

use self::bytes::bytes;
use self::number::number;
use self::temporal::temporal;
use self::text::text;
use super::column_type::ColumnType;
use crate::events::contract::Evidence;
use crate::events::mapping::{Mapping, Sent};

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
