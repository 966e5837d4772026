//! What is written of a contract, against the specifications and against itself.
//!
//! The tables are those of `captures/*.json`, as real servers described them. `cloudevents/*.json`
//! are events that Debezium 3.6.3 sent as CloudEvents, with times and positions taken out.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use cdc_preflight::checks::facts::Facts;
use cdc_preflight::checks::{
    BigintUnsignedHandling, BinaryHandling, Conversion, DecimalHandling, HstoreHandling, Intent,
    IntervalHandling, SnapshotMode, TableName, TimePrecision,
};
use cdc_preflight::events::{
    Class, Contract, Delivery, DiffFormat, Envelope, Format, Image, Kind, describe, diff, limits,
    read_contracts, render, render_diff, samples, schema, subject, write_all, write_files,
};
use serde_json::{Map, Value, json};

const ENVELOPES: [Envelope; 3] = [Envelope::Debezium, Envelope::DebeziumCloudEvents, Envelope::Dts];
const FORMATS: [Format; 6] = [
    Format::Human,
    Format::Json,
    Format::JsonSchema,
    Format::AsyncApi,
    Format::Samples,
    Format::Markdown,
];

fn file(path: impl AsRef<Path>) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn files(directory: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(directory);
    let mut paths: Vec<_> = fs::read_dir(root).unwrap().map(|one| one.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Facts of a healthy server, with the tables of a capture.
fn facts(capture: &Value) -> Facts {
    let server = capture["server"].as_str().unwrap();
    let (baseline, engine) = match server {
        server if server.starts_with("Maria") => ("mariadb-10.11", "my_sql"),
        server if server.starts_with("MySQL") => ("mysql", "my_sql"),
        _ => ("postgres", "postgres"),
    };
    let mut facts = file(format!("facts/{baseline}.json"));
    let made = json!({"found": capture["tables"], "absent": []});
    facts["source"][engine]["tables"] = json!({"known": capture.get("read").unwrap_or(&made)});
    facts["request"]["fields"]["SnapshotMode"] = json!({"text": "initial"});
    if let Some(database) = capture.get("database") {
        facts["request"]["fields"]["DatabaseName"] = json!({"text": database});
    }
    serde_json::from_value(facts).unwrap()
}

fn contract_under(capture: &Value, conversion: &Conversion, metadata: bool) -> Contract {
    let facts = facts(capture);
    let mut intent = Intent::of(&facts.request);
    intent.profile.conversion = conversion.clone();
    intent.profile.transaction_metadata = metadata;
    intent.profile.skips.truncate = !metadata;
    describe(&facts, &intent).unwrap()
}

fn contract(capture: &Value) -> Contract {
    contract_under(capture, &Conversion::default(), true)
}

/// The contracts of all captures, with their names.
static CONTRACTS: LazyLock<Vec<(String, Contract)>> = LazyLock::new(|| {
    let paths = files("captures");
    assert!(paths.len() >= 17, "captures are missing");
    let named = |path: &PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, contract(&file(path)))
    };
    paths.iter().map(named).collect()
});

fn named(name: &str) -> Contract {
    CONTRACTS.iter().find(|(own, _)| own == name).expect("the capture is there").1.clone()
}

/// The modes of the converters, one after the other and all together.
fn conversions() -> Vec<Conversion> {
    let all = Conversion {
        decimal: DecimalHandling::String,
        time: TimePrecision::Isostring,
        binary: BinaryHandling::Hex,
        interval: IntervalHandling::String,
        hstore: HstoreHandling::Map,
        bigint_unsigned: BigintUnsignedHandling::Precise,
        unknown_types: true,
        placeholder: "other".into(),
        null_as_default: false,
        ..Conversion::default()
    };
    let decimal = |decimal| Conversion { decimal, ..Conversion::default() };
    let time = |time| Conversion { time, ..Conversion::default() };
    let binary = |binary| Conversion { binary, ..Conversion::default() };
    vec![
        Conversion::default(),
        all,
        decimal(DecimalHandling::Double),
        decimal(DecimalHandling::String),
        time(TimePrecision::Connect),
        time(TimePrecision::Microseconds),
        time(TimePrecision::Nanoseconds),
        binary(BinaryHandling::Base64),
        binary(BinaryHandling::Base64UrlSafe),
    ]
}

fn errors(validator: &jsonschema::Validator, value: &Value) -> Vec<String> {
    let told = |error: jsonschema::ValidationError| format!("{}: {error}", error.instance_path());
    validator.iter_errors(value).map(told).collect()
}

/// The part of a sample that the table's schema describes.
fn described(contract: &Contract, event: &Value) -> Value {
    match contract.envelope {
        Envelope::Debezium => event["data"].clone(),
        Envelope::DebeziumCloudEvents | Envelope::Dts => event.clone(),
    }
}

#[test]
fn samples_fit_the_schemas_of_their_tables_in_every_envelope_and_mode() {
    let mut validated = 0;
    for path in files("captures") {
        let capture = file(&path);
        for (place, conversion) in conversions().iter().enumerate() {
            let plain = contract_under(&capture, conversion, true);
            // The modes concern the rows, which are the same in every envelope.
            let envelopes = if place < 2 { &ENVELOPES[..] } else { &ENVELOPES[..1] };
            for &envelope in envelopes {
                let contract = plain.clone().in_envelope(envelope);
                for table in &contract.tables {
                    let validator =
                        jsonschema::draft202012::new(&schema(&contract, table)).unwrap();
                    for sample in samples(&contract, table) {
                        let value = described(&contract, &sample.event);
                        let errors = errors(&validator, &value);
                        assert!(errors.is_empty(), "{path:?} {envelope:?}: {errors:#?}\n{value:#}");
                        validated += 1;
                    }
                }
            }
        }
    }
    assert!(validated >= 900, "only {validated} samples");
}

#[test]
fn samples_are_cloud_events_that_eventbridge_accepts() {
    let official = jsonschema::draft7::options()
        .should_validate_formats(true)
        .build(&file("schemas/cloudevents-1.0.json"))
        .unwrap();
    let mut ids = BTreeSet::new();
    for (name, plain) in CONTRACTS.iter() {
        for envelope in ENVELOPES {
            let contract = plain.clone().in_envelope(envelope);
            for table in &contract.tables {
                for sample in samples(&contract, table) {
                    let event = &sample.event;
                    let errors = errors(&official, event);
                    assert!(errors.is_empty(), "{name}: {errors:#?}");
                    for (attribute, value) in event.as_object().unwrap() {
                        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
                        assert!(attribute.chars().all(plain), "{name}: {attribute}");
                        assert!(!value.is_null(), "{name}: {attribute}");
                    }
                    let text = |name: &str| event[name].as_str().unwrap();
                    let id = text("id");
                    assert!(id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{id}");
                    assert!(id.len() <= limits::ID && !id.starts_with('-'), "{id}");
                    assert!(text("source").len() <= limits::SOURCE);
                    assert!(text("subject").chars().count() <= limits::SUBJECT);
                    assert!(text("type").len() <= limits::TYPE);
                    assert!(event.to_string().len() <= limits::EVENT_BYTES);
                    assert_eq!(text("preflightassumption"), envelope.assumption());
                    if envelope == Envelope::Debezium {
                        ids.insert((id.to_owned(), name.clone()));
                    }
                }
            }
        }
    }
    assert!(ids.len() >= 60, "only {} ids", ids.len());
}

#[test]
fn every_delivered_operation_has_a_sample_and_updates_change_something() {
    let mut updates = 0;
    for (name, contract) in CONTRACTS.iter() {
        for table in &contract.tables {
            let samples = samples(contract, table);
            let ops: Vec<_> = samples.iter().map(|sample| sample.op).collect();
            let delivered: Vec<_> = table
                .operations
                .iter()
                .filter(|operation| operation.delivery == Delivery::Delivered)
                .map(|operation| operation.op)
                .collect();
            assert_eq!(ops, delivered, "{name}");
            for sample in samples {
                let data = &sample.event["data"];
                let only_keys = data["before"].as_object().is_none_or(|row| row.len() == 1);
                if data["op"] == "u" && !only_keys {
                    assert_ne!(data["before"], data["after"], "{name}");
                    updates += 1;
                }
            }
        }
    }
    assert!(updates >= 5, "{updates}");
}

#[test]
fn values_follow_names_types_and_limits() {
    let columns = json!([
        my_column("id", "bigint"),
        my_column("email", "varchar(64)"),
        my_column("code", "char(3)"),
        my_column("price", "decimal(10,2)"),
        my_column("state", "enum('new','it''s paid')"),
        my_column("day", "date"),
        my_column("tags", "set('r','w')"),
        my_column("tiny", "tinyint"),
    ]);
    let contract = contract(&my_capture(columns, json!([])));
    let created = &samples(&contract, &contract.tables[0])[0].event["data"]["after"];
    let expected = json!({
        "id": 1001, "email": "ada@example.com", "code": "A10", "price": "B8Y=", "state": "new",
        "day": 20468, "tags": "r", "tiny": 42,
    });
    assert_eq!(*created, expected);
}

#[test]
fn names_from_outside_are_harmless_on_a_terminal() {
    const NAME: &str = "a\u{9b}31m\u{202e}##vso[x]\u{2028}::error::\u{e0041}é";
    let capture =
        my_capture(json!([my_column("id", "bigint"), my_column(NAME, "text")]), json!([]));
    let contract = contract(&capture);
    for format in FORMATS.into_iter().filter(|format| format.is_json()) {
        let text = render(&contract, format).unwrap();
        let hidden = text.chars().find(|c| {
            c.is_control() && *c != '\n' || matches!(c, '\u{2028}' | '\u{202e}' | '\u{e0041}')
        });
        assert_eq!(hidden, None, "{format:?}");
        assert!(!text.contains("##"), "{format:?}");
        let document: Value = serde_json::from_str(&text).unwrap();
        assert!(document.to_string().contains(NAME), "{format:?}: the name is another one");
    }
    let other = self::contract(&my_capture(json!([my_column("id", "bigint")]), json!([])));
    let text = render_diff(&diff(&[other], &[contract]), DiffFormat::Json);
    assert!(!text.contains('\u{9b}') && !text.contains("##"), "{text}");
    assert!(serde_json::from_str::<Value>(&text).unwrap().to_string().contains(NAME));
}

fn my_column(name: &str, data_type: &str) -> Value {
    json!({
        "name": name, "data_type": data_type, "extra": "", "nullable": false, "collation": "",
        "has_default": false, "may_select": true,
    })
}

/// A table `inventory.t` of MySQL whose primary key is `id`.
fn my_capture(columns: Value, more_tables: Value) -> Value {
    let parts = json!([{"column": "id", "nullable": false, "prefix": false}]);
    let mut tables = vec![json!({
        "name": {"schema": "inventory", "name": "t"}, "kind": "BASE TABLE", "engine": "InnoDB",
        "options": "", "columns": columns, "foreign_keys": [],
        "unique_keys": [{"name": "PRIMARY", "parts": parts}],
    })];
    tables.extend(more_tables.as_array().unwrap().iter().cloned());
    json!({"server": "MySQL 9.7.4", "tables": tables})
}

fn pg_column(name: &str, data_type: &str, base_type: &str, members: Value) -> Value {
    let mut column = json!({
        "name": name, "data_type": data_type, "base_type": base_type, "type_kind": "b",
        "is_array": false, "not_null": true, "has_default": false, "generated": "never",
        "toastable": false,
    });
    overlay(&mut column, members);
    column
}

/// A table `public.t` of PostgreSQL whose primary key is `id`.
fn pg_capture(columns: Value, members: Value) -> Value {
    let mut table = json!({
        "name": {"schema": "public", "name": "t"}, "kind": "table", "persistence": "permanent",
        "is_partition": false, "estimated_rows": -1.0, "schema_usage": true, "select": "table",
        "row_security": false, "is_owner": false, "owner": "o", "identity": "full",
        "primary_key_deferrable": false, "primary_key": ["id"], "identity_columns": [],
        "usable_index": null, "unique_keys": [], "columns": columns, "leaves": null,
    });
    overlay(&mut table, members);
    json!({"server": "PostgreSQL 18.0", "tables": [table]})
}

fn overlay(value: &mut Value, members: Value) {
    let (Some(value), Value::Object(members)) = (value.as_object_mut(), members) else { return };
    value.extend(members);
}

#[test]
fn captured_cloud_events_fit_the_schema_of_their_envelope() {
    let mut validated = 0;
    for path in files("cloudevents") {
        let capture = file(&path);
        let contract = contract(&capture).in_envelope(Envelope::DebeziumCloudEvents);
        let validator =
            jsonschema::draft202012::new(&schema(&contract, &contract.tables[0])).unwrap();
        for record in capture["records"].as_array().unwrap() {
            let event = &record["value"];
            let found = errors(&validator, event);
            assert!(found.is_empty(), "{path:?}: {found:#?}");
            // Where the converter sends no schemas, the rows stand in `data` itself.
            let mut bare = event.clone();
            bare["data"] = event["data"]["payload"].clone();
            assert!(errors(&validator, &bare).is_empty(), "{path:?}");
            for (place, wrong) in [
                ("/data/payload/after", json!({"id": "x"})),
                ("/data/payload/before", json!({"id": 1, "no such column": 1})),
                ("/iodebeziumop", json!("t?")),
                ("/iodebeziumtable", json!("other")),
                ("/type", json!("io.debezium.connector.oracle.DataChangeEvent")),
                ("/specversion", json!("0.3")),
            ] {
                let mut changed = event.clone();
                *changed.pointer_mut(place).unwrap() = wrong;
                assert!(!validator.is_valid(&changed), "{path:?}: {place} was let in");
            }
            validated += 1;
        }
    }
    assert_eq!(validated, 6);
}

#[test]
fn the_envelope_of_dts_refuses_what_it_does_not_relay() {
    let contract = named("my-image-full-pk.my97").in_envelope(Envelope::Dts);
    let table = &contract.tables[0];
    let validator = jsonschema::draft202012::new(&schema(&contract, table)).unwrap();
    let samples = samples(&contract, table);
    let words: Vec<_> =
        samples.iter().map(|one| one.event["data"]["operationType"].as_str().unwrap()).collect();
    assert_eq!(words, ["INSERT", "UPDATE", "DELETE"]);
    for sample in &samples {
        assert_eq!(sample.event["type"], "dts:ConsumeMessage");
        let wrongs = [
            ("/data/operationType", json!("TRUNCATE")),
            ("/data/schema/tableName", json!("other")),
            ("/data/schema/recordFields/0/fieldName", json!("other")),
            ("/type", json!("dts:Other")),
        ];
        for (place, wrong) in wrongs {
            let mut changed = sample.event.clone();
            *changed.pointer_mut(place).unwrap() = wrong;
            assert!(!validator.is_valid(&changed), "{place}");
        }
        for image in ["beforeImage", "afterImage"] {
            let mut changed = sample.event.clone();
            if changed["data"].as_object_mut().unwrap().remove(image).is_some() {
                assert!(!validator.is_valid(&changed), "{image}");
            }
        }
    }
}

#[test]
fn every_schema_says_its_envelope_and_is_a_schema() {
    for (name, plain) in CONTRACTS.iter() {
        for envelope in ENVELOPES {
            let contract = plain.clone().in_envelope(envelope);
            for table in &contract.tables {
                let schema = schema(&contract, table);
                assert!(jsonschema::draft202012::meta::is_valid(&schema), "{name}");
                let description = schema["description"].as_str().unwrap();
                assert!(description.contains(envelope.assumption()), "{name}");
                assert_eq!(schema["x-cdc-envelope"], envelope.as_str());
            }
        }
    }
}

#[test]
fn asyncapi_is_valid_and_its_examples_fit_their_messages() {
    let official = jsonschema::draft7::new(&file("schemas/asyncapi-3.0.0.json")).unwrap();
    let mut examples = 0;
    for (name, plain) in CONTRACTS.iter() {
        for envelope in ENVELOPES {
            let contract = plain.clone().in_envelope(envelope);
            let document: Value =
                serde_json::from_str(&render(&contract, Format::AsyncApi).unwrap()).unwrap();
            let found = errors(&official, &document);
            assert!(found.is_empty(), "{name}: {found:#?}");
            references(&document, &document);
            for channel in document["channels"].as_object().unwrap().values() {
                for (op, message) in channel["messages"].as_object().unwrap() {
                    let mut schema = message["payload"].clone();
                    schema["components"] = document["components"].clone();
                    let validator = jsonschema::draft7::new(&schema).unwrap();
                    for example in message["examples"].as_array().into_iter().flatten() {
                        let found = errors(&validator, &example["payload"]);
                        assert!(found.is_empty(), "{name} {op}: {found:#?}");
                        let mut wrong = example["payload"].clone();
                        let op = ["/op", "/iodebeziumop", "/data/operationType"]
                            .into_iter()
                            .find(|place| wrong.pointer(place).is_some())
                            .unwrap();
                        *wrong.pointer_mut(op).unwrap() = json!("x");
                        assert!(!validator.is_valid(&wrong), "{name}: another operation");
                        examples += 1;
                    }
                }
            }
        }
    }
    assert!(examples >= 150, "only {examples} examples");
}

#[test]
fn the_official_schema_of_asyncapi_refuses_what_is_none() {
    let official = jsonschema::draft7::new(&file("schemas/asyncapi-3.0.0.json")).unwrap();
    let document: Value =
        serde_json::from_str(&render(&named("pg-ri-pk-full.pg15"), Format::AsyncApi).unwrap())
            .unwrap();
    for member in ["asyncapi", "info"] {
        let mut changed = document.clone();
        changed.as_object_mut().unwrap().remove(member);
        assert!(!official.is_valid(&changed), "{member}");
    }
    let mut changed = document;
    changed["operations"].as_object_mut().unwrap().values_mut().for_each(|operation| {
        operation["action"] = json!("publish");
    });
    assert!(!official.is_valid(&changed));
}

/// Every reference leads somewhere.
fn references(value: &Value, document: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, document)),
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(target) if name == "$ref" => {
                        let place = target.strip_prefix('#').unwrap();
                        assert!(document.pointer(place).is_some(), "{target}");
                    }
                    other => references(other, document),
                }
            }
        }
        _ => {}
    }
}

fn hostile() -> Contract {
    let names = [
        ("public", "orders"),
        ("..", "../../x"),
        ("a.b", "c"),
        ("a", "b.c"),
        ("a-b", "c"),
        ("pub\u{1b}[2Jlic", "or|ders\n::set-output name=x::y `b` @all #1 <img>"),
        ("public", "Orders"),
        ("表", "👩‍🚀"),
        ("public", ""),
    ];
    let table = |(schema, name): &(&str, &str)| {
        let columns = json!([
            pg_column("id", "integer", "int4", json!({})),
            pg_column("a|b\n@x", "text", "text", json!({"toastable": true})),
            pg_column("$ref", "integer", "int4", json!({"not_null": false})),
        ]);
        let members = json!({"name": {"schema": schema, "name": name}});
        pg_capture(columns, members)["tables"][0].clone()
    };
    let tables: Vec<Value> = names.iter().map(table).collect();
    contract(&json!({"server": "PostgreSQL 18.0", "tables": tables}))
}

#[test]
fn hostile_names_break_no_format() {
    let official = jsonschema::draft7::new(&file("schemas/asyncapi-3.0.0.json")).unwrap();
    let events = jsonschema::draft7::new(&file("schemas/cloudevents-1.0.json")).unwrap();
    for envelope in ENVELOPES {
        let contract = hostile().in_envelope(envelope);
        let document: Value =
            serde_json::from_str(&render(&contract, Format::AsyncApi).unwrap()).unwrap();
        assert!(errors(&official, &document).is_empty());
        references(&document, &document);
        assert_eq!(document["channels"].as_object().unwrap().len(), contract.tables.len());
        for table in &contract.tables {
            let validator = jsonschema::draft202012::new(&schema(&contract, table)).unwrap();
            for sample in samples(&contract, table) {
                assert!(errors(&events, &sample.event).is_empty());
                let found = errors(&validator, &described(&contract, &sample.event));
                assert!(found.is_empty(), "{found:#?}");
                let subject = sample.event["subject"].as_str().unwrap();
                assert!(!subject.chars().any(char::is_control), "{subject:?}");
            }
        }
    }
    assert_plain_markdown(&render(&hostile(), Format::Markdown).unwrap());
}

/// A row of a table has as many cells as its head, and no line is a command or has a control.
fn assert_plain_markdown(text: &str) {
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    let mut head = None;
    let mut rows = 0;
    for line in text.lines() {
        assert!(!line.contains('\u{1b}') && !line.starts_with("::"), "{line}");
        if !line.starts_with('|') {
            head = None;
            continue;
        }
        let of_head = *head.get_or_insert_with(|| cells(line));
        assert_eq!(cells(line), of_head, "{line}");
        rows += 1;
    }
    assert!(rows > 0, "{text}");
}

#[test]
fn markdown_tells_presences_deliveries_and_evidence() {
    for (name, contract) in CONTRACTS.iter() {
        let text = render(contract, Format::Markdown).unwrap();
        assert_plain_markdown(&text);
        for word in ["Assumed: ", "| operation | delivery |", "### Snapshot: `initial`", "measured"]
        {
            assert!(text.contains(word), "{name}: {word}\n{text}");
        }
    }
    let text = render(&named("pg-ri-pk-default.pg15"), Format::Markdown).unwrap();
    for line in [
        "| column | type | JSON | c.after | u.after | d.before | r.after | notes |",
        "| `id` | `integer` | integer | yes | yes | yes | yes |  |",
        "| `v` | `text`, nullable | string | stand-in | stand-in | not-sent | null |  |",
        "| `n` | `integer` | integer | yes | yes | made-up | yes |  |",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn the_same_contract_gives_the_same_bytes() {
    for (name, plain) in CONTRACTS.iter() {
        for envelope in ENVELOPES {
            for format in FORMATS {
                let once = render(&plain.clone().in_envelope(envelope), format).unwrap();
                let again = render(&plain.clone().in_envelope(envelope), format).unwrap();
                assert_eq!(once, again, "{name} {format:?}");
                assert!(once.ends_with('\n') && !once.ends_with("\n\n"), "{name} {format:?}");
            }
        }
    }
}

#[test]
fn an_envelope_replaces_its_assumption() {
    let contract = named("pg-ri-pk-full.pg15");
    let there = contract.clone().in_envelope(Envelope::Dts);
    assert_eq!(there.assumptions[0], Envelope::Dts.assumption());
    assert!(!there.assumptions.iter().any(|one| *one == Envelope::Debezium.assumption()));
    assert_eq!(there.in_envelope(Envelope::Debezium), contract);
}

#[test]
fn several_contracts_are_one_document() {
    let contracts = [named("pg-ri-pk-full.pg15"), named("my-image-full-pk.my97")];
    for format in FORMATS.into_iter().filter(|format| format.is_json()) {
        let mut bytes = Vec::new();
        write_all(&contracts, format, &mut bytes).unwrap();
        let list: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(list.len(), 2, "{format:?}");
    }
}

#[test]
fn files_are_written_a_table_or_a_database() {
    let contract = named("pg-types-default.pg15");
    let tables = contract.tables.len();
    for (format, suffix, count) in [
        (Format::JsonSchema, ".schema.json", tables),
        (Format::Samples, ".samples.json", tables),
        (Format::AsyncApi, ".asyncapi.json", 1),
        (Format::Json, ".events.json", 1),
        (Format::Markdown, ".events.md", 1),
        (Format::Human, ".events.txt", 1),
    ] {
        let scratch = tempfile::tempdir().unwrap();
        let written = write_files(&contract, format, scratch.path()).unwrap();
        assert_eq!(written.len(), count, "{format:?}");
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), count, "nothing more");
        for path in written {
            assert!(path.to_string_lossy().ends_with(suffix), "{path:?}");
            assert!(!fs::read(path).unwrap().is_empty());
        }
    }
}

#[test]
fn the_longest_names_keep_within_the_limits() {
    // PostgreSQL's names have 63 bytes and MySQL's 64 characters; a request may say anything.
    let long = "界".repeat(64);
    for name in [long, "x".repeat(5000)] {
        let mut contract = named("my-image-full-pk.my97");
        contract.tables[0].name = TableName::new(name.clone(), name);
        let subject = subject(&contract, &contract.tables[0].name);
        assert!(subject.chars().count() <= limits::SUBJECT);
        let event = &samples(&contract, &contract.tables[0])[0].event;
        assert!(event["id"].as_str().unwrap().len() <= limits::ID);
    }
}

// --- saved contracts -----------------------------------------------------------------------------

#[test]
fn saved_contracts_are_read_again() {
    for (name, plain) in CONTRACTS.iter() {
        for envelope in ENVELOPES {
            let contract = plain.clone().in_envelope(envelope);
            let text = render(&contract, Format::Json).unwrap();
            assert_eq!(read_contracts(&text).unwrap(), [contract], "{name}");
        }
    }
    let contracts: Vec<Contract> = CONTRACTS.iter().map(|(_, one)| one.clone()).collect();
    let mut bytes = Vec::new();
    write_all(&contracts, Format::Json, &mut bytes).unwrap();
    assert_eq!(read_contracts(&String::from_utf8(bytes).unwrap()).unwrap(), contracts);
}

#[test]
fn what_is_no_contract_is_told_with_its_place() {
    let text = render(&named("pg-ri-pk-full.pg15"), Format::Json).unwrap();
    let error = |text: &str| read_contracts(text).unwrap_err().to_string();
    for end in (0..text.len()).step_by(97) {
        let told = error(&text[..end]);
        assert!(told.contains(" at line ") && told.contains(" column "), "{end}: {told}");
    }
    let other = text.replacen("\"format_version\": 1", "\"format_version\": 99", 1);
    assert!(error(&other).starts_with("format_version 99 is not 1"), "{}", error(&other));
    assert!(error("{}").starts_with("there is no format_version"));
    assert_eq!(error("[]"), "the list is empty");
    let wrong = text.replacen("\"engine\": \"postgres\"", "\"engine\": \"oracle\"", 1);
    let told = error(&wrong);
    assert!(told.contains("oracle") && told.contains(" at line 3 "), "{told}");
    assert!(error(&"[".repeat(100_000)).contains(" at line 1 "));
    let deep = text.replacen("\"schema\": {\n", &format!("\"schema\": {}", "[".repeat(100_000)), 1);
    assert!(error(&deep).contains("recursion limit"), "{}", error(&deep));
}

// --- diff ----------------------------------------------------------------------------------------

/// What a change of facts does to consumers: class, kind, and the column or nothing.
fn changes(old: &Value, new: &Value) -> Vec<(Class, Kind, String)> {
    let diff = diff(&[contract(old)], &[contract(new)]);
    let told = |change: &cdc_preflight::events::Change| {
        let column = change.column.as_ref().map_or("", |column| column.untrusted());
        (change.class, change.kind, column.to_owned())
    };
    diff.changes.iter().map(told).collect()
}

fn v(data_type: &str) -> Value {
    my_capture(json!([my_column("id", "int"), my_column("v", data_type)]), json!([]))
}

#[test]
fn changes_of_columns_have_their_class() {
    use Class::{Backward, Breaking, Compatible, Forward};
    let without = my_capture(json!([my_column("id", "int")]), json!([]));
    let v_of = |class, kind| vec![(class, kind, "v".to_owned())];
    let cases = [
        (v("int"), v("int"), vec![]),
        (without.clone(), v("int"), v_of(Forward, Kind::ColumnAdded)),
        (v("int"), without, v_of(Backward, Kind::ColumnRemoved)),
        (v("int"), v("varchar(10)"), v_of(Breaking, Kind::Type)),
        (v("int"), v("bigint"), v_of(Backward, Kind::Values)),
        (v("bigint"), v("int"), v_of(Forward, Kind::Values)),
        (v("varchar(10)"), v("varchar(20)"), v_of(Backward, Kind::Values)),
        (v("varchar(10)"), v("text"), v_of(Backward, Kind::Values)),
        (v("int"), v("int unsigned"), v_of(Breaking, Kind::Type)),
        (v("int"), v("int(11)"), v_of(Compatible, Kind::Type)),
        (v("enum('a')"), v("enum('a','b')"), v_of(Backward, Kind::Values)),
        (v("enum('a','b')"), v("enum('a')"), v_of(Forward, Kind::Values)),
        (v("enum('a','b')"), v("enum('a','c')"), v_of(Breaking, Kind::Type)),
        (v("decimal(10,2)"), v("decimal(10,3)"), v_of(Breaking, Kind::Type)),
        (v("datetime(3)"), v("datetime(6)"), v_of(Breaking, Kind::Type)),
    ];
    for (old, new, expected) in cases {
        assert_eq!(changes(&old, &new), expected, "{old}\n{new}");
    }
}

#[test]
fn changes_of_null_and_of_the_identity_have_their_class() {
    use Class::{Backward, Breaking, Forward};
    let table = |members: Value, column: Value| {
        let columns = json!([
            pg_column("id", "integer", "int4", json!({})),
            pg_column("v", "integer", "int4", column),
        ]);
        pg_capture(columns, members)
    };
    let plain = || table(json!({}), json!({}));
    let nullable = || table(json!({}), json!({"not_null": false}));
    let column = "v".to_owned();
    assert_eq!(
        changes(&plain(), &nullable()),
        [(Backward, Kind::Presence, column.clone())],
        "in all rows at once"
    );
    assert_eq!(changes(&nullable(), &plain()), [(Forward, Kind::Presence, column.clone())]);

    let by_key = json!({"identity": "primary-key", "identity_columns": ["id"]});
    let downgraded = changes(&plain(), &table(by_key.clone(), json!({})));
    assert!(downgraded.contains(&(Breaking, Kind::Row, String::new())), "u.before {downgraded:?}");
    assert!(downgraded.contains(&(Backward, Kind::Presence, column.clone())), "{downgraded:?}");
    let lost = changes(&nullable(), &table(by_key, json!({"not_null": false})));
    assert!(lost.contains(&(Breaking, Kind::Presence, column)), "unknown-null {lost:?}");

    let no_identity = table(json!({"identity": "nothing"}), json!({}));
    let blocked = changes(&plain(), &no_identity);
    let delivery = (Backward, Kind::Delivery, String::new());
    assert_eq!(blocked.iter().filter(|change| **change == delivery).count(), 2, "{blocked:?}");

    let other_key = table(json!({"primary_key": ["v"]}), json!({}));
    assert!(changes(&plain(), &other_key).contains(&(Breaking, Kind::Key, String::new())));
}

#[test]
fn tables_and_envelopes_are_compared() {
    let one = v("int");
    let mut second = one["tables"][0].clone();
    second["name"]["name"] = json!("second");
    let two = my_capture(one["tables"][0]["columns"].clone(), json!([second]));
    let none = String::new;
    assert_eq!(changes(&one, &two), [(Class::Forward, Kind::TableAdded, none())]);
    assert_eq!(changes(&two, &one), [(Class::Backward, Kind::TableRemoved, none())]);
    let contract = contract(&one);
    let other = contract.clone().in_envelope(Envelope::Dts);
    assert_eq!(diff(&[contract], &[other]).changes[0].kind, Kind::Envelope);
}

#[test]
fn a_change_taken_back_has_the_mirrored_class() {
    let mirror = |class| match class {
        Class::Forward => Class::Backward,
        Class::Backward => Class::Forward,
        same => same,
    };
    let mut compared = 0;
    for (_, old) in CONTRACTS.iter() {
        assert!(diff(std::slice::from_ref(old), std::slice::from_ref(old)).changes.is_empty());
        for (_, new) in CONTRACTS.iter().filter(|(_, new)| new.engine == old.engine) {
            // The same table by another name: the captures' tables have names of their own.
            let mut new = new.clone();
            new.tables[0].name = old.tables[0].name.clone();
            let there = diff(std::slice::from_ref(old), std::slice::from_ref(&new));
            let back = diff(std::slice::from_ref(&new), std::slice::from_ref(old));
            assert_eq!(there.class, mirror(back.class));
            let classes = |diff: &cdc_preflight::events::Diff| {
                let mut classes: Vec<_> = diff.changes.iter().map(|one| one.class).collect();
                classes.sort_unstable();
                classes
            };
            let mut mirrored: Vec<_> = classes(&back).into_iter().map(mirror).collect();
            mirrored.sort_unstable();
            assert_eq!(classes(&there), mirrored);
            compared += 1;
        }
    }
    assert!(compared >= 100, "{compared}");
}

#[test]
fn differences_are_told_in_every_form() {
    let old = contract(&v("varchar(10)"));
    let mut new = contract(&v("int"));
    new.tables[0].columns[1].database_type = "in|t\n::error::x".into();
    let diff = diff(std::slice::from_ref(&old), &[new]);
    let human = render_diff(&diff, DiffFormat::Human);
    assert!(human.starts_with("breaking: "), "{human}");
    assert!(human.contains("type of v"), "{human}");
    assert!(human.lines().all(|line| !line.trim_start().starts_with("::")), "{human}");
    assert_plain_markdown(&render_diff(&diff, DiffFormat::Markdown));
    let json: Value = serde_json::from_str(&render_diff(&diff, DiffFormat::Json)).unwrap();
    assert_eq!(json["format_version"], 1);
    assert_eq!(json["class"], "breaking");
    assert_eq!(json["changes"][0]["kind"], "type");
    let same = cdc_preflight::events::diff(std::slice::from_ref(&old), std::slice::from_ref(&old));
    let human = render_diff(&same, DiffFormat::Human);
    assert_eq!(human, "compatible: nothing changes\n");
}

// --- snapshot and size ---------------------------------------------------------------------------

fn plan(capture: &Value, mode: SnapshotMode, overlay: &dyn Fn(&mut Value)) -> Contract {
    let mut facts = serde_json::to_value(facts(capture)).unwrap();
    overlay(&mut facts);
    let facts: Facts = serde_json::from_value(facts).unwrap();
    let mut intent = Intent::of(&facts.request);
    intent.snapshot = mode;
    describe(&facts, &intent).unwrap()
}

#[test]
fn the_plan_says_what_a_mode_means_on_the_engine() {
    let pg = pg_capture(json!([pg_column("id", "integer", "int4", json!({}))]), json!({}));
    let my = v("int");
    let cases = [
        (&pg, SnapshotMode::Initial, "then changes follow"),
        (&my, SnapshotMode::Initial, "then changes follow"),
        (&my, SnapshotMode::Always, "at every restart"),
        (&pg, SnapshotMode::Never, "from the making of the slot on"),
        (&my, SnapshotMode::Never, "every binary log that is kept is replayed"),
        (&my, SnapshotMode::NoData, "changes come from now on"),
        (&pg, SnapshotMode::InitialOnly, "nothing follows"),
        (&pg, SnapshotMode::WhenNeeded, "whenever the place to go on from is lost"),
    ];
    for (capture, mode, words) in cases {
        let contract = plan(capture, mode, &|_| {});
        let says = |one: &cdc_preflight::events::Statement| one.text.untrusted().contains(words);
        assert!(contract.snapshot.statements.iter().any(says), "{mode:?}: {words}");
        let reads = !matches!(mode, SnapshotMode::Never | SnapshotMode::NoData);
        assert_eq!(contract.snapshot.retention.is_some(), reads, "{mode:?}");
        assert_eq!(contract.snapshot.tables.len(), usize::from(reads), "{mode:?}");
    }
}

#[test]
fn the_plan_tells_volume_and_whether_the_log_outlives_it() {
    let members = json!({"estimated_rows": 36_000_000.0, "pages": 400_000});
    let pg = pg_capture(json!([pg_column("id", "integer", "int4", json!({}))]), members);
    let with = |limit: &'static str, wal: Value| {
        plan(&pg, SnapshotMode::Initial, &move |facts| {
            let server = &mut facts["source"]["postgres"]["server"]["known"];
            server["settings"]["max_slot_wal_keep_size"]["value"] = json!(limit);
            server["wal"] = wal.clone();
        })
    };
    // A MiB each second.
    let rate = json!({"bytes": 7200_u64 << 20, "seconds": 7200});
    for (limit, wal, outlives) in [
        ("-1", Value::Null, Some(true)),
        ("10240", rate.clone(), Some(true)),
        ("1024", rate, Some(false)),
        ("1024", Value::Null, None),
    ] {
        let plan = with(limit, wal).snapshot;
        assert_eq!(plan.estimated_rows, Some(36_000_000));
        assert_eq!(plan.estimated_seconds, Some(3600));
        assert_eq!(plan.retention.unwrap().outlives, outlives, "{limit}");
    }
    let never = pg_capture(json!([pg_column("id", "integer", "int4", json!({}))]), json!({}));
    assert_eq!(plan(&never, SnapshotMode::Initial, &|_| {}).snapshot.estimated_rows, None);

    let kept = |seconds: &'static str| {
        let set = move |facts: &mut Value| {
            let variables = &mut facts["source"]["my_sql"]["variables"]["known"];
            variables["binlog_expire_logs_seconds"] = json!({"value": seconds});
            variables["expire_logs_days"] = json!({"value": "0"});
        };
        plan(&v("int"), SnapshotMode::Initial, &set).snapshot.retention.unwrap()
    };
    assert_eq!(kept("0").outlives, Some(true));
    assert_eq!(kept("604800").outlives, None, "MySQL's rows are not counted");
    assert!(kept("604800").told.text.untrusted().contains("7 days"));
}

#[test]
fn the_plan_tells_where_a_snapshot_differs_from_later_events() {
    let differences = |contract: &Contract| -> Vec<String> {
        let of = |one: &cdc_preflight::events::TableSnapshot| {
            one.differences.iter().map(|one| one.text.untrusted().to_owned()).collect::<Vec<_>>()
        };
        contract.snapshot.tables.iter().flat_map(of).collect()
    };
    assert_eq!(differences(&named("pg-generated-stored.pg15")), ["b: in the snapshot only"]);
    assert_eq!(
        differences(&contract(&v("json"))),
        ["v: the server's text in the snapshot, written anew by the engine later"]
    );
    assert_eq!(
        differences(&contract(&v("enum('a,b','c')"))),
        ["v: a comma in a label is \\, in later events"]
    );
    assert!(differences(&contract(&v("enum('a','b')"))).is_empty());
}

#[test]
fn sizes_bound_the_samples_and_name_what_has_no_limit() {
    for (name, contract) in CONTRACTS.iter() {
        for table in &contract.tables {
            if !table.size.large_columns.is_empty() {
                continue;
            }
            for sample in samples(contract, table) {
                let mut data = sample.event["data"].clone();
                // The estimate allows for one envelope; a sample has all that one may hold.
                data["source"] = json!({});
                let length = data.to_string().len() as u64;
                assert!(length <= table.size.bounded_bytes, "{name}: {length} {data}");
            }
        }
    }
    let size = contract(&v("longtext")).tables[0].size.clone();
    assert_eq!(size.large_columns, ["v".into()]);
    assert!(size.bounded_bytes < 1024, "{size:?}");
    assert_eq!(size.rows, 2);
}

// --- the program ---------------------------------------------------------------------------------

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cdc-preflight"))
        .args(arguments)
        .env_remove("CDC_PREFLIGHT_CONNECTOR")
        .output()
        .unwrap()
}

fn recording(name: &str) -> String {
    format!("{}/tests/facts/{name}.json", env!("CARGO_MANIFEST_DIR"))
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_program_writes_every_format() {
    for name in ["postgres", "mysql"] {
        for format in ["human", "json", "json-schema", "asyncapi", "samples", "markdown"] {
            for envelope in ["debezium", "debezium-cloudevents", "dts"] {
                let facts = recording(name);
                let arguments =
                    ["events", "--facts", &facts, "--format", format, "--envelope", envelope];
                let output = run(&arguments);
                assert_eq!(output.status.code(), Some(0), "{arguments:?}");
                let text = stdout(&output);
                assert!(text.contains("EventBridge"), "{arguments:?}: {text}");
                if !matches!(format, "human" | "markdown") {
                    let parsed: Result<Value, _> = serde_json::from_str(&text);
                    assert!(parsed.is_ok(), "{arguments:?}");
                }
            }
        }
    }
}

#[test]
fn the_program_compares_and_exits_by_class() {
    let scratch = tempfile::tempdir().unwrap();
    let place = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    let facts = recording("postgres");
    let saved = place("saved.json");
    fs::write(&saved, stdout(&run(&["events", "--facts", &facts, "--format", "json"]))).unwrap();

    let same = run(&["events", "diff", &saved, &facts]);
    assert_eq!(same.status.code(), Some(0), "{same:?}");
    assert_eq!(stdout(&same), "compatible: nothing changes\n");

    let mut changed = file("facts/postgres.json");
    let tables = &mut changed["source"]["postgres"]["tables"]["known"]["found"];
    tables[1]["columns"][0]["data_type"] = json!("text");
    tables[1]["columns"][0]["base_type"] = json!("text");
    let changed_facts = place("changed.json");
    fs::write(&changed_facts, changed.to_string()).unwrap();
    let code = |more: &[&str]| {
        let arguments = [&["events", "diff", &saved, &changed_facts], more].concat();
        run(&arguments).status.code()
    };
    assert_eq!(code(&[]), Some(12), "what breaks consumers fails by default");
    assert_eq!(code(&["--fail-on", "breaking"]), Some(12));
    assert_eq!(code(&["--fail-on", "never"]), Some(0));
    assert_eq!(code(&["--format", "json"]), Some(12), "the format changes no code");
    assert_eq!(code(&["--fail-on", "sometimes"]), Some(2));

    // A column more hurts nobody who ignores what it does not know.
    let mut more = file("facts/postgres.json");
    let tables = &mut more["source"]["postgres"]["tables"]["known"]["found"];
    let column = pg_column("added", "integer", "int4", json!({}));
    tables[1]["columns"].as_array_mut().unwrap().push(column);
    let more_facts = place("more.json");
    fs::write(&more_facts, more.to_string()).unwrap();
    assert_eq!(run(&["events", "diff", &saved, &more_facts]).status.code(), Some(0));
    let strict = run(&["events", "diff", &saved, &more_facts, "--fail-on", "forward"]);
    assert_eq!(strict.status.code(), Some(12));
    assert!(stdout(&strict).starts_with("forward: "), "{}", stdout(&strict));

    let cut = place("cut.json");
    let text = fs::read_to_string(&saved).unwrap();
    fs::write(&cut, &text[..text.len() / 2]).unwrap();
    let broken = run(&["events", "diff", &cut, &saved]);
    assert_eq!(broken.status.code(), Some(2));
    let told = String::from_utf8_lossy(&broken.stderr).into_owned();
    assert!(told.contains("holds no event contract") && told.contains("line"), "{told}");
    let missing = run(&["events", "diff", &saved, &place("not-there.json")]);
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn a_saved_envelope_is_kept_in_a_comparison() {
    let scratch = tempfile::tempdir().unwrap();
    let saved = scratch.path().join("saved.json");
    let facts = recording("mysql");
    let output = run(&["events", "--facts", &facts, "--format", "json", "--envelope", "dts"]);
    fs::write(&saved, output.stdout).unwrap();
    let same = run(&["events", "diff", saved.to_str().unwrap(), &facts]);
    assert_eq!(stdout(&same), "compatible: nothing changes\n");
}

#[test]
fn values_of_images_are_those_of_the_contract() {
    let contract = named("pg-ri-pk-default.pg15");
    let table = &contract.tables[0];
    let samples = samples(&contract, table);
    for sample in samples.iter().filter(|sample| sample.op.letter() != "t") {
        let operation = table.operation(sample.op).unwrap();
        let image = match (&operation.before, &operation.after) {
            (Some(Image::Row { columns }), _) => ("before", columns),
            (_, Some(Image::Row { columns })) => ("after", columns),
            _ => panic!("an event has a row"),
        };
        let shown: &Map<String, Value> = sample.event["data"][image.0].as_object().unwrap();
        assert_eq!(shown.len(), image.1.len());
    }
    let delete = samples.iter().find(|sample| sample.op.letter() == "d").unwrap();
    assert_eq!(delete.event["data"]["before"]["n"], 0, "made up");
    assert_eq!(delete.event["data"]["before"]["id"], 1001, "the key is true");
    assert!(delete.event["data"]["before"]["v"].is_null(), "not sent");
}
