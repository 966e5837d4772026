//! Events that a real engine sent from MySQL and MariaDB, against what is foretold of the same
//! tables on a real server.
//!
//! Each capture holds the statements that made its tables, the connector's properties, and every
//! record that Debezium 3.6 then sent. Times and positions in them are constants.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use cdc_preflight::checks::Intent;
use cdc_preflight::events::{
    Contract, Delivery, Image, Key, OperationContract, Presence, TableContract, describe, schema,
};
use cdc_preflight::gather::TlsOptions;
use serde_json::{Value, json};
use testbed::Product;

use crate::fixture::Fixture;

struct Capture {
    name: String,
    document: Value,
}

impl Capture {
    fn text(&self, member: &str) -> &str {
        self.document[member].as_str().unwrap_or_else(|| panic!("{}: no {member}", self.name))
    }

    fn tables(&self) -> impl Iterator<Item = &str> {
        self.text("tables").split(',')
    }

    /// The rows that were sent, each in the form of its event.
    fn events(&self) -> Vec<Event> {
        let records = self.document["records"].as_array().expect("records");
        records.iter().filter_map(|record| self.event(record)).collect()
    }

    /// `None` for tombstones, and for what tells of transactions.
    fn event(&self, record: &Value) -> Option<Event> {
        let has_schemas = self.document["schemas_enabled"] == true;
        let part =
            |value: &Value| if has_schemas { value["payload"].clone() } else { value.clone() };
        let topic = record["topic"].as_str()?;
        let (key, mut value) = (part(&record["key"]), part(&record["value"]));
        if value.get("iodebeziumop").is_some() {
            let image = &value["data"]["payload"];
            value = json!({
                "op": value["iodebeziumop"], "before": image["before"], "after": image["after"],
                "source": {}, "ts_ms": 0, "transaction": null,
            });
        }
        value.get("op")?;
        Some(Event { table: topic.rsplit('.').next()?.to_owned(), key, value })
    }
}

struct Event {
    table: String,
    key: Value,
    value: Value,
}

impl Event {
    fn op(&self) -> &str {
        self.value["op"].as_str().expect("an operation")
    }
}

/// The captures of one product, in order.
fn captures(product: Product) -> Vec<Capture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures/mysql");
    let engine = if product.is_mysql() { "mysql" } else { "mariadb" };
    let mut captures: Vec<Capture> = fs::read_dir(folder)
        .expect("the captures")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let document = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("JSON");
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            Capture { name, document }
        })
        .filter(|capture| capture.document["engine"] == engine)
        .collect();
    captures.sort_by(|one, other| one.name.cmp(&other.name));
    captures
}

/// What was compared, so that no comparison is empty without notice.
#[derive(Debug, Default)]
struct Compared {
    events: usize,
    cells: usize,
    refusals: usize,
}

/// Everything that was captured of one product.
pub(crate) async fn are_foretold(product: Product) {
    let fixture = Fixture::shared(product).await;
    let captures = captures(product);
    assert!(captures.len() >= if product.is_mysql() { 10 } else { 3 }, "captures are missing");
    let mut compared = Compared::default();
    for (index, capture) in captures.iter().enumerate() {
        let database = format!("capture_{index}");
        let contract = contract_of(capture, &fixture, &database).await;
        compare(capture, &contract, &mut compared);
        let drop = format!("drop database {database}");
        fixture.server.execute(&drop).await.expect("it is dropped");
    }
    let (events, cells, refusals) =
        if product.is_mysql() { (60, 900, 3000) } else { (30, 400, 1500) };
    let is_enough =
        compared.events >= events && compared.cells >= cells && compared.refusals >= refusals;
    assert!(is_enough, "{product}: too little was compared: {compared:?}");
}

/// Makes the tables of a capture in a database of their own, and says what comes of them.
async fn contract_of(capture: &Capture, fixture: &Fixture, database: &str) -> Contract {
    let create = format!("drop database if exists {database}; create database {database}");
    fixture.server.execute(&create).await.expect("a database");
    fixture.server.execute_in(database, capture.text("setup_sql")).await.expect("its tables");
    let tables: Vec<String> = capture.tables().map(|table| format!("{database}.{table}")).collect();
    let overlay = [
        ("User", fixture.server.admin_user()),
        ("Password", fixture.server.admin_password()),
        ("DatabaseName", database),
        ("TableNames", &tables.join(",")),
    ];
    let overlay = overlay.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let facts = fixture.facts_read_only(&overlay, &TlsOptions::default()).await;
    let mut intent = fixture.request(&overlay).intent();
    set(&mut intent, "snapshot.mode", capture.text("snapshot_mode"));
    for property in capture.document["properties"].as_array().expect("properties") {
        let (name, value) =
            property.as_str().and_then(|it| it.split_once('=')).expect("a property");
        set(&mut intent, name, value);
    }
    describe(&facts, &intent).unwrap_or_else(|missing| panic!("{}: {missing:?}", capture.name))
}

fn set(intent: &mut Intent, name: &str, value: &str) {
    intent.set_property(name, value).unwrap_or_else(|error| panic!("{error}"));
}

fn compare(capture: &Capture, contract: &Contract, compared: &mut Compared) {
    let name = &capture.name;
    assert!(contract.absent.is_empty(), "{name}: {:?}", contract.absent);
    let mut sent: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let events = capture.events();
    for event in &events {
        let table = table_of(contract, &event.table);
        sent.entry(&event.table).or_default().insert(event.op().to_owned());
        let foretold = operation(table, event.op());
        assert_eq!(foretold.delivery, Delivery::Delivered, "{name}: {} came", event.op());
        let validator = jsonschema::draft202012::new(&schema(contract, table)).expect("a schema");
        let errors: Vec<String> = validator
            .iter_errors(&event.value)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name} {}: {errors:#?}", event.table);
        compare_keys(name, table, event);
        compare_presences(name, foretold, event, compared);
        refuse_others(name, table, foretold, event, &validator, compared);
        compared.events += 1;
    }
    let stops = contract.tables.iter().flat_map(|table| &table.operations);
    let stops = stops.filter(|operation| operation.delivery == Delivery::StopsEngine).count();
    let is_well = capture.document["verdict"]["status"] == "ok";
    assert_eq!(stops == 0, is_well, "{name}: {}", capture.document["verdict"]);
}

fn table_of<'a>(contract: &'a Contract, name: &str) -> &'a TableContract {
    let is_named = |table: &&TableContract| table.name.name.untrusted() == name;
    contract.tables.iter().find(is_named).unwrap_or_else(|| panic!("no table {name}"))
}

fn operation<'a>(table: &'a TableContract, letter: &str) -> &'a OperationContract {
    table.operations.iter().find(|operation| operation.op.letter() == letter).expect("every letter")
}

fn compare_keys(name: &str, table: &TableContract, event: &Event) {
    let foretold: Option<BTreeSet<&str>> = match &table.key {
        Key::Columns { columns, .. } => Some(columns.iter().map(|name| name.untrusted()).collect()),
        Key::None => None,
        Key::Unknown => panic!("{name}: the key should be known"),
    };
    // The key of a TRUNCATE is null.
    let sent = event.key.as_object().map(|key| key.keys().map(String::as_str).collect());
    if event.op() != "t" {
        assert_eq!(sent, foretold, "{name}");
    }
}

fn images(foretold: &OperationContract) -> [(&'static str, &Image); 2] {
    let image = |image: &'_ Option<Image>| image.is_some();
    assert!(image(&foretold.before) && image(&foretold.after), "an event came");
    [
        ("before", foretold.before.as_ref().expect("an image")),
        ("after", foretold.after.as_ref().expect("an image")),
    ]
}

/// What stands for each column is of the class that was foretold.
fn compare_presences(
    name: &str,
    foretold: &OperationContract,
    event: &Event,
    compared: &mut Compared,
) {
    for (side, image) in images(foretold) {
        let Image::Row { columns } = image else {
            assert_eq!(*image, Image::Null, "{name}");
            assert!(event.value[side].is_null(), "{name}: {side} of {} is a row", event.op());
            continue;
        };
        let row = event.value[side].as_object().expect("a row");
        assert_eq!(row.len(), columns.len(), "{name}: {side} of {}", event.op());
        for column in columns {
            let column_name = column.name.untrusted();
            let shown = &row[column_name];
            let place = format!("{name}: {side}.{column_name} of {} is {shown}", event.op());
            match &column.presence {
                Presence::Value => assert!(!shown.is_null(), "{place}"),
                Presence::NullAsDefault { .. } => assert!(!shown.is_null(), "{place}"),
                Presence::ValueOrNull => {}
                other => panic!("{place}: no row of MySQL has {other:?}"),
            }
            compared.cells += 1;
        }
    }
}

/// A row without a column, with null where there is none, or with two columns of different kinds in
/// each other's place, is refused.
fn refuse_others(
    name: &str,
    table: &TableContract,
    foretold: &OperationContract,
    event: &Event,
    validator: &jsonschema::Validator,
    compared: &mut Compared,
) {
    let mut refuse = |changed: Value, what: &str| {
        assert!(
            !validator.is_valid(&changed),
            "{name} {}: {what} was let in",
            table.name.display().untrusted()
        );
        compared.refusals += 1;
    };
    for (side, image) in images(foretold) {
        let changed = |change: &dyn Fn(&mut Value)| {
            let mut value = event.value.clone();
            change(&mut value[side]);
            value
        };
        let Image::Row { columns } = image else {
            refuse(changed(&|row| *row = json!({})), "a row for null");
            continue;
        };
        refuse(changed(&|row| *row = Value::Null), "null for a row");
        refuse(changed(&|row| row["no such column"] = json!(1)), "another column");
        for column in columns {
            let name = column.name.untrusted();
            let without = |row: &mut Value| {
                row.as_object_mut().expect("a row").remove(name);
            };
            refuse(changed(&without), &format!("a row without {name}"));
            if column.presence != Presence::ValueOrNull {
                refuse(changed(&|row| row[name] = Value::Null), &format!("null for {name}"));
            }
        }
        let row = &event.value[side];
        let kinds: Vec<(&str, &str)> = columns
            .iter()
            .map(|column| (column.name.untrusted(), kind(&row[column.name.untrusted()])))
            .filter(|(_, kind)| *kind != "null")
            .collect();
        for (index, (one, kind)) in kinds.iter().enumerate() {
            for (other, _) in kinds[index + 1..].iter().filter(|(_, its)| its != kind) {
                let swap = |row: &mut Value| {
                    let (left, right) = (row[*one].clone(), row[*other].clone());
                    row[*one] = right;
                    row[*other] = left;
                };
                refuse(changed(&swap), &format!("{one} and {other} in each other's place"));
            }
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "array",
        Value::Bool(_) => "boolean",
        Value::Null => "null",
        Value::Number(_) => "number",
        Value::Object(_) => "object",
        Value::String(_) => "string",
    }
}

/// Columns in each other's place whose values are text, or numbers, of different types.
pub(crate) async fn types_are_told_apart(product: Product) {
    let fixture = Fixture::shared(product).await;
    let captures = captures(product);
    let capture = captures.iter().find(|capture| capture.name.contains("types-default")).unwrap();
    let contract = contract_of(capture, &fixture, "told_apart").await;
    let table = &contract.tables[0];
    let validator = jsonschema::draft202012::new(&schema(&contract, table)).expect("a schema");
    let events = capture.events();
    let event = events.iter().find(|event| event.value["after"]["id"] == 1).expect("a full row");
    // Each pair is of one JSON type, and of two database types.
    let pairs = [
        ("c_dec", "c_text"),
        ("c_bit8", "c_bit64"),
        ("c_binary", "c_varbinary"),
        ("c_binary", "c_varchar"),
        ("c_ts", "c_varchar"),
        ("c_ts", "c_ts6"),
        ("c_enum", "c_varchar"),
        ("c_set", "c_char"),
        ("c_date", "c_dt"),
        ("c_dt", "c_dt6"),
        ("c_time", "c_time3"),
        ("c_tiny", "c_utiny"),
        ("c_int", "c_big"),
        ("c_year", "c_time"),
        ("c_float", "c_int"),
        ("c_geom", "c_point"),
    ];
    for (one, other) in pairs {
        let mut value = event.value.clone();
        let (left, right) = (value["after"][one].clone(), value["after"][other].clone());
        value["after"][one] = right;
        value["after"][other] = left;
        assert!(!validator.is_valid(&value), "{product}: {one} and {other} were not told apart");
    }
}
