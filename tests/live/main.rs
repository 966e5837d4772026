//! What has to hold on real servers, which the testbed provides.
//!
//! By default each engine's most telling versions run; `CDC_PREFLIGHT_LIVE=all` runs every one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a broken test bed has to stop a test"
)]

mod account;
mod accounts;
mod break_it;
mod captures;
mod captures_mysql;
mod fixture;
mod large;
mod many;
mod mysql_probe;
#[path = "../events/observed.rs"]
mod observed;
mod obstacle;
mod once;
#[path = "../break_it_page.rs"]
mod page;
mod probe;
mod program;
mod proxy;
mod record;
mod remedy;
mod selection;
mod visit;

use std::collections::BTreeSet;

use cdc_preflight::checks::catalogue;
use testbed::Product;

/// Checks that no server of the test bed can fail, and why.
const NOT_BREAKABLE_HERE: &[(&str, &str)] = &[
    ("mysql/binlog-engine", "needs MariaDB 12.3, which no Debian release has"),
    ("mysql/galera", "needs the Galera library and a cluster"),
    ("mysql/group-replication", "needs a running group"),
    ("connection/tls-verify", "what is verified is an option of the run, which another test sets"),
    ("mysql/failover-target", "needs a replica, and so a second server"),
    ("mysql/old-temporal", "needs a table that MySQL 5.5 or MariaDB 5.3 made"),
    ("mysql/row-fragments", "needs MariaDB 12.3, which no Debian release has"),
    ("mysql/stable-identity", "needs a balancer before two servers"),
    ("mysql/time-zone", "the zone is the machine's, which the test bed does not change"),
    ("mysql/write-rate", "it tells a number and finds no fault"),
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
    tokio::join!(visit::asks_seldom(postgres().await, 3), visit::asks_seldom(mysql().await, 9));
    visit::asks_seldom(maria, 9).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_account_opens_the_gate() {
    let maria = testbed::nearest(Product::MARIADB_10_11).await.expect("a MariaDB");
    // One after the other: where there is no MySQL, both are the same server.
    visit::opens_for_the_documented_account(mysql().await).await;
    visit::opens_for_the_documented_account(maria).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_account_of_postgres_finds_out_all_but_what_is_listed() {
    let postgres = products().await.into_iter().filter(|product| product.is_postgres());
    let told = postgres.map(account::is_told_all_that_the_documentation_does_not_hide);
    futures_util::future::join_all(told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_judged_by_what_the_server_allows() {
    tokio::join!(
        account::is_judged_by_what_the_server_allows(postgres().await),
        account::may_capture_a_database_in_latin1(postgres().await)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_found_whatever_the_case_of_their_names() {
    selection::finds_names_in_another_case(postgres().await).await;
    for product in products().await.into_iter().filter(|product| !product.is_postgres()) {
        selection::finds_names_of_mysql_in_another_case(product).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_catalogue_is_read_in_time() {
    selection::reads_a_large_catalogue(postgres().await).await;
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
async fn what_stands_in_the_way_is_named_in_time() {
    let postgres = products().await.into_iter().filter(|product| product.is_postgres());
    futures_util::future::join_all(postgres.map(obstacle::end_in_time_and_are_named)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recordings_hold_what_a_visit_reads() {
    let mut differences = Vec::new();
    for product in products().await {
        if !Product::ALL.contains(&product) {
            eprintln!("not compared: {product} has no recording");
            continue;
        }
        differences.extend(record::differences(product).await);
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reader_proves_and_leaves_nothing_behind() {
    for product in products().await.into_iter().filter(|product| !product.is_postgres()) {
        mysql_probe::proves_and_leaves_nothing_behind(product).await;
    }
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
async fn a_missing_encryption_is_told_from_a_wrong_password() {
    let maria = testbed::nearest(Product::MARIADB_10_11).await.expect("a MariaDB");
    accounts::tells_encryption_from_passwords(mysql().await).await;
    accounts::tells_encryption_from_passwords(maria).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_authentication_method_takes_the_program_down() {
    let maria = testbed::nearest(Product::MARIADB_10_11).await.expect("a MariaDB");
    tokio::join!(
        accounts::survives_every_method(mysql().await),
        accounts::survives_every_method(maria)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_without_a_host_is_told() {
    if !mysql().await.is_mysql() {
        eprintln!("not proven here: no MySQL, which alone makes such certificates");
        return;
    }
    accounts::says_which_verification_can_work().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_schema_is_read_in_few_round_trips() {
    let maria = testbed::nearest(Product::MARIADB_10_11).await.expect("a MariaDB");
    // One after the other: where there is no MySQL, both are the same server.
    large::reads_a_large_schema(mysql().await).await;
    large::reads_a_large_schema(maria).await;
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
async fn a_stream_is_created_for_a_proven_database() {
    tokio::join!(
        program::creates_a_stream_of_a_proven_database(postgres().await),
        program::creates_a_stream_of_a_proven_database(mysql().await)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_script_opens_the_gate() {
    tokio::join!(
        remedy::opens_the_gate_and_is_taken_back(postgres().await),
        remedy::opens_the_gate_and_is_taken_back(mysql().await)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_is_asked_too() {
    program::asks_the_service_too(mysql().await).await;
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
async fn of_many_sources_none_keeps_the_others_waiting() {
    many::healthy_ones_are_not_kept_waiting(postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_up_late_is_waited_for() {
    many::a_late_server_is_waited_for(postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_is_named_at_once() {
    program::names_every_failure_at_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_sends_nothing_twice_and_forgets_nothing() {
    let product = postgres().await;
    once::killed_before_the_intent(product).await;
    once::killed_before_the_service_reads(product).await;
    once::killed_while_the_answer_is_out(product).await;
    once::killed_before_the_answer_is_read(product).await;
    once::killed_after_the_outcome_is_recorded(product).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_is_asked_what_came_of_a_stream() {
    once::stream(postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_at_once_send_one_request() {
    once::two_runs_at_once(postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_cannot_be_trusted_stops_everything() {
    once::broken_journal(postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_carried_out_once_and_only_as_it_was_proven() {
    once::plan(postgres().await).await;
}
