//! What publications let through.

use cdc_checks::facts::postgres::{Table, Tables};
use cdc_checks::{Intent, PublicationCreation, Text};
use serde_json::{Value, json};

use super::{column, delivery, overlay, presence_of_v, table, text_column};
use crate::events::contract::{Key, TableContract};
use crate::events::image::Presence;
use crate::events::operation::Delivery;
use crate::events::postgres::describe;

/// The contract where the connector reads the publication `p`, which has the table in this place.
fn contract(table: &Table, publication: Value, major: u32) -> TableContract {
    let mut p = json!({
        "name": "p", "owner": "o", "insert": true, "update": true, "delete": true,
        "truncate": true, "generated": if major >= 18 { json!("none") } else { Value::Null },
    });
    overlay(&mut p, publication);
    let tables = Tables {
        publications: Some(vec![serde_json::from_value(p).expect("a publication")]),
        ..Tables::default()
    };
    let mut intent = intent();
    intent.profile.publications.named = vec![Text::new("p")];
    intent.profile.publications.creates = PublicationCreation::Never;
    describe(table, &tables, major, &intent).expect("the publications were read")
}

fn intent() -> Intent {
    let request = json!({
        "operation": "configurePostgreSQLSource", "fields": {"SnapshotMode": {"text": "initial"}},
    });
    let mut intent = Intent::of(&serde_json::from_value(request).expect("a request"));
    intent.set_property("skipped.operations", "none").expect("a property");
    intent
}

/// A table with `id` and a text column `v` that is published with this place.
fn published(place: Value, mut members: Value) -> Table {
    let mut membership = json!({"publication": "p"});
    overlay(&mut membership, place);
    overlay(&mut members, json!({"published": [membership]}));
    table(vec![text_column(true)], members)
}

fn deliveries(contract: &TableContract) -> Vec<Value> {
    contract.operations.iter().map(|operation| json!(operation.delivery)).collect()
}

#[test]
fn operations_that_are_not_published_do_not_come() {
    let whole = || published(json!({}), json!({}));
    let all = contract(&whole(), json!({}), 15);
    assert_eq!(deliveries(&all), ["delivered"; 5]);
    let some = contract(&whole(), json!({"update": false, "truncate": false}), 15);
    let expected = ["delivered", "not-asked", "delivered", "delivered", "not-asked"];
    assert_eq!(deliveries(&some), expected);
    // Without updates no insert stands for one.
    assert_eq!(presence_of_v(&some, "c", "after"), Some(Presence::Value));
    // What is not published needs no identity.
    let members = json!({"identity": "nothing"});
    let inserts = json!({"update": false, "delete": false});
    let inserts = contract(&published(json!({}), members), inserts, 15);
    assert_eq!(delivery(&inserts, "u"), Delivery::NotAsked);

    let elsewhere = table(vec![], json!({}));
    let nowhere = contract(&elsewhere, json!({}), 15);
    let expected = ["not-asked", "not-asked", "not-asked", "delivered", "not-asked"];
    assert_eq!(deliveries(&nowhere), expected);
}

#[test]
fn a_publication_that_is_not_there_stops_the_engine_unless_it_is_created() {
    let table = table(vec![], json!({}));
    let delivered = |creates| {
        let mut intent = intent();
        intent.profile.publications.named = vec![Text::new("p")];
        intent.profile.publications.creates = creates;
        let tables = Tables { publications: Some(Vec::new()), ..Tables::default() };
        delivery(&describe(&table, &tables, 15, &intent).expect("read"), "c")
    };
    assert_eq!(delivered(PublicationCreation::Never), Delivery::StopsEngine);
    assert_eq!(delivered(PublicationCreation::AllTables), Delivery::Delivered);

    let mut named = intent();
    named.profile.publications.named = vec![Text::new("p")];
    assert!(describe(&table, &Tables::default(), 15, &named).is_err(), "they were not read");
}

#[test]
fn column_lists_hold_for_the_stream_alone() {
    let narrow = contract(&published(json!({"columns": ["id"]}), json!({})), json!({}), 15);
    assert_eq!(presence_of_v(&narrow, "c", "after"), Some(Presence::Absent));
    assert_eq!(presence_of_v(&narrow, "d", "before"), Some(Presence::Absent));
    assert_eq!(presence_of_v(&narrow, "r", "after"), Some(Presence::Value));
    assert_eq!(delivery(&narrow, "u"), Delivery::Delivered);

    for (columns, identity) in [(json!(["v"]), "primary-key"), (json!(["id"]), "full")] {
        let members = json!({"identity": identity});
        let table = published(json!({"columns": columns}), members);
        let contract = contract(&table, json!({}), 15);
        assert_eq!(delivery(&contract, "u"), Delivery::BlockedInDb, "{columns} {identity}");
        assert_eq!(delivery(&contract, "c"), Delivery::Delivered);
    }
    let inserts = json!({"update": false, "delete": false});
    let keyless = contract(&published(json!({"columns": ["v"]}), json!({})), inserts, 15);
    assert_eq!(keyless.key, Key::None, "the key's columns are not sent");
}

#[test]
fn row_filters_read_the_identity_or_block() {
    let filtered = |columns: Value, identity: &str| {
        let table = published(json!({"filter_columns": columns}), json!({"identity": identity}));
        contract(&table, json!({}), 15)
    };
    let by_key = filtered(json!(["id"]), "primary-key");
    assert_eq!(delivery(&by_key, "u"), Delivery::Delivered);
    assert!(by_key.notes.iter().any(|note| note.text.untrusted().contains("row filter")));
    assert_eq!(delivery(&filtered(json!(["v"]), "primary-key"), "d"), Delivery::BlockedInDb);
    assert_eq!(delivery(&filtered(json!(["v"]), "full"), "d"), Delivery::Delivered);
}

#[test]
fn partitions_and_roots_share_their_events() {
    let through = json!({"through": {"schema": "public", "name": "root"}});
    let leaf = |via_root: bool| {
        let table = published(through.clone(), json!({"is_partition": true}));
        contract(&table, json!({ "via_root": via_root }), 15)
    };
    assert_eq!(delivery(&leaf(false), "c"), Delivery::Delivered);
    assert_eq!(delivery(&leaf(true), "c"), Delivery::NotAsked);

    let root = |via_root: bool, leaves: Value| {
        let members = json!({"kind": "partitioned", "identity": "full", "leaves": leaves});
        contract(&published(json!({}), members), json!({ "via_root": via_root }), 15)
    };
    let leaves = |full: u32, without: u32| {
        json!({
            "count": 2, "without_identity": without, "without_select": 0, "full_identity": full,
        })
    };
    assert_eq!(delivery(&root(false, leaves(0, 0)), "c"), Delivery::NotAsked);
    let keyed = root(true, leaves(0, 0));
    assert_eq!(delivery(&keyed, "u"), Delivery::Delivered);
    let of_old = presence_of_v(&keyed, "d", "before");
    let made_up = Presence::Fabricated { value: Some(json!("")) };
    assert_eq!(of_old, Some(made_up), "the root's own FULL has no effect");
    let whole = presence_of_v(&root(true, leaves(2, 0)), "d", "before");
    assert_eq!(whole, Some(Presence::Value));
    assert_eq!(delivery(&root(true, leaves(0, 2)), "u"), Delivery::BlockedInDb);
    assert_eq!(delivery(&root(true, leaves(1, 0)), "u"), Delivery::Unknown);
    assert_eq!(delivery(&root(true, leaves(1, 0)), "c"), Delivery::Delivered);
}

#[test]
fn generated_columns_come_where_they_are_published() {
    let cases = [
        (17, "stored", json!({"generated": null}), json!({}), Presence::Absent, true),
        (18, "stored", json!({"generated": "stored"}), json!({}), Presence::ValueOrNull, true),
        (18, "stored", json!({"generated": "none"}), json!({}), Presence::Absent, false),
        (18, "virtual", json!({"generated": "stored"}), json!({}), Presence::Absent, false),
    ];
    for (major, kind, publication, place, expected, may_be_full) in cases {
        let generated = || vec![column("v", json!({ "generated": kind }))];
        let mut membership = json!({"publication": "p"});
        overlay(&mut membership, place);
        let keyed = table(generated(), json!({"published": [membership.clone()]}));
        let keyed = contract(&keyed, publication.clone(), major);
        assert_eq!(presence_of_v(&keyed, "c", "after"), Some(expected), "{major} {kind}");
        assert_eq!(presence_of_v(&keyed, "r", "after"), Some(Presence::ValueOrNull));
        let full = json!({"identity": "full", "published": [membership]});
        let full = contract(&table(generated(), full), publication, major);
        let is_delivered = delivery(&full, "u") == Delivery::Delivered;
        assert_eq!(is_delivered, may_be_full, "{major} {kind} under FULL");
    }
}
