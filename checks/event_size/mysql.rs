//! The longest values of the types of MySQL and MariaDB.

use super::{EventSize, Width, arguments, base64, decimal, quoted};
use crate::facts::mysql::{Column, Table};

impl EventSize {
    /// The size of the events of a table of MySQL or MariaDB: an update holds two whole rows.
    pub fn of_mysql(table: &Table) -> Self {
        Self::of(2, table.columns.iter().map(|column| (&column.name, width(column))))
    }
}

fn width(column: &Column) -> Width {
    let data_type = column.data_type.untrusted();
    let end = data_type.find(|c: char| !c.is_alphanumeric()).unwrap_or(data_type.len());
    let numbers = arguments(data_type);
    let first = numbers.first().copied();
    match data_type[..end].to_lowercase().as_str() {
        "tinyint" | "year" => Width::Bytes(4),
        "smallint" => Width::Bytes(6),
        "mediumint" | "int" | "integer" | "date" => Width::Bytes(13),
        "bigint" | "float" | "double" | "datetime" | "time" => Width::Bytes(30),
        "timestamp" => quoted(29),
        "decimal" => decimal(first.unwrap_or(10)),
        "bit" => base64(first.unwrap_or(1).div_ceil(8)),
        "char" | "varchar" => text(column, first.unwrap_or(1)),
        "tinytext" => text(column, 255),
        "binary" | "varbinary" => base64(first.unwrap_or(1)),
        "tinyblob" => base64(255),
        // No value is longer than all labels with their commas.
        "enum" | "set" => quoted(data_type.len() as u64),
        "uuid" => quoted(36),
        "inet4" | "inet6" => quoted(39),
        "point" => Width::Bytes(150),
        _ => Width::Large,
    }
}

/// So many characters of the column's character set, in UTF-8.
fn text(column: &Column, characters: u64) -> Width {
    let collation = column.collation.untrusted();
    let is_of = |charset: &str| collation.starts_with(charset);
    let bytes = if is_of("utf8mb4") || is_of("gb18030") || is_of("utf16") || is_of("utf32") {
        4
    } else if is_of("ascii") {
        1
    } else if is_of("binary") {
        return base64(characters);
    } else {
        3
    };
    quoted(characters.saturating_mul(bytes))
}
