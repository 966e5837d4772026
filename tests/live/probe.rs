//! The live probe of PostgreSQL: what it proves, how long it takes where something is in the way,
//! and that nothing of it stays, however it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cdc_preflight::checks::facts::connection::TlsMode;
use cdc_preflight::checks::facts::postgres::{Authentication, Probe, Proof};
use cdc_preflight::checks::{Fact, Facts, Missing, Outcome, facts::Source, judge};
use cdc_preflight::gather::{self, TlsOptions};
use testbed::Product;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio_postgres::Client;

use crate::fixture::{Fixture, PASSWORD};
use crate::proxy::Proxy;

/// On a server of its own, because transactions that are left open are in everybody's way.
pub(crate) async fn proves_and_leaves_nothing_behind(product: Product) {
    let fixture = Fixture::start(product).await.expect("the server starts");
    proves(&fixture, product).await;
    opens_two_connections(&fixture, product).await;
    logs_in_every_way(&fixture, product).await;
    ends_where_a_transaction_is_in_the_way(&fixture, product).await;
    is_dropped(&fixture, product).await;
    is_interrupted(&fixture, product).await;
    survives_silence(&fixture, product).await;
    stops_at_a_pooler(&fixture, product).await;
    names_the_cause(&fixture, product).await;
    fixture.reset(true).await.expect("a healthy server again");
    keeps_the_password_from_the_wire(&fixture, product).await;
}

pub(crate) fn probe(facts: &Facts) -> &Probe {
    let Source::Postgres(db) = &facts.source else { panic!("not PostgreSQL") };
    let Fact::Known(probe) = &db.probe else { panic!("no probe: {:?}", db.probe) };
    probe
}

pub(crate) fn plain() -> TlsOptions {
    TlsOptions { mode: TlsMode::Disable, ..TlsOptions::default() }
}

/// Slots and replication connections, as the server counts them.
pub(crate) async fn left(fixture: &Fixture) -> String {
    let count = "select (select count(*) from pg_replication_slots)
        + (select count(*) from pg_stat_activity where backend_type = 'walsender')";
    fixture.execute(count).await.expect("a count").trim().to_owned()
}

fn outcome(facts: &Facts, fixture: &Fixture, id: &str) -> Outcome {
    let report = judge(facts, &fixture.request(&[]).intent());
    let result = report.results.iter().find(|result| result.check.id == id);
    result.expect("it is in the report").outcome
}

async fn proves(fixture: &Fixture, product: Product) {
    let facts = fixture.facts(&[]).await;
    let probe = probe(&facts);
    let proof = if product == Product::Postgres(13) { Proof::Transaction } else { Proof::Message };
    assert_eq!(probe.decoding.known().map(|found| found.proof), Some(proof), "{probe:?}");
    assert_eq!(probe.slot_removed, Fact::Known(true), "{product}");
    assert!(probe.walsender.known().is_some_and(|found| !found.pooled), "{product}: {probe:?}");
    assert!(probe.notices.is_empty() && probe.waited_for.is_empty(), "{product}: {probe:?}");
    assert_eq!(left(fixture).await, "0", "{product}");
}

/// One connection beside the visit's own.
async fn opens_two_connections(fixture: &Fixture, product: Product) {
    let proxy = Proxy::to(fixture.server.port()).await;
    let overlay = [("Port".to_owned(), proxy.port().to_string())];
    let facts = fixture.facts_with(&overlay, &plain()).await;
    assert!(probe(&facts).decoding.known().is_some(), "{product}: {facts:?}");
    assert_eq!(proxy.take_connections(), 2, "{product}");
}

async fn logs_in_every_way(fixture: &Fixture, product: Product) {
    let password = |method: &str| {
        format!("set password_encryption = '{method}'; alter role cdc_user password '{PASSWORD}'")
    };
    let ways = [
        ("scram-sha-256", TlsOptions::default(), Authentication::ScramPlus),
        ("scram-sha-256", plain(), Authentication::Scram),
        ("md5", TlsOptions::default(), Authentication::Md5),
    ];
    for (method, tls, authentication) in ways {
        // A line that asks for md5 takes SCRAM where the password is kept so; not the other way.
        if method == "md5" && product != Product::Postgres(13) {
            continue;
        }
        fixture.execute(&password(method)).await.expect("a password");
        let facts = fixture.facts_with(&[], &tls).await;
        let seen = probe(&facts).authentication;
        assert_eq!(seen, Some(authentication), "{product} {method}: {facts:?}");
        assert!(probe(&facts).decoding.known().is_some(), "{product} {method}: {facts:?}");
    }
}

/// Lets the account in by this method of pg_hba.conf, and visits until that is in force.
async fn by_method(fixture: &Fixture, method: &str, tls: &TlsOptions) -> Probe {
    let admin = fixture.server.admin_user();
    let lines = ["local all all trust", &format!("host all {admin} all md5")].join("\n");
    let rewrite = format!(
        "do $$ begin
           execute format('copy (select unnest(string_to_array(%L, E''\\n''))) to %L',
             '{lines}\nhost all cdc_user all {method}', current_setting('hba_file'));
         end $$;
         select pg_reload_conf()"
    );
    fixture.execute(&rewrite).await.expect("the administrator may write the file");
    let asked = match method {
        "trust" => Authentication::NoPassword,
        _ => Authentication::Cleartext,
    };
    let started = Instant::now();
    loop {
        let probe = probe(&fixture.facts_with(&[], tls).await).clone();
        if probe.authentication == Some(asked) || started.elapsed() > Duration::from_secs(60) {
            return probe;
        }
    }
}

/// A password in clear text goes over an encrypted connection only.
async fn keeps_the_password_from_the_wire(fixture: &Fixture, product: Product) {
    let encrypted = TlsOptions::default();
    for method in ["trust", "password"] {
        let probe = by_method(fixture, method, &encrypted).await;
        assert!(probe.decoding.known().is_some(), "{product} {method}: {probe:?}");
    }
    let probe = by_method(fixture, "password", &plain()).await;
    assert_eq!(probe.authentication, Some(Authentication::Cleartext), "{product}: {probe:?}");
    let refused = matches!(
        &probe.walsender,
        Fact::Missing(Missing::Refused { detail, code: None, .. })
            if detail.untrusted().contains("in clear text")
    );
    assert!(refused, "{product}: {probe:?}");
}

/// A session that has written something and does not end.
async fn writer(fixture: &Fixture) -> Client {
    fixture.hold_postgres("begin; select txid_current()").await
}

async fn ends_where_a_transaction_is_in_the_way(fixture: &Fixture, product: Product) {
    let writer = writer(fixture).await;
    let started = Instant::now();
    let facts = fixture.facts(&[]).await;
    assert!(started.elapsed() < Duration::from_secs(60), "{product}: {:?}", started.elapsed());
    let Fact::Missing(Missing::Refused { code: Some(code), .. }) = &probe(&facts).slot else {
        panic!("{product}: {facts:?}")
    };
    assert_eq!(code, "55P03", "{product}");
    let row = writer.query_one("select pg_backend_pid()", &[]).await.expect("a row");
    let pids: Vec<_> = probe(&facts).waited_for.iter().map(|holder| holder.pid).collect();
    assert_eq!(pids, [Some(row.get::<_, i32>(0))], "{product}");
    assert_eq!(outcome(&facts, fixture, "postgres/probe-slot"), Outcome::Warn, "{product}");
    let decoded = outcome(&facts, fixture, "postgres/probe-decode");
    assert_eq!(decoded, Outcome::NotApplicable, "{product}");
    assert_eq!(probe(&facts).slot_removed, Fact::Known(true), "{product}");
    assert_eq!(left(fixture).await, "0", "{product}");
}

/// Returns once the creation of a slot waits for a transaction.
async fn waiting(fixture: &Fixture) {
    let started = Instant::now();
    let waits = "select count(*) from pg_locks where locktype = 'transactionid' and not granted";
    while fixture.execute(waits).await.expect("a count").trim() == "0" {
        assert!(started.elapsed() < Duration::from_secs(60), "it does not begin");
    }
}

/// A visit that is dropped while the server creates the slot.
async fn is_dropped(fixture: &Fixture, product: Product) {
    let _writer = writer(fixture).await;
    tokio::select! {
        facts = fixture.facts(&[]) => panic!("{product}: nothing was in the way: {facts:?}"),
        () = waiting(fixture) => {}
    }
    let started = Instant::now();
    gather::settled().await;
    assert!(started.elapsed() < Duration::from_secs(60), "{product}: {:?}", started.elapsed());
    // The writer is still there: it is the cancel request that has ended it.
    assert_eq!(left(fixture).await, "0", "{product}");
}

/// The program, interrupted while the server creates the slot.
async fn is_interrupted(fixture: &Fixture, product: Product) {
    let _writer = writer(fixture).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("request.json");
    let manifest = serde_json::json!({
        "requests": [{ fixture.action(): fixture.fields(&[]) }]
    });
    std::fs::write(&path, manifest.to_string()).expect("a file");
    let mut program = Command::new(env!("CARGO_BIN_EXE_cdc-preflight"));
    let mut program = program.args(["check"]).arg(&path).spawn().expect("it starts");
    waiting(fixture).await;
    let pid = program.id().expect("it runs").to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status().await.expect("a signal");
    assert!(sent.success());
    let started = Instant::now();
    let status = program.wait().await.expect("it ends");
    assert_eq!(status.code(), Some(130), "{product}");
    assert!(started.elapsed() < Duration::from_secs(60), "{product}: {:?}", started.elapsed());
    assert_eq!(left(fixture).await, "0", "{product}");
}

/// The way back is blocked from the creation of the slot on.
async fn survives_silence(fixture: &Fixture, product: Product) {
    let port = between(fixture.server.port(), Manner::Mutes).await;
    let overlay = [("Port".to_owned(), port.to_string())];
    let started = Instant::now();
    let facts = fixture.facts_with(&overlay, &plain()).await;
    assert!(started.elapsed() < Duration::from_secs(60), "{product}: {:?}", started.elapsed());
    let slot = &probe(&facts).slot;
    assert!(matches!(slot, Fact::Missing(Missing::TimedOut { .. })), "{product}: {slot:?}");
    assert_eq!(outcome(&facts, fixture, "postgres/probe-slot"), Outcome::Undetermined);
    assert_eq!(probe(&facts).slot_removed, Fact::Known(true), "{product}");
    assert_eq!(left(fixture).await, "0", "{product}");
}

/// Something between that logs in by itself announces a process which is not the one that answers,
/// and refuses time limits at login.
async fn stops_at_a_pooler(fixture: &Fixture, product: Product) {
    let port = between(fixture.server.port(), Manner::Pools).await;
    let overlay = [("Port".to_owned(), port.to_string())];
    let facts = fixture.facts_with(&overlay, &plain()).await;
    let found = probe(&facts).walsender.known().expect("it comes about");
    assert!(found.pooled && found.limits_refused, "{product}: {found:?}");
    let slot = &probe(&facts).slot;
    assert!(matches!(slot, Fact::Missing(Missing::NotAsked { .. })), "{product}: {slot:?}");
    assert_eq!(outcome(&facts, fixture, "postgres/probe-walsender"), Outcome::Warn, "{product}");
    assert_eq!(left(fixture).await, "0", "{product}");
}

/// What a proxy does to what passes.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    /// Passes no answer on any more, once a connection has asked for a slot.
    Mutes,
    /// Behaves as poolers do.
    Pools,
}

/// A proxy to the server; it ends with the test's runtime.
async fn between(port: u16, manner: Manner) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let own = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(("127.0.0.1", port)).await.expect("it listens");
            tokio::spawn(pass(client, server, manner));
        }
    });
    own
}

fn position(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window == word)
}

async fn pass(client: TcpStream, server: TcpStream, manner: Manner) {
    let (from_client, mut to_client) = client.into_split();
    let (mut from_server, to_server) = server.into_split();
    let wants_slot = Arc::new(AtomicBool::new(false));
    let refused = Arc::new(AtomicBool::new(false));
    let ends = (from_client, to_server);
    let up = tokio::spawn(pass_up(ends, manner, Arc::clone(&wants_slot), Arc::clone(&refused)));
    let mut answer = vec![0; 1 << 16];
    while let Ok(count @ 1..) = from_server.read(&mut answer).await {
        let mute = manner == Manner::Mutes && wants_slot.load(Ordering::SeqCst);
        if let Some(at) = position(&answer[..count], b"K\0\0\0\x0c")
            && manner == Manner::Pools
        {
            // The process id follows.
            answer[at + 8] ^= 1;
        }
        if !mute && to_client.write_all(&answer[..count]).await.is_err() {
            return;
        }
    }
    if refused.load(Ordering::SeqCst) {
        let _ = to_client.write_all(b"E\0\0\0\x1fSFATAL\0C08P01\0Mno options\0\0").await;
    } else if manner == Manner::Mutes && wants_slot.load(Ordering::SeqCst) {
        // A muted connection does not even end, until its client has gone.
        let _ = up.await;
    }
}

async fn pass_up(
    (mut from_client, mut to_server): (OwnedReadHalf, OwnedWriteHalf),
    manner: Manner,
    wants_slot: Arc<AtomicBool>,
    refused: Arc<AtomicBool>,
) {
    let mut said = vec![0; 1 << 16];
    while let Ok(count @ 1..) = from_client.read(&mut said).await {
        if position(&said[..count], b"CREATE_REPLICATION_SLOT").is_some() {
            wants_slot.store(true, Ordering::SeqCst);
        }
        if manner == Manner::Pools && position(&said[..count], b"lock_timeout=").is_some() {
            refused.store(true, Ordering::SeqCst);
            break;
        }
        if to_server.write_all(&said[..count]).await.is_err() {
            break;
        }
    }
    let _ = to_server.shutdown().await;
}

/// Where it cannot work, it says so, and by which check.
async fn names_the_cause(fixture: &Fixture, product: Product) {
    fixture.execute("alter role cdc_user noreplication").await.expect("a change");
    let facts = fixture.facts(&[]).await;
    let Source::Postgres(db) = &facts.source else { panic!("not PostgreSQL") };
    let left_out = matches!(&db.probe, Fact::Missing(Missing::NotAsked { .. }));
    assert!(left_out, "{product}: {:?}", db.probe);
    for id in ["postgres/probe-walsender", "postgres/probe-slot", "postgres/probe-decode"] {
        assert_eq!(outcome(&facts, fixture, id), Outcome::NotApplicable, "{product} {id}");
    }
    fixture.execute("alter role cdc_user replication").await.expect("a change");

    let settings = [("wal_level".to_owned(), "replica".to_owned())];
    fixture.restart_with(&settings).await.expect("a restart");
    let facts = fixture.facts(&[]).await;
    let report = judge(&facts, &fixture.request(&[]).intent());
    let result = report.results.iter().find(|one| one.check.id == "postgres/probe-slot");
    let finding = &result.expect("it is in the report").subjects[0].finding;
    assert_eq!(finding.outcome, Outcome::Fail, "{product}: {finding:?}");
    let message = finding.message.as_ref().map_or("", |message| message.untrusted());
    assert!(message.contains("See postgres/wal-level"), "{product}: {message}");
    let decoded = outcome(&facts, fixture, "postgres/probe-decode");
    assert_eq!(decoded, Outcome::Blocked, "{product}");
    assert_eq!(left(fixture).await, "0", "{product}");
}
