//! Every product starts, answers, fails loudly, restarts, and leaves nothing behind.

use std::io::BufRead;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testbed::{Error, Options, Product, Server, Tls, shared};

async fn answers_and_fails_loudly(product: Product) {
    let server = Server::start(product, Options::new()).await.expect("the server starts");
    assert_eq!(server.execute("select 1").await.expect("a constant"), "1\n");
    let version = server.execute("select version()").await.expect("the version");
    let name = product.to_string();
    let (_, number) = name.split_once(':').expect("a version");
    assert!(version.contains(number), "{product} says {version}");

    let script = "create database inventory; select 'one'; select 'two', 2;";
    assert_eq!(server.execute(script).await.expect("a script"), "one\ntwo\t2\n");
    let script = "create table t (id int primary key, name text); insert into t values (1, 'ä');
        select * from t;";
    assert_eq!(server.execute_in("inventory", script).await.expect("a table"), "1\tä\n");

    let error = server.execute("select 1; select * from missing.thing").await;
    let Err(Error::Sql(message)) = error else { panic!("no SQL error but {error:?}") };
    assert!(message.contains("missing"), "{message}");
    assert!(!message.contains(server.admin_password()));
    server.stop().await.expect("the server stops");
}

macro_rules! products {
    ($($name:ident: $product:expr;)*) => {
        $(#[tokio::test]
        async fn $name() {
            answers_and_fails_loudly($product).await;
        })*
    };
}

products! {
    postgres_13: Product::Postgres(13);
    postgres_15: Product::Postgres(15);
    postgres_17: Product::Postgres(17);
    postgres_18: Product::Postgres(18);
    mysql_9_7: Product::MYSQL;
    mariadb_10_11: Product::MARIADB_10_11;
    mariadb_11_8: Product::MARIADB_11_8;
}

#[tokio::test]
async fn a_restart_keeps_port_and_data_and_changes_settings() {
    let options = Options::new().setting("wal_level", "replica").setting("log_statement", "all");
    let server = Server::start(Product::Postgres(17), options).await.expect("it starts");
    let port = server.port();
    server.execute("create table kept as select 7 as seven").await.expect("a table");
    assert_eq!(server.execute("show wal_level").await.expect("a setting"), "replica\n");
    assert!(server.log().await.expect("a log").contains("create table kept"));

    server.restart().await.expect("it comes back");
    assert_eq!(server.execute("show wal_level").await.expect("a setting"), "replica\n");
    let logical = Options::new().setting("wal_level", "logical");
    server.restart_with(logical.clone()).await.expect("it comes back");
    assert_eq!(server.port(), port);
    assert_eq!(server.execute("show wal_level").await.expect("a setting"), "logical\n");
    assert_eq!(server.execute("select seven from kept").await.expect("the data"), "7\n");

    let wrong = server.restart_with(Options::new().setting("wal_level", "nonsense")).await;
    let Err(Error::Start { log, .. }) = wrong else { panic!("not refused but {wrong:?}") };
    assert!(log.contains("wal_level"), "{log}");
    server.restart_with(logical).await.expect("it comes back with a good setting");
    assert_eq!(server.execute("select seven from kept").await.expect("the data"), "7\n");
}

/// Whether `openssl s_client`, trusting `ca` only, accepts the server under `name`.
fn verified(server: &Server, ca: &str, name: &str) -> bool {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), ca).expect("the authority");
    let protocol = if server.product().is_postgres() { "postgres" } else { "mysql" };
    let output = Command::new("openssl")
        .args(["s_client", "-starttls", protocol, "-verify_return_error", "-verify_hostname", name])
        .args(["-connect", &format!("127.0.0.1:{}", server.port()), "-CAfile"])
        .arg(file.path())
        .stdin(Stdio::null())
        .output()
        .expect("openssl");
    String::from_utf8_lossy(&output.stdout).contains("Verify return code: 0 (ok)")
}

#[tokio::test]
async fn a_trusted_server_is_verified_by_name_with_its_authority_only() {
    let other = Server::start(Product::MYSQL, Options::new()).await.expect("it starts");
    let wrong_ca = other.ca_pem().await.expect("readable").expect("MySQL makes one");
    for product in [Product::Postgres(17), Product::MYSQL, Product::MARIADB_10_11] {
        let options = Options::new().tls(Tls::Trusted);
        let server = Server::start(product, options).await.expect("it starts");
        let ca = server.ca_pem().await.expect("readable").expect("there is one");
        assert!(verified(&server, &ca, "localhost"), "{product}");
        assert!(!verified(&server, &ca, "example.com"), "{product}");
        assert!(!verified(&server, &wrong_ca, "localhost"), "{product}");
    }
}

#[tokio::test]
async fn a_flag_needs_no_value() {
    let options = Options::new().flag("skip_log_bin");
    let server = Server::start(Product::MYSQL, options).await.expect("it starts");
    assert_eq!(server.execute("select @@log_bin").await.expect("a variable"), "0\n");
}

/// A statement that fails early must not leave its rest for the next one to trip over.
#[tokio::test]
async fn a_long_script_that_fails_leaves_the_server_usable() {
    let server = shared(Product::Postgres(17), Options::new().setting("wal_level", "logical"));
    let server = server.await.expect("it starts");
    let script = format!("select 1 / 0; {}", "select 'padding';".repeat(50_000));
    let Err(Error::Sql(message)) = server.execute(&script).await else { panic!("no error") };
    assert!(message.contains("division by zero"), "{message}");
    let long = server.execute("select repeat('x', 1000000)").await.expect("a long row");
    assert_eq!(long.len(), 1_000_001);
    let both = tokio::join!(server.execute("select 1"), server.execute("select 2"));
    assert_eq!((both.0.expect("one").as_str(), both.1.expect("two").as_str()), ("1\n", "2\n"));
}

#[tokio::test]
async fn tls_can_be_off() {
    let off = Options::new().tls(Tls::Off);
    let server = Server::start(Product::MYSQL, off.clone()).await.expect("it starts");
    let variable = "select @@tls_version = ''";
    assert_eq!(server.execute(variable).await.expect("a variable"), "1\n");
    let server = Server::start(Product::MARIADB_11_8, off).await.expect("it starts");
    let variable = "select @@have_ssl";
    assert_eq!(server.execute(variable).await.expect("a variable"), "DISABLED\n");
}

#[test]
fn tests_with_runtimes_of_their_own_share_a_server() {
    let port = || {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let options = Options::new().setting("wal_level", "logical");
            let server = shared(Product::Postgres(17), options).await.expect("it starts");
            assert_eq!(server.execute("show wal_level").await.expect("a setting"), "logical\n");
            server.port()
        })
    };
    assert_eq!(port(), port());
}

#[test]
fn a_killed_process_leaves_nothing_behind() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_testbed"))
        .args(["run", "postgres:15"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command of this crate");
    let output = child.stdout.take().expect("its output");
    let line = std::io::BufReader::new(output).lines().next().expect("a line").expect("text");
    let (_, rest) = line.split_once("127.0.0.1:").expect("an address");
    let port: u16 = rest.split(',').next().expect("a port").parse().expect("a number");
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());

    let label = format!("label=cdc-preflight.testbed={}", child.id());
    let containers = || {
        let list = Command::new("docker").args(["ps", "-aq", "--filter", &label]).output();
        list.map_or(0, |output| output.stdout.len())
    };
    let in_container = containers() > 0;
    child.kill().expect("SIGKILL");
    child.wait().expect("its end");
    let begin = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        || (in_container && containers() > 0)
    {
        assert!(begin.elapsed() < Duration::from_secs(60), "something is left behind");
        std::thread::sleep(Duration::from_millis(100));
    }
}
