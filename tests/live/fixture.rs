//! A healthy server with the tables and the account that the pages of the checks speak of.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use cdc_preflight::checks::{Facts, Intent, Report, judge};
use cdc_preflight::gather::{self, Deadlines, LiveProbe, Probing, TlsOptions};
use cdc_preflight::request::{self, Input, Problems, Request};
use mysql_async::prelude::Queryable;
use serde_json::{Map, Value, json};
use testbed::{Options, Product, Result, Server, Tls};
use tokio::sync::OnceCell;

/// What the account of the request logs in with.
pub(crate) const PASSWORD: &str = "p4ss-of-the-fixture";

type Slot = Arc<OnceCell<Arc<Fixture>>>;

static SHARED: LazyLock<Mutex<HashMap<Product, Slot>>> = LazyLock::new(Mutex::default);

/// What a server of PostgreSQL lacks by itself: logical decoding, and a bound on what an abandoned
/// slot keeps.
const POSTGRES_SETTINGS: &str =
    "alter system set wal_level = 'logical'; alter system set max_slot_wal_keep_size = '64GB'";

/// A session that is open until this is dropped.
#[allow(dead_code, reason = "it is kept, and not looked at")]
pub(crate) enum Held {
    MySql(mysql_async::Conn),
    Postgres(tokio_postgres::Client),
}

/// A server that passes every check.
pub(crate) struct Fixture {
    pub(crate) server: Arc<Server>,
    product: Product,
    /// The authority of its certificate, where it has one.
    authority: Option<tempfile::NamedTempFile>,
}

impl Fixture {
    /// Starts a server of its own, which a test may break and restart.
    pub(crate) async fn start(product: Product) -> Result<Self> {
        let server = Arc::new(Server::start(product, options(product, true)).await?);
        let pem = server.ca_pem().await?.expect("it has an authority");
        let authority = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(authority.path(), pem).expect("writable");
        let fixture = Self { server, product, authority: Some(authority) };
        if product.is_postgres() {
            fixture.server.execute(POSTGRES_SETTINGS).await?;
            fixture.server.restart().await?;
        }
        fixture.populate().await?;
        Ok(fixture)
    }

    /// A server as the product is, with the tables and the account.
    pub(crate) async fn unconfigured(product: Product) -> Result<Self> {
        let server = Arc::new(Server::start(product, Options::new()).await?);
        let fixture = Self { server, product, authority: None };
        fixture.populate().await?;
        Ok(fixture)
    }

    /// The server that all tests share which neither restart it nor take from it.
    pub(crate) async fn shared(product: Product) -> Arc<Self> {
        let slot = Arc::clone(SHARED.lock().expect("no panic").entry(product).or_default());
        let start = || async { Self::start(product).await.map(Arc::new) };
        Arc::clone(slot.get_or_try_init(start).await.expect("the server starts"))
    }

    /// Undoes whatever a test did, restarting only where a setting may have changed.
    pub(crate) async fn reset(&self, restart: bool) -> Result<()> {
        if self.product.is_postgres() {
            self.server.execute("alter system reset all; alter system set ssl = on").await?;
            self.server.execute(POSTGRES_SETTINGS).await?;
            if restart {
                self.server.restart().await?;
            } else {
                self.server.execute("select pg_reload_conf()").await?;
            }
        } else if restart {
            if self.product.is_mysql() {
                self.server.execute("reset persist").await?;
            }
            self.server.restart_with(options(self.product, true)).await?;
        }
        self.populate().await
    }

    async fn populate(&self) -> Result<()> {
        if self.product.is_postgres() {
            self.server.execute(include_str!("postgres.sql")).await?;
            let password = format!("alter role cdc_user password '{PASSWORD}'");
            self.server.execute(&password).await?;
            self.server.execute_in("inventory", include_str!("tables.sql")).await?;
            self.server.execute_in("inventory", include_str!("postgres_grants.sql")).await?;
        } else {
            self.server.execute(include_str!("mysql.sql")).await?;
            let user = format!("create user 'cdc_user'@'%' identified by '{PASSWORD}'");
            self.server.execute(&user).await?;
            self.server.execute_in("inventory", include_str!("tables.sql")).await?;
            self.server.execute(include_str!("mysql_grants.sql")).await?;
        }
        Ok(())
    }

    /// Runs statements as administrator where the pages mean them to run.
    pub(crate) async fn execute(&self, sql: &str) -> Result<String> {
        if self.product.is_postgres() {
            self.server.execute_in("inventory", sql).await
        } else {
            self.server.execute(sql).await
        }
    }

    /// Restarts the server with these settings on top of the fixture's own.
    pub(crate) async fn restart_with(&self, settings: &[(String, String)]) -> Result<()> {
        if self.product.is_postgres() {
            for (name, value) in settings {
                let statement = format!("alter system set {name} = '{value}'");
                self.server.execute(&statement).await?;
            }
            return self.server.restart().await;
        }
        let with =
            |options: Options, (name, value): &(String, String)| options.setting(name, value);
        // MariaDB keeps no log unless told to, and does not know this name.
        let is_known = |name: &str| self.product.is_mysql() || name != "disable_log_bin";
        let present = settings.iter().filter(|(name, value)| value != "absent" && is_known(name));
        let logs = !settings.iter().any(|(name, _)| name == "disable_log_bin");
        self.server.restart_with(present.fold(options(self.product, logs), with)).await
    }

    /// The fields of a request to this server, with `overlay` laid over them.
    pub(crate) fn fields(&self, overlay: &[(String, String)]) -> Map<String, Value> {
        let mut fields = json!({
            "RegionId": "cn-hangzhou",
            "HostName": self.server.host(),
            "Port": self.server.port(),
            "User": "cdc_user",
            "Password": PASSWORD,
            "DatabaseName": "inventory",
            "TableNames": "products,orders",
            "SnapshotMode": "initial",
        });
        if self.product.is_postgres() {
            fields["SchemaName"] = json!("public");
        }
        for (name, value) in overlay {
            if value == "absent" {
                fields.as_object_mut().expect("an object").remove(name);
                continue;
            }
            fields[name] = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
        }
        fields.as_object().expect("an object").clone()
    }

    /// The operation that a request to this server is for.
    pub(crate) fn action(&self) -> &'static str {
        if self.product.is_postgres() {
            "configurePostgreSQLSource"
        } else {
            "configureMySQLSource"
        }
    }

    /// The request with these fields.
    pub(crate) fn request(&self, overlay: &[(String, String)]) -> Request {
        self.read(overlay).expect("the request is well formed")
    }

    /// What the program makes of a request with these fields.
    pub(crate) fn read(
        &self,
        overlay: &[(String, String)],
    ) -> std::result::Result<Request, Problems> {
        let manifest = json!({ "requests": [{ self.action(): self.fields(overlay) }] }).to_string();
        let input = Input::text("request.json", manifest);
        let loaded = request::load(input, &|_| None)?;
        Ok(loaded.requests.into_iter().next().expect("one request"))
    }

    /// Visits the server for this request.
    pub(crate) async fn facts(&self, overlay: &[(String, String)]) -> Facts {
        self.facts_with(overlay, &self.trusting()).await
    }

    /// Encryption where there is one, by the authority of the server's certificate.
    pub(crate) fn trusting(&self) -> TlsOptions {
        let ca_file = self.authority.as_ref().map(|file| file.path().into());
        TlsOptions { ca_file, ..TlsOptions::default() }
    }

    /// As [`Self::facts`], with a choice of encryption; probes, and samples the binary log.
    pub(crate) async fn facts_with(&self, overlay: &[(String, String)], tls: &TlsOptions) -> Facts {
        self.facts_within(overlay, tls, Deadlines::default()).await
    }

    /// As [`Self::facts_with`], with other time limits.
    pub(crate) async fn facts_within(
        &self,
        overlay: &[(String, String)],
        tls: &TlsOptions,
        deadlines: Deadlines,
    ) -> Facts {
        let request = self.request(overlay);
        let probing = Probing { when: LiveProbe::Safe, sample_binlog: true };
        gather::gather(&request, &request.intent(), tls, deadlines, probing).await
    }

    /// Visits the server for what is wanted beyond the request, and probes wherever it can.
    pub(crate) async fn facts_for(&self, overlay: &[(String, String)], intent: &Intent) -> Facts {
        let (request, tls) = (self.request(overlay), self.trusting());
        let probing = Probing { when: LiveProbe::Always, sample_binlog: true };
        gather::gather(&request, intent, &tls, Deadlines::default(), probing).await
    }

    /// As [`Self::facts_with`], without the live probe.
    pub(crate) async fn facts_read_only(
        &self,
        overlay: &[(String, String)],
        tls: &TlsOptions,
    ) -> Facts {
        let request = self.request(overlay);
        let intent = request.intent();
        gather::gather(&request, &intent, tls, Deadlines::default(), LiveProbe::Never).await
    }

    /// Visits the server and judges.
    pub(crate) async fn report(&self, overlay: &[(String, String)]) -> Report {
        self.report_for(overlay, &[]).await
    }

    /// As [`Self::report`], with members of what is wanted that no request can say, by their paths.
    pub(crate) async fn report_for(
        &self,
        overlay: &[(String, String)],
        wanted: &[(String, String)],
    ) -> Report {
        let intent = self.intent(overlay, wanted);
        judge(&self.facts_for(overlay, &intent).await, &intent)
    }

    /// What is wanted by a request, and beyond it.
    pub(crate) fn intent(
        &self,
        overlay: &[(String, String)],
        wanted: &[(String, String)],
    ) -> Intent {
        let mut intent = serde_json::to_value(self.request(overlay).intent()).expect("JSON");
        for (path, value) in wanted {
            let pointer = format!("/{}", path.replace('.', "/"));
            let member = intent.pointer_mut(&pointer).unwrap_or_else(|| panic!("no {path}"));
            *member = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
        }
        serde_json::from_value(intent).expect("an intent")
    }

    /// A session of the administrator in which these statements were run.
    pub(crate) async fn hold(&self, sql: &str) -> Held {
        if !self.product.is_postgres() {
            let options = mysql_async::OptsBuilder::default()
                .ip_or_hostname("127.0.0.1")
                .tcp_port(self.server.port())
                .user(Some(self.server.admin_user()))
                .pass(Some(self.server.admin_password()))
                .prefer_socket(false);
            let mut conn = mysql_async::Conn::new(options).await.expect("a login");
            conn.query_drop(sql).await.expect("statements");
            return Held::MySql(conn);
        }
        Held::Postgres(self.hold_postgres(sql).await)
    }

    /// As [`Self::hold`], on a PostgreSQL.
    pub(crate) async fn hold_postgres(&self, sql: &str) -> tokio_postgres::Client {
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(self.server.port()).dbname("inventory");
        config.user(self.server.admin_user()).password(self.server.admin_password());
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.expect("a login");
        tokio::spawn(connection);
        client.batch_execute(sql).await.expect("statements");
        client
    }
}

/// How the server is started: with what the product lacks by itself, and with encryption.
fn options(product: Product, logs: bool) -> Options {
    let options = Options::new().tls(Tls::Trusted);
    if product.is_postgres() {
        return options;
    }
    // The file name would switch the log on again after `disable_log_bin` has switched it off.
    let options = if logs { options.setting("log_bin", "binlog") } else { options };
    let options = options.setting("server_id", "1");
    let options = options.setting("net_read_timeout", "600").setting("net_write_timeout", "600");
    match product {
        Product::MariaDb(major, minor) => {
            let options = options.setting("binlog_format", "ROW").setting("sync_binlog", "1");
            let options = options.setting("log_slave_updates", "ON");
            let options = options.setting("binlog_expire_logs_seconds", "2592000");
            let options = options.setting("max_allowed_packet", "67108864");
            match (major, minor) >= (11, 4) {
                true => options.setting("binlog_legacy_event_pos", "ON"),
                false => options,
            }
        }
        _ => options.setting("gtid_mode", "ON").setting("enforce_gtid_consistency", "ON"),
    }
}
