//! What stands in the way of a visit: each ends within its time, says what held it, and leaves no
//! slot.

use std::time::{Duration, Instant};

use cdc_preflight::checks::facts::connection::TlsMode;
use cdc_preflight::checks::{Fact, Facts, Intent, Missing, Outcome, facts::Source, judge};
use cdc_preflight::gather::{Deadlines, TlsOptions};
use futures_util::future::join_all;
use testbed::Product;

use crate::fixture::{Fixture, PASSWORD};
use crate::probe::{left, plain, probe};
use crate::proxy::Proxy;

/// On a server of its own, because transactions that are left open are in everybody's way.
pub(crate) async fn end_in_time_and_are_named(product: Product) {
    let fixture = Fixture::start(product).await.expect("the server starts");
    let settings = [("max_prepared_transactions", "3"), ("max_connections", "20")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    fixture.restart_with(&settings).await.expect("a restart");
    locked_table(&fixture, product).await;
    idle_transaction(&fixture, product).await;
    prepared_transaction(&fixture, product).await;
    short_deadlines(&fixture, product).await;
    silence_midway(&fixture, product).await;
    publications(&fixture, product).await;
    full_server(&fixture, product).await;
}

/// What a check says of the server: its outcome, then all of its words.
fn said(facts: &Facts, intent: &Intent, id: &str) -> (Outcome, String) {
    let report = judge(facts, intent);
    let result = report.results.iter().find(|result| result.check.id == id).expect(id);
    (result.outcome, format!("{:?}", result.subjects))
}

/// Somebody holds a selected table: the visit does not wait for it, but a slot would, because such
/// a lock takes a transaction id.
async fn locked_table(fixture: &Fixture, product: Product) {
    let holder = fixture.hold_postgres("begin; lock table orders in access exclusive mode").await;
    let row = holder.query_one("select pg_backend_pid()", &[]).await.expect("a row");
    let process = format!("process {}", row.get::<_, i32>(0));
    let started = Instant::now();
    let facts = fixture.facts(&[]).await;
    assert!(started.elapsed() < Duration::from_secs(60), "{product}: {:?}", started.elapsed());
    let Source::Postgres(db) = &facts.source else { panic!("{product}") };
    assert_eq!(db.tables.known().map(|tables| tables.found.len()), Some(2), "{product}: {db:?}");
    let intent = fixture.intent(&[], &[]);
    for id in ["postgres/probe-slot", "postgres/long-transactions"] {
        let (outcome, words) = said(&facts, &intent, id);
        assert_eq!(outcome, Outcome::Warn, "{product} {id}: {words}");
        assert!(words.contains(&process), "{product} {id}: {words}");
    }
    assert_eq!(left(fixture).await, "0", "{product}");
}

/// How long others' transactions are open is hidden from the account, unless it may see that.
async fn idle_transaction(fixture: &Fixture, product: Product) {
    let holder = fixture.hold_postgres("begin; select txid_current()").await;
    let facts = fixture.facts(&[]).await;
    let strict = [("thresholds.long_transaction_fail_seconds".to_owned(), "0".to_owned())];
    let intent = fixture.intent(&[], &strict);
    let (outcome, words) = said(&facts, &intent, "postgres/probe-slot");
    assert_eq!(outcome, Outcome::Warn, "{product}: {words}");

    fixture.execute("grant pg_read_all_stats to cdc_user").await.expect("a grant");
    let facts = fixture.facts(&[]).await;
    let (outcome, words) = said(&facts, &intent, "postgres/probe-slot");
    assert_eq!(outcome, Outcome::Fail, "{product}: {words}");
    let row = holder.query_one("select pg_backend_pid()", &[]).await.expect("a row");
    let end = format!("SELECT pg_terminate_backend({});", row.get::<_, i32>(0));
    assert!(words.contains(&end), "{product}: {words}");
    fixture.execute("revoke pg_read_all_stats from cdc_user").await.expect("a revocation");
    fixture.execute(&end).await.expect("the printed remedy");
    let facts = fixture.facts(&[]).await;
    let (outcome, words) = said(&facts, &intent, "postgres/probe-slot");
    assert_eq!(outcome, Outcome::Pass, "{product}: {words}");
    assert_eq!(left(fixture).await, "0", "{product}");
}

async fn prepared_transaction(fixture: &Fixture, product: Product) {
    let prepare = "begin; select txid_current(); prepare transaction 'for''gotten'";
    let session = fixture.hold_postgres(prepare).await;
    let facts = fixture.facts(&[]).await;
    let strict = [("thresholds.long_transaction_fail_seconds".to_owned(), "0".to_owned())];
    let intent = fixture.intent(&[], &strict);
    let (outcome, words) = said(&facts, &intent, "postgres/probe-slot");
    assert_eq!(outcome, Outcome::Fail, "{product}: {words}");
    assert!(words.contains("for'gotten for "), "{product}: {words}");
    let end = "ROLLBACK PREPARED 'for''gotten';";
    assert!(words.contains(end), "{product}: {words}");
    let (outcome, words) = said(&facts, &intent, "postgres/prepared-transactions");
    assert_eq!(outcome, Outcome::Warn, "{product}: {words}");
    session.batch_execute(end).await.expect("the printed remedy");
    assert_eq!(left(fixture).await, "0", "{product}");
}

/// Where the time for all is over, the creation of a slot is cancelled, and the server has ended it
/// before the visit ends. The time is well below the probe's own lock timeout of 3 seconds.
async fn short_deadlines(fixture: &Fixture, product: Product) {
    let _holder = fixture.hold_postgres("begin; select txid_current()").await;
    let total = Deadlines { total: Duration::from_secs(2), ..Deadlines::default() };
    let started = Instant::now();
    let facts = fixture.facts_within(&[], &TlsOptions::default(), total).await;
    assert!(started.elapsed() < Duration::from_secs(60), "{product}: {:?}", started.elapsed());
    let slot = &probe(&facts).slot;
    let cancelled =
        matches!(slot, Fact::Missing(Missing::Refused { code: Some(code), .. }) if code == "57014");
    assert!(cancelled, "{product}: {slot:?}");
    assert_eq!(probe(&facts).waited_for.len(), 1, "{product}");
    assert_eq!(left(fixture).await, "0", "{product}");

    let statement = Deadlines { statement: Duration::from_millis(1), ..Deadlines::default() };
    let facts = fixture.facts_within(&[], &TlsOptions::default(), statement).await;
    let Source::Postgres(db) = &facts.source else { panic!("{product}") };
    let late = matches!(&db.server, Fact::Missing(Missing::TimedOut { after_ms: 1, .. }));
    assert!(late, "{product}: {:?}", db.server);
    assert!(matches!(&db.probe, Fact::Missing(Missing::NotAsked { .. })), "{product}");
    assert_eq!(left(fixture).await, "0", "{product}");
}

/// The server falls silent after so many bytes, wherever that is: on the session in the login, in
/// the facts, in the tables; on the replication connection in the login, and from command to
/// command.
async fn silence_midway(fixture: &Fixture, product: Product) {
    let deadlines = Deadlines {
        connect: Duration::from_secs(2),
        statement: Duration::from_secs(2),
        total: Duration::from_secs(3),
    };
    let on_session = [0, 60, 300, 2000, 6000].map(|bytes| (0, bytes));
    let on_probe = [0, 60, 300, 400, 500, 600, 700].map(|bytes| (1, bytes));
    let places = on_session.into_iter().chain(on_probe);
    let visits = places.map(|(connection, bytes)| async move {
        let proxy = Proxy::stalling(fixture.server.port(), connection, bytes).await;
        let overlay = [("Port".to_owned(), proxy.port().to_string())];
        let started = Instant::now();
        let facts = fixture.facts_within(&overlay, &plain(), deadlines).await;
        let elapsed = started.elapsed();
        assert!(elapsed < Duration::from_secs(60), "{product} {connection} {bytes}: {elapsed:?}");
        let intent = fixture.intent(&[], &[]);
        let report = judge(&facts, &intent);
        let is_closed = report.results.iter().any(|result| result.closes_gate());
        assert!(is_closed, "{product} {connection} {bytes}: {facts:?}");
    });
    join_all(visits).await;
    assert_eq!(left(fixture).await, "0", "{product}");
}

/// With publications that are named, the server's complaints about them show as soon as somebody
/// changes anything.
async fn publications(fixture: &Fixture, product: Product) {
    let create = "create publication narrow for table products (id);
                  create publication whole for table products";
    let has_lists = product != Product::Postgres(13);
    if has_lists {
        fixture.execute(create).await.expect("publications");
    }
    let busy = busy(fixture);
    let cases = [
        (r#"["no_such"]"#, "no_such", true),
        (r#"["narrow", "whole"]"#, "different column lists", has_lists),
    ];
    for (named, words, _) in cases.into_iter().filter(|(.., applies)| *applies) {
        let wanted = [("profile.publications.named".to_owned(), named.to_owned())];
        let intent = fixture.intent(&[], &wanted);
        let found = async {
            loop {
                let facts = fixture.facts_for(&[], &intent).await;
                let decoded = said(&facts, &intent, "postgres/probe-decode");
                if decoded.0 == Outcome::Fail {
                    return decoded.1;
                }
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(60), found);
        let found = found.await.expect("a change falls into the probe");
        assert!(found.contains(words), "{product}: {found}");
    }
    busy.abort();
    let wanted = [("profile.publications.named".to_owned(), r#"["whole"]"#.to_owned())];
    let intent = fixture.intent(&[], &wanted);
    if has_lists {
        let facts = fixture.facts_for(&[], &intent).await;
        let (outcome, words) = said(&facts, &intent, "postgres/probe-decode");
        assert_eq!(outcome, Outcome::Pass, "{product}: {words}");
        fixture.execute("drop publication narrow, whole").await.expect("gone");
    }
    assert_eq!(left(fixture).await, "0", "{product}");
}

/// A session that changes rows all the time.
fn busy(fixture: &Fixture) -> tokio::task::JoinHandle<()> {
    let server = std::sync::Arc::clone(&fixture.server);
    tokio::spawn(async move {
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(server.port()).dbname("inventory");
        config.user(server.admin_user()).password(server.admin_password());
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.expect("a login");
        tokio::spawn(connection);
        for id in 1_000.. {
            let row = format!(
                "insert into products values ({id}, 'busy'); delete from products where id = {id}"
            );
            client.batch_execute(&row).await.expect("a change");
        }
    })
}

/// A server that takes no more sessions says so at once. The replication connection has places of
/// its own.
async fn full_server(fixture: &Fixture, product: Product) {
    let mut config = tokio_postgres::Config::new();
    config.host("127.0.0.1").port(fixture.server.port()).dbname("inventory");
    config.user("cdc_user").password(PASSWORD);
    let mut sessions = Vec::new();
    let refused = loop {
        match config.connect(tokio_postgres::NoTls).await {
            Ok((client, connection)) => {
                tokio::spawn(connection);
                sessions.push(client);
            }
            Err(error) => break error,
        }
    };
    assert_eq!(refused.code().map(|code| code.code()), Some("53300"), "{product}");
    let started = Instant::now();
    let facts = fixture.facts(&[]).await;
    assert!(started.elapsed() < Duration::from_secs(60), "{product}: {:?}", started.elapsed());
    let (outcome, words) = said(&facts, &fixture.intent(&[], &[]), "connection/auth");
    assert!(outcome == Outcome::Undetermined && words.contains("53300"), "{product}: {words}");

    // One place is enough.
    sessions.pop();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let tls = TlsOptions { mode: TlsMode::Require, ..TlsOptions::default() };
    let facts = fixture.facts_with(&[], &tls).await;
    assert!(probe(&facts).decoding.known().is_some(), "{product}: {facts:?}");
    drop(sessions);
    assert_eq!(left(fixture).await, "0", "{product}");

    let settings = [("max_wal_senders".to_owned(), "0".to_owned())];
    fixture.restart_with(&settings).await.expect("a restart");
    let facts = fixture.facts(&[]).await;
    let intent = fixture.intent(&[], &[]);
    let (outcome, words) = said(&facts, &intent, "postgres/probe-walsender");
    assert_eq!(outcome, Outcome::Fail, "{product}: {words}");
    assert!(words.contains("See postgres/wal-senders-free."), "{product}: {words}");
}
