//! Servers as processes of this machine, where no container engine answers.

use std::fs::{File, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::binaries::Binaries;
use crate::certificates::Certificates;
use crate::readiness::{PAUSE, free_port};
use crate::{Error, Options, Product, Result, client, install, watchdog};

/// A database server started from local binaries, with everything it owns in one directory:
/// `data`, `tls`, `log`, `server.pid` and its socket.
#[derive(Debug)]
pub(crate) struct Process {
    directory: Option<TempDir>,
    path: PathBuf,
    account: Account,
    binaries: Binaries,
    port: u16,
    child: Mutex<Child>,
}

impl Process {
    /// Initialises a data directory and starts the server; it may not be ready yet.
    ///
    /// # Errors
    /// The version is not installed and cannot be, or the server's programs fail.
    pub(crate) async fn start(
        product: Product,
        options: &Options,
        certificates: Option<&Certificates>,
    ) -> Result<Self> {
        let (options, certificates) = (options.clone(), certificates.cloned());
        let start = move || Self::start_blocking(product, &options, certificates.as_ref());
        tokio::task::spawn_blocking(start)
            .await
            .map_err(|panic| Error::Environment(panic.to_string()))?
    }

    fn start_blocking(
        product: Product,
        options: &Options,
        certificates: Option<&Certificates>,
    ) -> Result<Self> {
        let binaries = Binaries::find(product)?;
        let account = Account::choose(product)?;
        let directory = tempfile::Builder::new()
            .prefix("testbed-")
            .tempdir()
            .map_err(Error::io("create", "a directory"))?;
        let path = directory.path().to_owned();
        watchdog::watch_directory(&path)?;
        account.own(&path)?;
        if let Some(certificates) = certificates {
            write_certificates(&path.join("tls"), certificates, &account)?;
        }
        let data = path.join("data");
        initialise(product, &binaries, &account, &data)?;
        let port = free_port()?;
        let child = spawn(product, options, &binaries, &account, &path, port)?;
        Ok(Self {
            directory: Some(directory),
            path,
            account,
            binaries,
            port,
            child: Mutex::new(child),
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Gives the administrator its password, which the fresh server does not have yet.
    ///
    /// # Errors
    /// The server refuses.
    pub(crate) async fn set_password(&self, product: Product, password: &str) -> Result<()> {
        let sql = match product {
            Product::RabbitMq(..) => return Ok(()),
            Product::Postgres(_) => format!("alter role postgres password '{password}';"),
            Product::MySql(..) | Product::MariaDb(..) => format!(
                "set session sql_log_bin = 0;
                 alter user 'root'@'localhost' identified by '{password}';
                 create user 'root'@'%' identified by '{password}';
                 grant all privileges on *.* to 'root'@'%' with grant option;"
            ),
        };
        // A PostgreSQL that answers at its port may need a moment until it accepts logins.
        let begin = Instant::now();
        loop {
            let result = client::run(self.client(product, None, ""), &sql).await;
            if result.is_ok() || begin.elapsed() > Duration::from_secs(60) {
                return result.map(drop);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The local client, over the server's socket.
    pub(crate) fn client(
        &self,
        product: Product,
        database: Option<&str>,
        password: &str,
    ) -> tokio::process::Command {
        let at = if product.is_postgres() {
            vec![format!("--host={}", self.path.display()), format!("--port={}", self.port)]
        } else {
            let socket = self.path.join("socket");
            vec!["--no-defaults".to_owned(), format!("--socket={}", socket.display())]
        };
        let arguments = client::arguments(product, &at);
        let mut command = tokio::process::Command::new(self.binaries.path(&arguments[0]));
        command.args(&arguments[1..]).env(client::password_variable(product), password);
        let database = client::database_option(product, database);
        command.args(Some(database).filter(|option| !option.is_empty()));
        command
    }

    /// Stops the server in good order and starts it with the flags of `options`.
    ///
    /// # Errors
    /// The server does not stop, or its program cannot be run.
    pub(crate) async fn restart(&self, product: Product, options: &Options) -> Result<()> {
        self.end(product).await?;
        let (binaries, account) = (&self.binaries, &self.account);
        let child = spawn(product, options, binaries, account, &self.path, self.port)?;
        *self.child.lock().unwrap_or_else(PoisonError::into_inner) = child;
        Ok(())
    }

    /// Ends the server and removes its directory.
    ///
    /// # Errors
    /// The server does not stop.
    pub(crate) async fn stop(&self, product: Product) -> Result<()> {
        self.end(product).await?;
        std::fs::remove_dir_all(&self.path).map_err(Error::io("remove", &self.path))
    }

    /// The text of a file in the server's directory.
    ///
    /// # Errors
    /// There is no such file.
    pub(crate) fn read(&self, name: &str) -> Result<String> {
        let path = self.path.join(name);
        let bytes = std::fs::read(&path).map_err(Error::io("read", &path))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(crate) fn is_running(&self) -> bool {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(child.try_wait(), Ok(None))
    }

    async fn end(&self, product: Product) -> Result<()> {
        // PostgreSQL takes INT as the order to stop without waiting for its clients.
        let signal = if product.is_postgres() { "-INT" } else { "-TERM" };
        let id = self.child.lock().unwrap_or_else(PoisonError::into_inner).id().to_string();
        let begin = Instant::now();
        if self.is_running() {
            run(Command::new("kill").args([signal, &id]))?;
        }
        while self.is_running() {
            if begin.elapsed() > Duration::from_secs(60) {
                return Err(Error::Environment(format!("{product} does not stop")));
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The watchdog ends the server before it removes the directory.
        if let Some(directory) = self.directory.take() {
            let _ = directory.keep();
        }
        watchdog::remove_directory(&self.path);
    }
}

/// The account servers run under: they refuse to run as root.
#[derive(Debug)]
struct Account(Option<(String, u32)>);

impl Account {
    fn choose(product: Product) -> Result<Self> {
        if !install::is_root() {
            return Ok(Self(None));
        }
        [product.account(), "nobody"]
            .into_iter()
            .find_map(|name| Some((name.to_owned(), install::user_id(Some(name))?)))
            .map(|account| Self(Some(account)))
            .ok_or_else(|| Error::Environment("no unprivileged account to run under".to_owned()))
    }

    fn own(&self, path: &Path) -> Result<()> {
        let Some((_, id)) = &self.0 else { return Ok(()) };
        chown(path, Some(*id), None).map_err(Error::io("give away", path))
    }

    /// A command that will run under the account, with this process's id kept by the program.
    fn command(&self, program: &Path) -> Command {
        let mut command = match &self.0 {
            None => Command::new(program),
            Some((name, _)) => {
                let mut command = Command::new("setpriv");
                command.arg(format!("--reuid={name}")).args(["--clear-groups", "--"]).arg(program);
                command
            }
        };
        command.current_dir("/").stdin(Stdio::null());
        command
    }
}

fn initialise(product: Product, binaries: &Binaries, account: &Account, data: &Path) -> Result<()> {
    let at = format!("--datadir={}", data.display());
    match product {
        // None is ever found, see `Binaries`.
        Product::RabbitMq(..) => Ok(()),
        Product::Postgres(major) => {
            let method = if major < 14 { "md5" } else { "scram-sha-256" };
            run(account
                .command(&binaries.path("initdb"))
                .arg(format!("--pgdata={}", data.display()))
                .args(["--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
                .args(["--auth-local=trust", &format!("--auth-host={method}")]))
        }
        Product::MySql(..) => run(account.command(&binaries.path("mysqld")).args([
            "--no-defaults",
            "--initialize-insecure",
            &at,
        ])),
        Product::MariaDb(..) => run(account
            .command(&binaries.path("mariadb-install-db"))
            .args(["--no-defaults", &at, "--skip-test-db"])
            .arg("--auth-root-authentication-method=normal")),
    }
}

fn spawn(
    product: Product,
    options: &Options,
    binaries: &Binaries,
    account: &Account,
    path: &Path,
    port: u16,
) -> Result<Child> {
    let within = |name: &str| path.join(name).display().to_string();
    let arguments = if product.is_postgres() {
        vec![
            format!("--unix_socket_directories={}", path.display()),
            format!("-D{}", within("data")),
            "--listen_addresses=127.0.0.1".to_owned(),
            format!("--port={port}"),
        ]
    } else {
        vec![
            "--no-defaults".to_owned(),
            format!("--datadir={}", within("data")),
            format!("--socket={}", within("socket")),
            format!("--pid-file={}", within("own.pid")),
            "--bind-address=127.0.0.1".to_owned(),
            "--skip-name-resolve".to_owned(),
            format!("--port={port}"),
        ]
    };
    let log_path = path.join("log");
    let log = File::options().create(true).append(true).open(&log_path);
    let log = log.map_err(Error::io("open", &log_path))?;
    let again = log.try_clone().map_err(Error::io("share", &log_path))?;
    let mut command = account.command(&binaries.path(product.server()));
    command.args(arguments).args(options.flags(product, &within("tls"))?);
    if matches!(product, Product::MySql(..)) {
        command.arg("--mysqlx=0");
    }
    // A group of its own, so that Ctrl-C at the terminal leaves its end to the watchdog.
    let child = command.stdout(log).stderr(again).process_group(0).spawn();
    let child = child.map_err(Error::io("run", product.server()))?;
    let id_path = path.join("server.pid");
    std::fs::write(&id_path, child.id().to_string()).map_err(Error::io("write", &id_path))?;
    Ok(child)
}

fn write_certificates(directory: &Path, texts: &Certificates, account: &Account) -> Result<()> {
    std::fs::create_dir(directory).map_err(Error::io("create", directory))?;
    account.own(directory)?;
    for (name, text) in
        [("ca.pem", &texts.ca), ("certificate.pem", &texts.certificate), ("key.pem", &texts.key)]
    {
        let path = directory.join(name);
        std::fs::write(&path, text).map_err(Error::io("write", &path))?;
        let private = Permissions::from_mode(0o600);
        std::fs::set_permissions(&path, private).map_err(Error::io("protect", &path))?;
        account.own(&path)?;
    }
    Ok(())
}

fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(Error::io("run", &program))?;
    if output.status.success() { Ok(()) } else { Err(Error::program(&program, &output.stderr)) }
}
