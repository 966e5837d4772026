//! Events that were captured from a real engine, against what is foretold of the same tables on a
//! real MySQL or MariaDB.

use cdc_preflight::events::describe;
use cdc_preflight::gather::TlsOptions;
use testbed::Product;

use crate::fixture::Fixture;
use crate::observed::{Capture, Compared, captures};

/// Makes the tables of every scenario that was captured from this product, each in a database of its
/// own, and compares.
pub(crate) async fn are_foretold(product: Product) -> Compared {
    let engine = if product.is_mysql() { "mysql" } else { "mariadb" };
    let fixture = Fixture::shared(product).await;
    let is_of = |capture: &Capture| capture.text("engine") == engine;
    let mut compared = Compared::default();
    for (number, capture) in captures("my-").into_iter().filter(is_of).enumerate() {
        let database = format!("capture_{number}");
        compared.add(compare(&fixture, &database, &capture).await);
        let drop = format!("drop database {database}");
        fixture.server.execute(&drop).await.expect("it is dropped");
    }
    compared
}

async fn compare(fixture: &Fixture, database: &str, capture: &Capture) -> Compared {
    let create = format!("drop database if exists {database}; create database {database}");
    fixture.server.execute(&create).await.expect("a database");
    fixture.server.execute_in(database, capture.text("setup_sql")).await.expect("the tables");
    let tables = capture.text("tables").split(',').map(|table| format!("{database}.{table}"));
    let overlay = [
        ("User", fixture.server.admin_user()),
        ("Password", fixture.server.admin_password()),
        ("DatabaseName", database),
        ("TableNames", &tables.collect::<Vec<_>>().join(",")),
    ];
    let overlay = overlay.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let facts = fixture.facts_read_only(&overlay, &TlsOptions::default()).await;
    let mut intent = fixture.request(&overlay).intent();
    capture.set(&mut intent);
    let contract = describe(&facts, &intent).expect("the tables were read");
    assert!(contract.absent.is_empty(), "{}: {:?}", capture.name, contract.absent);
    capture.compare(&contract)
}
