//! A program that tests need beside the databases: installed where it is missing, on a port of its
//! own, and gone with this process.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::error::tail;
use crate::readiness::{PAUSE, START_LIMIT, free_port};
use crate::{Error, Result, install, watchdog};

/// A running program that listens on 127.0.0.1.
#[derive(Debug)]
pub struct Program {
    name: &'static str,
    port: u16,
    directory: PathBuf,
    child: Child,
}

impl Program {
    /// Installs the Debian packages if the program is missing, starts it with `arguments` for the
    /// port that it is given, and waits until it takes connections. Its temporary files are in a
    /// directory of its own, which goes with this process.
    ///
    /// # Errors
    /// It is missing and cannot be installed here, does not start, or ends at once.
    pub async fn listening(
        name: &'static str,
        packages: &'static [&'static str],
        arguments: fn(u16) -> Vec<String>,
    ) -> Result<Self> {
        let start = move || Self::start(name, packages, arguments);
        let mut program = tokio::task::spawn_blocking(start)
            .await
            .map_err(|panic| Error::Environment(panic.to_string()))??;
        program.wait().await?;
        Ok(program)
    }

    /// The port at which it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where it keeps its temporary files; a place for those of tests as well.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn start(name: &'static str, packages: &[&str], of: fn(u16) -> Vec<String>) -> Result<Self> {
        if install::find(name).is_none() {
            install::packages(packages, name)?;
        }
        let directory = tempfile::Builder::new()
            .prefix("testbed-")
            .tempdir()
            .map(TempDir::keep)
            .map_err(Error::io("create", "a directory"))?;
        watchdog::watch_directory(&directory)?;
        let port = free_port()?;
        let log = File::create(directory.join("log")).map_err(Error::io("create", &directory))?;
        let errors = log.try_clone().map_err(Error::io("open", &directory))?;
        let child = Command::new(install::find(name).unwrap_or_else(|| name.into()))
            .args(of(port))
            .env("TMPDIR", &directory)
            .env("HOME", &directory)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(Error::io("run", name))?;
        std::fs::write(directory.join("server.pid"), child.id().to_string())
            .map_err(Error::io("write", &directory))?;
        Ok(Self { name, port, directory, child })
    }

    async fn wait(&mut self) -> Result<()> {
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            let ended = self.child.try_wait().map_err(Error::io("watch", self.name))?;
            if ended.is_some() || begin.elapsed() > START_LIMIT {
                let log = std::fs::read_to_string(self.directory.join("log")).unwrap_or_default();
                return Err(Error::Program { program: self.name.to_owned(), message: tail(&log) });
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }
}
