//! Servers in containers.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use testcontainers::bollard::models::{HostConfig, PortBinding};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerRequest, GenericImage, ImageExt};
use tokio::process::Command;
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

use crate::certificates::Certificates;
use crate::images::provide_image;
use crate::readiness::{free_port, random_word};
use crate::session::Sessions;
use crate::watchdog::{self, OWNER_LABEL, SESSION_LABEL};
use crate::{Error, Options, Product, Result};

/// Where the certificates end up, owned by the server's account.
const TLS_DIRECTORY: &str = "/testbed-tls";

/// The file with the server's flags, one a line. A container's command is fixed at its creation;
/// this file lets a restart change the flags.
const FLAGS_FILE: &str = "/testbed/flags";

/// What runs in place of the image's own command: the same entry point, with the flags of the file.
/// Its arguments: the server's account, the server program.
const COMMAND: &str = r#"
if [ -d /testbed/tls ]; then
    mkdir -p /testbed-tls
    cp /testbed/tls/* /testbed-tls/
    chmod 600 /testbed-tls/*
    chown -R "$1" /testbed-tls
fi
shift
if [ "$1" = rabbitmq-server ]; then
    cp /testbed/flags /etc/rabbitmq/conf.d/90-testbed.conf
    exec docker-entrypoint.sh "$1"
fi
while IFS= read -r flag; do set -- "$@" "$flag"; done </testbed/flags
exec docker-entrypoint.sh "$@"
"#;

/// A container that runs a database server.
#[derive(Debug)]
pub(crate) struct Container {
    name: String,
    port: u16,
    /// The further ports: inside, and outside.
    others: Vec<(u16, u16)>,
    sessions: Arc<Sessions>,
}

/// Whether servers run in containers: as `CDC_PREFLIGHT_TESTBED` says, else if an engine answers.
///
/// # Errors
/// The variable asks for containers and no engine answers, or has another value.
pub async fn in_containers() -> Result<bool> {
    const VARIABLE: &str = "CDC_PREFLIGHT_TESTBED";
    match std::env::var(VARIABLE).as_deref() {
        Ok("local") => Ok(false),
        Ok("docker") if engine_answers().await => Ok(true),
        Ok("docker") => Err(Error::Environment(format!(
            "{VARIABLE}=docker, but `docker version` gets no answer: install Docker or start it"
        ))),
        Err(_) | Ok("") => Ok(engine_answers().await),
        Ok(other) => Err(Error::Environment(format!(
            "{VARIABLE} is {other:?}; it can be \"docker\" or \"local\""
        ))),
    }
}

/// Asked once: an engine does not come and go while tests run.
async fn engine_answers() -> bool {
    static ANSWER: OnceCell<bool> = OnceCell::const_new();
    let ask = || async {
        let mut version = Command::new("docker");
        version.args(["version", "--format", "{{.Server.Version}}"]).kill_on_drop(true);
        let answer = tokio::time::timeout(Duration::from_secs(20), version.output()).await;
        matches!(answer, Ok(Ok(output)) if output.status.success())
    };
    *ANSWER.get_or_init(ask).await
}

impl Container {
    /// Creates and starts the container; the server in it may not be ready yet.
    ///
    /// # Errors
    /// No image can be had, or the engine refuses.
    pub(crate) async fn start(
        product: Product,
        password: &str,
        options: &Options,
        certificates: Option<&Certificates>,
    ) -> Result<Self> {
        let image = tokio::task::spawn_blocking(move || provide_image(product))
            .await
            .map_err(|panic| Error::Environment(panic.to_string()))??;
        watchdog::watch_containers()?;
        let flags = options.flags(product, TLS_DIRECTORY)?;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let container = Self {
                name: format!("testbed-{}-{}", product.repository(), random_word()?),
                port: free_port()?,
                others: others(product)?,
                sessions: Arc::default(),
            };
            let request = container.request(product, &image, password, &flags, certificates)?;
            match run(request).await {
                Ok(()) => return Ok(container),
                // Another process may take the port between the choice and its use.
                Err(refusal) if attempts < 3 && refusal.to_string().contains("already") => {
                    watchdog::remove_container(&container.name);
                }
                Err(refusal) => {
                    watchdog::remove_container(&container.name);
                    return Err(Error::Container { product, source: Box::new(refusal) });
                }
            }
        }
    }

    fn request(
        &self,
        product: Product,
        image: &str,
        password: &str,
        flags: &[String],
        certificates: Option<&Certificates>,
    ) -> Result<ContainerRequest<GenericImage>> {
        let (name, tag) = split_tag(image);
        let command = ["sh", "-ec", COMMAND, "testbed", product.account(), product.server()];
        let variable = match product {
            Product::Postgres(_) => "POSTGRES_PASSWORD",
            Product::MySql(..) => "MYSQL_ROOT_PASSWORD",
            Product::MariaDb(..) => "MARIADB_ROOT_PASSWORD",
            Product::RabbitMq(..) => "RABBITMQ_DEFAULT_PASS",
        };
        let mut ports = vec![(product.port(), self.port)];
        ports.extend(&self.others);
        let mut request = GenericImage::new(name, tag)
            .with_cmd(command)
            .with_container_name(&self.name)
            .with_env_var(variable, password)
            .with_env_var("RABBITMQ_DEFAULT_USER", product.admin_user())
            .with_label(OWNER_LABEL, std::process::id().to_string())
            .with_label(SESSION_LABEL, watchdog::session()?)
            .with_copy_to(FLAGS_FILE, lines(flags))
            .with_host_config_modifier(move |host| bind_to_loopback(host, &ports));
        if let Some(certificates) = certificates {
            request = request
                .with_copy_to("/testbed/tls/ca.pem", certificates.ca.clone().into_bytes())
                .with_copy_to(
                    "/testbed/tls/certificate.pem",
                    certificates.certificate.clone().into_bytes(),
                )
                .with_copy_to("/testbed/tls/key.pem", certificates.key.clone().into_bytes());
        }
        Ok(request)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Where a further port of the container can be reached.
    pub(crate) fn port_of(&self, inner: u16) -> Option<u16> {
        self.others.iter().find(|(it, _)| *it == inner).map(|(_, outer)| *outer)
    }

    /// Runs SQL through the client inside the container, over the server's local socket.
    ///
    /// # Errors
    /// [`Error::Sql`] with the server's message when a statement failed.
    pub(crate) async fn execute(
        &self,
        product: Product,
        database: Option<&str>,
        password: &str,
        sql: &str,
    ) -> Result<String> {
        let (sessions, name) = (Arc::clone(&self.sessions), self.name.clone());
        let (database, password) = (database.map(str::to_owned), password.to_owned());
        let sql = sql.to_owned();
        let run = move || sessions.run(&name, product, &password, database.as_deref(), &sql);
        // Not on the caller's runtime, whose end would wait for a statement that takes long.
        let task = runtime().map_err(Error::Environment)?.spawn_blocking(run);
        task.await.map_err(|panic| Error::Environment(panic.to_string()))?
    }

    /// Stops the server in good order and starts it with the flags of `options`.
    ///
    /// # Errors
    /// The engine refuses.
    pub(crate) async fn restart(&self, product: Product, options: &Options) -> Result<()> {
        let flags = options.flags(product, TLS_DIRECTORY)?;
        let mut file = tempfile::NamedTempFile::new().map_err(Error::io("create", "a file"))?;
        file.write_all(&lines(&flags)).map_err(Error::io("write", file.path()))?;
        let source = file.path().to_string_lossy().into_owned();
        docker(&["cp", "--quiet", &source, &format!("{}:{FLAGS_FILE}", self.name)]).await?;
        self.sessions.clear();
        docker(&["restart", "--time", "60", &self.name]).await.map(drop)
    }

    /// What the server wrote to its output and error streams.
    ///
    /// # Errors
    /// The engine refuses.
    pub(crate) async fn log(&self) -> Result<String> {
        let output = docker(&["logs", &self.name]).await?;
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Ok(text(&output.stdout) + &text(&output.stderr))
    }

    /// The text of a file in the container.
    ///
    /// # Errors
    /// There is no such file.
    pub(crate) async fn read(&self, path: &str) -> Result<String> {
        let output = docker(&["exec", &self.name, "cat", path]).await?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    pub(crate) async fn is_running(&self) -> bool {
        let state = docker(&["inspect", "--format", "{{.State.Running}}", &self.name]).await;
        state.is_ok_and(|output| output.stdout.starts_with(b"true"))
    }

    /// Removes the container and its data now.
    ///
    /// # Errors
    /// The engine refuses.
    pub(crate) async fn remove(&self) -> Result<()> {
        docker(&["rm", "--force", "--volumes", &self.name]).await.map(drop)
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        watchdog::remove_container(&self.name);
    }
}

/// Hands the request to the engine on a runtime that lives as long as the process: the engine's
/// client keeps connections, and those of a finished test's runtime would be dead.
async fn run(
    request: ContainerRequest<GenericImage>,
) -> std::result::Result<(), testcontainers::TestcontainersError> {
    let start = async {
        let container = request.start().await?;
        // Its removal is the watchdog's; dropped here, the container would be removed now.
        std::mem::forget(container);
        Ok(())
    };
    let ended = |reason: String| testcontainers::TestcontainersError::other(reason);
    match runtime() {
        Ok(runtime) => runtime.spawn(start).await.map_err(|error| ended(error.to_string()))?,
        Err(reason) => Err(ended(reason)),
    }
}

fn runtime() -> std::result::Result<&'static Runtime, String> {
    static RUNTIME: OnceLock<std::result::Result<Runtime, String>> = OnceLock::new();
    let build = || {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("testbed")
            .enable_all()
            .build()
            .map_err(|error| error.to_string())
    };
    RUNTIME.get_or_init(build).as_ref().map_err(Clone::clone)
}

fn others(product: Product) -> Result<Vec<(u16, u16)>> {
    product.other_ports().iter().map(|inner| Ok((*inner, free_port()?))).collect()
}

fn bind_to_loopback(host: &mut HostConfig, ports: &[(u16, u16)]) {
    let binding = |outer: u16| PortBinding {
        host_ip: Some("127.0.0.1".to_owned()),
        host_port: Some(outer.to_string()),
    };
    let bindings = ports.iter();
    let bindings =
        bindings.map(|(inner, outer)| (format!("{inner}/tcp"), Some(vec![binding(*outer)])));
    host.port_bindings = Some(bindings.collect::<HashMap<_, _>>());
    host.publish_all_ports = Some(false);
}

fn lines(flags: &[String]) -> Vec<u8> {
    flags.iter().flat_map(|flag| [flag.as_str(), "\n"]).collect::<String>().into_bytes()
}

/// Splits an image name at its tag; a colon before the last slash belongs to a registry's port.
fn split_tag(image: &str) -> (&str, &str) {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (image, "latest"),
    }
}

async fn docker(arguments: &[&str]) -> Result<std::process::Output> {
    let run = Command::new("docker").args(arguments).kill_on_drop(true).output();
    let output = run.await.map_err(Error::io("run", "docker"))?;
    if output.status.success() {
        return Ok(output);
    }
    Err(Error::program(&format!("docker {}", arguments[0]), &output.stderr))
}

#[cfg(test)]
mod tests {
    use super::split_tag;

    #[test]
    fn an_image_name_is_split_at_its_tag_only() {
        assert_eq!(split_tag("postgres:17"), ("postgres", "17"));
        assert_eq!(split_tag("localhost:5000/postgres"), ("localhost:5000/postgres", "latest"));
        assert_eq!(split_tag("localhost:5000/a/b:1.2"), ("localhost:5000/a/b", "1.2"));
    }
}
