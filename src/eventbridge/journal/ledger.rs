//! Where the lines of a journal are kept.

use std::fmt;
use std::path::PathBuf;

use futures_util::future::BoxFuture;

use super::JournalError;

/// The lines about one target, which nobody else can write while this is there.
pub trait Ledger: fmt::Debug + Send {
    /// Where they are, for people.
    fn name(&self) -> PathBuf;

    /// Reads all whole lines.
    ///
    /// # Errors
    /// When they cannot be read, or are more than this program writes.
    fn read(&mut self) -> BoxFuture<'_, Result<Vec<u8>, JournalError>>;

    /// Adds a line, given without its end. When this returns well, the line is kept whatever
    /// happens to this machine.
    ///
    /// # Errors
    /// When it may not be kept.
    fn append(&mut self, line: String) -> BoxFuture<'_, Result<(), JournalError>>;
}
