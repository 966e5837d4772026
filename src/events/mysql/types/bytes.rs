//! Bytes, and numbers that are written as bytes.

use cdc_checks::BinaryHandling;
use serde_json::json;

use super::{LARGE, largest};
use crate::events::mapping::Mapping;
use crate::events::mysql::column_type::ColumnType;

pub(super) fn bytes(column: &ColumnType, mode: BinaryHandling) -> Option<Mapping> {
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

/// Bytes in base64 of which there are no fewer and no more than so many.
pub(super) fn sized_base64(mut mapping: Mapping, least: u32, most: u32) -> Mapping {
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
