//! Finding, and where possible installing, the database programs of this machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Error, Product, Result, install};

/// Where Debian keeps the programs of each PostgreSQL version.
const POSTGRES_VERSIONS: &str = "/usr/lib/postgresql";

/// The programs of one product.
#[derive(Debug)]
pub(crate) struct Binaries {
    directory: Option<PathBuf>,
}

impl Binaries {
    /// Finds the programs of `product`; installs the Debian package of PostgreSQL or MariaDB if
    /// there are none of any version.
    ///
    /// # Errors
    /// They are missing and cannot be installed, or are of another version; the text says which.
    pub(crate) fn find(product: Product) -> Result<Self> {
        let here = versions_or_install(product)?;
        let wanted = product.version();
        match here.iter().find(|(version, _)| *version == wanted) {
            Some((_, directory)) => Ok(Self { directory: directory.clone() }),
            None => {
                let here: Vec<_> = here.iter().map(|(version, _)| version.as_str()).collect();
                Err(Error::Environment(format!(
                    "{product} is not installed on this machine; of {} there is: {}",
                    product.repository(),
                    if here.is_empty() { "nothing".to_owned() } else { here.join(", ") }
                )))
            }
        }
    }

    /// The installed product that comes nearest to `wanted`; installs as [`Binaries::find`] does.
    ///
    /// # Errors
    /// There is none, and none can be installed.
    pub(crate) fn nearest(wanted: Product) -> Result<Product> {
        let here = versions_or_install(wanted)?;
        let same = here.iter().any(|(version, _)| *version == wanted.version());
        let other = here.last().map(|(version, _)| format!("{}:{version}", wanted.repository()));
        match (other.map(|name| name.parse()), wanted) {
            _ if same => Ok(wanted),
            (Some(other), _) => other.map_err(Error::Environment),
            (None, Product::MySql(..)) => Self::nearest(Product::MARIADB_10_11),
            (None, _) => Err(Error::Environment(format!("there is no {}", wanted.repository()))),
        }
    }

    /// Where a program of the product is.
    pub(crate) fn path(&self, program: &str) -> PathBuf {
        let own = self.directory.as_ref().map(|directory| directory.join(program));
        own.filter(|path| path.exists())
            .or_else(|| install::find(program))
            .unwrap_or_else(|| program.into())
    }
}

/// The installed versions, after installing one where there was none.
fn versions_or_install(product: Product) -> Result<Vec<(String, Option<PathBuf>)>> {
    if versions(product).is_empty() {
        match product {
            Product::Postgres(_) => install::packages(&["postgresql"], product.server())?,
            Product::MariaDb(..) => install::packages(&["mariadb-server"], product.server())?,
            // No stable release of Debian has it.
            Product::MySql(..) => {}
            Product::RabbitMq(..) => {
                let reason = "RabbitMQ is tried in containers only: install Docker, or start it";
                return Err(Error::Environment(reason.to_owned()));
            }
        }
    }
    Ok(versions(product))
}

/// The installed versions, each with its directory of programs if it has one of its own.
fn versions(product: Product) -> Vec<(String, Option<PathBuf>)> {
    let mut found = Vec::new();
    if product.is_postgres() {
        for entry in std::fs::read_dir(POSTGRES_VERSIONS).into_iter().flatten().flatten() {
            let programs = entry.path().join("bin");
            if programs.join("initdb").exists() && programs.join("postgres").exists() {
                found.push((entry.file_name().to_string_lossy().into_owned(), Some(programs)));
            }
        }
    }
    if let Some(server) = install::find(product.server()) {
        let version = version_of(&server, product);
        let new = version.filter(|version| found.iter().all(|(known, _)| known != version));
        found.extend(new.map(|version| (version, server.parent().map(Path::to_owned))));
    }
    found
}

/// Asks the program itself: `mysqld` may be MariaDB under its old name.
fn version_of(server: &Path, product: Product) -> Option<String> {
    let output = Command::new(server).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if text.contains("MariaDB") != matches!(product, Product::MariaDb(..)) {
        return None;
    }
    let digits = |word: &str| word.starts_with(|first: char| first.is_ascii_digit());
    let version = text.split_whitespace().find(|word| digits(word))?;
    let mut parts = version.split(['.', '-']);
    let major = parts.next()?.to_owned();
    if product.is_postgres() { Some(major) } else { Some(format!("{major}.{}", parts.next()?)) }
}
