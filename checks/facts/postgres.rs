//! What a PostgreSQL server says of itself and of the selected tables.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Fact;
use crate::{Engine, Flavour, LookAlike, Missing, Text};

mod activity;
mod probe;
mod publications;
mod stand_in;
mod tables;

pub use activity::{
    Commits, Decoded, EventTrigger, PreparedTransaction, Sessions, WalWritten, Writer,
};
pub use probe::{
    Authentication, Decoding, Elapsed, Holder, Notice, Probe, ProbedPublication, ProbedSlot, Proof,
    WalSender,
};
pub use publications::{Membership, Publication, PublishedGenerated};
pub use tables::{
    AbsentTable, Column, Extension, Generated, Inheritance, Leaves, Persistence, RelationKind,
    ReplicaIdentity, SelectScope, Table, Tables,
};

/// What was read from PostgreSQL.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Postgres {
    /// The server, its settings, this session's role, slots and publications.
    pub server: Fact<Server>,
    /// `version()`, asked by itself where the server's facts could not be read.
    #[serde(default)]
    pub version: Option<Text>,
    /// The selected tables.
    pub tables: Fact<Tables>,
    /// What the live probe found.
    #[serde(default = "probe::not_probed")]
    pub probe: Fact<Probe>,
}

/// The server as this role sees it: one row of one query.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Server {
    /// `server_version_num`, for example 170010.
    pub version_num: u32,
    /// `version()`.
    pub version: Text,
    /// Whether it is a standby.
    pub in_recovery: bool,
    /// The session's login role.
    pub session_user: Text,
    /// The role whose privileges the session has.
    pub current_user: Text,
    /// The database.
    pub database: Database,
    /// The login role, as which a WAL sender is authorised whatever role the session was switched
    /// to; `None` where `pg_roles` does not show it.
    pub role: Option<Role>,
    /// Roles that the login role is a member of, directly or not; true where their privileges are
    /// in force without `SET ROLE`.
    #[serde(default)]
    pub member_of: Option<BTreeMap<String, bool>>,
    /// Roles that only platforms of providers have, of those that are known.
    #[serde(default)]
    pub platform_roles: Option<Vec<String>>,
    /// The settings that are visible to this role.
    pub settings: BTreeMap<String, Setting>,
    /// This session's encryption as the server sees it.
    pub tls: Option<ServerTls>,
    /// Running WAL sender processes of all kinds.
    pub wal_senders: u32,
    /// All replication slots of the cluster.
    pub slots: Option<Vec<Slot>>,
    /// The server process of this session.
    #[serde(default)]
    pub backend_pid: Option<i64>,
    /// The process that was announced at login: another one behind a pooler.
    #[serde(default)]
    pub announced_pid: Option<i64>,
    /// How the session was authenticated, `method:identity`, from PostgreSQL 16 on; `None` where
    /// nothing was asked for, as under `trust`.
    #[serde(default)]
    pub system_user: Option<Text>,
    /// Who is connected.
    #[serde(default)]
    pub sessions: Option<Sessions>,
    /// The twenty transactions that have held a transaction id for longest.
    #[serde(default)]
    pub transactions: Option<Vec<Writer>>,
    /// All prepared transactions of the cluster.
    #[serde(default)]
    pub prepared_transactions: Option<Vec<PreparedTransaction>>,
    /// How much log was written; known from PostgreSQL 14 on.
    #[serde(default)]
    pub wal: Option<WalWritten>,
    /// What was decoded for each slot; known from PostgreSQL 14 on.
    #[serde(default)]
    pub decoded: Option<Vec<Decoded>>,
    /// How busy this database is, and all others.
    #[serde(default)]
    pub commits: Option<Commits>,
    /// The database's extensions with their versions.
    #[serde(default)]
    pub extensions: Option<BTreeMap<String, String>>,
    /// The database's event triggers.
    #[serde(default)]
    pub event_triggers: Option<Vec<EventTrigger>>,
    /// `client_encoding` as it is attached to the role or the database: this session sets its own,
    /// so that the settings do not show it.
    #[serde(default)]
    pub attached_client_encoding: Option<Text>,
    /// Everything that the query gives and no check reads yet, by the query's names.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// One setting as `pg_settings` shows it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// The value, without its unit.
    pub value: Option<Text>,
    /// The unit, for example `MB`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Where the value comes from, for example `configuration file`, `user` or `default`.
    pub source: String,
    /// Whether a changed value waits for a restart.
    pub pending_restart: bool,
}

/// The database of the session.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Database {
    /// Its name.
    pub name: Text,
    /// Its encoding, for example `UTF8`.
    pub encoding: String,
    /// Whether this role may create publications and schemas in it.
    pub may_create: bool,
    /// Transactions since its oldest row was last frozen.
    #[serde(default)]
    pub xid_age: Option<i64>,
    /// Whether the login role may connect to it.
    #[serde(default)]
    pub may_connect: Option<bool>,
    /// Whether it lets anybody connect.
    #[serde(default)]
    pub allows_connections: Option<bool>,
    /// Sessions it takes at once; −1 for no limit.
    #[serde(default)]
    pub connection_limit: Option<i64>,
    /// The version of the collation that its indexes were built with, where it has one; known from
    /// PostgreSQL 15 on.
    #[serde(default)]
    pub collation_version: Option<Text>,
    /// The version of that collation that the operating system has now.
    #[serde(default)]
    pub current_collation_version: Option<Text>,
}

/// A role as `pg_roles` shows it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its name.
    pub name: Text,
    /// `SUPERUSER`.
    pub superuser: bool,
    /// `REPLICATION`.
    pub replication: bool,
    /// `BYPASSRLS`.
    pub bypass_rls: bool,
    /// Sessions it may have at once; −1 for no limit.
    pub connection_limit: i32,
    /// `CREATEROLE`.
    #[serde(default)]
    pub create_role: Option<bool>,
    /// `CREATEDB`.
    #[serde(default)]
    pub create_database: Option<bool>,
    /// `INHERIT`: before PostgreSQL 16 whether privileges of its groups are in force at all, since
    /// then only what new memberships begin with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inherit: Option<bool>,
    /// Seconds until its password expires, by the server's clock; `None` where it never does.
    #[serde(default)]
    pub expires_in_seconds: Option<i64>,
}

/// A session's encryption as `pg_stat_ssl` shows it. Behind a pooler it is the pooler's session.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ServerTls {
    /// Whether it is encrypted.
    pub encrypted: bool,
    /// The protocol version, for example `TLSv1.3`.
    pub version: Option<String>,
}

/// A replication slot.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Slot {
    /// Its name.
    pub name: Text,
    /// `logical` or `physical`.
    pub kind: String,
    /// The output plugin of a logical slot.
    pub plugin: Option<Text>,
    /// The database of a logical slot.
    pub database: Option<Text>,
    /// Whether somebody streams from it.
    pub active: bool,
    /// Whether it ends with its session.
    pub temporary: bool,
    /// `reserved`, `extended`, `unreserved` or `lost`.
    pub wal_status: Option<String>,
    /// Why it can no longer be used, for example `wal_removed`; known from PostgreSQL 17 on.
    #[serde(default)]
    pub invalidation_reason: Option<String>,
    /// Whether standbys keep a copy of it; known from PostgreSQL 17 on.
    #[serde(default)]
    pub failover: Option<bool>,
    /// Whether it is such a copy; known from PostgreSQL 17 on.
    #[serde(default)]
    pub synced: Option<bool>,
    /// Bytes of WAL that it holds back; `None` on a standby.
    pub lag_bytes: Option<i64>,
    /// Bytes of WAL that its consumer has not confirmed; `None` on a standby, for physical slots,
    /// and while its creation still waits for transactions to end.
    #[serde(default)]
    pub unconfirmed_bytes: Option<i64>,
    /// Whether it holds WAL back at all.
    #[serde(default)]
    pub reserves_wal: Option<bool>,
    /// Bytes that can be written before it may lose its WAL; `None` where nothing limits it.
    #[serde(default)]
    pub safe_wal_bytes: Option<i64>,
    /// Whether it conflicts with recovery on a standby; known from PostgreSQL 16 on.
    #[serde(default)]
    pub conflicting: Option<bool>,
    /// The process that streams from it.
    #[serde(default)]
    pub active_pid: Option<i64>,
    /// Transaction ids given out since the oldest that it keeps from being cleaned up.
    #[serde(default)]
    pub xmin_age: Option<i64>,
}

impl Slot {
    /// Whether it can no longer be used by anybody.
    pub fn is_lost(&self) -> bool {
        self.wal_status.as_deref() == Some("lost")
            || self.invalidation_reason.is_some()
            || self.conflicting == Some(true)
    }
}

impl Postgres {
    /// The server's facts; the first `?` of most judges.
    ///
    /// # Errors
    /// The reason why they are missing.
    pub fn server(&self) -> Result<&Server, Missing> {
        self.server.get()
    }

    /// The platform as the server's own settings tell it, for remedies: the host's name is not at
    /// hand here, and a private name would hide it.
    pub fn platform(&self) -> Flavour {
        self.flavour("").unwrap_or(Flavour::Postgres)
    }

    /// The product or platform: from settings and roles first, from the host's name last, because a
    /// private name hides it.
    ///
    /// # Errors
    /// The reason why the server's facts are missing.
    pub fn flavour(&self, host: &str) -> Result<Flavour, Missing> {
        match self.server.get() {
            Ok(server) => Ok(server.flavour(host)),
            Err(missing) => self.look_alike().map(|_| Flavour::LookAlike).ok_or(missing),
        }
    }

    /// What answers in place of PostgreSQL, if it is not PostgreSQL.
    pub fn look_alike(&self) -> Option<&'static LookAlike> {
        LookAlike::of(Engine::Postgres, self.said_version()?.untrusted())
    }

    /// `version()`, however it was read.
    pub fn said_version(&self) -> Option<&Text> {
        self.server.known().map(|server| &server.version).or(self.version.as_ref())
    }
}

impl Server {
    /// The version as people write it, for example `17.10`.
    pub fn version_number(&self) -> String {
        format!("{}.{}", self.version_num / 10_000, self.version_num % 10_000)
    }

    /// The major version, for example 17.
    pub fn major(&self) -> u32 {
        self.version_num / 10_000
    }

    /// All replication slots of the cluster.
    ///
    /// # Errors
    /// [`Missing::Denied`] where the server does not show them to this role.
    pub fn all_slots(&self) -> Result<&[Slot], Missing> {
        self.slots.as_deref().ok_or_else(|| Missing::Denied {
            what: Text::new("the replication slots"),
            needs: Text::new("SELECT on pg_replication_slots"),
        })
    }

    /// A fact that the query gives on every server; recordings made before it was asked for lack
    /// it.
    ///
    /// # Errors
    /// [`Missing::NotAsked`] where it is not there.
    pub fn recorded<'a, T>(&self, fact: Option<&'a T>, what: &str) -> Result<&'a T, Missing> {
        fact.ok_or_else(|| Missing::NotAsked {
            what: Text::new(what),
            why: Text::new("the recording is older than this check"),
        })
    }

    /// A setting.
    ///
    /// # Errors
    /// [`Missing::Denied`] where the server does not show it to this role; `pg_settings` looks the
    /// same for a setting that this version does not have.
    pub fn setting(&self, name: &str) -> Result<&Setting, Missing> {
        self.settings.get(name).ok_or_else(|| Missing::Denied {
            what: Text::new(format!("the setting {name}")),
            needs: Text::new("membership in pg_read_all_settings, or a version that has it"),
        })
    }

    /// A setting's value as text.
    ///
    /// # Errors
    /// As [`Self::setting`].
    pub fn setting_text(&self, name: &str) -> Result<&str, Missing> {
        Ok(self.setting(name)?.value.as_ref().map_or("", Text::untrusted))
    }

    /// A setting's value as a whole number, in the setting's own unit.
    ///
    /// # Errors
    /// As [`Self::setting`], and [`Missing::Malformed`] for anything but a number.
    pub fn setting_number(&self, name: &str) -> Result<i64, Missing> {
        let text = self.setting_text(name)?;
        text.parse().map_err(|_| Missing::Malformed {
            what: Text::new(format!("the setting {name}")),
            detail: Text::new(format!("not a whole number: {text}")),
        })
    }

    fn flavour(&self, host: &str) -> Flavour {
        if LookAlike::of(Engine::Postgres, self.version.untrusted()).is_some() {
            return Flavour::LookAlike;
        }
        self.flavour_by_settings()
            .or_else(|| self.flavour_by_roles())
            .or_else(|| Flavour::by_host(host))
            .unwrap_or(Flavour::Postgres)
    }

    /// A platform's own roles, which stay where its settings are hidden.
    fn flavour_by_roles(&self) -> Option<Flavour> {
        let by_name = [
            ("alloydbsuperuser", Flavour::AlloyDb),
            ("azure_pg_admin", Flavour::Azure),
            ("cloudsqlsuperuser", Flavour::CloudSql),
            ("neon_superuser", Flavour::Neon),
            ("pg_rds_superuser", Flavour::AlibabaRds),
            ("supabase_admin", Flavour::Supabase),
            ("rds_superuser", Flavour::Rds),
        ];
        let roles = self.platform_roles.as_deref().unwrap_or_default();
        let has = |name: &str| roles.iter().any(|role| role == name);
        by_name.into_iter().find_map(|(name, flavour)| has(name).then_some(flavour))
    }

    fn flavour_by_settings(&self) -> Option<Flavour> {
        let by_prefix = [
            ("aurora.", Flavour::Aurora),
            ("alloydb.", Flavour::AlloyDb),
            ("cloudsql.", Flavour::CloudSql),
            ("azure.", Flavour::Azure),
            ("neon.", Flavour::Neon),
            ("polar_", Flavour::PolarDb),
            ("supautils.", Flavour::Supabase),
            ("rds.", Flavour::Rds),
            ("rds_", Flavour::AlibabaRds),
        ];
        by_prefix.into_iter().find_map(|(prefix, flavour)| {
            self.settings.keys().any(|name| name.starts_with(prefix)).then_some(flavour)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Postgres, Server};
    use crate::facts::{Facts, Source};
    use crate::{Fact, Flavour};

    fn recorded() -> Postgres {
        let recorded = include_str!("../../tests/facts/postgres.json");
        let facts: Facts = serde_json::from_str(recorded).expect("a recording");
        let Source::Postgres(db) = facts.source else { panic!("a PostgreSQL recording") };
        *db
    }

    fn flavour(host: &str, change: impl Fn(&mut Server)) -> Flavour {
        let mut db = recorded();
        let Fact::Known(server) = &mut db.server else { panic!("a server") };
        change(server);
        db.flavour(host).expect("known facts")
    }

    fn with_role(name: &str) -> Flavour {
        flavour("db.internal", |server| server.platform_roles = Some(vec![name.into()]))
    }

    #[test]
    fn platforms_are_told_by_their_roles() {
        let platforms = [
            ("alloydbsuperuser", Flavour::AlloyDb),
            ("azure_pg_admin", Flavour::Azure),
            ("cloudsqlsuperuser", Flavour::CloudSql),
            ("neon_superuser", Flavour::Neon),
            ("pg_rds_superuser", Flavour::AlibabaRds),
            ("rds_superuser", Flavour::Rds),
            ("supabase_admin", Flavour::Supabase),
        ];
        for (role, platform) in platforms {
            assert_eq!(with_role(role), platform, "{role}");
        }
        assert_eq!(with_role("someone"), Flavour::Postgres);
    }

    #[test]
    fn settings_count_before_roles_and_roles_before_the_host() {
        let amazon = "db.c1.eu-west-1.rds.amazonaws.com";
        assert_eq!(flavour(amazon, |_| ()), Flavour::Rds);
        let roles =
            |server: &mut Server| server.platform_roles = Some(vec!["azure_pg_admin".into()]);
        assert_eq!(flavour(amazon, roles), Flavour::Azure);
        let both = |server: &mut Server| {
            roles(server);
            let setting = server.settings["wal_level"].clone();
            server.settings.insert("neon.tenant_id".into(), setting);
        };
        assert_eq!(flavour(amazon, both), Flavour::Neon);
    }
}
