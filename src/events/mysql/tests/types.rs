//! Types, in every mode of conversion.

use cdc_checks::facts::mysql::{KeyPart, Line, UniqueKey};
use cdc_checks::{Conversion, Engine, Intent, Text};
use serde_json::{Value, json};

use crate::events::contract::Key;
use crate::events::mapping::{Mapping, Sent};
use crate::events::mysql::{ColumnType, key, types};

/// The form of a type under properties of the connector, such as `decimal.handling.mode=string`.
fn mapping(column_type: &str, line: Line, properties: &str) -> Mapping {
    types::of(&ColumnType::parse(column_type), line, &conversion(properties))
}

fn conversion(properties: &str) -> Conversion {
    let request = json!({"operation": "configureMySQLSource", "fields": {}});
    let mut intent = Intent::of(&serde_json::from_value(request).expect("the layout"));
    assert_eq!(intent.engine, Engine::MySql);
    for property in properties.split_whitespace() {
        let (name, value) = property.split_once('=').expect("NAME=VALUE");
        intent.set_property(name, value).expect("a property");
    }
    intent.profile.conversion
}

/// A type, properties, what arrives of it, and what never does.
type Case = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const DECIMAL: &str = "decimal.handling.mode";
const CASES: &[Case] = &[
    ("tinyint(1)", "", &["-128", "5"], &["128", "true", "1.5", "\"1\""]),
    ("tinyint unsigned", "", &["0", "255"], &["-1", "256"]),
    ("smallint(5) unsigned", "", &["65535"], &["65536"]),
    ("mediumint", "", &["-8388608", "8388607"], &["8388608"]),
    ("int(8) unsigned zerofill", "", &["4294967295"], &["-1", "\"00000042\""]),
    ("bigint", "", &["-9223372036854775808", "9223372036854775807"], &["1.5", "\"1\""]),
    ("bigint unsigned", "", &["-1", "9223372036854775807"], &["\"//////////8=\""]),
    (
        "bigint unsigned",
        "bigint.unsigned.handling.mode=precise decimal.handling.mode=string",
        &["\"AP//////////\"", "\"AA==\""],
        &["1", "\"18446744073709551615\"", "\"\""],
    ),
    ("float", "", &["3.14", "-3.4e38", "3.4028235e38"], &["3.5e38", "\"NaN\""]),
    ("double unsigned", "", &["1.7976931348623157e308", "0"], &["-0.5"]),
    ("decimal(10,2)", "", &["\"EtaA\"", "\"/w==\""], &["\"\"", "123.45", "\"12345.60\"", "\"v2\""]),
    ("decimal(10,2)", "decimal.handling.mode=double", &["12345.6"], &["\"12345.60\""]),
    ("decimal(4,2)", "decimal.handling.mode=double", &["-99.99"], &["100.5"]),
    ("decimal(4,2) unsigned", "decimal.handling.mode=string", &["\"0.50\""], &["\"-0.50\""]),
    (
        "decimal(10,2)",
        "decimal.handling.mode=string",
        &["\"12345.60\"", "\"-0.01\"", "\"99999999.99\""],
        &["\"12345.6\"", "\"123456789.00\"", "\"NaN\"", "12345.6", "\"EtaA\""],
    ),
    ("decimal(38,0)", "", &["\"SztMqFqGxHoJiiI//////w==\""], &["\"AAAASztMqFqGxHoJiiI//////w==\""]),
    ("decimal(65,30)", "", &["\"A6DJIHXA2/O4rLxfls4/CtI=\""], &["\"A6DJIHXA2/O4rLxfls4/CtI\""]),
    ("bit(1)", "", &["true"], &["1", "\"AQ==\""]),
    ("bit(9)", "", &["\"BQA=\""], &["\"BQ==\"", "true", "5"]),
    ("bit(64)", "binary.handling.mode=hex", &["\"//////////8=\""], &["\"ffffffffffffffff\""]),
    ("year(4)", "", &["1900", "2155"], &["2156", "0", "\"2024\""]),
    ("char(3)", "", &["\"日本語\"", "\"\""], &["\"four\"", "3"]),
    ("tinytext", "", &["\"\""], &["1"]),
    ("longtext", "", &["\"{\\\"a\\\": [1, 2.50]}\""], &["{}"]),
    (
        "enum('a','c,d','it''s','f\\\\g')",
        "",
        &["\"a\"", "\"c,d\"", "\"c\\\\,d\"", "\"it's\"", "\"f\\\\g\"", "\"f\\\\\\\\g\"", "\"\""],
        &["\"b\"", "1", "\"it''s\""],
    ),
    ("set('r','w.x')", "", &["\"\"", "\"r,w.x\"", "\"w.x\""], &["\"r,\"", "\"wyx\"", "\"x\""]),
    ("json", "", &["\"{\\\"a\\\":1}\"", "\"null\"", "\"-1\""], &["\"\"", "{}", "\"v2\"", "null"]),
    ("binary(5)", "", &["\"YWIAAAA=\""], &["\"YWI=\"", "\"ab\"", "\"6162000000\""]),
    ("binary(5)", "binary.handling.mode=base64", &["\"YWIAAAA=\""], &["\"YWI=\""]),
    ("binary(2)", "binary.handling.mode=base64-url-safe", &["\"_-8=\""], &["\"/+8=\""]),
    ("binary(2)", "binary.handling.mode=hex", &["\"00ff\""], &["\"00FF\"", "\"00\"", "\"AP8=\""]),
    ("varbinary(2)", "", &["\"\"", "\"AP8=\""], &["\"3q2+7w==\"", "\"AP8\""]),
    ("tinyblob", "binary.handling.mode=hex", &["\"\"", "\"01\""], &["\"1\""]),
    ("date", "", &["19782", "-719528", "2932896"], &["2932897", "\"2024-02-29Z\"", "1.5"]),
    ("date", "time.precision.mode=connect", &["19782"], &["\"2024-02-29Z\""]),
    ("date", "time.precision.mode=isostring", &["\"2024-02-29Z\""], &["19782", "\"2024-02-29\""]),
    ("time", "", &["-3020399000000", "47655000000"], &["47655123000", "3020400000000"]),
    ("time(6)", "", &["47655123456"], &["3020400000000", "\"13:14:15Z\""]),
    ("time(3)", "time.precision.mode=nanoseconds", &["47655123000000"], &["1.5"]),
    ("time", "time.precision.mode=connect", &["47655000"], &["-1000", "86401000", "47655001"]),
    (
        "time(3)",
        "time.precision.mode=isostring",
        &["\"13:14:15.123Z\"", "\"13:14:15Z\""],
        &["\"13:14:15\"", "\"13:14:15.1234Z\"", "47655123000"],
    ),
    ("datetime", "", &["1709212455000", "253402300799000"], &["1709212455123", "1709212455000000"]),
    ("datetime(3)", "", &["1709212455123"], &["1709212455123456"]),
    ("datetime(6)", "", &["1709212455123456"], &["\"2024-02-29T13:14:15Z\""]),
    ("datetime(6)", "time.precision.mode=connect", &["1709212455123"], &["1709212455123456"]),
    ("datetime", "time.precision.mode=microseconds", &["1709212455000000"], &["1709212455000001"]),
    ("datetime", "time.precision.mode=nanoseconds", &["1709212455000000000"], &["1.5"]),
    (
        "datetime(3)",
        "time.precision.mode=isostring",
        &["\"2024-02-29T13:14:15.123Z\"", "\"2024-02-29T13:14:15Z\""],
        &["\"2024-02-29T13:14:15.123456Z\"", "\"2024-02-29 13:14:15Z\"", "1709212455123"],
    ),
    (
        "timestamp(3)",
        "time.precision.mode=connect",
        &["\"2024-02-29T13:14:15.123Z\""],
        &["1709212455123", "\"2024-02-29T13:14:15.123456Z\"", "\"2024-02-29T13:14:15.123+08:00\""],
    ),
    ("timestamp", "", &["\"2024-02-29T13:14:15Z\""], &["\"2024-02-29T13:14:15.1Z\""]),
    (
        "point",
        "",
        &[r#"{"x": 1.0, "y": 2.0, "wkb": "AQEAAAAAAAAAAADwPwAAAAAAAABA", "srid": null}"#],
        &[r#"{"wkb": "AQEAAAAAAAAAAADwPwAAAAAAAABA", "srid": null}"#, "\"POINT(1 2)\""],
    ),
    (
        "geomcollection",
        "",
        &[r#"{"wkb": "AQcAAAAAAAAA", "srid": 4326}"#],
        &[r#"{"x": 1.0, "y": 2.0, "wkb": "AQEAAAAAAAAAAADwPwAAAAAAAABA", "srid": null}"#],
    ),
    ("vector(3)", "", &["[1.0, 2.5, 3.0]"], &["[]", "[1, 2, 3, 4]", "[\"1\"]", "\"AACAPw==\""]),
];

#[test]
fn values_have_the_form_of_their_type_and_no_other() {
    for (column_type, properties, arriving, others) in CASES {
        let mapping = mapping(column_type, Line::MySql, properties);
        let place = format!("{column_type} {properties}");
        assert_eq!(mapping.sent, Sent::Always, "{place}");
        let validator = jsonschema::draft202012::new(&mapping.schema).expect("a schema");
        let value = |text: &&str| serde_json::from_str::<Value>(text).expect("JSON");
        for text in *arriving {
            assert!(validator.is_valid(&value(text)), "{place}: {text} is refused");
        }
        for text in *others {
            assert!(!validator.is_valid(&value(text)), "{place}: {text} is let in");
        }
        let is_null_let_in = validator.is_valid(&Value::Null);
        assert!(!is_null_let_in, "{place}: null is for the column to let in");
    }
}

#[test]
fn modes_that_a_type_does_not_know_change_nothing() {
    let all = "decimal.handling.mode=string time.precision.mode=isostring \
               binary.handling.mode=hex bigint.unsigned.handling.mode=precise";
    for column_type in ["int", "varchar(9)", "bit(9)", "json", "year", "timestamp", "enum('a')"] {
        let plain = mapping(column_type, Line::MySql, "").schema;
        assert_eq!(mapping(column_type, Line::MySql, all).schema, plain, "{column_type}");
    }
}

#[test]
fn what_mariadb_has_alone() {
    let uuid = mapping("uuid", Line::MariaDb, "");
    let validator = jsonschema::draft202012::new(&uuid.schema).expect("a schema");
    assert!(validator.is_valid(&json!("123e4567-e89b-12d3-a456-426655440000")));
    assert!(!validator.is_valid(&json!("123E4567-E89B-12D3-A456-426655440000")));
    assert_eq!(mapping("uuid", Line::MySql, "").sent, Sent::Unknown);
    assert_eq!(mapping("inet6", Line::MariaDb, "").sent, Sent::StopsEngine);
    for unknown in ["inet6", "nonsense", ""] {
        assert_eq!(mapping(unknown, Line::MySql, "").sent, Sent::Unknown, "{unknown}");
    }
}

#[test]
fn decimals_are_lossy_where_they_are_doubles() {
    let notes =
        |mode: &str| mapping("decimal(20,2)", Line::MySql, &format!("{DECIMAL}={mode}")).notes;
    assert!(notes("precise").is_empty() && notes("string").is_empty());
    assert_eq!(notes("double").len(), 1);
}

fn unique(name: &str, column: &str, nullable: bool) -> UniqueKey {
    let part = KeyPart { column: Some(Text::new(column)), nullable, prefix: false };
    UniqueKey { name: Text::new(name), parts: vec![part] }
}

#[test]
fn keys_are_the_primary_or_a_unique_one() {
    let columns = |keys: &[UniqueKey]| match key(keys) {
        Key::Columns { columns, .. } => json!(columns),
        Key::None | Key::Unknown => Value::Null,
    };
    let primary = unique("PRIMARY", "id", false);
    let code = unique("code", "code", false);
    assert_eq!(columns(&[code.clone(), primary]), json!(["id"]));
    assert_eq!(columns(&[unique("a", "a", true), code]), json!(["code"]));
    assert_eq!(columns(&[unique("a", "a", true)]), Value::Null);
    assert_eq!(columns(&[]), Value::Null);
}
