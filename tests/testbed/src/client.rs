//! Running SQL through the product's own command-line client.

use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::{Error, Product, Result};

const MYSQL_OPTIONS: [&str; 4] =
    ["--batch", "--raw", "--skip-column-names", "--default-character-set=utf8mb4"];

const MARIADB_OPTIONS: [&str; 5] =
    ["--batch", "--raw", "--skip-column-names", "--default-character-set=utf8mb4", "--skip-ssl"];

/// Runs the commands of its standard input, which they themselves do not get.
const SHELL: &str =
    "commands=$(cat); exec </dev/null; export HOME=/var/lib/rabbitmq; eval \"$commands\"";

/// The environment variable that carries the password: an argument would show in process lists.
pub(crate) fn password_variable(product: Product) -> &'static str {
    match product {
        Product::Postgres(_) => "PGPASSWORD",
        Product::MySql(..) | Product::MariaDb(..) => "MYSQL_PWD",
        Product::RabbitMq(..) => "RABBITMQ_ADMIN_PASSWORD",
    }
}

/// The client program and its arguments, reading SQL from standard input and writing bare rows.
/// `at` says where the server is, when it is not where the client looks unasked.
pub(crate) fn arguments(product: Product, at: &[String]) -> Vec<String> {
    if product.is_rabbitmq() {
        return ["sh", "-ec", SHELL].map(str::to_owned).into();
    }
    let (program, fixed): (_, &[&str]) = match product {
        Product::Postgres(_) => ("psql", &["-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1"]),
        Product::MySql(..) => ("mysql", &MYSQL_OPTIONS),
        // Its client insists on TLS, even over a socket, with servers that may have none.
        Product::MariaDb(..) => ("mariadb", &MARIADB_OPTIONS),
        Product::RabbitMq(..) => ("sh", &[]),
    };
    let mut arguments = vec![program.to_owned()];
    arguments.extend(at.iter().cloned());
    arguments.extend(fixed.iter().map(|argument| (*argument).to_owned()));
    let user = if product.is_postgres() { "username" } else { "user" };
    arguments.push(format!("--{user}={}", product.admin_user()));
    arguments
}

/// The option that names the database; empty where none is named and none is needed.
pub(crate) fn database_option(product: Product, database: Option<&str>) -> String {
    if product.is_rabbitmq() {
        return String::new();
    }
    let name = if product.is_postgres() { "dbname" } else { "database" };
    let database = database.or(product.admin_database());
    database.map(|database| format!("--{name}={database}")).unwrap_or_default()
}

/// Feeds `sql` to a prepared client command and returns what it wrote.
///
/// # Errors
/// [`Error::Sql`] with the server's message when a statement failed.
pub(crate) async fn run(mut command: Command, sql: &str) -> Result<String> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(Error::io("run", &program))?;
    let mut stdin = child.stdin.take();
    let feed = async {
        if let Some(pipe) = &mut stdin {
            // A client that stops at an error closes its end early; its exit code tells.
            let _ = pipe.write_all(sql.as_bytes()).await;
        }
        drop(stdin);
    };
    let (_, output) = tokio::join!(feed, child.wait_with_output());
    let output = output.map_err(Error::io("wait for", &program))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Error::Sql(String::from_utf8_lossy(&output.stderr).trim_end().to_owned()))
}
