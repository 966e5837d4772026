//! The events that are foretold, against events that a real engine sent.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing)]

mod captures;
mod filters;
mod observed;

use std::collections::BTreeSet;
use std::fs;

use cdc_preflight::checks::facts::mysql::Activity;
use cdc_preflight::checks::facts::{Connection, Fact, Facts, MySql, Postgres, Source, connection};
use cdc_preflight::checks::{Intent, Missing, TableName, Text, facts};
use cdc_preflight::events::{
    Contract, ENVELOPE_ASSUMPTION, Format, describe, file_names, render, schema, schema_id,
    write_schemas,
};
use serde_json::{Value, json};

fn postgres_facts(tables: Value, version_num: u32, snapshot: &str) -> Facts {
    let server = json!({
        "version_num": version_num, "version": "PostgreSQL", "in_recovery": false,
        "session_user": "cdc_user", "current_user": "cdc_user",
        "database": {"name": "inventory", "encoding": "UTF8", "may_create": false},
        "role": null, "settings": {}, "tls": null, "wal_senders": 0, "slots": [],
    });
    let db = Postgres {
        server: Fact::Known(serde_json::from_value(server).unwrap()),
        version: None,
        tables: Fact::Known(serde_json::from_value(tables).unwrap()),
        probe: Fact::Missing(Missing::NotReached { because: "nothing".into() }),
    };
    facts_of("configurePostgreSQLSource", snapshot, Source::Postgres(Box::new(db)))
}

fn mysql_facts(tables: Value, server: &str, snapshot: &str) -> Facts {
    let (product, number) = server.split_once(' ').unwrap();
    let identity = json!({
        "version": format!("{number}-{product}"), "version_comment": product,
        "user": "cdc_user@h", "current_user": "cdc_user@%", "current_role": null,
        "hostname": "h", "max_user_connections": 0, "lower_case_table_names": 0,
    });
    let settings = json!({
        "binlog_row_image": {"value": "FULL"}, "binlog_format": {"value": "ROW"},
        "sql_mode": {"value": "STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE"},
    });
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
        account: Fact::Missing(not_asked()),
        rds_retention: Fact::Missing(not_asked()),
        activity: Activity::missing(&not_asked()),
        instances: Fact::Missing(not_asked()),
        sizes: Fact::Missing(not_asked()),
        tables: Fact::Known(serde_json::from_value(tables).unwrap()),
        probe: Fact::Missing(not_asked()),
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
            login_with_tls: connection::not_refused(),
            certificate_fault: None,
        },
        source,
    }
}

#[test]
fn schemas_are_schemas() {
    for (name, contract) in captures::contracts() {
        for table in &contract.tables {
            let schema = schema(&contract, table);
            jsonschema::draft202012::meta::validate(&schema)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
            let text = schema["description"].as_str().unwrap();
            assert!(text.contains(ENVELOPE_ASSUMPTION), "{name}");
        }
    }
}

#[test]
fn every_output_states_the_assumption_and_stays_within_its_width() {
    for (name, contract) in captures::contracts() {
        let human = render(&contract, Format::Human).unwrap();
        let unwrapped = human.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(unwrapped.contains(ENVELOPE_ASSUMPTION), "{human}");
        for line in human.lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
        for format in [Format::Json, Format::JsonSchema] {
            let text = render(&contract, format).unwrap();
            assert!(text.contains(ENVELOPE_ASSUMPTION), "{name}");
            assert!(serde_json::from_str::<Value>(&text).is_ok(), "{name}");
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
    for name in ["my-generated-invisible.my97", "pg-generated-stored.pg15", "pg-ri-pk-default.pg15"]
    {
        let text = render(&captures::contract_of(name), Format::Human).unwrap();
        insta::assert_snapshot!(format!("human__{name}"), text);
    }
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
