//! What has to hold on real servers, which the testbed provides.
//!
//! By default each engine's most telling versions run; `CDC_PREFLIGHT_LIVE=all` runs every one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a broken test bed has to stop a test"
)]

mod break_it;
mod captures;
mod captures_mysql;
mod fixture;
#[path = "../events/observed.rs"]
mod observed;
mod page;
mod probe;
mod program;
mod proxy;
mod visit;

use std::collections::BTreeSet;

use cdc_preflight::checks::catalogue;
use testbed::Product;

/// Checks that no server of the test bed can fail, and why.
const NOT_BREAKABLE_HERE: &[(&str, &str)] = &[
    ("mysql/binlog-engine", "needs MariaDB 12.3, which no Debian release has"),
    ("mysql/galera", "needs the Galera library and a cluster"),
    ("mysql/group-replication", "needs a running group"),
    ("mysql/row-fragments", "needs MariaDB 12.3, which no Debian release has"),
    ("mysql/time-zone", "the zone is the machine's, which the test bed does not change"),
    ("postgres/table-attach", "it tells what to mind and finds no fault"),
];

/// The products to run: those wanted, or what comes nearest to them on this machine.
async fn products() -> BTreeSet<Product> {
    let all = std::env::var("CDC_PREFLIGHT_LIVE").is_ok_and(|which| which == "all");
    let few =
        [Product::Postgres(17), Product::Postgres(15), Product::MYSQL, Product::MARIADB_10_11];
    let wanted = if all { Product::ALL.to_vec() } else { few.to_vec() };
    let mut products = BTreeSet::new();
    for product in wanted {
        products.insert(testbed::nearest(product).await.expect("a server of each kind"));
    }
    products
}

async fn postgres() -> Product {
    testbed::nearest(Product::Postgres(17)).await.expect("a PostgreSQL")
}

async fn mysql() -> Product {
    testbed::nearest(Product::MYSQL).await.expect("a MySQL or a MariaDB")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_check_goes_red_and_its_remedy_cures_it() {
    let products = products().await;
    let runs = products.iter().copied().map(break_it::every_check);
    let trials = futures_util::future::join_all(runs).await;
    let wrong: Vec<&str> =
        trials.iter().flat_map(|trials| &trials.wrong).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let broken: BTreeSet<&str> = trials.iter().flat_map(|trials| &trials.broken).copied().collect();
    for check in catalogue::all().filter(|check| break_it::is_asked_for(check.id)) {
        let breaks =
            |product: &&Product| page::blocks(check.doc, **product).iter().any(|block| !block.mend);
        if let Some((_, why)) = NOT_BREAKABLE_HERE.iter().find(|(id, _)| *id == check.id) {
            eprintln!("not proven: {} {why}", check.id);
            continue;
        }
        assert!(Product::ALL.iter().any(|product| breaks(&product)), "nothing breaks {}", check.id);
        if products.iter().any(|product| breaks(&product)) {
            assert!(broken.contains(check.id), "no server ever failed {}", check.id);
        } else {
            eprintln!("not proven here: {} needs a server that this machine lacks", check.id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_visit_asks_seldom() {
    let maria = testbed::nearest(Product::MARIADB_10_11).await.expect("a MariaDB");
    tokio::join!(visit::asks_seldom(postgres().await, 3), visit::asks_seldom(mysql().await, 8));
    visit::asks_seldom(maria, 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_account_opens_the_gate() {
    let maria = testbed::nearest(Product::MARIADB_10_11).await.expect("a MariaDB");
    // One after the other: where there is no MySQL, both are the same server.
    visit::opens_for_the_documented_account(mysql().await).await;
    visit::opens_for_the_documented_account(maria).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_visit_only_reads_and_waits_for_no_lock() {
    visit::leaves_postgres_alone(postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn defaults_of_a_locked_table_are_read() {
    visit::reads_defaults_of_a_locked_table(postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_proves_and_leaves_nothing_behind() {
    let postgres = products().await.into_iter().filter(|product| product.is_postgres());
    futures_util::future::join_all(postgres.map(probe::proves_and_leaves_nothing_behind)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn captured_events_of_postgres_are_foretold() {
    let products = products().await.into_iter().filter(|product| product.is_postgres());
    let mut all = observed::Compared::default();
    for compared in futures_util::future::join_all(products.map(captures::are_foretold)).await {
        all.add(compared);
    }
    assert!(all.records >= 120 && all.refused >= 3500, "{all:?}");
    let classes = ["absent", "default", "fabricated", "null", "placeholder", "value"];
    assert!(all.classes.keys().eq(&classes), "{all:?}");
    assert!(all.statements >= 5, "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_publications_are_read() {
    visit::reads_keys_and_publications(postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_stay_secret() {
    tokio::join!(visit::keeps_secrets(postgres().await), visit::keeps_secrets(mysql().await));
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_verified_as_asked() {
    tokio::join!(
        visit::verifies_certificates(postgres().await),
        visit::verifies_certificates(mysql().await)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_are_only_names() {
    tokio::join!(
        visit::survives_hostile_names(postgres().await),
        visit::survives_hostile_names(mysql().await)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_ends_within_the_deadline() {
    tokio::join!(visit::survives_silence(postgres().await), visit::survives_silence(mysql().await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_sent_only_through_an_open_gate() {
    tokio::join!(
        program::sends_only_through_an_open_gate(postgres().await),
        program::sends_only_through_an_open_gate(mysql().await)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_tells_what_the_service_said() {
    program::tells_what_the_service_said(postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn captured_events_of_mysql_are_foretold() {
    let maria = testbed::nearest(Product::MARIADB_10_11).await.expect("a MariaDB");
    let mysql = mysql().await;
    // The captures are of MySQL's own: a MariaDB in its place would prove nothing of it.
    assert!(mysql.is_mysql(), "a MySQL is needed, and there is {mysql}");
    let compared =
        tokio::join!(captures_mysql::are_foretold(mysql), captures_mysql::are_foretold(maria));
    for (compared, records) in [(compared.0, 100), (compared.1, 50)] {
        assert!(compared.records >= records && compared.refused >= 1000, "{compared:?}");
        assert!(compared.classes.keys().all(|class| ["default", "null", "value"].contains(class)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_is_named_at_once() {
    program::names_every_failure_at_once().await;
}
