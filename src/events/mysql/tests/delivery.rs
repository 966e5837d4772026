//! Which operations give events, by the server's settings and the shape of the tables.

use cdc_checks::facts::Source;
use cdc_checks::{Facts, Intent};
use serde_json::{Value, json};

use crate::events::contract::{Evidence, TableContract};
use crate::events::image::Presence;
use crate::events::operation::{Delivery, Op, OperationContract};
use crate::events::{Contract, describe};

const MYSQL: &str = include_str!("../../../../tests/facts/mysql.json");
const MARIADB: &str = include_str!("../../../../tests/facts/mariadb-10.11.json");

/// What comes of `inventory.orders` and `inventory.products`, two healthy tables, after a change of
/// the facts and under properties of the connector.
fn contract(facts: &str, change: impl Fn(&mut Value), properties: &str) -> Contract {
    let mut facts: Value = serde_json::from_str(facts).expect("JSON");
    change(&mut facts["source"]["my_sql"]);
    let facts: Facts = serde_json::from_value(facts).expect("facts");
    assert!(matches!(facts.source, Source::MySql(_)));
    let mut intent = Intent::of(&facts.request);
    for property in properties.split_whitespace() {
        let (name, value) = property.split_once('=').expect("NAME=VALUE");
        intent.set_property(name, value).expect("a property");
    }
    describe(&facts, &intent).expect("a contract")
}

fn orders(db: &mut Value) -> &mut Value {
    let found = db["tables"]["known"]["found"].as_array_mut().expect("tables");
    found.iter_mut().find(|table| table["name"]["name"] == "orders").expect("orders")
}

fn table<'a>(contract: &'a Contract, name: &str) -> &'a TableContract {
    contract.tables.iter().find(|table| table.name.name.untrusted() == name).expect("a table")
}

fn operation(contract: &Contract, op: Op) -> &OperationContract {
    table(contract, "orders").operation(op).expect("every operation")
}

/// The deliveries of insert, update, delete, snapshot and truncate, and what is said of an update.
fn deliveries(contract: &Contract) -> [Delivery; 5] {
    Op::ALL.map(|op| operation(contract, op).delivery)
}

fn column(data_type: &str) -> Value {
    json!({
        "name": "extra", "data_type": data_type, "extra": "", "nullable": true, "collation": "",
        "has_default": false, "may_select": true,
    })
}

fn with_column(data_type: &'static str) -> impl Fn(&mut Value) {
    move |db| {
        let columns = orders(db)["columns"].as_array_mut().expect("columns");
        columns.push(column(data_type));
    }
}

fn with_variable(name: &'static str, value: &'static str) -> impl Fn(&mut Value) {
    move |db| db["variables"]["known"][name] = json!({ "value": value })
}

const ALL: [Delivery; 5] = [
    Delivery::Delivered,
    Delivery::Delivered,
    Delivery::Delivered,
    Delivery::Delivered,
    Delivery::SkippedByDefault,
];
const STOPS: [Delivery; 5] = [Delivery::StopsEngine; 5];

#[test]
fn healthy_tables_give_every_event() {
    assert_eq!(deliveries(&contract(MYSQL, |_| {}, "")), ALL);
    assert_eq!(deliveries(&contract(MARIADB, |_| {}, "")), ALL);
    let truncate = deliveries(&contract(MYSQL, |_| {}, "skipped.operations=none"));
    assert_eq!(truncate, [Delivery::Delivered; 5]);
    let few = deliveries(&contract(MYSQL, |_| {}, "skipped.operations=u,t"));
    assert_eq!(few[1], Delivery::NotAsked);
}

#[test]
fn settings_that_the_engine_refuses_leave_nothing() {
    let cases = [
        ("binlog_row_image", "MINIMAL", Evidence::Measured),
        ("binlog_row_image", "NOBLOB", Evidence::Measured),
        ("binlog_row_image", "FULL_NODUP", Evidence::Documented),
        ("binlog_format", "STATEMENT", Evidence::Measured),
        ("binlog_format", "MIXED", Evidence::Measured),
        ("log_bin", "OFF", Evidence::Measured),
    ];
    for (name, value, evidence) in cases {
        let contract = contract(MARIADB, with_variable(name, value), "");
        assert_eq!(deliveries(&contract), STOPS, "{name} = {value}");
        assert_eq!(operation(&contract, Op::Create).evidence, evidence, "{name} = {value}");
    }
}

#[test]
fn snapshot_modes_decide_on_rows_that_are_there_before() {
    use Delivery::{Delivered, NotAsked, SkippedByDefault};
    for mode in ["initial", "always", "when_needed"] {
        let contract = contract(MYSQL, |_| {}, &format!("snapshot.mode={mode}"));
        assert_eq!(deliveries(&contract), ALL, "{mode}");
    }
    for mode in ["never", "no_data", "schema_only"] {
        let contract = contract(MYSQL, |_| {}, &format!("snapshot.mode={mode}"));
        let expected = [Delivered, Delivered, Delivered, NotAsked, SkippedByDefault];
        assert_eq!(deliveries(&contract), expected, "{mode}");
    }
    let only = contract(MYSQL, |_| {}, "snapshot.mode=initial_only");
    assert_eq!(deliveries(&only), [NotAsked, NotAsked, NotAsked, Delivered, NotAsked]);
}

#[test]
fn partial_json_loses_updates_of_tables_that_have_json() {
    let partial = with_variable("binlog_row_value_options", "PARTIAL_JSON");
    assert_eq!(deliveries(&contract(MYSQL, &partial, "")), ALL);
    let with_json = |db: &mut Value| {
        partial(db);
        with_column("json")(db);
    };
    let found = deliveries(&contract(MYSQL, with_json, ""));
    assert_eq!(found[..3], [Delivery::Delivered, Delivery::Lost, Delivery::Delivered]);
}

#[test]
fn an_address_column_stops_every_table_at_the_start() {
    let contract = contract(MARIADB, with_column("inet6"), "");
    assert_eq!(deliveries(&contract), STOPS);
    let other = table(&contract, "products").operation(Op::Read).expect("a snapshot");
    assert_eq!(other.delivery, Delivery::StopsEngine);
    assert!(other.notes[0].untrusted().contains("inventory.orders"), "{:?}", other.notes);
}

#[test]
fn some_tables_stop_the_engine_with_their_first_change() {
    let versioned = |db: &mut Value| orders(db)["kind"] = json!("SYSTEM VERSIONED");
    let compressed = with_column("text /*M!100301 COMPRESSED*/");
    for contract in [contract(MARIADB, versioned, ""), contract(MARIADB, compressed, "")] {
        let found = deliveries(&contract);
        assert_eq!(found[..3], [Delivery::StopsEngine; 3]);
        assert_eq!(found[3], Delivery::Delivered, "a snapshot reads the rows by a query");
        let other = table(&contract, "products");
        assert_eq!(other.operation(Op::Create).map(|op| op.delivery), Some(Delivery::Delivered));
        assert!(other.notes.iter().any(|note| note.text.untrusted().contains("inventory.orders")));
    }
}

#[test]
fn filters_of_the_log_leave_only_the_snapshot() {
    use Delivery::{Delivered, NotLogged};
    for (filter, value, is_covered) in [
        ("ignore_db", "inventory", false),
        ("ignore_db", "other", true),
        ("do_db", "other", false),
        ("do_db", "other,inventory", true),
    ] {
        let with_filter = |db: &mut Value| db["binlog_position"]["known"][filter] = json!(value);
        let found = deliveries(&contract(MYSQL, with_filter, ""));
        let lost = [NotLogged, NotLogged, NotLogged, Delivered, NotLogged];
        assert_eq!(found, if is_covered { ALL } else { lost }, "{filter} = {value}");
    }
}

#[test]
fn what_keeps_no_rows_logs_none() {
    let view = |db: &mut Value| orders(db)["kind"] = json!("VIEW");
    assert_eq!(deliveries(&contract(MYSQL, view, "")), [Delivery::NotLogged; 5]);
    let hole = |db: &mut Value| orders(db)["engine"] = json!("BLACKHOLE");
    let found = deliveries(&contract(MYSQL, hole, ""));
    assert_eq!(found[..3], [Delivery::Delivered, Delivery::NotLogged, Delivery::NotLogged]);
}

/// Whether something is said of the table as a whole, or of one operation.
fn says(contract: &Contract, words: &str) -> bool {
    let orders = table(contract, "orders");
    let of_operations = orders.operations.iter().flat_map(|operation| &operation.notes);
    let of_columns = orders.columns.iter().flat_map(|column| &column.notes);
    let mut notes =
        orders.notes.iter().map(|note| &note.text).chain(of_operations).chain(of_columns);
    notes.any(|note| note.untrusted().contains(words))
}

#[test]
fn cascades_are_told_of_as_the_server_logs_them() {
    let cascade = |db: &mut Value| {
        orders(db)["foreign_keys"] = json!([{
            "name": "fk", "on_delete": "CASCADE", "on_update": "NO ACTION",
            "parent": {"schema": "inventory", "name": "products"},
        }]);
    };
    let native = |db: &mut Value| {
        cascade(db);
        with_variable("innodb_native_foreign_keys", "ON")(db);
    };
    let hidden = |db: &mut Value| {
        cascade(db);
        orders(db)["foreign_keys"][0]["on_delete"] = json!("");
    };
    assert!(says(&contract(MYSQL, cascade, ""), "fk changes give events"));
    assert!(says(&contract(MYSQL, native, ""), "fk changes are not logged"));
    assert!(says(&contract(MARIADB, cascade, ""), "fk changes are not logged"));
    assert!(says(&contract(MARIADB, hidden, ""), "is hidden"));
    assert!(!says(&contract(MARIADB, |_| {}, ""), "foreign key"));
}

#[test]
fn silent_losses_are_told() {
    let compress = |db: &mut Value| {
        with_variable("log_bin_compress", "ON")(db);
        with_variable("log_bin_compress_min_len", "300")(db);
    };
    assert!(says(&contract(MARIADB, compress, ""), "300 bytes and more are lost"));
    assert!(!says(&contract(MARIADB, |_| {}, ""), "lost without a word"));
    let dates = |db: &mut Value| {
        with_variable("sql_mode", "STRICT_TRANS_TABLES,ALLOW_INVALID_DATES")(db);
        with_column("datetime(3)")(db);
    };
    assert!(says(&contract(MYSQL, dates, ""), "2024-02-31 stops the engine"));
    let partitioned = |db: &mut Value| orders(db)["options"] = json!("partitioned");
    assert!(says(&contract(MYSQL, partitioned, ""), "partition"));
}

#[test]
fn null_is_the_default_only_where_the_converter_makes_it_so() {
    let with_default = |db: &mut Value| {
        with_column("int")(db);
        let columns = orders(db)["columns"].as_array_mut().expect("columns");
        let own = columns.last_mut().expect("a column");
        own["has_default"] = json!(true);
        own["default"] = json!("42");
    };
    let presence = |properties: &str| {
        let contract = contract(MYSQL, with_default, properties);
        let after = operation(&contract, Op::Create).after.clone().expect("a row");
        let crate::events::Image::Row { columns } = after else { panic!("no row") };
        columns.last().expect("a column").presence.clone()
    };
    assert_eq!(presence(""), Presence::NullAsDefault { default: json!(42) });
    let off = "value.converter.replace.null.with.default=false";
    assert_eq!(presence(off), Presence::ValueOrNull);
}
