//! The visit itself: how often it asks, what it leaves alone, and what it never says.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use cdc_preflight::checks::facts::connection::TlsMode;
use cdc_preflight::checks::{Fact, Facts, Outcome, Text, facts::Source};
use cdc_preflight::gather::{LiveProbe, TlsOptions, gather};
use testbed::Product;

use crate::fixture::{Fixture, PASSWORD};
use crate::proxy::Proxy;

type Overlay = Vec<(String, String)>;

fn plain() -> TlsOptions {
    TlsOptions { mode: TlsMode::Disable, ..TlsOptions::default() }
}

fn overlay(pairs: &[(&str, &str)]) -> Overlay {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Round trips after login, counted on the wire, for 5 and for 200 tables. The live probe is a step
/// of its own and does not depend on the tables: it is left out.
pub(crate) async fn asks_seldom(product: Product, at_most: usize) {
    let fixture = Fixture::shared(product).await;
    let names: Vec<String> = (0..200).map(|n| format!("t{n}")).collect();
    let create: Vec<String> = names
        .iter()
        .map(|name| format!("create table if not exists {name} (id int primary key)"))
        .collect();
    fixture.server.execute_in("inventory", &create.join(";")).await.expect("tables");
    if product.is_postgres() {
        let grant = "grant select on all tables in schema public to cdc_user";
        fixture.execute(grant).await.expect("a grant");
    }
    let proxy = Proxy::to(fixture.server.port()).await;
    login_trips(product, &proxy).await;
    let login = login_trips(product, &proxy).await;
    let mut counted = Vec::new();
    for count in [5, 200] {
        let tables = names[..count].join(",");
        let request = overlay(&[("Port", &proxy.port().to_string()), ("TableNames", &tables)]);
        let facts = fixture.facts_read_only(&request, &plain()).await;
        assert_eq!(found(&facts), count, "{product}: {facts:?}");
        let trips = proxy.take_trips() - login;
        assert!(trips <= at_most, "{product}: {trips} round trips for {count} tables");
        assert!(proxy.take_connections() <= 2, "{product}");
        counted.push(trips);
    }
    assert_eq!(counted[0], counted[1], "{product}: it depends on the number of tables");
}

/// What a login alone costs, with the account's password already in the server's cache.
async fn login_trips(product: Product, proxy: &Proxy) -> usize {
    if product.is_postgres() {
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(proxy.port()).user("cdc_user").password(PASSWORD);
        config.dbname("inventory");
        let (_client, connection) = config.connect(tokio_postgres::NoTls).await.expect("a login");
        drop(connection);
    } else {
        let options = mysql_async::OptsBuilder::default()
            .ip_or_hostname("127.0.0.1")
            .tcp_port(proxy.port())
            .user(Some("cdc_user"))
            .pass(Some(PASSWORD))
            .prefer_socket(false)
            .max_allowed_packet(Some(1 << 24))
            .wait_timeout(Some(60));
        let connection = mysql_async::Conn::new(options).await.expect("a login");
        connection.disconnect().await.expect("a farewell");
    }
    proxy.take_connections();
    proxy.take_trips()
}

fn found(facts: &Facts) -> usize {
    match &facts.source {
        Source::Postgres(db) => db.tables.known().map_or(0, |tables| tables.found.len()),
        Source::MySql(db) => db.tables.known().map_or(0, |tables| tables.found.len()),
        Source::RabbitMq(broker) => broker.queues.known().map_or(0, Vec::len),
    }
}

/// The account that the service documents, and nothing besides, opens the gate, and leaves only
/// that open which MariaDB shows to others.
pub(crate) async fn opens_for_the_documented_account(product: Product) {
    let fixture = Fixture::shared(product).await;
    // The README lists what stays open, with the privilege that shows each.
    let wide = ["mysql/long-transactions", "mysql/xa-prepared"];
    let narrow = [
        "mysql/session-overrides",
        "mysql/long-transactions",
        "mysql/xa-prepared",
        "mysql/metadata-locks",
    ];
    let mariadb = [
        "mysql/session-overrides",
        "mysql/replica-health",
        "mysql/replica-filters",
        "mysql/commit-order",
        "mysql/failover-target",
        "mysql/long-transactions",
        "mysql/metadata-locks",
        "mysql/fk-cascade",
    ];
    for (reads, on_mysql) in [("*.*", &wide[..]), ("inventory.*", &narrow[..])] {
        let account = format!(
            "drop user if exists 'documented'@'%';
             create user 'documented'@'%' identified by '{PASSWORD}';
             grant replication slave, replication client on *.* to 'documented'@'%';
             grant select on {reads} to 'documented'@'%'"
        );
        fixture.execute(&account).await.expect("an account");
        let report = fixture.report(&overlay(&[("User", "documented")])).await;
        let closing: Vec<_> = report.results.iter().filter(|one| one.closes_gate()).collect();
        assert!(closing.is_empty(), "{product}: {closing:?}");
        let unknown = report.results.iter().filter(|one| one.outcome == Outcome::Undetermined);
        let unknown: Vec<&str> = unknown.map(|one| one.check.id).collect();
        let expected = if product.is_mysql() { on_mysql } else { &mariadb[..] };
        assert_eq!(unknown, expected, "{product} with SELECT on {reads}");
        for id in unknown {
            let readme = include_str!("../../README.md");
            assert!(readme.contains(&format!("`{id}`")), "{id} is not in the README");
        }
    }
}

/// PostgreSQL's own log of a visit shows reads only, and a locked table does not stop it. What the
/// live probe does beside them is no more than what it says.
pub(crate) async fn leaves_postgres_alone(product: Product) {
    let fixture = Fixture::shared(product).await;
    let logged = "alter system set log_statement = 'all';
                  alter system set log_replication_commands = on;
                  alter system set log_line_prefix = 'user=%u kind=%b process=%p ';  select pg_reload_conf()";
    fixture.server.execute(logged).await.expect("a setting");
    let holder = fixture.hold("begin; lock table orders in access exclusive mode").await;
    let started = Instant::now();
    let facts = fixture.facts_read_only(&[], &TlsOptions::default()).await;
    assert!(started.elapsed() < Duration::from_secs(60), "it waited for the lock");
    assert_eq!(found(&facts), 2, "{facts:?}");
    drop(holder);
    let log = fixture.server.log().await.expect("a log");
    let facts = fixture.facts(&[]).await;
    assert!(
        probe(&facts).is_some_and(|probe| probe.slot_removed == Fact::Known(true)),
        "{facts:?}"
    );
    let all = fixture.server.log().await.expect("a log");
    only_probes(all.strip_prefix(log.as_str()).expect("a log only grows"));

    let log = fixture.server.log().await.expect("a log");
    let statements = statements_of(&log, "cdc_user");
    assert!(!statements.is_empty(), "the log shows nothing of the visit: {log}");
    for statement in &statements {
        let first = statement.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        let harmless = ["begin", "set", "select", "with", "rollback", "--"];
        assert!(harmless.contains(&first.trim_end_matches(';')), "{product}: {statement}");
    }
    let messages = statements.iter().filter(|one| one.contains("pg_logical_emit_message"));
    assert!(messages.clone().count() >= 1, "the probe writes its message: {statements:?}");
    let begins: Vec<&String> = statements.iter().filter(|one| one.starts_with("begin")).collect();
    assert!(!begins.is_empty(), "{statements:?}");
    assert!(begins.iter().all(|one| one.contains(" read only;")), "{statements:?}");
    // Other tests may be probing this very moment; what they leave behind would not be temporary.
    let slots = "select count(*) from pg_replication_slots where not temporary";
    assert_eq!(fixture.execute(slots).await.expect("a count").trim(), "0");
}

/// Defaults of a table that somebody has locked are read, and not waited for.
pub(crate) async fn reads_defaults_of_a_locked_table(product: Product) {
    let fixture = Fixture::shared(product).await;
    let table = "create schema elsewhere;
                 create table elsewhere.notes (id int primary key, note text default 'none')";
    fixture.execute(table).await.expect("a table");
    let holder = fixture.hold("begin; lock table elsewhere.notes in access exclusive mode").await;
    let asked = overlay(&[("SchemaName", "elsewhere"), ("TableNames", "notes")]);
    let facts = fixture.facts_read_only(&asked, &TlsOptions::default()).await;
    drop(holder);
    fixture.execute("drop schema elsewhere cascade").await.expect("no table");
    let Source::Postgres(db) = &facts.source else { panic!("a PostgreSQL") };
    let note = &db.tables.known().expect("the tables").found[0].columns[1];
    assert_eq!(note.default, Some(Text::new("'none'::text")));
}

fn probe(facts: &Facts) -> Option<&cdc_preflight::checks::facts::postgres::Probe> {
    match &facts.source {
        Source::Postgres(db) => db.probe.known(),
        Source::MySql(_) | Source::RabbitMq(_) => None,
    }
}

/// What a WAL sender of the probe is given, in this order and nothing else.
const PROBE: [&str; 5] = [
    "SELECT pg_catalog.pg_backend_pid()",
    "IDENTIFY_SYSTEM",
    "CREATE_REPLICATION_SLOT cdc_preflight_",
    "SELECT pg_catalog.pg_logical_emit_message(true, 'cdc-preflight', ",
    "START_REPLICATION SLOT cdc_preflight_",
];

/// Each WAL sender is given the commands of the probe only. Other tests may be probing this very
/// moment, so that a process may show a part of them.
fn only_probes(log: &str) {
    let mut processes = BTreeMap::<&str, Vec<&str>>::new();
    for line in log.lines().filter(|line| line.contains("kind=walsender")) {
        let process = line.split("process=").nth(1).and_then(|rest| rest.split(' ').next());
        let command = line
            .split_once("received replication command: ")
            .or_else(|| line.split_once("statement: "));
        if let (Some(process), Some((_, command))) = (process, command) {
            processes.entry(process).or_default().push(command);
        }
    }
    let mut whole = 0;
    for commands in processes.values() {
        let steps = commands.iter().map(|command| {
            let step = PROBE.iter().position(|known| command.starts_with(known));
            step.unwrap_or_else(|| panic!("no command of the probe: {command}"))
        });
        let mut steps: Vec<usize> = steps.collect();
        // Old servers log statements twice: as commands, and as statements.
        steps.dedup();
        assert!(steps.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{commands:?}");
        whole += usize::from(steps.len() == PROBE.len());
        let mut creations = commands.iter().filter(|command| command.starts_with("CREATE"));
        assert!(creations.all(|one| one.contains(" TEMPORARY LOGICAL \"pgoutput\" ")));
    }
    assert!(whole >= 1, "{log}");
}

/// The first lines of the statements that a user sent, by the log's `user=` prefix.
fn statements_of(log: &str, user: &str) -> Vec<String> {
    let mark = format!("user={user} ");
    log.lines()
        .filter(|line| line.contains(&mark))
        .filter_map(|line| {
            let (_, rest) = line
                .split_once("statement: ")
                .or_else(|| line.split_once("execute <unnamed>: "))?;
            Some(rest.trim().to_owned())
        })
        .collect()
}

/// What the catalogue says of keys and publications arrives as it is.
pub(crate) async fn reads_keys_and_publications(product: Product) {
    let fixture = Fixture::shared(product).await;
    let create = "create table keyed (id int primary key, a int not null, b int not null, c int);
        create unique index keyed_z on keyed (a);
        create unique index keyed_y on keyed (b, a);
        create unique index keyed_nullable on keyed (c);
        create unique index keyed_partial on keyed (b) where c is null;
        create unique index keyed_expression on keyed ((a + b));
        create publication of_keyed for table keyed (id, a) where (id > 0);
        grant select on keyed to cdc_user";
    fixture.execute(create).await.expect("a table");
    let facts = fixture.facts(&overlay(&[("TableNames", "keyed")])).await;
    let dropped = fixture.execute("drop publication of_keyed; drop table keyed").await;
    let Source::Postgres(db) = &facts.source else { panic!("{product}") };
    let table = &db.tables.get().expect("tables").found[0];
    let words = |names: &[cdc_preflight::checks::Text]| {
        names.iter().map(|name| name.untrusted().to_owned()).collect::<Vec<_>>().join(",")
    };
    let keys: Vec<String> =
        table.unique_keys.as_ref().expect("read").iter().map(|key| words(key)).collect();
    assert_eq!(keys, ["b,a", "a"], "in the order of the indexes' names");
    let [place] = table.published.as_slice() else { panic!("{:?}", table.published) };
    assert_eq!(place.publication.untrusted(), "of_keyed");
    assert_eq!(words(place.columns.as_ref().expect("a list")), "id,a");
    assert_eq!(words(place.filter_columns.as_ref().expect("a filter")), "id");
    dropped.expect("gone");
}

/// Saved facts and failures never show the password.
pub(crate) async fn keeps_secrets(product: Product) {
    let fixture = Fixture::shared(product).await;
    let wrong = "wr0ng-but-secret";
    let overlays = [
        vec![],
        overlay(&[("Password", wrong)]),
        overlay(&[("Port", "1")]),
        overlay(&[("User", "nobody_of_that_name")]),
        overlay(&[("HostName", "no-such-host.invalid")]),
    ];
    for one in &overlays {
        let facts = fixture.facts(one).await;
        let report = fixture.report(one).await;
        let said = format!("{}{facts:?}{report:?}", serde_json::to_string(&facts).expect("JSON"));
        assert!(!said.contains(PASSWORD) && !said.contains(wrong), "{product}: {one:?}");
        let open = report.results.iter().all(|result| !result.closes_gate());
        assert_eq!(open, one.is_empty(), "{product} {one:?}");
    }
}

/// Each encryption mode does what the products' own clients do under that name.
pub(crate) async fn verifies_certificates(product: Product) {
    let fixture = Fixture::shared(product).await;
    let folder = tempfile::tempdir().expect("a folder");
    let ca = folder.path().join("ca.pem");
    let pem = fixture.server.ca_pem().await.expect("readable").expect("it has an authority");
    std::fs::write(&ca, pem).expect("a file");
    let by = |mode, ca_file| TlsOptions { mode, ca_file, ..TlsOptions::default() };
    let cases = [
        (by(TlsMode::Disable, None), true, false),
        (by(TlsMode::Prefer, None), true, true),
        (by(TlsMode::Require, None), true, true),
        (by(TlsMode::VerifyCa, Some(ca.clone())), true, true),
        (by(TlsMode::VerifyFull, Some(ca)), true, true),
        (by(TlsMode::VerifyCa, None), false, false),
        (by(TlsMode::VerifyFull, None), false, false),
    ];
    for (tls, works, encrypted) in cases {
        let facts = fixture.facts_with(&[], &tls).await;
        let said = facts.connection.tls.known().map(|tls| tls.encrypted);
        assert_eq!(said, works.then_some(encrypted), "{product} {tls:?}: {:?}", facts.connection);
        assert_eq!(facts.connection.login.known().is_some(), works, "{product} {tls:?}");
    }
}

/// Names that would break out of quotes, lists or lines are only names.
pub(crate) async fn survives_hostile_names(product: Product) {
    let fixture = Fixture::shared(product).await;
    let long = format!("{}{}", "語".repeat(10), "x".repeat(54));
    // 64 characters are the most, whatever their bytes.
    let names =
        ["we'ird\"`; -- \u{1b}[31mred\\", "two\nlines", "{constraints}", "%s{tables}", &long];
    for name in names.into_iter().filter(|name| !product.is_postgres() || name.len() < 64) {
        is_only_a_name(&fixture, product, name).await;
    }
    let missing = overlay(&[("TableNames", "no'such\\\"`table")]);
    let facts = fixture.facts(&missing).await;
    assert_eq!(found(&facts), 0, "{product}");
    let report = fixture.report(&missing).await;
    let exists =
        format!("{}/table-exists", if product.is_postgres() { "postgres" } else { "mysql" });
    let result = report.results.iter().find(|result| result.check.id == exists);
    assert_eq!(result.expect("it is there").outcome, Outcome::Fail, "{product}");
}

async fn is_only_a_name(fixture: &Fixture, product: Product, name: &str) {
    let quoted = if product.is_postgres() {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        format!("`{}`", name.replace('`', "``"))
    };
    let create = format!("create table {quoted} (id int)");
    fixture.server.execute_in("inventory", &create).await.expect("a table");
    if product.is_postgres() {
        let grant = format!("grant select on {quoted} to cdc_user");
        fixture.execute(&grant).await.expect("a grant");
    }
    let request = overlay(&[("TableNames", &serde_json::to_string(name).expect("JSON"))]);
    let facts = fixture.facts(&request).await;
    assert_eq!(found(&facts), 1, "{product} {name:?}: {facts:?}");
}

/// A server that takes the connection and then says nothing: the visit ends within its deadline.
pub(crate) async fn survives_silence(product: Product) {
    let fixture = Fixture::shared(product).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port().to_string();
    let held = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    let request = fixture.request(&overlay(&[("Port", &port)]));
    let deadlines = cdc_preflight::gather::Deadlines {
        connect: Duration::from_millis(700),
        ..Default::default()
    };
    let started = Instant::now();
    let tls = TlsOptions::default();
    let intent = request.intent();
    let facts = gather(&request, &intent, &tls, deadlines, LiveProbe::Safe).await;
    assert!(started.elapsed() < Duration::from_secs(60), "{product}");
    assert!(matches!(facts.connection.login, Fact::Missing(_)), "{product}: {facts:?}");
    held.abort();
}
