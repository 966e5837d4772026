//! What the engine makes of a column's default, which it shows where a row has NULL.

use cdc_checks::Conversion;
use cdc_checks::facts::mysql::{Column, Line};
use serde_json::{Value, json};

use super::column_type::{ColumnType, escaped};
use crate::events::default::shown;
use crate::events::mapping::{Literal, Mapping};

/// What stands for NULL.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Null {
    /// The default.
    Default(Value),
    /// 1970-01-01 in the form of the type, which the engine reads for the current time.
    Epoch(Value),
    /// Null itself: there is no default that the engine could show.
    Itself,
    /// The rules do not say.
    Unsettled,
}

/// What stands for NULL in a column that may have it.
pub(super) fn null(
    column: &Column,
    own: &ColumnType,
    mapping: &Mapping,
    line: Line,
    conversion: &Conversion,
) -> Null {
    if !conversion.null_as_default || column.is_generated() {
        return Null::Itself;
    }
    let default = default(column, line);
    match default {
        None | Some(Default::Expression) => Null::Itself,
        // Of TIMESTAMP, the engine takes 1970-01-01 for no default at all.
        Some(Default::Now) if own.name == "datetime" => {
            let epoch = shown(mapping.literal, "1970-01-01 00:00:00");
            epoch.map_or(Null::Unsettled, Null::Epoch)
        }
        Some(Default::Now) => Null::Itself,
        Some(Default::Constant(text)) => constant(&text, own, mapping),
    }
}

/// A default as it is written in the table's definition.
#[derive(Debug, PartialEq)]
enum Default {
    Constant(String),
    Expression,
    Now,
}

/// MySQL marks expressions in `EXTRA` and leaves constants bare; MariaDB quotes constants that are
/// no numbers.
fn default(column: &Column, line: Line) -> Option<Default> {
    let text = column.default.as_ref()?.untrusted();
    let is_now = |text: &str| {
        let rest =
            text.strip_prefix("current_timestamp").or(text.strip_prefix("CURRENT_TIMESTAMP"));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('('))
    };
    let is_temporal = |name: &str| column.data_type.untrusted().starts_with(name);
    if is_now(text) && (is_temporal("datetime") || is_temporal("timestamp")) {
        return Some(Default::Now);
    }
    if line == Line::MySql {
        let is_expression = column.extra.untrusted().contains("DEFAULT_GENERATED");
        return Some(match is_expression {
            true => Default::Expression,
            false => Default::Constant(text.to_owned()),
        });
    }
    if text == "NULL" {
        return None;
    }
    if let Some(inside) = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        return Some(Default::Constant(unescaped(inside)));
    }
    let is_number = text.bytes().all(|byte| b"0123456789.-+eE".contains(&byte));
    Some(match is_number || text.starts_with("b'") {
        true => Default::Constant(text.to_owned()),
        false => Default::Expression,
    })
}

/// What MariaDB wrote between quotes.
fn unescaped(text: &str) -> String {
    let mut unescaped = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        unescaped.extend(match c {
            '\'' => {
                chars.next();
                Some('\'')
            }
            '\\' => match chars.next() {
                Some('n') => Some('\n'),
                Some('r') => Some('\r'),
                Some('0') => Some('\0'),
                other => other,
            },
            c => Some(c),
        });
    }
    unescaped
}

fn constant(text: &str, own: &ColumnType, mapping: &Mapping) -> Null {
    let settled = |value: Option<Value>| value.map_or(Null::Unsettled, Null::Default);
    match own.name.as_str() {
        "date" | "datetime" | "timestamp" if is_zero(text) => Null::Itself,
        "date" | "datetime" => settled(shown(mapping.literal, text)),
        "timestamp" if text.starts_with("1970-01-01 00:00:00") => Null::Itself,
        "timestamp" => settled(zoned(text, own)),
        "time" => settled(span(text, mapping)),
        "year" => settled(year(text)),
        "bit" => settled(bits(text, own)),
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint"
            if mapping.literal == Literal::Integer =>
        {
            settled(integer(text))
        }
        // The engine reads the text as it stands in the table's definition.
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => {
            Null::Default(json!(escaped(text, "''")))
        }
        "enum" | "set" if escaped(text, "''") != text => Null::Unsettled,
        _ => settled(shown(mapping.literal, text)),
    }
}

/// `0000-00-00`, with a time or without, or a year, a month or a day of zero.
fn is_zero(text: &str) -> bool {
    let date = text.split(' ').next().unwrap_or_default();
    text == "0" || date.split('-').any(|part| part.bytes().all(|byte| byte == b'0'))
}

/// The engine reads numbers through a double.
fn integer(text: &str) -> Option<Value> {
    let number: f64 = text.trim().parse().ok()?;
    // A conversion of floating point saturates, as the engine's own rounding does.
    number.is_finite().then(|| json!((number + 0.5).floor() as i64))
}

fn year(text: &str) -> Option<Value> {
    match text.trim().parse::<u32>().ok()? {
        year @ 0..=69 => Some(json!(year + 2000)),
        year @ 70..=99 => Some(json!(year + 1900)),
        year => Some(json!(year)),
    }
}

/// `b'101'`: a boolean for one bit, and little-endian bytes for more.
fn bits(text: &str, own: &ColumnType) -> Option<Value> {
    let digits = text.strip_prefix("b'")?.strip_suffix('\'')?;
    let number = u64::from_str_radix(digits, 2).ok()?;
    let length = own.length().unwrap_or(1);
    if length == 1 {
        return Some(json!(number == 1));
    }
    let bytes = number.to_le_bytes();
    let bytes = bytes.get(..usize::try_from(length.div_ceil(8)).ok()?)?;
    Some(json!(crate::events::default::base64(bytes)))
}

/// A moment in UTC, as the engine writes it where its own clock is in UTC.
fn zoned(text: &str, own: &ColumnType) -> Option<Value> {
    let moment: jiff::civil::DateTime = text.parse().ok()?;
    let digits = usize::try_from(own.length().unwrap_or(0)).ok()?;
    let fraction = match digits {
        0 => String::new(),
        digits => format!("{:09}", moment.subsec_nanosecond()).get(..digits)?.to_owned(),
    };
    let dot = if fraction.is_empty() { "" } else { "." };
    Some(json!(format!("{}{dot}{fraction}Z", moment.strftime("%Y-%m-%dT%H:%M:%S"))))
}

/// `[-]h:mm:ss[.ffffff]`, in the unit of its form.
fn span(text: &str, mapping: &Mapping) -> Option<Value> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let mut parts = digits.split(':');
    let mut next = || parts.next();
    let (hours, minutes, rest) = (next()?, next()?, next()?);
    let (seconds, fraction) = rest.split_once('.').unwrap_or((rest, "0"));
    let number = |text: &str| text.parse::<i64>().ok();
    let nanos = number(format!("{fraction:0<9}").get(..9)?)?;
    let seconds = (number(hours)? * 60 + number(minutes)?) * 60 + number(seconds)?;
    let whole = sign * (seconds * 1_000_000_000 + nanos);
    match mapping.encoding? {
        "µs" => Some(json!(whole / 1_000)),
        "ns" => Some(json!(whole)),
        "ms of the day" if whole >= 0 => Some(json!(whole / 1_000_000)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use cdc_checks::Conversion;
    use cdc_checks::facts::mysql::{Column, Line};
    use serde_json::{Value, json};

    use super::{ColumnType, Null, null};
    use crate::events::mysql::types;

    fn shown(data_type: &str, extra: &str, default: Value, line: Line) -> Null {
        let column = json!({
            "name": "v", "data_type": data_type, "extra": extra, "nullable": true,
            "collation": "", "has_default": !default.is_null(), "default": default,
            "may_select": true,
        });
        let column: Column = serde_json::from_value(column).expect("the layout of a column");
        let conversion = Conversion::default();
        let own = ColumnType::parse(data_type);
        null(&column, &own, &types::of(&own, line, &conversion), line, &conversion)
    }

    /// As MySQL 9.7 shows the defaults of a real table.
    #[test]
    fn mysql_leaves_constants_bare_and_marks_expressions() {
        let generated = "DEFAULT_GENERATED";
        let cases = [
            ("int", "", "42", Null::Default(json!(42))),
            ("int(8) unsigned zerofill", "", "00000005", Null::Default(json!(5))),
            ("bigint", "", "9007199254740993", Null::Default(json!(9_007_199_254_740_992_i64))),
            ("bigint unsigned", "", "18446744073709551615", Null::Default(json!(i64::MAX))),
            ("bit(1)", "", "b'1'", Null::Default(json!(true))),
            ("bit(9)", "", "b'101'", Null::Default(json!("BQA="))),
            ("varchar(9)", "", "NULL", Null::Default(json!("NULL"))),
            ("varchar(9)", "", "it's \\", Null::Default(json!("it''s \\\\"))),
            ("enum('a','b,c')", "", "a", Null::Default(json!("a"))),
            ("enum('d''e')", "", "d'e", Null::Unsettled),
            ("decimal(10,3)", "", "1.500", Null::Default(json!("Bdw="))),
            ("double", "", "-25000000000", Null::Default(json!(-25_000_000_000.0))),
            ("datetime", "", "2020-01-01 00:00:00", Null::Default(json!(1_577_836_800_000_i64))),
            ("datetime", "", "0000-00-00 00:00:00", Null::Itself),
            ("datetime(6)", generated, "CURRENT_TIMESTAMP(6)", Null::Epoch(json!(0))),
            ("datetime", generated, "now()", Null::Itself),
            ("timestamp(3)", generated, "CURRENT_TIMESTAMP(3)", Null::Itself),
            ("timestamp", "", "2020-01-01 00:00:00", Null::Default(json!("2020-01-01T00:00:00Z"))),
            (
                "timestamp(3)",
                "",
                "2020-01-01 00:00:00.500",
                Null::Default(json!("2020-01-01T00:00:00.500Z")),
            ),
            ("date", "", "2020-02-29", Null::Default(json!(18_321))),
            ("date", "", "0000-00-00", Null::Itself),
            ("time", "", "-01:02:03", Null::Default(json!(-3_723_000_000_i64))),
            ("time(3)", "", "12:00:00.500", Null::Default(json!(43_200_500_000_i64))),
            ("year", "", "2020", Null::Default(json!(2020))),
            ("json", generated, "json_array()", Null::Itself),
            ("int", generated, "(1 + 1)", Null::Itself),
            ("binary(5)", "", "0x6162", Null::Unsettled),
        ];
        for (data_type, extra, default, expected) in cases {
            let found = shown(data_type, extra, json!(default), Line::MySql);
            assert_eq!(found, expected, "{data_type} default {default}");
        }
        assert_eq!(shown("int", "", Value::Null, Line::MySql), Null::Itself);
    }

    /// As MariaDB 10.11 shows the defaults of a real table.
    #[test]
    fn mariadb_quotes_what_is_no_number() {
        let cases = [
            ("varchar(9)", "'NULL'", Null::Default(json!("NULL"))),
            ("varchar(9)", "NULL", Null::Itself),
            (r"varchar(20)", r"'it''s \\'", Null::Default(json!(r"it''s \\"))),
            ("int(11)", "42", Null::Default(json!(42))),
            ("int(11)", "(1 + 1)", Null::Itself),
            ("bit(9)", "b'101'", Null::Default(json!("BQA="))),
            ("datetime", "current_timestamp()", Null::Epoch(json!(0))),
            ("timestamp", "current_timestamp()", Null::Itself),
            ("datetime", "'2020-01-01 00:00:00'", Null::Default(json!(1_577_836_800_000_i64))),
            ("longtext", "json_array()", Null::Itself),
            ("text", "'x'", Null::Default(json!("x"))),
            ("uuid", "uuid()", Null::Itself),
            ("year(4)", "2020", Null::Default(json!(2020))),
        ];
        for (data_type, default, expected) in cases {
            let found = shown(data_type, "", json!(default), Line::MariaDb);
            assert_eq!(found, expected, "{data_type} default {default}");
        }
    }
}
