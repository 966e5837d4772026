//! Events that a real engine sent, and what has to hold between them and a contract.
//!
//! Each file of `captures` holds the statements of one scenario, how the connector was set, and the
//! records that Debezium 3.6.3 then sent, normalised: times and positions are constants. Long arrays
//! and texts are cut. `found` is what the visit read of the tables after the scenario's own DDL.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cdc_preflight::checks::{Intent, PublicationCreation, Text};
use cdc_preflight::events::{Contract, Delivery, Image, Key, Op, Presence, TableContract, schema};
use serde_json::{Value, json};

/// A scenario.
pub(crate) struct Capture {
    pub(crate) name: String,
    pub(crate) document: Value,
    /// What the connector sent, in order.
    pub(crate) records: Vec<Value>,
}

/// What was compared, so that nothing passes for want of records.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    /// Records that fit the schema.
    pub(crate) records: usize,
    /// Records, changed for the worse, that the schema refused.
    pub(crate) refused: usize,
    /// Columns by the class of what stood for them.
    pub(crate) classes: BTreeMap<&'static str, usize>,
    /// Statements that the server refused.
    pub(crate) statements: usize,
}

impl Compared {
    pub(crate) fn add(&mut self, other: Self) {
        self.records += other.records;
        self.refused += other.refused;
        self.statements += other.statements;
        for (class, count) in other.classes {
            *self.classes.entry(class).or_default() += count;
        }
    }
}

/// The captures of one engine, by the first letters of their names.
pub(crate) fn captures(engine: &str) -> Vec<Capture> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
    let entries = std::fs::read_dir(directory).unwrap();
    let is_of_engine =
        |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with(engine);
    let mut paths: Vec<_> =
        entries.map(|entry| entry.unwrap().path()).filter(is_of_engine).collect();
    paths.sort();
    paths.iter().map(|path| Capture::read(path)).collect()
}

impl Capture {
    fn read(path: &Path) -> Self {
        let mut document: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let mut records: Vec<Value> = serde_json::from_value(document["records"].take()).unwrap();
        let has_schemas = document["schemas_enabled"] == json!(true);
        for record in &mut records {
            drop_cuts(record);
            for part in ["key", "value"] {
                if has_schemas && record[part].get("payload").is_some() {
                    record[part] = record[part]["payload"].take();
                }
            }
            if let Some(row) = record["value"].pointer("/data/payload").cloned() {
                record["value"] = of_cloud_event(&record["value"], row);
            }
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        Self { name, document, records }
    }

    /// The version of the server that it was captured from, for example `15.18`.
    pub(crate) fn server_version(&self) -> &str {
        self.text("server").split_once(' ').unwrap().1
    }

    /// Whether the server refused the scenario's statements, so that no event came.
    pub(crate) fn is_refused(&self) -> bool {
        self.document["verdict"]["status"] == json!("sql_failed")
    }

    pub(crate) fn text(&self, member: &str) -> &str {
        self.document[member].as_str().unwrap_or_default()
    }

    /// Sets what the scenario's connector was set to. All of them were told to skip nothing.
    pub(crate) fn set(&self, intent: &mut Intent) {
        intent.set_property("skipped.operations", "none").unwrap();
        intent.set_property("snapshot.mode", self.text("snapshot_mode")).unwrap();
        if let Some(name) = self.document["publication"].as_str() {
            intent.profile.publications.named = vec![Text::new(name)];
            intent.profile.publications.creates = PublicationCreation::Never;
        }
        for property in self.document["properties"].as_array().into_iter().flatten() {
            let (name, value) = property.as_str().unwrap().split_once('=').unwrap();
            intent.set_property(name, value).unwrap();
        }
    }

    /// Compares every record with the contract, and panics where they differ.
    pub(crate) fn compare(&self, contract: &Contract) -> Compared {
        let mut compared = Compared::default();
        let forms: BTreeMap<&str, Form> = contract
            .tables
            .iter()
            .map(|table| (table.name.name.untrusted(), Form::new(contract, table)))
            .collect();
        if self.is_refused() {
            let error = self.document["verdict"]["sql_error"].as_str().unwrap();
            let (_, sql) = error.rsplit_once("-- in: ").unwrap();
            self.expect_refusal(sql, contract);
            compared.statements += 1;
        }
        let deliveries = contract.tables.iter().flat_map(|table| &table.operations);
        let stops = deliveries.filter(|one| one.delivery == Delivery::StopsEngine).count() > 0;
        let is_stopped =
            matches!(self.document["verdict"]["status"].as_str(), Some("failed" | "refused"));
        assert_eq!(stops, is_stopped, "{}: {}", self.name, self.document["verdict"]);
        let mut tombstone = None;
        for record in &self.records {
            if record["kind"] == json!("sql_error") {
                self.expect_refusal(record["sql"].as_str().unwrap(), contract);
                compared.statements += 1;
                continue;
            }
            if let Some(key) = tombstone.take() {
                assert_eq!(
                    (&record["key"], &record["value"]),
                    (&key, &Value::Null),
                    "{}",
                    self.name
                );
                continue;
            }
            let value = &record["value"];
            // As a CloudEvent, the event of a transaction has no value.
            if value.is_null() && self.text("format") == "cloudevents" {
                continue;
            }
            let Some(op) = value["op"].as_str() else {
                Form::expect_transaction(contract, value, &self.name);
                compared.records += 1;
                continue;
            };
            if op == "d" && contract.tombstones {
                tombstone = Some(record["key"].clone());
            }
            let form = &forms[value["source"]["table"].as_str().unwrap()];
            form.compare(record, &self.name, &mut compared);
        }
        compared
    }

    fn expect_refusal(&self, sql: &str, contract: &Contract) {
        let op = if sql.starts_with("update") { Op::Update } else { Op::Delete };
        let delivery = contract.tables[0].operation(op).unwrap().delivery;
        assert_eq!(delivery, Delivery::BlockedInDb, "{}: {sql}", self.name);
    }
}

/// The two rows of a CloudEvent under the names that they have without that envelope.
fn of_cloud_event(event: &Value, mut row: Value) -> Value {
    row["op"] = event["iodebeziumop"].clone();
    row["source"] = json!({"table": event["iodebeziumtable"]});
    row["ts_ms"] = json!(0);
    row
}

/// Removes the marks that stand where the capture cut an array or a text.
fn drop_cuts(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.retain(|item| !item.as_str().is_some_and(|text| text.starts_with("...<")));
            items.iter_mut().for_each(drop_cuts);
        }
        Value::Object(members) => members.values_mut().for_each(drop_cuts),
        Value::String(text) => {
            if let Some(end) = text.find("...<") {
                text.truncate(end);
            }
        }
        _ => {}
    }
}

/// A table's contract with the validator that follows from it.
struct Form<'a> {
    table: &'a TableContract,
    validator: jsonschema::Validator,
}

impl<'a> Form<'a> {
    fn new(contract: &Contract, table: &'a TableContract) -> Self {
        let schema = schema(contract, table);
        jsonschema::draft202012::meta::validate(&schema).unwrap();
        Self { table, validator: jsonschema::draft202012::new(&schema).unwrap() }
    }

    /// The begin or the end of a transaction.
    fn expect_transaction(contract: &Contract, value: &Value, place: &str) {
        let mut form = schema(contract, &contract.tables[0]);
        form = json!({"$defs": form["$defs"], "$ref": "#/$defs/transaction-record"});
        let validator = jsonschema::draft202012::new(&form).unwrap();
        assert!(validator.is_valid(value), "{place}: {value}");
    }

    fn compare(&self, record: &Value, place: &str, compared: &mut Compared) {
        let value = &record["value"];
        let errors: Vec<String> = self
            .validator
            .iter_errors(value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        let cut: Vec<String> =
            errors.iter().map(|error| error.chars().take(600).collect()).collect();
        assert!(errors.is_empty(), "{place}: {cut:#?}");
        compared.records += 1;
        let op = value["op"].as_str().unwrap();
        let is_op = |one: &&Op| one.letter() == op;
        let operation = self.table.operation(*Op::ALL.iter().find(is_op).unwrap()).unwrap();
        assert_eq!(operation.delivery, Delivery::Delivered, "{place} {op}");
        if op != "t" {
            self.compare_key(&record["key"], place);
        }
        for (side, image) in [("before", &operation.before), ("after", &operation.after)] {
            let row = &value[side];
            match image.as_ref().unwrap() {
                Image::Unknown => panic!("{place} {op}: {side} is not foretold"),
                Image::Null => assert!(row.is_null(), "{place} {op} {side}"),
                image => {
                    for column in image.columns().unwrap() {
                        let name = column.name.untrusted();
                        let class = class(&column.presence, row.get(name));
                        let told = format!("{place} {op} {side} {name}: {:?}", column.presence);
                        *compared.classes.entry(class.expect(&told)).or_default() += 1;
                    }
                }
            }
        }
        self.expect_refusals(value, place, compared);
    }

    fn compare_key(&self, key: &Value, place: &str) {
        let captured = key.as_object().map(|key| key.keys().map(String::as_str).collect());
        let expected: Option<Vec<&str>> = match &self.table.key {
            Key::Columns { columns, .. } => Some(columns.iter().map(Text::untrusted).collect()),
            Key::None => None,
            Key::Unknown => panic!("{place}: the key should be known"),
        };
        assert_eq!(sorted(captured), sorted(expected), "{place}");
    }

    /// The schema has to refuse what the contract excludes.
    fn expect_refusals(&self, event: &Value, place: &str, compared: &mut Compared) {
        for changed in worsened(self.table, event) {
            let (what, changed) = changed;
            assert!(!self.validator.is_valid(&changed), "{place}: {what} was let in");
            compared.refused += 1;
        }
    }
}

fn sorted(names: Option<Vec<&str>>) -> Option<Vec<&str>> {
    names.map(|mut names| {
        names.sort_unstable();
        names
    })
}

/// The class of what stood for a column, where it is the foretold one.
fn class(foretold: &Presence, shown: Option<&Value>) -> Option<&'static str> {
    match (foretold, shown) {
        (Presence::Absent, None) => Some("absent"),
        (Presence::Value, Some(value)) if !value.is_null() => Some("value"),
        (Presence::ValueOrNull, Some(Value::Null)) => Some("null"),
        (Presence::ValueOrNull, Some(_)) => Some("value"),
        (Presence::NullAsDefault { default }, Some(value)) if value == default => Some("default"),
        (Presence::NullAsDefault { .. }, Some(value)) if !value.is_null() => Some("value"),
        (Presence::Fabricated { value: Some(made_up) }, Some(value)) if value == made_up => {
            Some("fabricated")
        }
        (Presence::UnknownNull, Some(Value::Null)) => Some("null"),
        (Presence::UnchangedPlaceholder { placeholder: Some(placeholder), .. }, Some(value))
            if value == placeholder =>
        {
            Some("placeholder")
        }
        (Presence::UnchangedPlaceholder { nullable, .. }, Some(value))
            if *nullable || !value.is_null() =>
        {
            Some("value")
        }
        _ => None,
    }
}

/// Whether null may stand for a column.
fn may_be_null(presence: &Presence) -> bool {
    match presence {
        Presence::Absent | Presence::NullAsDefault { .. } | Presence::Value => false,
        Presence::Fabricated { value } => value.as_ref().is_none_or(Value::is_null),
        Presence::Unknown | Presence::UnknownNull | Presence::ValueOrNull => true,
        Presence::UnchangedPlaceholder { placeholder, nullable } => {
            *nullable || placeholder.as_ref().is_none_or(Value::is_null)
        }
    }
}

/// The event with one thing in it that the contract excludes, in as many ways as there are.
fn worsened(table: &TableContract, event: &Value) -> Vec<(String, Value)> {
    let op = Op::ALL.iter().find(|op| event["op"] == json!(op.letter())).unwrap();
    let operation = table.operation(*op).unwrap();
    let mut all = Vec::new();
    let mut with = |what: String, change: &dyn Fn(&mut Value)| {
        let mut changed = event.clone();
        change(&mut changed);
        all.push((what, changed));
    };
    for member in ["op", "source", "ts_ms"] {
        with(format!("an event without {member}"), &|event| remove(event, member));
    }
    with("an unknown operation".into(), &|event| event["op"] = json!("x"));
    for (side, image) in [("before", &operation.before), ("after", &operation.after)] {
        let Some(columns) = image.as_ref().unwrap().columns() else {
            with("a row for null".into(), &|event| event[side] = json!({"id": 1}));
            continue;
        };
        if event[side].is_null() {
            continue;
        }
        with(format!("null for {side}"), &|event| event[side] = Value::Null);
        with("no row".into(), &|event| remove(event, side));
        with("an extra column".into(), &|event| event[side]["no such column"] = json!(1));
        let there = columns.iter().filter(|column| column.presence != Presence::Absent);
        for column in there.clone() {
            let name = column.name.untrusted();
            with(format!("a row without {name}"), &|event| remove(&mut event[side], name));
            with(format!("no value of {name}"), &|event| {
                event[side][name] = json!({"wrong": [true]});
            });
            if !may_be_null(&column.presence) {
                with(format!("null for {name}"), &|event| event[side][name] = Value::Null);
            }
        }
        for pair in there.collect::<Vec<_>>().windows(2) {
            let [one, other] = [pair[0].name.untrusted(), pair[1].name.untrusted()];
            let values = [&event[side][one], &event[side][other]];
            if are_of_different_types(values[0], values[1]) {
                with(format!("{one} and {other} swapped"), &|event| {
                    event[side][one] = values[1].clone();
                    event[side][other] = values[0].clone();
                });
            }
        }
    }
    all
}

fn remove(value: &mut Value, member: &str) {
    value.as_object_mut().unwrap().remove(member);
}

/// Whether two values that are there differ in what JSON calls their type.
fn are_of_different_types(one: &Value, other: &Value) -> bool {
    let is_there = !one.is_null() && !other.is_null();
    is_there && std::mem::discriminant(one) != std::mem::discriminant(other)
}
