//! What has to hold on real servers, which the testbed provides.
//!
//! By default each engine's most telling versions run; `CDC_PREFLIGHT_LIVE=all` runs every one.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a broken test bed has to stop a test")]

mod break_it;
mod fixture;
mod page;
mod program;
mod proxy;
mod visit;

use std::collections::BTreeSet;

use cdc_preflight::checks::catalogue;
use testbed::Product;

const POSTGRES: Product = Product::Postgres(17);
const MYSQL: Product = Product::MYSQL;

/// Checks that no server of the default run can fail, and why.
const NOT_BREAKABLE_HERE: &[(&str, &str)] = &[
    ("mysql/binlog-engine", "needs MariaDB 12.3, which no Debian release has"),
    ("mysql/client-id", "the service does not say which id its reader has"),
    ("mysql/file-size", "needs a transaction of more than 2 GiB"),
    ("mysql/galera", "needs the Galera library and a cluster"),
    ("mysql/group-replication", "needs a running group"),
    ("mysql/generated-in-image", "needs MariaDB 11 or later: in the run of all versions"),
    ("mysql/legacy-event-pos", "needs MariaDB 11.4 or later: in the run of all versions"),
    ("mysql/row-fragments", "needs MariaDB 12.3, which no Debian release has"),
    ("mysql/row-metadata", "the reader that is assumed does not need it"),
    ("mysql/time-zone", "the zone is the machine's, which the test bed does not change"),
];

fn products() -> Vec<Product> {
    if std::env::var("CDC_PREFLIGHT_LIVE").is_ok_and(|which| which == "all") {
        return Product::ALL.to_vec();
    }
    vec![POSTGRES, Product::Postgres(15), MYSQL, Product::MARIADB_10_11]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_check_goes_red_and_its_remedy_cures_it() {
    let runs = products().into_iter().map(break_it::every_check);
    let trials = futures_util::future::join_all(runs).await;
    let wrong: Vec<&str> =
        trials.iter().flat_map(|trials| &trials.wrong).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let broken: BTreeSet<&str> = trials.iter().flat_map(|trials| &trials.broken).copied().collect();
    let all: BTreeSet<&str> = catalogue::all().map(|check| check.id).collect();
    let excused: BTreeSet<&str> = NOT_BREAKABLE_HERE.iter().map(|(id, _)| *id).collect();
    let never: Vec<_> = all.difference(&broken).filter(|id| !excused.contains(**id)).collect();
    assert!(never.is_empty(), "no server ever failed {never:?}");
    let unknown: Vec<_> = excused.difference(&all).collect();
    assert!(unknown.is_empty(), "no such checks: {unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_visit_asks_seldom() {
    tokio::join!(
        visit::asks_seldom(POSTGRES, 3),
        visit::asks_seldom(MYSQL, 8),
        visit::asks_seldom(Product::MARIADB_10_11, 8)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_account_opens_the_gate() {
    tokio::join!(
        visit::opens_for_the_documented_account(MYSQL),
        visit::opens_for_the_documented_account(Product::MARIADB_10_11)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_visit_only_reads_and_waits_for_no_lock() {
    visit::leaves_postgres_alone(POSTGRES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_stay_secret() {
    tokio::join!(visit::keeps_secrets(POSTGRES), visit::keeps_secrets(MYSQL));
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_verified_as_asked() {
    tokio::join!(visit::verifies_certificates(POSTGRES), visit::verifies_certificates(MYSQL));
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_are_only_names() {
    tokio::join!(visit::survives_hostile_names(POSTGRES), visit::survives_hostile_names(MYSQL));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server_ends_within_the_deadline() {
    tokio::join!(visit::survives_silence(POSTGRES), visit::survives_silence(MYSQL));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_sent_only_through_an_open_gate() {
    tokio::join!(
        program::sends_only_through_an_open_gate(POSTGRES),
        program::sends_only_through_an_open_gate(MYSQL)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_tells_what_the_service_said() {
    program::tells_what_the_service_said(POSTGRES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_is_named_at_once() {
    program::names_every_failure_at_once().await;
}
