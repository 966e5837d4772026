//! What the live probe found: whether the binary log really streams, how old it is, and what the
//! end of it holds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Fact, Missing, TableName, Text};

/// What came of the live probe. A step that was not reached says because of which.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// The probe's own login, the second of the visit.
    pub login: Fact<ProbeLogin>,
    /// What came of the request for the binary log from its present end on.
    pub stream: Fact<Streamed>,
    /// The oldest file of the binary log.
    pub oldest: Fact<OldestFile>,
    /// What the last events of the log are; read only where it was asked for.
    #[serde(default = "not_sampled")]
    pub sample: Fact<Sample>,
    /// How long all of it took, in milliseconds.
    #[serde(default)]
    pub elapsed_ms: u64,
}

impl Probe {
    /// Whether the server sent its binary log.
    pub fn streams(&self) -> bool {
        self.stream.known().is_some()
    }
}

/// The server that answered the probe's login.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeLogin {
    /// `@@server_id`.
    pub server_id: u32,
    /// `@@hostname`.
    pub hostname: Text,
}

/// The beginning of a stream that the server sent.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Streamed {
    /// The file that it began with.
    pub file: Text,
    /// The position that was asked for.
    pub position: u64,
    /// Whether the server said that this was the end; otherwise more events followed.
    pub at_end: bool,
}

/// The oldest file of the binary log.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OldestFile {
    /// Its name.
    pub name: Text,
    /// How long ago it was begun, by the server's clock, in seconds.
    pub age_seconds: u64,
}

/// The last events of the binary log, counted. It holds no values of rows.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The file with which it begins.
    pub from_file: Text,
    /// The events that were read, those within compressed transactions included.
    pub events: u64,
    /// Their size as it was sent, in bytes.
    pub bytes: u64,
    /// Whether it reaches to the end of the log, or why it does not.
    pub ended: SampleEnd,
    /// How many events of each kind there are, by the number of the kind.
    #[serde(default)]
    pub kinds: BTreeMap<u8, u64>,
    /// The changes of rows, by table.
    #[serde(default)]
    pub tables: Vec<SampledTable>,
    /// The changes of rows that were logged as statements, by the session's database.
    #[serde(default)]
    pub statements: Vec<SampledStatement>,
}

/// Where a sample ends.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SampleEnd {
    /// At the end of the log.
    #[default]
    Log,
    /// As many bytes were read as a sample may have.
    Bytes,
    /// An event was larger than what this program takes.
    LargeEvent,
    /// The time was up.
    Time,
}

/// Changes of one table's rows within a sample.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SampledTable {
    /// The table.
    pub name: TableName,
    /// Events that hold its rows.
    pub events: u64,
    /// Those of them that leave columns out.
    #[serde(default)]
    pub partial_images: u64,
    /// Those that hold what has changed within JSON values, instead of the values.
    #[serde(default)]
    pub partial_json: u64,
    /// Those that MariaDB has compressed.
    #[serde(default)]
    pub compressed: u64,
}

/// Statements of one kind within a sample that change rows.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SampledStatement {
    /// The first word, in capitals, for example `UPDATE`.
    pub verb: Text,
    /// The database of the session that ran it.
    pub database: Text,
    /// A selected table whose name is a word of the statement.
    #[serde(default)]
    pub table: Option<TableName>,
    /// How many there are.
    pub count: u64,
}

/// The live probe of a recording that was made without it.
pub(super) fn not_probed() -> Fact<Probe> {
    left_out("the live probe", "the facts were recorded without it")
}

/// The sample of a probe that was made without it.
pub fn not_sampled() -> Fact<Sample> {
    left_out("a sample of the binary log", "it was not asked for (`--sample-binlog`)")
}

fn left_out<T>(what: &str, why: &str) -> Fact<T> {
    Fact::Missing(Missing::NotAsked { what: what.into(), why: why.into() })
}
