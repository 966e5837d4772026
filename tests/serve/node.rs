//! The service as a process of its own, beside others on one PostgreSQL.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use eventbridge_simulator::{Config, KeyPolicy, Running, Simulator};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use testbed::{Options, Product, Server};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;

/// What the account of the requests logs in with.
pub(crate) const PASSWORD: &str = "p4ss-of-the-nodes";
/// What the simulator takes.
pub(crate) const KEY: &str = "k3y-of-the-simulator";

static PREPARED: OnceCell<()> = OnceCell::const_new();

/// The server that all tests share: a store, and a database to be proven.
pub(crate) async fn server() -> Arc<Server> {
    let options = Options::new()
        .setting("wal_level", "logical")
        .setting("max_slot_wal_keep_size", "64GB")
        .setting("max_connections", "200");
    let server = testbed::shared(Product::Postgres(17), options).await.unwrap();
    let prepare = async {
        let role = format!("create role cdc_user login replication password '{PASSWORD}'");
        server.execute(&role).await.unwrap();
        server.execute("create database inventory").await.unwrap();
        server.execute_in("inventory", "grant create on database inventory to cdc_user").await
    };
    PREPARED.get_or_init(async || drop(prepare.await.unwrap())).await;
    server
}

/// An empty database for a store, and its address.
pub(crate) async fn store(server: &Server, name: &str) -> String {
    server.execute(&format!("create database {name}")).await.unwrap();
    let (user, password) = (server.admin_user(), server.admin_password());
    format!("postgres://{user}:{password}@{}:{}/{name}", server.host(), server.port())
}

/// A schema with a table that can be captured.
pub(crate) async fn schema(server: &Server, name: &str) {
    let sql = format!(
        "create schema {name} authorization cdc_user;
         create table {name}.orders (id bigint primary key, total numeric(10,2) not null);
         alter table {name}.orders owner to cdc_user"
    );
    server.execute_in("inventory", &sql).await.unwrap();
}

/// A request for that table, which refers to its password.
pub(crate) fn request(server: &Server, schema: &str) -> Value {
    json!({ "requests": [{ "configurePostgreSQLSource": {
        "RegionId": "cn-hangzhou", "HostName": server.host(), "Port": server.port(),
        "User": "cdc_user", "Password": "${CDC_PASSWORD}", "DatabaseName": "inventory",
        "SchemaName": schema, "TableNames": "orders", "SnapshotMode": "initial",
    } }] })
}

pub(crate) async fn simulator() -> Running {
    Simulator::start(Config::new(KeyPolicy::require(KEY))).await.unwrap()
}

/// A node, which is killed when this is dropped.
pub(crate) struct Node {
    child: Child,
    pub(crate) url: String,
}

impl Node {
    pub(crate) async fn start(store: &str, eventbridge: &str, more: &[&str]) -> Self {
        Self::start_in(store, eventbridge, more, &[]).await
    }

    /// The same, in an environment with more variables.
    pub(crate) async fn start_in(
        store: &str,
        eventbridge: &str,
        more: &[&str],
        env: &[(&str, &str)],
    ) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_cdc-preflight"));
        program.env_clear().envs(env.iter().copied());
        Self::start_by(program, store, eventbridge, more).await
    }

    /// The same, by a command that runs the program with the arguments that are added to it.
    pub(crate) async fn start_by(
        mut program: Command,
        store: &str,
        eventbridge: &str,
        more: &[&str],
    ) -> Self {
        program
            .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"])
            .args(["--secret-env", "CDC_PASSWORD", "--lease", "2", "--workers", "2"])
            .args(more)
            .env("CDC_PREFLIGHT_STORE", store)
            .env("CDC_PASSWORD", PASSWORD)
            .env("EVENTBRIDGE_API_KEY", KEY)
            .env("EVENTBRIDGE_ENDPOINT", eventbridge)
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = program.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = loop {
            let line = lines.next_line().await.unwrap().expect("it listens");
            let line: Value = serde_json::from_str(&line).unwrap();
            if let Some(address) = line["address"].as_str() {
                break address.to_owned();
            }
        };
        // The rest is read, so that it never waits for a reader; no secret may be in it.
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                assert!(!line.contains(PASSWORD) && !line.contains(KEY), "{line}");
            }
        });
        Self { child, url: format!("http://{address}") }
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// As when the machine dies.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM, and whether it ended well.
    pub(crate) async fn stop(&mut self) -> bool {
        let id = self.child.id().unwrap().to_string();
        Command::new("kill").args(["-TERM", &id]).status().await.unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(120), self.child.wait()).await;
        ended.unwrap().unwrap().success()
    }
}

/// The status and the JSON body of an answer.
pub(crate) async fn post(
    url: &str,
    path: &str,
    body: &Value,
    headers: &[(&str, &str)],
) -> reqwest::Result<(StatusCode, Value)> {
    // Of its own, as nodes die with their connections; without certificates, which take long to
    // read.
    let client = Client::builder().no_proxy().tls_certs_only([]).build()?;
    let mut request = client.post(format!("{url}{path}"));
    if !body.is_null() {
        request = request.json(body);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await?;
    Ok((answer.status(), answer.json().await?))
}
