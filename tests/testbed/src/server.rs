//! A running server and what a test can do with it.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::certificates::Certificates;
use crate::docker::{self, Container};
use crate::error::tail;
use crate::local::Process;
use crate::options::{Options, Tls};
use crate::readiness::{PAUSE, START_LIMIT, answers, random_word};
use crate::{Error, Product, Result, client};

/// A throwaway database server on 127.0.0.1, removed when dropped or when this process ends.
pub struct Server {
    product: Product,
    password: String,
    options: Mutex<Options>,
    certificates: Option<Certificates>,
    backend: Backend,
}

enum Backend {
    Container(Container),
    Process(Process),
}

impl fmt::Debug for Server {
    /// Without the password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at {}:{}", self.product, self.host(), self.port())
    }
}

impl Server {
    /// Starts a server and waits until it takes connections.
    ///
    /// The first start of a product on a machine may take a minute or two, while its image is
    /// pulled or built; later ones take one to four seconds.
    ///
    /// # Errors
    /// The machine lacks what is needed, or the server refuses the options; its log is in the text.
    pub async fn start(product: Product, options: Options) -> Result<Self> {
        let password = random_word()?;
        let trusted = options.tls_mode() == Tls::Trusted;
        let certificates = trusted.then(Certificates::generate).transpose()?;
        let backend = if docker::in_containers().await? {
            let started = Container::start(product, &password, &options, certificates.as_ref());
            Backend::Container(started.await?)
        } else {
            let started = Process::start(product, &options, certificates.as_ref());
            Backend::Process(started.await?)
        };
        let options = Mutex::new(options);
        let server = Self { product, password, options, certificates, backend };
        server.wait_for_port().await?;
        if let Backend::Process(process) = &server.backend {
            process.set_password(product, &server.password).await?;
        }
        server.wait_for_answer().await?;
        if trusted && product.is_postgres() {
            let switch_on = "alter system set ssl = on; select pg_reload_conf()";
            server.execute(switch_on).await?;
        }
        Ok(server)
    }

    /// The address clients connect to: always 127.0.0.1.
    #[must_use]
    pub fn host(&self) -> &'static str {
        "127.0.0.1"
    }

    /// The port clients connect to; it stays the same over restarts.
    #[must_use]
    pub fn port(&self) -> u16 {
        match &self.backend {
            Backend::Container(container) => container.port(),
            Backend::Process(process) => process.port(),
        }
    }

    /// Where a RabbitMQ takes connections with TLS, and where its management API is.
    #[must_use]
    pub fn broker_ports(&self) -> Option<(u16, u16)> {
        match &self.backend {
            Backend::Container(it) => Some((it.port_of(5671)?, it.port_of(15_672)?)),
            Backend::Process(_) => None,
        }
    }

    /// The administrator: `postgres` (superuser), `root` or `admin`.
    #[must_use]
    pub fn admin_user(&self) -> &'static str {
        self.product.admin_user()
    }

    /// The administrator's password, random for each server.
    #[must_use]
    pub fn admin_password(&self) -> &str {
        &self.password
    }

    /// What this server is.
    #[must_use]
    pub fn product(&self) -> Product {
        self.product
    }

    /// The certificate authority, in PEM, that a client must trust to verify this server.
    ///
    /// With [`Tls::Trusted`] the throwaway authority; for a MySQL server left to itself the one it
    /// made, whose server certificate names no host; else `None`.
    ///
    /// # Errors
    /// The server's own file cannot be read.
    pub async fn ca_pem(&self) -> Result<Option<String>> {
        if let Some(certificates) = &self.certificates {
            return Ok(Some(certificates.ca.clone()));
        }
        let unasked = self.current_options().tls_mode() == Tls::ProductDefault;
        if !unasked || !matches!(self.product, Product::MySql(..)) {
            return Ok(None);
        }
        match &self.backend {
            Backend::Container(container) => {
                container.read("/var/lib/mysql/ca.pem").await.map(Some)
            }
            Backend::Process(process) => process.read("data/ca.pem").map(Some),
        }
    }

    /// Runs one or more SQL statements as administrator: for PostgreSQL in the database
    /// `postgres`, for MySQL and MariaDB in none.
    ///
    /// Each statement is its own transaction unless the text says otherwise. Returns the rows of
    /// all results, one a line, columns separated by tabs, without headings.
    ///
    /// # Errors
    /// [`Error::Sql`] with the server's message at the first statement that fails; the statements
    /// before it have been done.
    pub async fn execute(&self, sql: &str) -> Result<String> {
        self.run(None, sql).await
    }

    /// As [`execute`](Self::execute), in the database of the given name.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub async fn execute_in(&self, database: &str, sql: &str) -> Result<String> {
        self.run(Some(database), sql).await
    }

    /// Stops the server in good order and starts it with the same options, port and data.
    ///
    /// # Errors
    /// The server did not come back.
    pub async fn restart(&self) -> Result<()> {
        self.restart_with(self.current_options()).await
    }

    /// Restarts with other settings on the same port and data. The TLS choice is the one from the
    /// start.
    ///
    /// # Errors
    /// The server did not come back; with settings it refuses it stays down until restarted with
    /// better ones.
    pub async fn restart_with(&self, options: Options) -> Result<()> {
        let options = options.tls(self.current_options().tls_mode());
        match &self.backend {
            Backend::Container(container) => container.restart(self.product, &options).await?,
            Backend::Process(process) => process.restart(self.product, &options).await?,
        }
        *self.options.lock().unwrap_or_else(PoisonError::into_inner) = options;
        self.wait_for_port().await?;
        self.wait_for_answer().await
    }

    /// Everything the server has logged since its first start.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn log(&self) -> Result<String> {
        match &self.backend {
            Backend::Container(container) => container.log().await,
            Backend::Process(process) => process.read("log"),
        }
    }

    /// Throws the server away and waits until it is gone. Dropping it does the same in the
    /// background.
    ///
    /// # Errors
    /// The container engine refused.
    pub async fn stop(self) -> Result<()> {
        match &self.backend {
            Backend::Container(container) => container.remove().await,
            Backend::Process(process) => process.stop(self.product).await,
        }
    }

    fn current_options(&self) -> Options {
        self.options.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn run(&self, database: Option<&str>, sql: &str) -> Result<String> {
        let (product, password) = (self.product, self.password.as_str());
        match &self.backend {
            Backend::Container(container) => {
                container.execute(product, database, password, sql).await
            }
            Backend::Process(process) => {
                client::run(process.client(product, database, password), sql).await
            }
        }
    }

    /// Waits until the server itself answers at its port, which it does not while it initialises.
    async fn wait_for_port(&self) -> Result<()> {
        let begin = Instant::now();
        let mut next_look = Duration::from_millis(500);
        while !answers(self.port(), self.product).await {
            if begin.elapsed() > START_LIMIT {
                return Err(self.failure("it did not answer in time".to_owned()).await);
            }
            if begin.elapsed() > next_look {
                next_look += Duration::from_millis(500);
                if !self.is_running().await {
                    return Err(self.failure("it ended".to_owned()).await);
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Waits until a login and a statement succeed: a PostgreSQL that replays its log answers at
    /// its port already.
    async fn wait_for_answer(&self) -> Result<()> {
        let begin = Instant::now();
        let rabbitmq = "rabbitmqctl await_startup --timeout 60";
        let question = if self.product.is_rabbitmq() { rabbitmq } else { "select 1" };
        loop {
            match self.execute(question).await {
                Ok(_) => return Ok(()),
                Err(error) if begin.elapsed() > START_LIMIT / 4 => {
                    return Err(self.failure(error.to_string()).await);
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    async fn is_running(&self) -> bool {
        match &self.backend {
            Backend::Container(container) => container.is_running().await,
            Backend::Process(process) => process.is_running(),
        }
    }

    async fn failure(&self, reason: String) -> Error {
        let log = self.log().await.unwrap_or_default();
        Error::Start { product: self.product, reason, log: tail(&log) }
    }
}
