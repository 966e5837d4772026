//! What can go wrong while a server is provided or used.

use std::path::PathBuf;

use crate::Product;

/// The result of every fallible operation of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a throwaway server could not be provided or did not do what it was told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The machine lacks something; the text says what to install or start.
    #[error("{0}")]
    Environment(String),
    /// Options that no server can be started with.
    #[error("{0}")]
    Options(String),
    /// A program this crate relies on failed.
    #[error("{program} failed: {message}")]
    Program {
        /// What was run, without arguments.
        program: String,
        /// The last lines it wrote to its error stream.
        message: String,
    },
    /// The container engine refused.
    #[error("the container engine could not start {product}: {source}")]
    Container {
        /// The product asked for.
        product: Product,
        /// The engine's answer.
        source: Box<testcontainers::TestcontainersError>,
    },
    /// The server ended, or did not become ready in time.
    #[error("{product} did not start: {reason}\n{log}")]
    Start {
        /// The product asked for.
        product: Product,
        /// What was seen.
        reason: String,
        /// The last lines of the server's log.
        log: String,
    },
    /// The server answered a statement with an error.
    #[error("{0}")]
    Sql(String),
    /// Throwaway certificates could not be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A file or a process could not be used.
    #[error("{context}: {source}")]
    Io {
        /// What was being done.
        context: String,
        /// The system's answer.
        source: std::io::Error,
    },
}

impl Error {
    /// Adds to an input/output error what was being done to which file.
    pub(crate) fn io(doing: &str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let context = format!("cannot {doing} {}", path.into().display());
        move |source| Self::Io { context, source }
    }

    /// A failed run of `program`, told by the end of its error stream.
    pub(crate) fn program(program: &str, stderr: &[u8]) -> Self {
        Self::Program {
            program: program.to_owned(),
            message: tail(&String::from_utf8_lossy(stderr)),
        }
    }
}

/// The last lines of a log, enough to see why a server gave up.
pub(crate) fn tail(text: &str) -> String {
    const LINES: usize = 20;
    let lines: Vec<_> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
