//! The rules, case by case. What was captured from a real engine is tested in `tests/events.rs`.

use cdc_checks::Intent;
use cdc_checks::facts::postgres::{Column, Table};
use serde_json::{Value, json};

use super::{describe, types};
use crate::events::contract::{Key, TableContract};
use crate::events::image::{Image, Presence};
use crate::events::mapping::Sent;
use crate::events::operation::Delivery;

/// A column; `members` replaces what differs from a nullable `integer`.
fn column(name: &str, members: Value) -> Value {
    let mut column = json!({
        "name": name, "data_type": "integer", "base_type": "int4", "type_kind": "b",
        "is_array": false, "not_null": false, "has_default": false, "generated": "never",
        "toastable": false,
    });
    overlay(&mut column, members);
    column
}

fn overlay(value: &mut Value, members: Value) {
    let (Some(value), Value::Object(members)) = (value.as_object_mut(), members) else { return };
    value.extend(members);
}

/// A table with the primary key `id`; `members` replaces what differs.
fn table(columns: Vec<Value>, members: Value) -> Table {
    let id = column("id", json!({"not_null": true}));
    let columns: Vec<Value> = std::iter::once(id).chain(columns).collect();
    let mut table = json!({
        "name": {"schema": "public", "name": "t"}, "kind": "table", "persistence": "permanent",
        "is_partition": false, "estimated_rows": -1.0, "schema_usage": true, "select": "table",
        "row_security": false, "is_owner": false, "owner": "o", "identity": "primary-key",
        "primary_key_deferrable": false, "primary_key": ["id"], "identity_columns": ["id"],
        "usable_index": null, "columns": columns, "leaves": null,
    });
    overlay(&mut table, members);
    serde_json::from_value(table).expect("the layout of a table")
}

fn contract(table: &Table, major: u32, snapshot: &str) -> TableContract {
    let request = json!({
        "operation": "configurePostgreSQLSource",
        "fields": {"SnapshotMode": {"text": snapshot}},
    });
    let request = serde_json::from_value(request).expect("the layout of a request");
    describe(table, major, &Intent::of(&request))
}

fn delivery(contract: &TableContract, letter: &str) -> Delivery {
    let operation = contract.operations.iter().find(|operation| operation.op.letter() == letter);
    operation.expect("all four operations").delivery
}

/// What stands for column `v`, or `None` where the row is null.
fn presence_of_v(contract: &TableContract, letter: &str, side: &str) -> Option<Presence> {
    let operation = contract.operations.iter().find(|operation| operation.op.letter() == letter)?;
    let image = if side == "before" { &operation.before } else { &operation.after };
    match image.as_ref()? {
        Image::Row { columns } => {
            let v = columns.iter().find(|column| column.name.untrusted() == "v")?;
            Some(v.presence.clone())
        }
        Image::Null | Image::Unknown => None,
    }
}

fn text_column(not_null: bool) -> Value {
    let members = json!({
        "data_type": "text", "base_type": "text", "toastable": true, "not_null": not_null,
    });
    column("v", members)
}

#[test]
fn identity_decides_on_updates_and_deletes() {
    use Delivery::{BlockedInDb, Delivered};
    let cases = [
        ("primary-key", json!({}), Delivered, false),
        ("full", json!({}), Delivered, true),
        ("full", json!({"primary_key": [], "unique_keys": []}), Delivered, true),
        ("index", json!({"identity_columns": ["v"]}), Delivered, false),
        ("none", json!({"primary_key": []}), BlockedInDb, false),
        ("none", json!({"primary_key_deferrable": true}), BlockedInDb, false),
        ("nothing", json!({}), BlockedInDb, false),
        ("index-lost", json!({}), BlockedInDb, false),
    ];
    for (identity, mut members, expected, has_old_row) in cases {
        overlay(&mut members, json!({ "identity": identity }));
        let contract = contract(&table(vec![text_column(true)], members), 15, "initial");
        for letter in ["u", "d"] {
            assert_eq!(delivery(&contract, letter), expected, "{identity} {letter}");
        }
        for letter in ["c", "r"] {
            assert_eq!(delivery(&contract, letter), Delivery::Delivered, "{identity} {letter}");
        }
        let old = presence_of_v(&contract, "u", "before");
        assert_eq!(old, has_old_row.then_some(Presence::Value), "{identity}");
    }
}

#[test]
fn an_index_without_the_primary_key_makes_the_key_up() {
    let members = json!({"identity": "index", "identity_columns": ["v"]});
    let contract = contract(&table(vec![text_column(true)], members), 15, "never");
    assert_eq!(presence_of_v(&contract, "d", "before"), Some(Presence::Value));
    let delete = &contract.operations[2];
    let Some(Image::Row { columns }) = &delete.before else { panic!("a row") };
    let made_up = Presence::Fabricated { value: Some(json!(0)) };
    assert_eq!(columns[0].presence, made_up, "the primary key");
    assert!(delete.notes.iter().any(|note| note.untrusted().contains("key is fabricated")));
}

/// What stands for a column outside the identity in the old row of a delete.
fn old_value(members: Value) -> Presence {
    let contract = contract(&table(vec![column("v", members)], json!({})), 15, "never");
    presence_of_v(&contract, "d", "before").expect("a row")
}

#[test]
fn values_that_were_not_sent_are_made_up() {
    let with_default = |not_null: bool, default: &str| json!({"not_null": not_null, "has_default": true, "default": default});
    assert_eq!(old_value(json!({})), Presence::UnknownNull);
    let made_up = |value: Value| Presence::Fabricated { value: Some(value) };
    for not_null in [false, true] {
        assert_eq!(old_value(with_default(not_null, "7")), made_up(json!(7)));
    }
    assert_eq!(old_value(with_default(false, "now()")), Presence::UnknownNull);
    assert_eq!(old_value(with_default(true, "nextval('s'::regclass)")), made_up(json!(0)));
    let unread = json!({"not_null": true, "has_default": true});
    assert_eq!(old_value(unread), Presence::Fabricated { value: None });
    let cases = [
        ("int8", json!(0)),
        ("text", json!("")),
        ("bool", json!(false)),
        ("timestamptz", json!("1970-01-01T00:00:00Z")),
        ("jsonb", json!("")),
        ("bytea", json!("")),
    ];
    for (base_type, zero) in cases {
        let members = json!({"base_type": base_type, "data_type": base_type, "not_null": true});
        assert_eq!(old_value(members), made_up(zero), "{base_type}");
    }
    let numeric = json!({"base_type": "numeric", "data_type": "numeric(10,2)", "not_null": true});
    assert_eq!(old_value(numeric), made_up(json!("AA==")));
    let array = json!({"data_type": "integer[]", "is_array": true, "not_null": true});
    assert_eq!(old_value(array), made_up(json!([])));
}

/// What stands for a large value of a type after an update that left it alone.
fn unchanged(data_type: &str, base_type: &str, not_null: bool, identity: &str) -> Presence {
    let members = json!({
        "data_type": data_type, "base_type": base_type, "toastable": true,
        "is_array": data_type.ends_with("[]"), "not_null": not_null,
    });
    let table = table(vec![column("v", members)], json!({ "identity": identity }));
    presence_of_v(&contract(&table, 15, "never"), "u", "after").expect("a row")
}

#[test]
fn large_values_that_did_not_change_have_stand_ins() {
    let text = "__debezium_unavailable_value";
    let cases = [
        ("text", "text", json!(text)),
        ("jsonb", "jsonb", json!(text)),
        ("xml", "xml", json!(text)),
        ("bytea", "bytea", json!("X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==")),
        ("text[]", "text", json!([text])),
        ("uuid[]", "uuid", json!(["b68a35a7-17ad-35b3-af2a-ae46edb4545a"])),
        ("hstore", "hstore", json!(format!("{{\"{text}\":\"{text}\"}}"))),
    ];
    for (data_type, base_type, stand_in) in cases {
        for not_null in [false, true] {
            let expected = Presence::UnchangedPlaceholder {
                placeholder: Some(stand_in.clone()),
                nullable: !not_null,
            };
            let found = unchanged(data_type, base_type, not_null, "primary-key");
            assert_eq!(found, expected, "{data_type}");
        }
        let full = unchanged(data_type, base_type, true, "full");
        assert_eq!(full, Presence::Value, "{data_type} under FULL");
    }
    for (data_type, base_type) in
        [("numeric", "numeric"), ("double precision[]", "float8"), ("vector(1536)", "vector")]
    {
        let null =
            Presence::UnchangedPlaceholder { placeholder: Some(Value::Null), nullable: true };
        assert_eq!(unchanged(data_type, base_type, false, "primary-key"), null, "{data_type}");
        let not_null = unchanged(data_type, base_type, true, "primary-key");
        assert_eq!(not_null, Presence::Value, "{data_type}: the engine stops instead");
    }
}

#[test]
fn a_not_null_vector_is_announced_to_stop_the_engine() {
    let vector = |dimensions: u32| {
        let members = json!({
            "data_type": format!("vector({dimensions})"), "base_type": "vector",
            "toastable": true, "not_null": true,
        });
        let contract = contract(&table(vec![column("v", members)], json!({})), 15, "never");
        contract.operations[1]
            .notes
            .iter()
            .any(|note| note.untrusted().contains("stops the engine"))
    };
    assert!(vector(1536));
    assert!(!vector(300), "a row of 1.2 kB stays in one piece");
}

#[test]
fn values_that_cannot_be_large_have_no_stand_ins() {
    let varchar = |length: u32| {
        unchanged(&format!("character varying({length})"), "varchar", true, "primary-key")
    };
    assert_eq!(varchar(10), Presence::Value);
    assert_eq!(varchar(500), Presence::Value, "2004 bytes and an id");
    assert!(matches!(varchar(510), Presence::UnchangedPlaceholder { .. }));
    assert_eq!(unchanged("numeric(10,2)", "numeric", true, "primary-key"), Presence::Value);

    // The text moves out of the row first, and the short value stays.
    let short = json!({
        "data_type": "character varying(10)", "base_type": "varchar", "toastable": true,
    });
    let mut long = text_column(false);
    overlay(&mut long, json!({"name": "long"}));
    let contract = contract(&table(vec![column("v", short), long], json!({})), 15, "never");
    assert_eq!(presence_of_v(&contract, "u", "after"), Some(Presence::ValueOrNull));
}

#[test]
fn generated_columns_are_in_snapshots_only() {
    let generated = || column("v", json!({"generated": "stored", "not_null": true}));
    for (major, identity, expected) in [
        (15, "primary-key", Delivery::Delivered),
        (15, "full", Delivery::Delivered),
        (18, "primary-key", Delivery::Delivered),
        (18, "full", Delivery::BlockedInDb),
    ] {
        let table = table(vec![generated()], json!({ "identity": identity }));
        let contract = contract(&table, major, "initial");
        assert_eq!(delivery(&contract, "u"), expected, "{major} {identity}");
        assert_eq!(delivery(&contract, "d"), expected, "{major} {identity}");
        assert_eq!(presence_of_v(&contract, "c", "after"), Some(Presence::Absent));
        assert_eq!(presence_of_v(&contract, "r", "after"), Some(Presence::ValueOrNull));
    }
}

#[test]
fn the_kind_of_relation_decides_first() {
    let cases = [
        (json!({"kind": "view"}), ["not-logged"; 5]),
        (json!({"kind": "partitioned"}), ["unknown"; 5]),
        (
            json!({"persistence": "unlogged"}),
            ["not-logged", "not-logged", "not-logged", "delivered", "not-logged"],
        ),
        (json!({}), ["delivered", "delivered", "delivered", "delivered", "skipped-by-default"]),
    ];
    for (members, expected) in cases {
        let contract = contract(&table(vec![], members.clone()), 15, "initial");
        let found: Vec<Value> =
            contract.operations.iter().map(|operation| json!(operation.delivery)).collect();
        assert_eq!(found, expected, "{members}");
    }
    let never = contract(&table(vec![], json!({})), 15, "never");
    assert_eq!(delivery(&never, "r"), Delivery::NotAsked);
    let twins = vec![column("ID", json!({}))];
    let twins = contract(&table(twins, json!({})), 15, "initial");
    assert_eq!(delivery(&twins, "c"), Delivery::StopsEngine);
}

#[test]
fn keys_are_the_primary_or_a_unique_one() {
    let key = |members: Value| contract(&table(vec![], members), 15, "never").key;
    let columns = |key: Key| match key {
        Key::Columns { columns, .. } => json!(columns),
        Key::None => json!("none"),
        Key::Unknown => json!("unknown"),
    };
    let without = |unique: Value| json!({"primary_key": [], "identity": "full", "identity_columns": [], "unique_keys": unique});
    assert_eq!(columns(key(json!({}))), json!(["id"]));
    assert_eq!(columns(key(without(json!([])))), json!("none"));
    assert_eq!(columns(key(without(json!([["a", "b"]])))), json!(["a", "b"]));
    assert_eq!(columns(key(without(Value::Null))), json!("unknown"));
}

#[test]
fn types_have_their_form() {
    let cases = [
        ("smallint", "int2", "b", "integer", None),
        ("numeric", "numeric", "b", "object", None),
        ("numeric(38,0)", "numeric", "b", "string", Some("base64")),
        ("bit(1)", "bit", "b", "boolean", None),
        ("bit(8)", "bit", "b", "string", Some("base64")),
        ("timestamp(3) without time zone", "timestamp", "b", "integer", Some("ms")),
        ("timestamp without time zone", "timestamp", "b", "integer", Some("µs")),
        ("time(0) without time zone", "time", "b", "integer", Some("ms")),
        ("uuid", "uuid", "b", "string", None),
        ("jsonb", "jsonb", "b", "string", Some("JSON as text")),
        ("posint", "int4", "d", "integer", None),
        ("price", "numeric", "d", "unknown", None),
        ("addr", "addr", "c", "absent", None),
        ("int4multirange", "int4multirange", "m", "absent", None),
        ("pricerange", "pricerange", "r", "absent", None),
        ("int4range", "int4range", "r", "string", None),
        ("polygon", "polygon", "b", "absent", None),
        ("vector(3)", "vector", "b", "array", None),
        ("isbn13", "isbn13", "b", "unknown", None),
    ];
    for (data_type, base_type, kind, json_type, encoding) in cases {
        let members = json!({"data_type": data_type, "base_type": base_type, "type_kind": kind});
        let column: Column =
            serde_json::from_value(column("v", members)).expect("the layout of a column");
        let mapping = types::of_column(&column, &Default::default());
        assert_eq!(mapping.json_type, json_type, "{data_type}");
        let starts = encoding.is_none_or(|start| {
            mapping.encoding.is_some_and(|encoding| encoding.starts_with(start))
        });
        assert!(starts, "{data_type}: {:?}", mapping.encoding);
        if json_type == "unknown" {
            assert_eq!((mapping.sent, mapping.schema), (Sent::Unknown, json!({})), "{data_type}");
        }
    }
}

#[test]
fn defaults_are_read_as_the_server_writes_them() {
    let shown = |data_type: &str, base_type: &str, default: &str| {
        let members = json!({
            "data_type": data_type, "base_type": base_type, "has_default": true,
            "default": default,
        });
        let table = table(vec![column("v", members)], json!({"identity": "full"}));
        presence_of_v(&contract(&table, 15, "never"), "c", "after").expect("a row")
    };
    let default = |default: Value| Presence::NullAsDefault { default };
    assert_eq!(shown("text", "text", "'x'::text"), default(json!("x")));
    assert_eq!(shown("text", "text", "'it''s'::text"), default(json!("it's")));
    assert_eq!(shown("text", "text", "('a'::text || 'b'::text)"), Presence::ValueOrNull);
    assert_eq!(shown("text", "text", "'a'::text || 'b'::text"), Presence::ValueOrNull);
    assert_eq!(shown("text", "text", "NULL::text"), Presence::ValueOrNull);
    assert_eq!(shown("integer", "int4", "'-1'::integer"), default(json!(-1)));
    assert_eq!(shown("integer", "int4", "(-1)"), default(json!(-1)));
    assert_eq!(shown("boolean", "bool", "true"), default(json!(true)));
    assert_eq!(shown("numeric(6,2)", "numeric", "1.50"), default(json!("AJY=")));
    assert_eq!(shown("timestamptz", "timestamptz", "now()"), Presence::ValueOrNull);
}
