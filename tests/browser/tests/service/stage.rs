//! A service in this process, the database that it visits, and the EventBridge that it sends to.

use std::path::Path;
use std::time::Duration;

use browser::{Browser, By, Key, Result, WebElement};
use cdc_preflight::eventbridge::Wire;
use cdc_preflight::serve::access::Access;
use cdc_preflight::serve::secrets::SecretSources;
use cdc_preflight::serve::sending::Sending;
use cdc_preflight::serve::{Config, Service, router, store};
use eventbridge_simulator::{AccessKey, KeyPolicy, Running, Simulator};
use serde_json::{Value, json};
use tempfile::TempDir;
use testbed::{Options, Product, Server};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

/// What the account logs in with.
pub(crate) const PASSWORD: &str = "p4ss-of-the-pages";
/// How long anything may take that has to happen.
const DEADLINE: Duration = Duration::from_secs(120);

pub(crate) struct Stage {
    url: String,
    name: &'static str,
    server: Server,
    simulator: Running,
    pub(crate) service: Service,
    _folder: TempDir,
}

/// A browser on the service.
pub(crate) struct Window {
    pub(crate) browser: Browser,
    url: String,
}

/// A server with a table that can be captured.
async fn server() -> Server {
    let options =
        Options::new().setting("wal_level", "logical").setting("max_slot_wal_keep_size", "64GB");
    let server = Server::start(Product::Postgres(17), options).await.expect("a PostgreSQL");
    let role = format!("create role cdc_user login replication password '{PASSWORD}'");
    for sql in [&*role, "create database inventory"] {
        server.execute(sql).await.expect("prepared");
    }
    let sql = "grant create on database inventory to cdc_user;
        create table orders (id bigint primary key, total numeric(10,2) not null);
        alter table orders owner to cdc_user";
    server.execute_in("inventory", sql).await.expect("prepared");
    server
}

async fn simulator(home: &Path) -> Running {
    let secret = "access-key-secret-0123";
    let profile = json!({ "name": "pages", "mode": "AK", "access_key_id": "access-key-id",
                          "access_key_secret": secret });
    let config = json!({ "current": "pages", "profiles": [profile] });
    std::fs::create_dir(home.join(".aliyun")).expect("a folder");
    std::fs::write(home.join(".aliyun/config.json"), config.to_string()).expect("written");
    let key = AccessKey::new("access-key-id", secret);
    let config = eventbridge_simulator::Config::new(KeyPolicy::require("k3y")).access_key(key);
    Simulator::start(config).await.expect("a simulator")
}

impl Stage {
    pub(crate) async fn start(name: &'static str) -> Self {
        Self::guarded(name, Access::Anybody).await
    }

    /// A service that asks callers who they are, or does not.
    pub(crate) async fn guarded(name: &'static str, access: Access) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (server, simulator) = tokio::join!(server(), simulator(folder.path()));
        std::fs::write(folder.path().join("pg"), PASSWORD).expect("written");
        let path = folder.path().join("preflights.db");
        let sending = Sending {
            wire: Some(Wire::Openapi),
            endpoint: Some(simulator.url()),
            home: Some(folder.path().to_owned()),
            profile: Some("pages".into()),
            ..Sending::default()
        };
        let secrets =
            SecretSources { variables: Vec::new(), folder: Some(folder.path().to_owned()) };
        let address = path.to_str().expect("text").to_owned();
        let store = address.clone();
        let config = Config { access, store, secrets, sending, ..Config::default() };
        let service = Service::new(config, store::open(&address).await.expect("a store"));
        service.start_jobs();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let app = router(service.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, name, server, simulator, service, _folder: folder }
    }

    pub(crate) async fn window(&self) -> Result<Window> {
        Ok(self.with(Browser::start().await?))
    }

    pub(crate) fn with(&self, browser: Browser) -> Window {
        Window { browser, url: self.url.clone() }
    }

    /// A stream from the table, whose password is written like this.
    pub(crate) fn document(&self, password: &str) -> String {
        let (host, port, name) = (self.server.host(), self.server.port(), self.name);
        format!(
            "requests:
  - createEventStreaming:
      EventStreamingName: {name}
      FilterPattern: '{{}}'
      Source:
        SourcePostgreSQLParameters:
          RegionId: cn-hangzhou
          Port: {port}
          HostName: {host}
          User: cdc_user
          Password: {password}
          DatabaseName: inventory
          SchemaName: public
          TableNames: orders
          SnapshotMode: initial
      Sink:
        SinkMNSParameters:
          QueueName: {{ Form: CONSTANT, Value: orders }}
          Body: {{ Form: ORIGINAL }}
          IsBase64Encode: {{ Form: CONSTANT, Value: \"true\" }}
      RunOptions:
        ErrorsTolerance: ALL
        RetryStrategy: {{ PushRetryStrategy: EXPONENTIAL_DECAY_RETRY }}
"
        )
    }

    /// Takes from the account what it needs.
    pub(crate) async fn break_account(&self) {
        self.mend("alter role cdc_user noreplication").await;
    }

    pub(crate) async fn mend(&self, sql: &str) {
        self.server.execute_in("inventory", sql).await.expect("mended");
    }

    /// Streams that were made.
    pub(crate) fn streams(&self) -> usize {
        self.simulator.streams().len()
    }

    /// A page of every kind, with something on it.
    pub(crate) async fn fill(&self, window: &Window) -> Result<Vec<String>> {
        let source = json!({ "document": self.document("${file:pg}"), "every": 3600 });
        window.goto("/").await?;
        window.call("PUT", "/v1/sources/orders", &source).await?;
        let mut ids = Vec::new();
        for sql in ["alter role cdc_user noreplication", "alter role cdc_user replication"] {
            self.mend(sql).await;
            let run = window.call("POST", "/v1/sources/orders/preflights", &Value::Null).await?;
            ids.push(run["id"].as_str().expect("an id").to_owned());
        }
        let pages = ["/", "/sources", "/sources/orders", "/checks", "/checks/postgres/wal-level"];
        let mut paths: Vec<String> = pages.map(str::to_owned).into();
        paths.extend(ids.iter().map(|id| format!("/preflights/{id}")));
        paths.push(format!("/diff?before={}&after={}", ids[0], ids[1]));
        Ok(paths)
    }
}

impl Window {
    pub(crate) async fn goto(&self, path: &str) -> Result<()> {
        self.browser.goto(&format!("{}{path}", self.url)).await
    }

    pub(crate) async fn find(&self, css: &str) -> Result<WebElement> {
        Ok(self.browser.page().find(By::Css(css)).await?)
    }

    pub(crate) async fn count(&self, css: &str) -> Result<usize> {
        Ok(self.browser.page().find_all(By::Css(css)).await?.len())
    }

    pub(crate) async fn click(&self, css: &str) -> Result<()> {
        let element = self.find(css).await?;
        element.scroll_into_view().await?;
        Ok(element.click().await?)
    }

    pub(crate) async fn fill(&self, css: &str, text: &str) -> Result<()> {
        let element = self.find(css).await?;
        element.clear().await?;
        Ok(element.send_keys(text).await?)
    }

    pub(crate) async fn value(&self, css: &str) -> Result<String> {
        Ok(self.find(css).await?.prop("value").await?.unwrap_or_default())
    }

    /// What a script returns, at last.
    pub(crate) async fn script(&self, script: &str) -> Result<Value> {
        Ok(self.browser.page().execute(script, Vec::new()).await?.json().clone())
    }

    /// Calls the API, as a page may.
    pub(crate) async fn call(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let head = json!({ "Content-Type": "application/json", "Prefer": "wait" });
        let asked = json!({ "method": method, "headers": head, "body": body.to_string() });
        let answer = self
            .script(&format!("return fetch('{path}', {asked}).then((it) => it.json())"))
            .await?;
        assert_eq!(answer["status"], Value::Null, "{method} {path}: {answer}");
        Ok(answer)
    }

    /// The element, once it is there.
    pub(crate) async fn wait_for(&self, css: &str) -> Result<WebElement> {
        let begin = Instant::now();
        loop {
            match self.find(css).await {
                Err(error) if begin.elapsed() > DEADLINE => return Err(error),
                Err(_) => sleep(Duration::from_millis(100)).await,
                found => return found,
            }
        }
    }

    /// Until the title begins like that.
    pub(crate) async fn wait_for_title(&self, words: &str) -> Result<()> {
        let begin = Instant::now();
        loop {
            let title = self.browser.page().title().await?;
            if title.starts_with(words) {
                return Ok(());
            }
            if begin.elapsed() > DEADLINE {
                let page = self.find("main").await?.text().await?;
                panic!("{title} is not {words}: {page}");
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// What a paste would bring.
    pub(crate) async fn pasted(&self) -> Result<String> {
        let script = "document.body.prepend(document.createElement('textarea'))";
        self.script(script).await?;
        let field = self.find("body > textarea").await?;
        field.click().await?;
        field.send_keys(Key::Control + "v").await?;
        Ok(field.prop("value").await?.unwrap_or_default())
    }

    /// Presses keys wherever the focus is.
    pub(crate) async fn press(&self, keys: impl Into<browser::TypingData>) -> Result<()> {
        // Not to the element: a field for files would take keys for a path.
        Ok(self.browser.page().action_chain().send_keys(keys).perform().await?)
    }

    pub(crate) async fn type_in(&self, text: &str) -> Result<()> {
        self.press(text).await
    }

    /// A property of what has the focus.
    pub(crate) async fn active(&self, property: &str) -> Result<String> {
        let focus = self.browser.page().active_element().await?;
        Ok(focus.prop(property).await?.unwrap_or_default())
    }

    /// Moves the focus on until it is there.
    pub(crate) async fn tab_to(&self, css: &str) -> Result<()> {
        let there = format!("return document.activeElement.matches(\"{css}\")");
        for _ in 0..80 {
            if self.script(&there).await? == true {
                return Ok(());
            }
            self.press(Key::Tab + "").await?;
        }
        panic!("{css} is not reached by the keyboard");
    }

    /// What was loaded from elsewhere.
    pub(crate) async fn foreign(&self) -> Result<Vec<String>> {
        let script = "return performance.getEntriesByType('resource').map((it) => it.name)";
        let loaded = self.script(script).await?;
        let loaded = loaded.as_array().cloned().unwrap_or_default();
        let loaded = loaded.iter().filter_map(|it| Some(it.as_str()?.to_owned()));
        Ok(loaded.filter(|name| !name.starts_with(&self.url)).collect())
    }

    /// Keeps a picture of the whole page, for people to look at.
    pub(crate) async fn picture(&self, name: &str) -> Result<()> {
        let sizes = "return [innerWidth, innerHeight, document.documentElement.scrollHeight]";
        let sizes = self.script(sizes).await?;
        let size = |at: usize| sizes[at].as_u64().and_then(|it| u32::try_from(it).ok());
        let (width, height, whole) =
            (size(0).unwrap_or(1280), size(1).unwrap_or(900), size(2).unwrap_or(900));
        self.browser.resize(width, whole.min(8000)).await?;
        let picture = self.browser.screenshot().await?;
        self.browser.resize(width, height).await?;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(format!("{name}.png")), picture).expect("written");
        Ok(())
    }

    /// Nothing went wrong in the pages; the end of a test.
    pub(crate) async fn close(self) -> Result<()> {
        assert_eq!(self.browser.console().await?, Vec::<String>::new(), "the console has a word");
        self.browser.close().await
    }
}
