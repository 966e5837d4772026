//! What an account with no more than the documented privileges cannot find out.

use cdc_preflight::checks::{Outcome, Report};
use testbed::Product;

use crate::fixture::{Fixture, PASSWORD};

/// What stays undetermined is what the README lists as hidden from such an account, and no more.
pub(crate) async fn is_told_all_that_the_documentation_does_not_hide(product: Product) {
    let Product::Postgres(major) = product else { panic!("{product} is not PostgreSQL") };
    let fixture = Fixture::start(product).await.expect("the server starts");
    let by_version: &[&str] = if major < 16 { &["postgres/auth-method"] } else { &[] };
    let report = report_of(&fixture, &[]).await;
    assert_eq!(undetermined(&report), by_version, "{product}");
    assert!(!report.results.iter().any(|result| result.closes_gate()), "{product}: {report:?}");

    let writer = fixture.hold("begin; create table held (id int)").await;
    let while_writing = report_of(&fixture, &[]).await;
    let expected = [by_version, &["postgres/long-transactions"]].concat();
    assert_eq!(undetermined(&while_writing), expected, "{product}");
    drop(writer);
}

fn undetermined(report: &Report) -> Vec<&str> {
    let unknown = report.results.iter().filter(|one| one.outcome == Outcome::Undetermined);
    unknown.map(|one| one.check.id).collect()
}

/// What other tools refuse, or let through, judged by what the server itself would do.
pub(crate) async fn is_judged_by_what_the_server_allows(product: Product) {
    let fixture = Fixture::start(product).await.expect("the server starts");
    let accounts = format!(
        r#"create role boss login superuser noreplication password '{PASSWORD}';
        create role "CDC user" login replication password '{PASSWORD}';
        create role readers;
        grant select on products, orders to readers;
        create role idle login replication noinherit in role readers password '{PASSWORD}';
        create role by_column login replication password '{PASSWORD}';
        grant select (id, name, price) on products to by_column;
        grant select on orders to by_column;
        create role owner login replication password '{PASSWORD}';
        alter table orders owner to owner;
        grant select on products to owner;
        alter table orders enable row level security;
        create role inherits login in role owner password '{PASSWORD}'"#
    );
    fixture.execute(&accounts).await.expect("accounts");
    let cases: &[(&str, &str, Outcome)] = &[
        ("boss", "postgres/replication-role", Outcome::Pass),
        ("CDC user", "postgres/replication-role", Outcome::Pass),
        ("CDC user", "postgres/table-select", Outcome::Fail),
        ("idle", "postgres/table-select", Outcome::Fail),
        ("by_column", "postgres/table-select", Outcome::Warn),
        ("owner", "postgres/row-security", Outcome::Pass),
        ("by_column", "postgres/row-security", Outcome::Fail),
        // The attribute is not inherited, the rights of the owner are.
        ("inherits", "postgres/replication-role", Outcome::Fail),
        ("inherits", "postgres/row-security", Outcome::Pass),
    ];
    for (user, check, outcome) in cases {
        let report = report_of(&fixture, &[("User", user)]).await;
        assert_eq!(outcome_of(&report, check), *outcome, "{product}: {user} {check}");
    }
}

/// Every encoding that the server can convert will do, although tools ask for UTF-8.
pub(crate) async fn may_capture_a_database_in_latin1(product: Product) {
    let fixture = Fixture::start(product).await.expect("the server starts");
    let create =
        "create database latin encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0";
    fixture.server.execute(create).await.expect("a database");
    let tables = "create table products (id int primary key);
        grant usage on schema public to cdc_user; grant select on products to cdc_user";
    fixture.server.execute_in("latin", tables).await.expect("a table");
    let fields = [("DatabaseName", "latin"), ("TableNames", "products")];
    let report = report_of(&fixture, &fields).await;
    assert_eq!(outcome_of(&report, "postgres/encoding"), Outcome::Pass);
    assert!(!report.results.iter().any(|result| result.closes_gate()), "{report:?}");
}

async fn report_of(fixture: &Fixture, fields: &[(&str, &str)]) -> Report {
    let fields: Vec<(String, String)> =
        fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let facts = fixture.facts_read_only(&fields, &fixture.trusting()).await;
    cdc_preflight::checks::judge(&facts, &fixture.request(&fields).intent())
}

fn outcome_of(report: &Report, id: &str) -> Outcome {
    report.results.iter().find(|result| result.check.id == id).expect("a check").outcome
}
