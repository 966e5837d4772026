//! What a MySQL or MariaDB server says of itself and of the selected tables.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Fact;
use crate::{Engine, Flavour, LookAlike, Missing, TableName, Text};

mod account;
mod activity;
#[cfg(test)]
mod flavours;
mod instance;
mod logged;
mod probe;
mod retention;
mod version;

pub use account::{Account, Expiry};
pub use activity::{Activity, MetadataLock, Override, Transaction};
pub use instance::{Clock, Instance, SessionId, TableSize};
pub use logged::BinlogFilters;
pub use probe::{
    OldestFile, Probe, ProbeLogin, Sample, SampleEnd, SampledStatement, SampledTable, Streamed,
    not_sampled,
};
pub use retention::Kept;
pub use version::{Line, Version};

/// What was read from MySQL or MariaDB.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MySql {
    /// The host as the request names it: the last resort for recognising a platform.
    #[serde(default)]
    pub host: Text,
    /// Who the server says it is, and who it says we are.
    pub identity: Fact<Identity>,
    /// Global variables by name, with their provenance where the server tells it.
    pub variables: Fact<BTreeMap<String, Variable>>,
    /// The lines of `SHOW GRANTS` for the session, without password hashes.
    pub grants: Fact<Vec<Text>>,
    /// What `grants` would be with every granted role active; not asked where none is inactive.
    #[serde(default = "all_roles_active")]
    pub role_grants: Fact<Vec<Text>>,
    /// How the account logs in, and what it is limited to.
    #[serde(default = "not_recorded")]
    pub account: Fact<Account>,
    /// Global status counters by name.
    pub status: Fact<BTreeMap<String, Text>>,
    /// The position of the binary log; the inner `None` where the log is off. Reading it needs
    /// `REPLICATION CLIENT`, so that an answer proves the privilege.
    pub binlog_position: Fact<Option<BinlogPosition>>,
    /// The files of the binary log, oldest first.
    pub binlog_files: Fact<Vec<BinlogFile>>,
    /// The server ids of connected replicas. On MySQL an answer proves `REPLICATION SLAVE`.
    pub replicas: Fact<Vec<u32>>,
    /// Whether, and of what, the server is a replica itself.
    pub upstream: Fact<Option<Upstream>>,
    /// How many hours Amazon's services keep files of the binary log; the inner `None` where they
    /// delete them as soon as they can.
    #[serde(default = "not_amazon")]
    pub rds_retention: Fact<Option<u64>>,
    /// What goes on on the server.
    #[serde(default = "Activity::not_recorded")]
    pub activity: Activity,
    /// The servers that answered under the host's name, one for each connection.
    #[serde(default = "not_recorded")]
    pub instances: Fact<Vec<Instance>>,
    /// How large the selected tables are. Costs the server a look at each.
    #[serde(default = "not_recorded")]
    pub sizes: Fact<Vec<TableSize>>,
    /// The selected tables.
    pub tables: Fact<Tables>,
    /// What the live probe found.
    #[serde(default = "probe::not_probed")]
    pub probe: Fact<Probe>,
}

/// The reason why a fact is not in a recording that is older than it.
fn not_recorded<T>() -> Fact<T> {
    Fact::Missing(older())
}

fn older() -> Missing {
    Missing::NotAsked {
        what: "this fact".into(),
        why: "the recording is of an earlier version of this program".into(),
    }
}

/// The reason why [`MySql::rds_retention`] was not read.
pub fn not_amazon() -> Fact<Option<u64>> {
    Fact::Missing(Missing::NotAsked {
        what: "mysql.rds_configuration".into(),
        why: "the server is not known to be Amazon's".into(),
    })
}

impl Activity {
    fn not_recorded() -> Self {
        Self::missing(&older())
    }
}

/// The reason why [`MySql::role_grants`] was not read.
pub fn all_roles_active() -> Fact<Vec<Text>> {
    Fact::Missing(Missing::NotAsked {
        what: "what inactive roles grant".into(),
        why: "no granted role is inactive".into(),
    })
}

/// Who the server says it is, and who it says we are.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// `VERSION()`, for example `10.11.19-MariaDB-0+deb12u1-log`.
    pub version: Text,
    /// `@@version_comment`.
    pub version_comment: Text,
    /// `USER()`: the name that was sent, and the host that the server saw.
    pub user: Text,
    /// `CURRENT_USER()`: the account that was matched.
    pub current_user: Text,
    /// `CURRENT_ROLE()`: the active roles; `None` where the version has none or none is active.
    pub current_role: Option<Text>,
    /// `@@hostname`.
    pub hostname: Text,
    /// The account's own limit of sessions at once; 0 for no limit.
    pub max_user_connections: u64,
    /// How the server compares names: 0 as they are written, 1 in lower case and stored so, 2 in
    /// lower case but stored as they were written.
    #[serde(default)]
    pub lower_case_table_names: u8,
    /// How far the session's time is ahead of UTC, in seconds.
    #[serde(default)]
    pub utc_offset_seconds: i64,
    /// How far the server's clock is from the own one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// The session as its two ends know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
}

/// A global variable.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// The value as `SHOW` prints it: `ON` and `OFF`, not 1 and 0.
    pub value: Text,
    /// Where the value comes from, in the server's words; `None` where it does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The value that the next restart brings, where one was persisted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persisted: Option<Text>,
}

/// A position in the binary log, and the filters that the server applies when writing it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BinlogPosition {
    /// The current file.
    pub file: Text,
    /// The position in it.
    pub position: u64,
    /// Databases that are logged exclusively, comma-separated; empty for all.
    pub do_db: Text,
    /// Databases that are not logged, comma-separated.
    pub ignore_db: Text,
    /// The transactions executed so far; empty without GTIDs and on MariaDB.
    #[serde(default)]
    pub executed_gtid_set: Text,
}

/// A file of the binary log.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BinlogFile {
    /// Its name.
    pub name: Text,
    /// Its size in bytes.
    pub bytes: u64,
}

/// The server that this one replicates from.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Its host.
    pub host: Text,
    /// Whether the receiving thread runs.
    pub io_running: bool,
    /// Whether the applying thread runs.
    pub sql_running: bool,
    /// How far it is behind, in seconds; `None` where the server does not know.
    #[serde(default)]
    pub seconds_behind: Option<u64>,
    /// The filters that it applies, by their column's name; only those that are set.
    #[serde(default)]
    pub filters: BTreeMap<String, Text>,
}

/// The selected tables.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tables {
    /// The tables that are visible, in the order of the request; of a whole database, in name
    /// order.
    pub found: Vec<Table>,
    /// The tables that are not: absent, or hidden from an account without any privilege on them.
    pub absent: Vec<AbsentTable>,
    /// Tables in the same databases that tools for changing tables without a lock make beside the
    /// one that they change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leftovers: Vec<TableName>,
}

/// A table that was asked for and is not visible.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AbsentTable {
    /// Its name as the request has it.
    pub name: TableName,
    /// Names of visible tables that it may have been meant to be, nearest first.
    #[serde(default)]
    pub near: Vec<TableName>,
}

/// A table as `information_schema` shows it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its name as the server stores it.
    pub name: TableName,
    /// `TABLE_TYPE`, for example `BASE TABLE`.
    pub kind: Text,
    /// `ENGINE`; empty for views.
    pub engine: Text,
    /// `CREATE_OPTIONS`.
    pub options: Text,
    /// The columns, in the order of the binary log.
    pub columns: Vec<Column>,
    /// Unique keys, the primary key among them under the name `PRIMARY`.
    pub unique_keys: Vec<UniqueKey>,
    /// Foreign keys that let the engine change rows of this table, or hide whether they do.
    pub foreign_keys: Vec<ForeignKey>,
}

/// A column.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: Text,
    /// `COLUMN_TYPE`, for example `bigint unsigned`.
    pub data_type: Text,
    /// `EXTRA`, for example `auto_increment` or `VIRTUAL GENERATED`.
    pub extra: Text,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Its collation; empty for types without one.
    pub collation: Text,
    /// `COLUMN_DEFAULT` is not NULL.
    pub has_default: bool,
    /// `COLUMN_DEFAULT` as it stands: MariaDB quotes literals and writes `NULL`, MySQL does not.
    /// `None` where it is NULL or was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Text>,
    /// Whether the session may read it: the server's own answer, roles and revokes included.
    pub may_select: bool,
}

/// A unique key.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct UniqueKey {
    /// Its name; `PRIMARY` is the primary key.
    pub name: Text,
    /// Its parts, in key order.
    pub parts: Vec<KeyPart>,
}

/// One part of a key.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeyPart {
    /// The column; `None` for an expression.
    pub column: Option<Text>,
    /// Whether the column may be NULL.
    pub nullable: bool,
    /// Whether only a prefix of the column is in the key.
    pub prefix: bool,
}

/// A foreign key of this table, the child.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignKey {
    /// Its name.
    pub name: Text,
    /// `DELETE_RULE`; empty where it is hidden from the account.
    pub on_delete: Text,
    /// `UPDATE_RULE`; empty where it is hidden from the account.
    pub on_update: Text,
    /// The table that it points to.
    pub parent: TableName,
}

impl Identity {
    /// The version with its comment.
    pub fn words(&self) -> String {
        [self.version.untrusted(), self.version_comment.untrusted()].join(" ")
    }

    /// The product line.
    pub fn line(&self) -> Line {
        let is_maria = self.version.untrusted().contains("MariaDB")
            || self.version_comment.untrusted().contains("MariaDB");
        if is_maria { Line::MariaDb } else { Line::MySql }
    }

    /// The version number.
    ///
    /// # Errors
    /// [`Missing::Malformed`] where the version does not begin with a number.
    pub fn version_number(&self) -> Result<Version, Missing> {
        Version::parse(self.version.untrusted()).ok_or_else(|| Missing::Malformed {
            what: Text::new("the server's version"),
            detail: self.version.clone(),
        })
    }

    /// The privilege that shows the binary log's position, by this version's name for it.
    pub fn client_privilege(&self) -> &'static str {
        let renamed = self.version_number().is_ok_and(|own| own >= Version::new(10, 5, 0));
        match self.line() {
            Line::MariaDb if renamed => "BINLOG MONITOR",
            Line::MariaDb | Line::MySql => "REPLICATION CLIENT",
        }
    }

    /// Whether the server takes two names of databases or tables for the same.
    pub fn same_name(&self, one: &str, other: &str) -> bool {
        match self.lower_case_table_names {
            0 => one == other,
            _ => one.to_lowercase() == other.to_lowercase(),
        }
    }
}

impl MySql {
    /// The value of a global variable.
    ///
    /// # Errors
    /// The reason why variables are missing, or [`Missing::Unsupported`] where this version does
    /// not have this one.
    pub fn variable(&self, name: &str) -> Result<&str, Missing> {
        self.variables
            .get()?
            .get(name)
            .map(|variable| variable.value.untrusted())
            .ok_or_else(|| no_variable(name))
    }

    /// The value of a global variable that not every version has.
    ///
    /// # Errors
    /// The reason why variables are missing as a whole.
    pub fn optional_variable(&self, name: &str) -> Result<Option<&str>, Missing> {
        Ok(self.variables.get()?.get(name).map(|variable| variable.value.untrusted()))
    }

    /// [`Self::flavour`] with the host that was visited; an unknown server is taken for a plain one.
    pub fn platform(&self) -> Flavour {
        self.flavour(self.host.untrusted()).unwrap_or(Flavour::MySql)
    }

    /// The product or platform: from the server's own words first, from the host's name last.
    ///
    /// # Errors
    /// The reason why the server's own words are missing.
    pub fn flavour(&self, host: &str) -> Result<Flavour, Missing> {
        let identity = self.identity.get()?;
        let words = identity.words();
        if LookAlike::of(Engine::MySql, &words).is_some() {
            return Ok(Flavour::LookAlike);
        }
        let managed = self.flavour_by_variables().or_else(|| flavour_by_words(&words, host));
        Ok(managed.unwrap_or_else(|| match identity.line() {
            Line::MariaDb => Flavour::MariaDb,
            Line::MySql if words.contains("Percona") => Flavour::Percona,
            Line::MySql => Flavour::MySql,
        }))
    }

    fn flavour_by_variables(&self) -> Option<Flavour> {
        let variables = self.variables.known()?;
        let has = |name: &str| variables.contains_key(name);
        let begins = |prefix: &str| variables.keys().any(|name| name.starts_with(prefix));
        if has("aurora_version") {
            return Some(Flavour::Aurora);
        }
        if has("polardb_version") {
            return Some(Flavour::PolarDb);
        }
        let basedir = variables.get("basedir").map_or("", |variable| variable.value.untrusted());
        if basedir.starts_with("/rdsdbbin") {
            return Some(Flavour::Rds);
        }
        begins("rds_").then_some(Flavour::AlibabaRds)
    }
}

fn no_variable(name: &str) -> Missing {
    Missing::Unsupported {
        what: Text::new(format!("the variable {name}")),
        since: Text::new("another version or product"),
    }
}

fn flavour_by_words(words: &str, host: &str) -> Option<Flavour> {
    if words.contains("-google") || words.contains("(Google)") {
        return Some(Flavour::CloudSql);
    }
    if words.contains("-cloud ") {
        return Some(Flavour::HeatWave);
    }
    if words.contains("-azure") {
        return Some(Flavour::Azure);
    }
    Flavour::by_host(host)
}
