//! What the live probe found: whether a replication connection, a slot and decoding really work.

use serde::{Deserialize, Serialize};

use crate::{Fact, Missing, Text};

/// What came of the live probe, step by step. A step that was not reached says because of which.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// The output plugin that the slot was made for.
    #[serde(default = "pgoutput")]
    pub plugin: String,
    /// How the server made the account prove itself; `None` where the login did not come so far.
    #[serde(default)]
    pub authentication: Option<Authentication>,
    /// The replication connection.
    pub walsender: Fact<WalSender>,
    /// The temporary slot.
    pub slot: Fact<ProbedSlot>,
    /// What came back through the slot.
    pub decoding: Fact<Decoding>,
    /// Whether nothing of the slot was left afterwards.
    pub slot_removed: Fact<bool>,
    /// The publication that was created and rolled back.
    #[serde(default = "publication_not_tried")]
    pub publication: Fact<ProbedPublication>,
    /// Transactions that the slot was waiting for after a second.
    #[serde(default)]
    pub waited_for: Vec<Holder>,
    /// Notices and warnings of the replication connection, as they came.
    #[serde(default)]
    pub notices: Vec<Notice>,
    /// How long the steps took.
    #[serde(default)]
    pub elapsed: Elapsed,
}

/// How a server makes an account prove itself.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authentication {
    /// It asked for no password: `trust`, `cert` or `ident`.
    NoPassword,
    /// The password itself: `password`, `ldap`, `pam` or `radius`.
    Cleartext,
    /// The MD5 digest of the password.
    Md5,
    /// SCRAM-SHA-256.
    #[serde(rename = "scram-sha-256")]
    Scram,
    /// SCRAM-SHA-256, bound to the certificate of the TLS session.
    #[serde(rename = "scram-sha-256-plus")]
    ScramPlus,
}

/// A replication connection that came about.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WalSender {
    /// The identifier of the cluster.
    pub system_id: Text,
    /// Its timeline.
    pub timeline: Text,
    /// The server process behind the connection.
    pub backend_pid: i32,
    /// Whether something between answers the login: the process announced there is another one.
    pub pooled: bool,
    /// Whether the time limits were refused as startup parameters, as poolers do.
    #[serde(default)]
    pub limits_refused: bool,
}

/// A temporary logical slot that was created.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProbedSlot {
    /// Its name.
    pub name: Text,
    /// The position in the write-ahead log from which on it can decode.
    pub consistent_point: Text,
}

/// What was decoded.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Decoding {
    /// What proves it.
    pub proof: Proof,
}

/// What came out of the slot.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The message that the probe had written.
    Message,
    /// The bounds of the probe's own transaction, where messages do not come out before version 14.
    Transaction,
    /// A change of another session came first, and the plugin looked for the publication that the
    /// probe names: there is none, so that no row is ever sent to it.
    AnothersChange,
}

/// A publication that could be created.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProbedPublication {
    /// Whether it was one of all tables; otherwise it had none.
    pub all_tables: bool,
}

/// A session that keeps a slot from being created.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Holder {
    /// The transaction that has to end.
    pub xid: Text,
    /// The server process that runs it; `None` for a prepared transaction.
    pub pid: Option<i32>,
    /// Its role, where it is shown.
    #[serde(default)]
    pub role: Option<Text>,
    /// Its database, where it is shown.
    #[serde(default)]
    pub database: Option<Text>,
    /// The name of a prepared transaction.
    #[serde(default)]
    pub gid: Option<Text>,
    /// Since how many seconds it is open or prepared, where it is shown.
    #[serde(default)]
    pub seconds: Option<i64>,
}

/// A notice or warning.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// `WARNING`, `NOTICE` or the like.
    pub severity: Text,
    /// SQLSTATE.
    pub code: Text,
    /// The server's own words.
    pub message: Text,
}

/// Milliseconds that the steps took; 0 for those that were not reached.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Elapsed {
    /// From TCP to the server's identity.
    pub connect_ms: u64,
    /// The creation of the slot.
    pub slot_ms: u64,
    /// From the message to its return.
    pub decode_ms: u64,
    /// All of it, with the farewell.
    pub total_ms: u64,
}

fn pgoutput() -> String {
    "pgoutput".into()
}

fn publication_not_tried() -> Fact<ProbedPublication> {
    Fact::Missing(Missing::NotAsked {
        what: "the creation of a publication".into(),
        why: "the facts were recorded without it".into(),
    })
}

/// The live probe of a recording that was made without it.
pub(super) fn not_probed() -> Fact<Probe> {
    Fact::Missing(Missing::NotAsked {
        what: "the live probe".into(),
        why: "the facts were recorded without it".into(),
    })
}
