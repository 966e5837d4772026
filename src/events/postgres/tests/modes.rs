//! The connector's modes, type by type.

use cdc_checks::facts::postgres::Column;
use cdc_checks::{Conversion, Intent};
use serde_json::{Value, json};

use super::column;
use crate::events::mapping::{Mapping, Sent, Unchanged};
use crate::events::postgres::types;

/// The connector's modes with these properties set.
fn conversion(properties: &[(&str, &str)]) -> Conversion {
    let request = json!({"operation": "configurePostgreSQLSource", "fields": {}});
    let mut intent = Intent::of(&serde_json::from_value(request).expect("a request"));
    for (name, value) in properties {
        intent.set_property(name, value).expect("a property");
    }
    intent.profile.conversion
}

/// The form of a type, named as `format_type` and as `pg_type` have it.
fn form(data_type: &str, base_type: &str, properties: &[(&str, &str)]) -> Mapping {
    let is_array = data_type.ends_with("[]");
    let members = json!({
        "data_type": data_type, "base_type": base_type, "is_array": is_array,
        "element_kind": if is_array { json!("b") } else { Value::Null },
    });
    let column: Column = serde_json::from_value(column("v", members)).expect("a column");
    types::of_column(&column, &conversion(properties))
}

fn accepts(mapping: &Mapping, value: &Value) -> bool {
    jsonschema::draft202012::new(&mapping.schema).expect("a schema").is_valid(value)
}

#[test]
fn values_have_the_form_of_their_mode() {
    let decimal = |mode| [("decimal.handling.mode", mode)];
    let time = |mode| [("time.precision.mode", mode)];
    let binary = |mode| [("binary.handling.mode", mode)];
    // What a real engine sent, and a value that it cannot send.
    let cases = [
        ("numeric(10,2)", "numeric", &decimal("precise")[..], json!("EtaA"), json!(1.5)),
        ("numeric(10,2)", "numeric", &decimal("string"), json!("12345.60"), json!("12345.6")),
        ("numeric(10,2)", "numeric", &decimal("string"), json!("NAN"), json!("NaN")),
        ("numeric(38,0)", "numeric", &decimal("string"), json!("-1"), json!("-1.0")),
        ("numeric(10,2)", "numeric", &decimal("double"), json!(12345.6), json!("12345.6")),
        ("numeric(10,2)", "numeric", &decimal("double"), json!("NaN"), json!("NAN")),
        ("numeric", "numeric", &[], json!({"scale": 4, "value": "B1vNFQ=="}), json!("AA==")),
        ("numeric", "numeric", &decimal("string"), json!("12345.67890"), json!("1e5")),
        ("money", "money", &decimal("string"), json!("1234.56"), json!("$1")),
        ("date", "date", &[], json!(19782), json!("2024-02-29Z")),
        ("date", "date", &time("isostring"), json!("2024-02-29Z"), json!("2024-02-29")),
        ("date", "date", &time("isostring"), json!("-5877611-06-21Z"), json!(1)),
        ("time(3)", "time", &[], json!(47_655_124), json!(86_400_001)),
        ("time", "time", &[], json!(86_400_000_000_i64), json!(-1)),
        (
            "time(3)",
            "time",
            &time("adaptive_time_microseconds"),
            json!(47_655_123_900_i64),
            json!(""),
        ),
        ("time(3)", "time", &time("isostring"), json!("13:14:15.124Z"), json!("13:14")),
        ("time", "time", &time("connect"), json!(47_655_123), json!(86_400_001)),
        ("time", "time", &time("nanoseconds"), json!(1), json!(86_400_000_000_001_i64)),
        ("timestamp", "timestamp", &time("isostring"), json!("2024-02-29T13:14:15Z"), json!(1)),
        ("bytea", "bytea", &[], json!("3q2+7wA="), json!("3q2-7wA=")),
        ("bytea", "bytea", &binary("base64-url-safe"), json!("3q2-7wA="), json!("3q2+7wA=")),
        ("bytea", "bytea", &binary("hex"), json!("deadbeef00"), json!("3q2+7wA=")),
        ("bytea[]", "bytea", &binary("hex"), json!(["01", null]), json!("01")),
        ("bit varying(12)", "varbit", &binary("hex"), json!("BQ=="), json!(true)),
    ];
    for (data_type, base_type, properties, sent, other) in cases {
        let mapping = form(data_type, base_type, properties);
        assert!(accepts(&mapping, &sent), "{data_type} {properties:?}: {sent}");
        assert!(!accepts(&mapping, &other), "{data_type} {properties:?}: {other}");
    }
    let interval = form("interval", "interval", &[("interval.handling.mode", "string")]);
    assert!(accepts(&interval, &json!("P1Y2M3DT4H5M6.789012S")));
    assert!(accepts(&interval, &json!("P0Y0M-1DT0H0M-0.000001S")));
    let map = form("hstore", "hstore", &[("hstore.handling.mode", "map")]);
    assert!(accepts(&map, &json!({"k1": "v1", "k2": null})) && !accepts(&map, &json!("{}")));
    let money = form("money", "money", &[("money.fraction.digits", "0")]);
    assert_eq!(money.schema["x-cdc-decimal"]["scale"], json!(0));
}

#[test]
fn what_stands_for_a_value_that_was_not_sent_has_that_form_too() {
    let zero = |data_type, base_type, properties: &[_]| form(data_type, base_type, properties).zero;
    let string = [("decimal.handling.mode", "string")];
    assert_eq!(zero("numeric(10,2)", "numeric", &string), Some(json!("0.00")));
    assert_eq!(zero("numeric(5,0)", "numeric", &string), Some(json!("0")));
    assert_eq!(zero("numeric", "numeric", &[]), Some(json!({"scale": 0, "value": "AA=="})));
    assert_eq!(zero("real", "float4", &[]), Some(json!(0.0)));
    let iso = [("time.precision.mode", "isostring")];
    assert_eq!(zero("timestamp", "timestamp", &iso), Some(json!("1970-01-01T00:00:00Z")));
    assert_eq!(zero("date", "date", &iso), Some(json!("1970-01-01Z")));
}

#[test]
fn what_stands_for_a_large_value_follows_the_modes() {
    let unchanged =
        |data_type, base_type, name, value| form(data_type, base_type, &[(name, value)]).unchanged;
    let stand_in = |value: Value| Unchanged::Placeholder(value);
    let text = "__debezium_unavailable_value";
    let binary = "binary.handling.mode";
    assert_eq!(unchanged("bytea", "bytea", binary, "hex"), stand_in(json!(text)));
    assert_eq!(unchanged("bytea", "bytea", binary, "base64"), Unchanged::Null);
    assert_eq!(unchanged("bytea[]", "bytea", binary, "hex"), Unchanged::Null);
    let decimal = "decimal.handling.mode";
    assert_eq!(unchanged("numeric", "numeric", decimal, "string"), stand_in(json!(text)));
    assert_eq!(unchanged("numeric", "numeric", decimal, "double"), Unchanged::Null);
    assert_eq!(unchanged("numeric[]", "numeric", decimal, "string"), Unchanged::Null);
    let hstore = unchanged("hstore", "hstore", "hstore.handling.mode", "map");
    assert_eq!(hstore, stand_in(json!({ text: text })));
    let placeholder = "unavailable.value.placeholder";
    assert_eq!(unchanged("text", "text", placeholder, "gone"), stand_in(json!("gone")));
    assert_eq!(unchanged("integer[]", "int4", placeholder, "ab"), stand_in(json!([97, 98])));
    let date = unchanged("date[]", "date", "time.precision.mode", "isostring");
    assert_eq!(date, Unchanged::Null);
}

#[test]
fn types_without_a_converter_come_where_they_are_asked_for() {
    let unknown = [("include.unknown.datatypes", "true")];
    for (data_type, base_type) in [("polygon", "polygon"), ("tsquery", "tsquery")] {
        assert_eq!(form(data_type, base_type, &[]).sent, Sent::Never, "{data_type}");
        let included = form(data_type, base_type, &unknown);
        assert!(accepts(&included, &json!("KE1haW4sNSk=")), "{data_type}");
    }
    for base_type in ["interval", "point", "xml"] {
        let data_type = format!("{base_type}[]");
        assert_eq!(form(&data_type, base_type, &unknown).sent, Sent::Never, "{data_type}");
    }
    assert_eq!(form("bit(1)[]", "bit", &[]).sent, Sent::Unknown);
    assert_eq!(form("name", "name", &[]).sent, Sent::SnapshotOnly);
    assert_eq!(form("name", "name", &unknown).sent, Sent::Always);
}

#[test]
fn domains_are_what_they_are_made_of() {
    let members = json!({
        "data_type": "price", "base_type": "numeric", "type_kind": "d",
        "domain_of": "numeric(10,2)",
    });
    let column: Column = serde_json::from_value(column("v", members)).expect("a column");
    let mapping = types::of_column(&column, &Conversion::default());
    assert_eq!(mapping.schema["x-cdc-decimal"], json!({"precision": 10, "scale": 2}));
}

#[test]
fn the_check_knows_the_types_that_have_no_stand_in() {
    const TYPES: &[&str] = &[
        "bit",
        "bool",
        "box",
        "bpchar",
        "bytea",
        "cidr",
        "citext",
        "date",
        "daterange",
        "float4",
        "float8",
        "geometry",
        "halfvec",
        "hstore",
        "inet",
        "int2",
        "int4",
        "int4range",
        "int8",
        "int8range",
        "interval",
        "json",
        "jsonb",
        "ltree",
        "macaddr",
        "macaddr8",
        "money",
        "name",
        "numeric",
        "numrange",
        "oid",
        "path",
        "pg_lsn",
        "point",
        "polygon",
        "sparsevec",
        "text",
        "time",
        "timestamp",
        "timestamptz",
        "timetz",
        "tsquery",
        "tsrange",
        "tstzrange",
        "tsvector",
        "uuid",
        "varbit",
        "varchar",
        "vector",
        "xml",
    ];
    let modes = [
        ("decimal.handling.mode", "string"),
        ("binary.handling.mode", "hex"),
        ("binary.handling.mode", "base64"),
        ("time.precision.mode", "isostring"),
        ("hstore.handling.mode", "map"),
        ("decimal.handling.mode", "precise"),
    ];
    let mut wrong = Vec::new();
    for mode in modes {
        let conversion = conversion(&[mode]);
        for (name, is_array) in TYPES.iter().flat_map(|name| [(name, false), (name, true)]) {
            let members = json!({
                "data_type": if is_array { format!("{name}[]") } else { (*name).to_owned() },
                "base_type": name, "is_array": is_array,
                "element_kind": if is_array { json!("b") } else { Value::Null },
            });
            let column: Column = serde_json::from_value(column("v", members)).expect("a column");
            let mapping = types::of_column(&column, &conversion);
            // What always fits a row needs no stand-in.
            let is_small = mapping.max_bytes.is_some_and(|bytes| bytes <= 2032);
            if is_small || mapping.sent != Sent::Always {
                continue;
            }
            let lacks = mapping.unchanged == Unchanged::Null;
            if lacks != column.lacks_stand_in(&conversion) {
                wrong.push(format!("{mode:?} {name} array {is_array}: contract says {lacks}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
