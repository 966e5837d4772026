//! The events that are foretold, against events that a real engine sent.
//!
//! `captures/*.json` each hold the tables of one scenario as a real server described them (columns,
//! keys and identity, read after the scenario's own DDL), and the records that Debezium 3.6.3 then
//! sent of them, normalised: times and positions are constants. Long arrays and texts are cut.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use cdc_preflight::checks::facts::{Connection, Fact, Facts, MySql, Postgres, Source};
use cdc_preflight::checks::{Intent, Missing, TableName, Text, facts};
use cdc_preflight::events::{
    Contract, Delivery, ENVELOPE_ASSUMPTION, Format, Image, Key, Op, OperationContract, Presence,
    TableContract, describe, file_names, render, schema, schema_id, write_schemas,
};
use serde_json::{Value, json};

struct Capture {
    name: String,
    contract: Contract,
    records: Vec<Value>,
    refused_statements: Vec<String>,
}

fn captures() -> Vec<Capture> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
    let mut paths: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 17, "captures are missing");
    paths.iter().map(|path| capture(path)).collect()
}

fn capture(path: &Path) -> Capture {
    let mut document: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let records = document["records"].take();
    let (errors, events): (Vec<Value>, Vec<Value>) = records
        .as_array()
        .unwrap()
        .iter()
        .cloned()
        .partition(|record| record["kind"] == "sql_error");
    let mut records = events;
    records.iter_mut().for_each(drop_cuts);
    Capture {
        name: path.file_stem().unwrap().to_string_lossy().into_owned(),
        contract: contract_of(&document),
        records,
        refused_statements: errors.iter().map(|error| error["sql"].to_string()).collect(),
    }
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

fn contract_of(document: &Value) -> Contract {
    let tables = json!({"found": document["tables"], "absent": []});
    let snapshot = document["snapshot_mode"].as_str().unwrap();
    let facts = match document["engine"].as_str().unwrap() {
        "postgres" => postgres_facts(tables, 150_018, snapshot),
        _ => mysql_facts(tables, document["server"].as_str().unwrap(), &[], snapshot),
    };
    describe(&facts, &Intent::of(&facts.request)).unwrap()
}

fn postgres_facts(tables: Value, version_num: u32, snapshot: &str) -> Facts {
    let server = json!({
        "version_num": version_num, "version": "PostgreSQL", "in_recovery": false,
        "session_user": "cdc_user", "current_user": "cdc_user",
        "database": {"name": "inventory", "encoding": "UTF8", "may_create": false},
        "role": null, "settings": {}, "tls": null, "wal_senders": 0, "slots": [],
    });
    let db = Postgres {
        server: Fact::Known(serde_json::from_value(server).unwrap()),
        tables: Fact::Known(serde_json::from_value(tables).unwrap()),
        probe: Fact::Missing(Missing::NotReached { because: "nothing".into() }),
    };
    facts_of("configurePostgreSQLSource", snapshot, Source::Postgres(Box::new(db)))
}

fn mysql_facts(tables: Value, server: &str, variables: &[(&str, &str)], snapshot: &str) -> Facts {
    let (product, number) = server.split_once(' ').unwrap();
    let identity = json!({
        "version": format!("{number}-{product}"), "version_comment": product,
        "user": "cdc_user@h", "current_user": "cdc_user@%", "current_role": null,
        "hostname": "h", "max_user_connections": 0, "lower_case_table_names": 0,
    });
    let mut settings =
        json!({"binlog_row_image": {"value": "FULL"}, "binlog_format": {"value": "ROW"}});
    for (name, value) in variables {
        settings[*name] = json!({ "value": value });
    }
    let not_asked =
        || Missing::NotAsked { what: Text::new("this"), why: Text::new("no test needs it") };
    let db = MySql {
        identity: Fact::Known(serde_json::from_value(identity).unwrap()),
        variables: Fact::Known(serde_json::from_value(settings).unwrap()),
        host: Text::new("localhost"),
        grants: Fact::Missing(not_asked()),
        role_grants: Fact::Missing(not_asked()),
        status: Fact::Missing(not_asked()),
        binlog_position: Fact::Missing(not_asked()),
        binlog_files: Fact::Missing(not_asked()),
        replicas: Fact::Missing(not_asked()),
        upstream: Fact::Missing(not_asked()),
        tables: Fact::Known(serde_json::from_value(tables).unwrap()),
    };
    facts_of("configureMySQLSource", snapshot, Source::MySql(Box::new(db)))
}

fn facts_of(operation: &str, snapshot: &str, source: Source) -> Facts {
    let request = json!({
        "operation": operation,
        "fields": {"DatabaseName": {"text": "inventory"}, "SnapshotMode": {"text": snapshot}},
    });
    let not_reached = || Fact::Missing(Missing::NotReached { because: "test".into() });
    Facts {
        format_version: facts::FORMAT_VERSION,
        request: serde_json::from_value(request).unwrap(),
        connection: Connection {
            host: Text::new("localhost"),
            port: 1,
            reached: Fact::Missing(Missing::NotReached { because: "test".into() }),
            login: not_reached(),
            tls: Fact::Missing(Missing::NotReached { because: "test".into() }),
        },
        source,
    }
}

impl Capture {
    fn table_of(&self, record: &Value) -> &TableContract {
        let name = record["value"]["source"]["table"].as_str().unwrap();
        let is_named = |table: &&TableContract| table.name.name.untrusted() == name;
        self.contract.tables.iter().find(is_named).expect("the capture describes its tables")
    }

    fn validator(&self, table: &TableContract) -> jsonschema::Validator {
        jsonschema::draft202012::new(&schema(&self.contract, table)).unwrap()
    }
}

fn operation<'a>(table: &'a TableContract, letter: &str) -> &'a OperationContract {
    table.operations.iter().find(|operation| operation.op.letter() == letter).unwrap()
}

fn presences(image: &Image) -> Vec<(&str, &Presence)> {
    match image {
        Image::Row { columns } => {
            columns.iter().map(|column| (column.name.untrusted(), &column.presence)).collect()
        }
        Image::Null | Image::Unknown => Vec::new(),
    }
}

#[test]
fn every_captured_event_fits_its_schema() {
    let mut validated = 0;
    for capture in captures() {
        for record in &capture.records {
            let validator = capture.validator(capture.table_of(record));
            let errors: Vec<String> = validator
                .iter_errors(&record["value"])
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{}: {errors:#?}", capture.name);
            validated += 1;
        }
    }
    assert!(validated >= 80, "only {validated} records were validated");
}

#[test]
fn captured_keys_are_the_foretold_ones() {
    for capture in captures() {
        for record in &capture.records {
            let table = capture.table_of(record);
            let expected: Option<BTreeSet<&str>> = match &table.key {
                Key::Columns { columns, .. } => Some(columns.iter().map(Text::untrusted).collect()),
                Key::None => None,
                Key::Unknown => panic!("{}: the key should be known", capture.name),
            };
            let captured = record["key"]
                .as_object()
                .map(|key| key.keys().map(String::as_str).collect::<BTreeSet<_>>());
            assert_eq!(captured, expected, "{}", capture.name);
        }
    }
}

#[test]
fn stand_ins_are_the_captured_ones() {
    let mut fabricated = 0;
    let mut placeholders = 0;
    for capture in captures() {
        for record in &capture.records {
            let value = &record["value"];
            let foretold = operation(capture.table_of(record), value["op"].as_str().unwrap());
            for (side, image) in [("before", &foretold.before), ("after", &foretold.after)] {
                let image = image.as_ref().expect("an event came");
                for (name, presence) in presences(image) {
                    let shown = &value[side][name];
                    let place = format!("{} {side} {name}", capture.name);
                    match presence {
                        Presence::Fabricated { value } => {
                            let value = value.as_ref().expect("captured types have a known zero");
                            assert_eq!(shown, value, "{place}");
                            fabricated += 1;
                        }
                        Presence::UnchangedPlaceholder { placeholder, .. } => {
                            let is_one = placeholder.as_ref() == Some(shown);
                            placeholders += usize::from(is_one);
                        }
                        Presence::NullAsDefault { .. } => assert!(!shown.is_null(), "{place}"),
                        Presence::UnknownNull => assert!(shown.is_null(), "{place}"),
                        Presence::Absent => assert!(value[side].get(name).is_none(), "{place}"),
                        Presence::Unknown | Presence::Value | Presence::ValueOrNull => {}
                    }
                }
            }
        }
    }
    assert!(fabricated >= 18 && placeholders >= 18, "{fabricated} and {placeholders}");
}

#[test]
fn statements_that_the_server_refused_were_foretold() {
    let captures = captures();
    let refusing: Vec<_> =
        captures.iter().filter(|capture| !capture.refused_statements.is_empty()).collect();
    assert!(!refusing.is_empty());
    for capture in refusing {
        for letter in ["u", "d"] {
            let foretold = operation(&capture.contract.tables[0], letter);
            assert_eq!(foretold.delivery, Delivery::BlockedInDb, "{}", capture.name);
        }
    }
}

/// Whether a schema has to refuse another type in the column's place.
fn is_typed(presence: &Presence) -> bool {
    !matches!(
        presence,
        Presence::Absent
            | Presence::Unknown
            | Presence::Fabricated { value: None }
            | Presence::UnchangedPlaceholder { placeholder: None, .. }
    )
}

#[test]
fn what_was_not_foretold_is_refused() {
    let mut refused = 0;
    for capture in captures() {
        for record in &capture.records {
            let table = capture.table_of(record);
            let validator = capture.validator(table);
            let event = &record["value"];
            let mut refuse = |changed: Value, what: &str| {
                assert!(!validator.is_valid(&changed), "{}: {what} was let in", capture.name);
                refused += 1;
            };
            let foretold = operation(table, event["op"].as_str().unwrap());
            for (side, image) in [("before", &foretold.before), ("after", &foretold.after)] {
                let image = image.as_ref().unwrap();
                let with = |path: &[&str], value: Value| {
                    let mut changed = event.clone();
                    path.iter()
                        .fold(&mut changed, |place, name| &mut place[*name])
                        .clone_from(&value);
                    changed
                };
                if *image == Image::Null {
                    refuse(with(&[side], json!({"id": 1})), "a row for null");
                    continue;
                }
                refuse(with(&[side], Value::Null), "null for a row");
                refuse(with(&[side, "no such column"], json!(1)), "an extra column");
                for (name, _) in presences(image).into_iter().filter(|(_, p)| is_typed(p)) {
                    refuse(with(&[side, name], json!({"wrong": true})), name);
                    let mut changed = event.clone();
                    changed[side].as_object_mut().unwrap().remove(name);
                    refuse(changed, &format!("a row without {name}"));
                }
            }
            for member in ["before", "after", "op", "source", "ts_ms"] {
                let mut changed = event.clone();
                changed.as_object_mut().unwrap().remove(member);
                refuse(changed, &format!("an event without {member}"));
            }
            let mut changed = event.clone();
            changed["op"] = json!("t");
            refuse(changed, "an operation that does not come");
        }
    }
    assert!(refused >= 2000, "only {refused} changes were tried");
}

#[test]
fn null_is_refused_where_it_never_comes() {
    let captures = captures();
    let capture =
        captures.iter().find(|capture| capture.name == "my-null-vs-default.my97").unwrap();
    let mut event = capture.records[0]["value"].clone();
    let validator = capture.validator(&capture.contract.tables[0]);
    event["after"]["f"] = Value::Null;
    assert!(validator.is_valid(&event), "a column without a default shows NULL as null");
    for name in ["a", "b", "c", "d", "e"] {
        let mut changed = event.clone();
        changed["after"][name] = Value::Null;
        assert!(!validator.is_valid(&changed), "{name} shows NULL as its default");
    }
}

#[test]
fn schemas_are_schemas() {
    for capture in captures() {
        for table in &capture.contract.tables {
            let schema = schema(&capture.contract, table);
            jsonschema::draft202012::meta::validate(&schema)
                .unwrap_or_else(|error| panic!("{}: {error}", capture.name));
            assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
            let text = schema["description"].as_str().unwrap();
            assert!(text.contains(ENVELOPE_ASSUMPTION), "{}", capture.name);
        }
    }
}

#[test]
fn every_output_states_the_assumption_and_stays_within_its_width() {
    for capture in captures() {
        let human = render(&capture.contract, Format::Human).unwrap();
        let unwrapped = human.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(unwrapped.contains(ENVELOPE_ASSUMPTION), "{human}");
        for line in human.lines() {
            assert!(line.chars().count() <= 80, "{}: {line}", capture.name);
        }
        for format in [Format::Json, Format::JsonSchema] {
            let text = render(&capture.contract, format).unwrap();
            assert!(text.contains(ENVELOPE_ASSUMPTION), "{}", capture.name);
            assert!(serde_json::from_str::<Value>(&text).is_ok(), "{}", capture.name);
        }
    }
}

/// A table of PostgreSQL with one key column and columns of the given names.
fn hostile_table(schema: &str, name: &str, columns: &[&str]) -> Value {
    let column = |name: &str| {
        json!({
            "name": name, "data_type": "integer", "base_type": "int4", "type_kind": "b",
            "is_array": false, "not_null": true, "has_default": false, "generated": "never",
            "toastable": false,
        })
    };
    let columns: Vec<Value> = columns.iter().map(|name| column(name)).collect();
    json!({
        "name": {"schema": schema, "name": name}, "kind": "table", "persistence": "permanent",
        "is_partition": false, "estimated_rows": -1.0, "schema_usage": true, "select": "table",
        "row_security": false, "is_owner": false, "owner": "o", "identity": "full",
        "primary_key_deferrable": false, "primary_key": [], "identity_columns": [],
        "usable_index": null, "unique_keys": [], "columns": columns, "leaves": null,
    })
}

fn contract_of_names(names: &[(&str, &str)]) -> Contract {
    let columns = ["id", "a\u{1b}[2Jb", "$ref", "~/\"'\\\n", "x-cdc"];
    let found: Vec<Value> =
        names.iter().map(|(schema, name)| hostile_table(schema, name, &columns)).collect();
    let facts = postgres_facts(json!({"found": found, "absent": []}), 150_018, "initial");
    describe(&facts, &Intent::of(&facts.request)).unwrap()
}

#[test]
fn hostile_names_stay_inside_the_directory_and_apart() {
    let long = "界".repeat(300);
    let longer = format!("{long}!");
    let names = [
        ("public", "orders"),
        ("..", ".."),
        ("/etc", "passwd"),
        ("public", "../../x"),
        ("a", "b.c"),
        ("a.b", "c"),
        ("public", "nul\0byte"),
        ("public", "new\nline"),
        ("public", "Orders"),
        ("public", "a%2Eb"),
        ("public", "a.b"),
        ("public", ""),
        ("public", &long),
        ("public", &longer),
        ("Straße", "表"),
    ];
    let contract = contract_of_names(&names);
    let scratch = tempfile::tempdir().unwrap();
    let directory = scratch.path().join("new/deep");
    let written = write_schemas(&contract, &directory).unwrap();

    let listed: BTreeSet<_> =
        fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(
        written.iter().cloned().collect::<BTreeSet<_>>(),
        listed,
        "nothing more, nothing less"
    );
    assert_eq!(listed.len(), names.len());
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1, "nothing outside");

    let folded: BTreeSet<String> =
        file_names(&contract).iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(folded.len(), names.len(), "apart where case does not count");
    assert_eq!(file_names(&contract)[14], "Straße.表.schema.json");
    assert!(
        file_names(&contract)[0].starts_with("public.orders-"),
        "shares its letters with Orders"
    );
    for (name, table) in file_names(&contract).iter().zip(&contract.tables) {
        assert!(name.len() <= 255, "{name}");
        let schema = schema(&contract, table);
        assert!(jsonschema::draft202012::meta::is_valid(&schema), "{name}");
        assert!(jsonschema::draft202012::new(&schema).is_ok(), "{name}");
    }
    let ids: BTreeSet<String> =
        contract.tables.iter().map(|table| schema_id(&contract, table)).collect();
    assert_eq!(ids.len(), names.len());
}

#[test]
fn plain_names_give_plain_files_and_ids() {
    let contract = contract_of_names(&[("public", "order_items"), ("public", "orders")]);
    let expected = ["public.order_items.schema.json", "public.orders.schema.json"];
    assert_eq!(file_names(&contract), expected);
    let id = schema_id(&contract, &contract.tables[1]);
    assert_eq!(id, "urn:cdc:postgres:inventory:public:orders");
}

#[test]
fn hostile_columns_are_validated_by_their_names() {
    let contract = contract_of_names(&[("public", "orders")]);
    let table = &contract.tables[0];
    let validator = jsonschema::draft202012::new(&schema(&contract, table)).unwrap();
    let mut row = json!({"id": 1, "a\u{1b}[2Jb": 2, "$ref": 3, "~/\"'\\\n": 4, "x-cdc": 5});
    let event =
        |row: &Value| json!({"before": null, "after": row, "op": "c", "source": {}, "ts_ms": 0});
    assert!(validator.is_valid(&event(&row)));
    row["$ref"] = json!("#/$defs/row");
    assert!(!validator.is_valid(&event(&row)));
}

#[test]
fn terminals_obey_no_name() {
    let names = [("pub\u{1b}]0;x\u{7}lic", "or\u{202e}ders\n::set-output name=x::y")];
    let human = render(&contract_of_names(&names), Format::Human).unwrap();
    let is_plain = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
    assert!(human.chars().all(is_plain), "{human:?}");
    assert!(human.lines().all(|line| !line.trim_start().starts_with("::")), "{human}");
}

#[test]
fn files_are_replaced_whole_and_alike() {
    let contract = contract_of_names(&[("public", "orders")]);
    let scratch = tempfile::tempdir().unwrap();
    let path = write_schemas(&contract, scratch.path()).unwrap().remove(0);
    let first = fs::read(&path).unwrap();
    fs::write(&path, "old").unwrap();
    write_schemas(&contract, scratch.path()).unwrap();
    assert_eq!(fs::read(&path).unwrap(), first);
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1, "no temporary file stays");
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("file");
    fs::write(&file, "").unwrap();
    let error = write_schemas(&contract_of_names(&[("public", "orders")]), &file.join("sub"));
    assert!(error.unwrap_err().to_string().starts_with("cannot write "));
}

#[test]
fn the_list_says_once_what_holds_for_several() {
    let captures = captures();
    let human = |name: &str| {
        let capture = captures.iter().find(|capture| capture.name == name).unwrap();
        let text = render(&capture.contract, Format::Human).unwrap();
        text[text.find("Table ").unwrap()..text.find("\nAt a glance").unwrap()].to_owned()
    };
    assert_eq!(human("pg-generated-stored.pg15"), PG_GENERATED);
    assert_eq!(human("pg-ri-pk-default.pg15"), PG_DEFAULT);
}

#[test]
fn absent_tables_are_listed_and_missing_facts_are_no_contract() {
    let absent = json!({
        "found": [],
        "absent": [{"name": {"schema": "public", "name": "ordres"}, "schema_exists": true}],
    });
    let mut facts = postgres_facts(absent, 150_018, "initial");
    let intent = Intent::of(&facts.request);
    let contract = describe(&facts, &intent).unwrap();
    assert_eq!(contract.absent, [TableName::new("public", "ordres")]);
    assert!(render(&contract, Format::Human).unwrap().contains("not there: public.ordres"));

    let Source::Postgres(db) = &mut facts.source else { unreachable!() };
    db.tables = Fact::Missing(Missing::NotReached { because: "connection/auth".into() });
    let missing = Missing::NotReached { because: "connection/auth".into() };
    assert_eq!(describe(&facts, &intent), Err(missing));
}

/// What one operation gives under settings of MySQL or MariaDB.
fn mysql_delivery(server: &str, variables: &[(&str, &str)], types: &[&str], op: Op) -> Delivery {
    let columns: Vec<Value> = types
        .iter()
        .enumerate()
        .map(|(index, column_type)| {
            json!({
                "name": format!("c{index}"), "data_type": column_type, "extra": "",
                "nullable": true, "collation": "", "has_default": false, "may_select": true,
            })
        })
        .collect();
    let table = json!({
        "name": {"schema": "inventory", "name": "t"}, "kind": "BASE TABLE", "engine": "InnoDB",
        "options": "", "columns": columns, "unique_keys": [], "foreign_keys": [],
    });
    let tables = json!({"found": [table], "absent": []});
    let facts = mysql_facts(tables, server, variables, "initial");
    let contract = describe(&facts, &Intent::of(&facts.request)).unwrap();
    operation(&contract.tables[0], op.letter()).delivery
}

#[test]
fn mysql_settings_decide_on_delivery() {
    let (my, maria) = ("MySQL 9.7.4", "MariaDB 10.11.19");
    let partial = || vec![("binlog_row_value_options", "PARTIAL_JSON")];
    let cases = [
        (my, vec![], vec!["int"], Op::Update, Delivery::Delivered),
        (my, vec![("binlog_row_image", "MINIMAL")], vec!["int"], Op::Create, Delivery::StopsEngine),
        (my, vec![("binlog_row_image", "NOBLOB")], vec!["int"], Op::Read, Delivery::StopsEngine),
        (my, vec![("binlog_format", "MIXED")], vec!["int"], Op::Delete, Delivery::StopsEngine),
        (my, vec![("log_bin", "OFF")], vec!["int"], Op::Delete, Delivery::StopsEngine),
        (my, partial(), vec!["int", "json"], Op::Update, Delivery::Lost),
        (my, partial(), vec!["int", "json"], Op::Delete, Delivery::Delivered),
        (my, partial(), vec!["int"], Op::Update, Delivery::Delivered),
        (maria, vec![], vec!["int", "inet6"], Op::Create, Delivery::StopsEngine),
        (maria, vec![], vec!["uuid"], Op::Create, Delivery::Delivered),
        (my, vec![], vec!["inet6"], Op::Create, Delivery::Delivered),
    ];
    for (server, variables, types, op, expected) in cases {
        let found = mysql_delivery(server, &variables, &types, op);
        assert_eq!(found, expected, "{server} {variables:?} {types:?} {op:?}");
    }
}

const PG_GENERATED: &str = r#"Table public.gen_t
  key           id [measured]
  old row by    replica identity FULL
  size          at most 1 KiB, and what c holds [inferred]
  columns       id, a  integer: integer
                b      integer, nullable: integer
                c      text, nullable: string
                d      timestamp with time zone, nullable: string (moment in
                       UTC)
  values        generated: only the snapshot has it: b
                the offset is lost: d
  at a glance                     c.after  u.before u.after  d.before
                id, a             yes      yes      yes      yes
                b                 no       no       no       no
                c                 default  default  default  default
                d                 null     null     null     null
  insert (c)    before null
                after the whole row, except
                left out: b
                true, with NULL shown as the default: "x" for c [measured]
  update (u)    before as "after" of insert (c)
                after as "after" of insert (c) [measured]
  delete (d)    before as "after" of insert (c), after null [measured]
  snapshot (r)  not asked for: SnapshotMode is never [documented]
  truncate (t)  left out by the connector's default: skipped.operations of the
                connector has t [measured]
  key change    of id: a delete of the old key and an insert [measured]
"#;

const PG_DEFAULT: &str = r#"Table public.ri_pk_default
  key           id [measured]
  old row by    replica identity: the primary key
  size          at most 1 KiB, and what code and 4 other large columns hold
                [inferred]
  columns       id, n, n_def  integer: integer
                code          text: string
                v             text, nullable: string
                num           numeric(10,2): string (base64 of the unscaled
                              big-endian number)
                flag          boolean: boolean
                ts            timestamp with time zone: string (moment in UTC)
                js            jsonb: string (JSON as text)
                arr           integer[]: array
                by            bytea: string (base64)
  values        NaN and the infinities arrive as null: num
                the offset is lost: ts
                an array of several dimensions arrives as nulls: arr
  at a glance                     c.after  u.after  d.before
                id                yes      yes      yes
                code, js, arr, by stand-in stand-in made-up
                n, n_def, num, flag, ts
                                  yes      yes      made-up
                v                 stand-in stand-in not-sent
  insert (c)    before null
                after the whole row, except
                true, or a stand-in where large and unchanged:
                "__debezium_unavailable_value" for code, v, js;
                [95,95,100,101,98,101,122,105,117,109,95,117… for arr;
                "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==" for by [measured]
                stand-ins come only in inserts that stand for a changed key
  update (u)    before null, after as "after" of insert (c) [measured]
  delete (d)    before true: id
                made up, not the old value: "" for code, js, by; 0 for n; 7 for
                n_def; "AA==" for num; false for flag; "1970-01-01T00:00:00Z"
                for ts; [] for arr
                null, which means "not sent": v
                after null [measured]
  snapshot (r)  not asked for: SnapshotMode is never [documented]
  truncate (t)  left out by the connector's default: skipped.operations of the
                connector has t [measured]
  key change    of id: a delete of the old key and an insert [measured]
"#;
