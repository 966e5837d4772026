//! The rules, case by case. What was captured from a real engine is tested in `tests/events.rs`.

use cdc_checks::facts::mysql::{Column, ForeignKey, KeyPart, Line, UniqueKey};
use cdc_checks::{Conversion, Text};
use serde_json::{Value, json};

use super::{BinaryLog, cascade_notes, constant_default, key, types};
use crate::events::contract::Key;
use crate::events::mapping::Sent;

#[test]
fn types_have_their_form() {
    let integer = |minimum: i64, maximum: i64| json!({"type": "integer", "minimum": minimum, "maximum": maximum});
    let cases = [
        ("tinyint(1)", integer(-128, 127)),
        ("tinyint unsigned", integer(0, 255)),
        ("smallint(5) unsigned", integer(0, 65_535)),
        ("mediumint", integer(-8_388_608, 8_388_607)),
        ("int(8) unsigned zerofill", integer(0, 4_294_967_295)),
        ("bigint unsigned", integer(i64::MIN, i64::MAX)),
        ("year", integer(1900, 2155)),
        ("double unsigned", json!({"type": "number"})),
        ("bit(1)", json!({"type": "boolean"})),
        ("varchar(20)", json!({"type": "string", "maxLength": 20})),
        ("VARCHAR(20)", json!({"type": "string", "maxLength": 20})),
        ("longtext", json!({"type": "string"})),
        (
            "enum('a','c,d','it''s')",
            json!({"type": "string", "enum": ["a", "c,d", "it's", "c\\,d", ""]}),
        ),
        ("set('r','w.x')", json!({"type": "string", "pattern": "^$|^(r|w\\.x)(,(r|w\\.x))*$"})),
        ("geomcollection", types::of("geometry", Line::MySql, &Conversion::default()).schema),
        ("inet6", json!({})),
        ("nonsense", json!({})),
        ("", json!({})),
    ];
    for (column_type, schema) in cases {
        assert_eq!(
            types::of(column_type, Line::MySql, &Conversion::default()).schema,
            schema,
            "{column_type}"
        );
    }
    let units = [("datetime", "ms"), ("datetime(3)", "ms"), ("datetime(4)", "µs"), ("time", "µs")];
    for (column_type, unit) in units {
        let encoding = types::of(column_type, Line::MySql, &Conversion::default()).encoding;
        assert!(encoding.is_some_and(|text| text.starts_with(unit)), "{column_type}: {encoding:?}");
    }
}

#[test]
fn what_mariadb_has_alone() {
    assert_eq!(types::of("uuid", Line::MariaDb, &Conversion::default()).json_type, "string");
    assert_eq!(types::of("uuid", Line::MySql, &Conversion::default()).sent, Sent::Unknown);
    assert_eq!(types::of("inet6", Line::MariaDb, &Conversion::default()).sent, Sent::StopsEngine);
    let compressed = "varchar(100) /*M!100301 COMPRESSED*/";
    assert_eq!(
        types::of(compressed, Line::MariaDb, &Conversion::default()).sent,
        Sent::StopsEngine
    );
}

#[test]
fn defaults_are_read_as_each_product_writes_them() {
    let default = |text: &str, extra: &str, line| {
        let column = json!({
            "name": "v", "data_type": "varchar(9)", "extra": extra, "nullable": true,
            "collation": "", "has_default": true, "default": text, "may_select": true,
        });
        let column: Column = serde_json::from_value(column).expect("the layout of a column");
        constant_default(&column, line)
    };
    assert_eq!(default("x", "", Line::MySql).as_deref(), Some("x"));
    assert_eq!(default("NULL", "", Line::MySql).as_deref(), Some("NULL"));
    assert_eq!(default("CURRENT_TIMESTAMP", "DEFAULT_GENERATED", Line::MySql), None);
    assert_eq!(default("'it''s'", "", Line::MariaDb).as_deref(), Some("it's"));
    assert_eq!(default("42", "", Line::MariaDb).as_deref(), Some("42"));
    assert_eq!(default("NULL", "", Line::MariaDb), None);
    assert_eq!(default("current_timestamp()", "", Line::MariaDb), None);
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

#[test]
fn cascades_are_announced_where_they_are_not_logged() {
    let log = |logs_cascades| BinaryLog {
        line: Line::MySql,
        row_image: "FULL".into(),
        refused: None,
        partial_json: false,
        compressed_from: None,
        logs_cascades,
    };
    let foreign_key = |rule: &str| ForeignKey {
        name: Text::new("orders_product"),
        on_delete: Text::new(rule),
        on_update: Text::new("NO ACTION"),
        parent: cdc_checks::TableName::new("inventory", "products"),
    };
    assert_eq!(cascade_notes(&[foreign_key("CASCADE")], &log(false)).len(), 1);
    assert_eq!(cascade_notes(&[foreign_key("SET NULL")], &log(false)).len(), 1);
    assert!(cascade_notes(&[foreign_key("RESTRICT")], &log(false)).is_empty());
    assert!(cascade_notes(&[foreign_key("CASCADE")], &log(true)).is_empty());
}
