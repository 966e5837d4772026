//! The live probe of MySQL and MariaDB: what it proves, that readers who are there do not notice
//! it, and that nothing of it stays, however it ends.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cdc_preflight::checks::facts::Source;
use cdc_preflight::checks::facts::connection::TlsMode;
use cdc_preflight::checks::facts::mysql::{MySql, Probe, Sample, SampleEnd, SampledTable};
use cdc_preflight::checks::{Fact, Facts, Missing, Outcome, judge};
use cdc_preflight::gather::{self, Deadlines, LiveProbe, Probing, TlsOptions};
use futures_util::StreamExt;
use mysql_async::prelude::Queryable;
use mysql_async::{BinlogStream, BinlogStreamRequest, Conn, OptsBuilder};
use testbed::{Options, Product, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::fixture::{Fixture, PASSWORD};

/// The id of the reader that is there already.
const INCUMBENT: u32 = 555;

/// On a server of its own, because variables, accounts and the log are changed.
pub(crate) async fn proves_and_leaves_nothing_behind(product: Product) {
    let fixture = Fixture::start(product).await.expect("the server starts");
    proves(&fixture, product).await;
    leaves_readers_alone(&fixture, product).await;
    has_two_sessions_at_most(&fixture, product).await;
    waits_for_its_turn(&fixture, product).await;
    is_told_that_the_server_is_full(&fixture, product).await;
    names_the_cause(&fixture, product).await;
    reads_large_events(&fixture, product).await;
    counts_what_is_in_the_log(&fixture, product).await;
    survives_silence(&fixture, product).await;
    is_dropped(&fixture, product).await;
    survives_methods_that_nobody_speaks(&fixture, product).await;
    if product.is_mysql() {
        forgives_a_certificate_without_a_host(product).await;
    }
}

fn plain() -> TlsOptions {
    TlsOptions { mode: TlsMode::Disable, ..TlsOptions::default() }
}

fn db(facts: &Facts) -> &MySql {
    let Source::MySql(db) = &facts.source else { panic!("not MySQL") };
    db
}

fn probe(facts: &Facts) -> &Probe {
    let Fact::Known(probe) = &db(facts).probe else { panic!("no probe: {facts:?}") };
    probe
}

fn sample(facts: &Facts) -> &Sample {
    let Fact::Known(sample) = &probe(facts).sample else { panic!("no sample: {facts:?}") };
    sample
}

/// The readers that the server lists, and how many it is sending to.
async fn readers(fixture: &Fixture, product: Product) -> String {
    let list = if product.is_mysql() { "show replicas" } else { "show slave hosts" };
    let sending = "select count(*) from information_schema.processlist
        where command like 'Binlog Dump%'";
    fixture.execute(&format!("{list}; {sending}")).await.expect("a list")
}

/// As [`readers`], once that is so; a server takes a moment to notice that a client has gone.
async fn readers_become(fixture: &Fixture, product: Product, expected: &str) {
    let started = Instant::now();
    loop {
        let now = readers(fixture, product).await;
        if now == expected {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{product}: {now} is left");
    }
}

async fn session(
    fixture: &Fixture,
    user: &str,
    password: &str,
) -> Result<Conn, mysql_async::Error> {
    let options = OptsBuilder::default()
        .ip_or_hostname("127.0.0.1")
        .tcp_port(fixture.server.port())
        .user(Some(user))
        .pass(Some(password))
        .prefer_socket(false);
    Conn::new(options).await
}

async fn proves(fixture: &Fixture, product: Product) {
    let before = readers(fixture, product).await;
    let facts = fixture.facts(&[]).await;
    let probe = probe(&facts);
    assert!(probe.stream.known().is_some_and(|stream| stream.at_end), "{product}: {probe:?}");
    assert!(
        probe.oldest.known().is_some_and(|file| file.age_seconds < 120),
        "{product}: {probe:?}"
    );
    assert_eq!(sample(&facts).ended, SampleEnd::Log, "{product}");
    assert_eq!(readers(fixture, product).await, before, "{product}");

    // The beginning of the current file is told apart from that of the oldest.
    fixture.execute("do sleep(2); flush binary logs").await.expect("another file");
    let facts = fixture.facts(&[]).await;
    let files = db(&facts).binlog_files.known().expect("files");
    let oldest = self::probe(&facts).oldest.known().expect("the oldest file");
    assert_eq!(oldest.name, files[0].name, "{product}");
    assert!(oldest.age_seconds >= 2, "{product}: {oldest:?}");
    readers_become(fixture, product, &before).await;
}

/// A reader that waits for changes, as a connector does.
async fn reader(fixture: &Fixture, server_id: u32) -> BinlogStream {
    let mut conn = session(fixture, "cdc_user", PASSWORD).await.expect("a login");
    let status = "show binary log status";
    let status = match conn.query_first::<mysql_async::Row, _>(status).await {
        Ok(row) => row,
        Err(_) => conn.query_first("show master status").await.expect("a position"),
    };
    let status = status.expect("the log is on");
    let file: Vec<u8> = status.get(0).expect("a file");
    let position: u64 = status.get(1).expect("a position");
    let request = BinlogStreamRequest::new(server_id).with_filename(&file).with_pos(position);
    let mut stream = conn.get_binlog_stream(request).await.expect("a stream");
    for _ in 0..2 {
        stream.next().await.expect("it begins").expect("an event");
    }
    stream
}

/// Whether a reader is sent the change that happens now.
async fn still_reads(fixture: &Fixture, reader: &mut BinlogStream) {
    fixture.execute("create database soon_gone; drop database soon_gone").await.expect("a change");
    let event = timeout(Duration::from_secs(60), reader.next()).await.expect("no end");
    event.expect("it was not thrown out").expect("an event");
}

async fn leaves_readers_alone(fixture: &Fixture, product: Product) {
    let mut incumbent = reader(fixture, INCUMBENT).await;
    let before = readers(fixture, product).await;
    assert!(before.contains("555"), "{product}: {before}");
    for _ in 0..3 {
        let facts = fixture.facts(&[]).await;
        assert!(probe(&facts).streams(), "{product}: {facts:?}");
        readers_become(fixture, product, &before).await;
    }
    still_reads(fixture, &mut incumbent).await;
    drop(incumbent);
    // The server notices at its next event.
    fixture.execute("create database soon_gone; drop database soon_gone").await.expect("a change");
    let nobody = |readers: &str| !readers.contains("555");
    let started = Instant::now();
    while !nobody(&readers(fixture, product).await) {
        assert!(started.elapsed() < Duration::from_secs(60), "{product}: it stays");
        let change = "create database soon_gone; drop database soon_gone";
        fixture.execute(change).await.expect("a change");
    }
}

/// One beside the visit's own, however many requests the probe makes.
async fn has_two_sessions_at_most(fixture: &Fixture, product: Product) {
    let way = Way::to(fixture.server.port(), NOTHING).await;
    let facts = fixture.facts_with(&way.overlay(), &plain()).await;
    assert!(probe(&facts).streams(), "{product}: {facts:?}");
    // The visit, the end of the log, its oldest file, a sample.
    assert_eq!(way.take(), (4, 2), "{product}");
}

async fn waits_for_its_turn(fixture: &Fixture, product: Product) {
    let limit =
        |sessions| format!("alter user 'cdc_user'@'%' with max_user_connections {sessions}");
    let way = Way::to(fixture.server.port(), NOTHING).await;
    for allowed in [1, 2] {
        fixture.execute(&limit(allowed)).await.expect("a limit");
        let facts = fixture.facts_with(&way.overlay(), &plain()).await;
        assert!(probe(&facts).streams(), "{product} {allowed}: {facts:?}");
        assert!(sample(&facts).events > 0, "{product} {allowed}");
        assert_eq!(way.take().1, 1, "{product} {allowed}");
    }
    fixture.execute(&limit(0)).await.expect("no limit");
}

fn finding(facts: &Facts, fixture: &Fixture, id: &str) -> (Outcome, String) {
    let report = judge(facts, &fixture.request(&[]).intent());
    let result = report.results.iter().find(|one| one.check.id == id).expect("it is there");
    let finding = &result.subjects[0].finding;
    let text = |text: &Option<cdc_preflight::checks::Text>| {
        text.as_ref().map_or(String::new(), |text| text.untrusted().to_owned())
    };
    (finding.outcome, format!("{} {}", text(&finding.observed), text(&finding.message)))
}

async fn is_told_that_the_server_is_full(fixture: &Fixture, product: Product) {
    // The least that MariaDB takes.
    const SESSIONS: usize = 10;
    let old = fixture.execute("select @@max_connections").await.expect("a number");
    let set = |sessions: &str| format!("set global max_connections = {}", sessions.trim());
    fixture.execute(&set(&SESSIONS.to_string())).await.expect("a limit");
    let mut held = Vec::new();
    for _ in 0..SESSIONS - 1 {
        held.push(session(fixture, "cdc_user", PASSWORD).await.expect("a login"));
    }
    let facts = fixture.facts(&[]).await;
    let (outcome, said) = finding(&facts, fixture, "mysql/probe-stream");
    assert_eq!(outcome, Outcome::Fail, "{product}: {facts:?}");
    assert!(said.contains("(1040)") && said.contains("mysql/capacity"), "{product}: {said}");
    for conn in held {
        conn.disconnect().await.expect("a farewell");
    }
    fixture.execute(&set(&old)).await.expect("the old limit");
}

async fn names_the_cause(fixture: &Fixture, product: Product) {
    let before = readers(fixture, product).await;
    let mut cases = vec![(
        "revoke replication slave on *.* from 'cdc_user'@'%'",
        "grant replication slave on *.* to 'cdc_user'@'%'",
        "(1045)",
        "mysql/replication-slave",
    )];
    if product.is_mysql() {
        let (zero, one) = ("set global server_id = 0", "set global server_id = 1");
        cases.push((zero, one, "(1236)", "mysql/server-id"));
    }
    for (break_it, mend, code, cause) in cases {
        fixture.execute(break_it).await.expect("a change");
        let facts = fixture.facts(&[]).await;
        let (outcome, said) = finding(&facts, fixture, "mysql/probe-stream");
        assert_eq!(outcome, Outcome::Fail, "{product}: {said}");
        assert!(said.contains(code) && said.contains(cause), "{product}: {said}");
        for id in ["mysql/retention-actual", "mysql/binlog-sample"] {
            assert_eq!(finding(&facts, fixture, id).0, Outcome::Blocked, "{product} {id}");
        }
        fixture.execute(mend).await.expect("a change");
    }
    readers_become(fixture, product, &before).await;
    let off = [("disable_log_bin".to_owned(), "1".to_owned())];
    fixture.restart_with(&off).await.expect("a restart");
    let (outcome, said) = finding(&fixture.facts(&[]).await, fixture, "mysql/probe-stream");
    assert_eq!(outcome, Outcome::Fail, "{product}: {said}");
    assert!(said.contains("mysql/log-bin"), "{product}: {said}");
    fixture.reset(true).await.expect("a healthy server again");
}

/// A row of 12 MB makes an event of 24 MB, which a server sends whatever its limit for packets is.
async fn reads_large_events(fixture: &Fixture, product: Product) {
    let old = fixture.execute("select @@global.max_allowed_packet").await.expect("a number");
    let change = "create table inventory.large (id int primary key, value longblob);
        insert into inventory.large values (1, repeat('x', 12000000));
        set global max_allowed_packet = 16777216;
        flush binary logs";
    fixture.execute(change).await.expect("a row");
    fixture.execute("update inventory.large set value = concat(value, 'y')").await.expect("done");
    let facts = fixture.facts(&[]).await;
    let large = sample(&facts);
    assert!(large.bytes > 24_000_000, "{product}: {large:?}");
    assert_eq!(large.ended, SampleEnd::Bytes, "{product}: {large:?}");
    let back = format!(
        "set global max_allowed_packet = {}; drop table inventory.large; flush binary logs",
        old.trim()
    );
    fixture.execute(&back).await.expect("as before");
}

/// Every way in which a session may log so that readers lose something.
async fn counts_what_is_in_the_log(fixture: &Fixture, product: Product) {
    let forget = if product.is_mysql() { "reset binary logs and gtids" } else { "reset master" };
    fixture.execute(forget).await.expect("an empty log");
    let mut change = "insert into inventory.products values (7, 'a', 1);
        set session binlog_row_image = 'MINIMAL';
        update inventory.products set name = 'b' where id = 7;
        set session binlog_row_image = 'FULL';
        set session binlog_format = 'STATEMENT';
        use inventory;
        /* an app */ update orders set note = 'secret of a row' where id = 7;
        set session binlog_format = 'ROW';"
        .to_owned();
    change += if product.is_mysql() {
        "create table j (id int primary key, d json);
         insert into j values (1, json_object('a', repeat('x', 500), 'b', 1));
         set session binlog_row_value_options = 'PARTIAL_JSON';
         update j set d = json_set(d, '$.b', 2);
         set session binlog_transaction_compression = ON;
         update products set name = 'c' where id = 7;"
    } else {
        "set global log_bin_compress = ON;
         update products set name = repeat('c', 200) where id = 7;
         update products set name = repeat('d', 200) where id = 7; /* 256 bytes and more only */
         set global log_bin_compress = OFF;"
    };
    fixture.execute(&change).await.expect("changes");
    let tables = if product.is_mysql() { "products,orders,j" } else { "products,orders" };
    let facts = fixture.facts(&[("TableNames".to_owned(), tables.to_owned())]).await;
    let found = sample(&facts);
    let table = |name: &str| -> SampledTable {
        let mut tables = found.tables.iter();
        tables.find(|table| table.name.name.untrusted() == name).expect("it changed").clone()
    };
    assert_eq!(table("products").partial_images, 1, "{product}: {found:?}");
    let [statement] = &found.statements[..] else { panic!("{product}: {found:?}") };
    assert_eq!(statement.verb.untrusted(), "UPDATE", "{product}");
    assert!(statement.table.as_ref().is_some_and(|table| table.name.untrusted() == "orders"));
    if product.is_mysql() {
        assert_eq!(table("j").partial_json, 1, "{product}: {found:?}");
        // The update within the compressed transaction, too.
        assert_eq!(found.kinds.get(&0x28), Some(&1), "{product}: {found:?}");
        assert_eq!(table("products").events, 3, "{product}: {found:?}");
    } else {
        assert_eq!(table("products").compressed, 1, "{product}: {found:?}");
    }
    let saved = serde_json::to_string(&facts).expect("JSON");
    assert!(!saved.contains("secret of a row"), "{product}: values of rows are kept");
    let (outcome, _) = finding(&facts, fixture, "mysql/binlog-sample");
    assert_eq!(outcome, Outcome::Fail, "{product}");
    fixture.reset(true).await.expect("a healthy server again");
    fixture.execute(forget).await.expect("an empty log");
}

/// What no client says.
const NOTHING: &[u8] = b"a word that no client says";

/// A proxy that counts connections, and passes no answer on any more on one that has said a word.
struct Way {
    port: u16,
    tally: Arc<Mutex<Tally>>,
}

#[derive(Default)]
struct Tally {
    all: usize,
    open: usize,
    most: usize,
}

impl Way {
    async fn to(port: u16, word: &'static [u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let own = listener.local_addr().expect("an address").port();
        let tally = Arc::new(Mutex::new(Tally::default()));
        let shared = Arc::clone(&tally);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // What the client closed before has come to its end by then.
                tokio::time::sleep(Duration::from_millis(5)).await;
                let server = TcpStream::connect(("127.0.0.1", port)).await.expect("it listens");
                {
                    let mut tally = shared.lock().expect("no panic");
                    tally.all += 1;
                    tally.open += 1;
                    tally.most = tally.most.max(tally.open);
                }
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    pass(client, server, word).await;
                    shared.lock().expect("no panic").open -= 1;
                });
            }
        });
        Self { port: own, tally }
    }

    fn overlay(&self) -> [(String, String); 1] {
        [("Port".to_owned(), self.port.to_string())]
    }

    /// The connections since the last call, and the most that were open at once.
    fn take(&self) -> (usize, usize) {
        let mut tally = self.tally.lock().expect("no panic");
        let taken = (tally.all, tally.most);
        (tally.all, tally.most) = (0, 0);
        taken
    }
}

async fn pass(mut client: TcpStream, mut server: TcpStream, word: &[u8]) {
    let (mut said, mut answer) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut muted = false;
    loop {
        tokio::select! {
            count = client.read(&mut said) => {
                let Ok(count @ 1..) = count else { return };
                muted |= said[..count].windows(word.len()).any(|window| window == word);
                if server.write_all(&said[..count]).await.is_err() {
                    return;
                }
            }
            count = server.read(&mut answer), if !muted => {
                let Ok(count @ 1..) = count else { return };
                if client.write_all(&answer[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Where no answer comes any more, to the probe or to the visit, all ends within the time.
async fn survives_silence(fixture: &Fixture, product: Product) {
    let deadlines = Deadlines { total: Duration::from_secs(2), ..Deadlines::default() };
    // The whole of COM_REGISTER_SLAVE without names; a statement of the visit.
    for (word, is_probe) in [(&b"\x12\0\0\0\x15"[..], true), (b"SHOW BINARY LOGS", false)] {
        let way = Way::to(fixture.server.port(), word).await;
        let request = fixture.request(&way.overlay());
        let started = Instant::now();
        let facts =
            gather::gather(&request, &request.intent(), &plain(), deadlines, LiveProbe::Safe).await;
        assert!(started.elapsed() < Duration::from_secs(60), "{product}: {:?}", started.elapsed());
        if is_probe {
            let late = matches!(probe(&facts).stream, Fact::Missing(Missing::TimedOut { .. }));
            assert!(late, "{product}: {:?}", probe(&facts));
            assert!(db(&facts).tables.known().is_some(), "{product}: {facts:?}");
        } else {
            let late = matches!(db(&facts).binlog_files, Fact::Missing(Missing::TimedOut { .. }));
            assert!(late, "{product}: {facts:?}");
        }
    }
    let nobody = readers(fixture, product).await;
    assert!(!nobody.contains('\t'), "{product}: {nobody}");
}

/// A visit that is dropped at any moment leaves no reader in the server's list.
async fn is_dropped(fixture: &Fixture, product: Product) {
    let before = readers(fixture, product).await;
    let probing = Probing { when: LiveProbe::Safe, sample_binlog: true };
    let request = fixture.request(&[]);
    for millis in (1..40).step_by(3) {
        let tls = TlsOptions::default();
        let intent = request.intent();
        let visit = gather::gather(&request, &intent, &tls, Deadlines::default(), probing);
        let _ = timeout(Duration::from_millis(millis), visit).await;
        gather::settled().await;
        readers_become(fixture, product, &before).await;
    }
}

/// Methods of authentication that the client does not speak are a reason, not an end.
async fn survives_methods_that_nobody_speaks(fixture: &Fixture, product: Product) {
    let (create, speaks) = if product.is_mysql() {
        (format!("create user exotic identified with sha256_password by '{PASSWORD}'"), false)
    } else {
        let install = "install soname 'auth_ed25519'";
        let by = format!("create user exotic identified via ed25519 using password('{PASSWORD}')");
        (format!("{install}; {by}"), true)
    };
    fixture.execute(&create).await.expect("an account");
    let grant = "grant replication slave, replication client on *.* to exotic";
    fixture.execute(grant).await.expect("a grant");
    let facts = fixture.facts(&[("User".to_owned(), "exotic".to_owned())]).await;
    assert_eq!(facts.connection.login.known().is_some(), speaks, "{product}: {facts:?}");
    let streams = db(&facts).probe.known().is_some_and(Probe::streams);
    assert_eq!(streams, speaks, "{product}: {facts:?}");
    fixture.execute("drop user exotic").await.expect("gone");
}

/// The certificate that MySQL makes for itself names no host.
async fn forgives_a_certificate_without_a_host(product: Product) {
    let server = Server::start(product, Options::new()).await.expect("the server starts");
    let folder = tempfile::tempdir().expect("a folder");
    let ca = folder.path().join("ca.pem");
    let pem = server.ca_pem().await.expect("readable").expect("it has an authority");
    std::fs::write(&ca, pem).expect("a file");
    let tls = TlsOptions { mode: TlsMode::VerifyCa, ca_file: Some(ca), ..TlsOptions::default() };
    let fixture = Fixture::shared(product).await;
    let overlay = [
        ("Port".to_owned(), server.port().to_string()),
        ("User".to_owned(), server.admin_user().to_owned()),
        ("Password".to_owned(), server.admin_password().to_owned()),
    ];
    let facts = fixture.facts_with(&overlay, &tls).await;
    assert!(facts.connection.tls.known().is_some_and(|tls| tls.encrypted), "{facts:?}");
    assert!(probe(&facts).streams(), "{facts:?}");
}
