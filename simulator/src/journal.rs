//! The record of what was received: in memory, and as JSON lines when a file is given.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One received request, without its secrets: a line of the journal.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// When its body had been read, in UTC.
    pub received_at: Timestamp,
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The dialect it is written in: `openapi`, `rest`, `sdk-rest` or `seed`.
    pub dialect: String,
    /// The operation it asks for, if there is one.
    pub operation: Option<String>,
    /// Whether it carried an accepted API key or a right signature.
    pub authorized: bool,
    /// The headers by lower-case name, secrets replaced by `<redacted>`.
    pub headers: BTreeMap<String, String>,
    /// The JSON body or the members of the form, secret fields replaced by `<redacted>`; null when
    /// it is neither.
    pub body: Option<Value>,
    /// Why `body` is null although there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_error: Option<String>,
    /// The size of the body as it was received, in bytes.
    pub body_bytes: u64,
    /// The fault spent on it, in the form of a fault spec.
    pub fault: Option<String>,
    /// The HTTP status of the answer; null when the connection was dropped instead.
    pub status: Option<u16>,
    /// The `Code` of the answer, also of one that was not sent; null where no envelope has one.
    pub code: Option<String>,
    /// The request id of the answer.
    pub request_id: String,
}

/// The entries so far, and the file they also go to.
#[derive(Debug)]
pub(crate) struct Journal(Mutex<Record>);

#[derive(Debug)]
struct Record {
    entries: Vec<Entry>,
    file: Option<File>,
}

impl Journal {
    /// An empty journal, which appends to the file when there is one.
    pub(crate) fn open(path: Option<&Path>) -> io::Result<Self> {
        let append = |path| OpenOptions::new().create(true).append(true).open(path);
        let file = path.map(append).transpose()?;
        Ok(Self(Mutex::new(Record { entries: Vec::new(), file })))
    }

    /// Keeps an entry. When this returns, the line is with the operating system.
    pub(crate) fn append(&self, entry: Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        let mut record = self.lock();
        if let Some(file) = &mut record.file {
            // One write for the whole line: a reader who follows the file never sees half of it.
            file.write_all(&line)?;
            file.flush()?;
        }
        record.entries.push(entry);
        Ok(())
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.lock().entries.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
