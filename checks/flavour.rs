//! Products and platforms: what decides between remedies, and between what can work and what
//! only speaks the protocol.

use serde::{Deserialize, Serialize};

use crate::Engine;

/// A product, or the platform that runs it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Flavour {
    /// ApsaraDB RDS of Alibaba Cloud.
    AlibabaRds,
    /// AlloyDB of Google Cloud.
    AlloyDb,
    /// Amazon MQ.
    AmazonMq,
    /// ApsaraMQ for RabbitMQ of Alibaba Cloud.
    ApsaraMq,
    /// Aurora of AWS.
    Aurora,
    /// Azure Database, flexible server.
    Azure,
    /// Cloud SQL of Google Cloud.
    CloudSql,
    /// MySQL HeatWave of Oracle Cloud.
    HeatWave,
    /// MariaDB, run by its owner.
    MariaDb,
    /// MySQL, run by its owner.
    MySql,
    /// Neon.
    Neon,
    /// Percona Server for MySQL, run by its owner.
    Percona,
    /// PolarDB of Alibaba Cloud.
    PolarDb,
    /// PostgreSQL, run by its owner.
    Postgres,
    /// RabbitMQ, run by its owner.
    RabbitMq,
    /// Amazon RDS.
    Rds,
    /// Supabase.
    Supabase,
    /// Speaks the protocol, but has no log that a connector for the original could read.
    LookAlike,
}

/// A product that speaks the protocol of another, and has none of its logs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LookAlike {
    /// What its version contains.
    mark: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The change data capture that it brings itself.
    pub instead: &'static str,
}

const fn look_alike(mark: &'static str, name: &'static str, instead: &'static str) -> LookAlike {
    LookAlike { mark, name, instead }
}

/// What speaks the protocol of PostgreSQL.
const LIKE_POSTGRES: &[LookAlike] = &[
    look_alike("CockroachDB", "CockroachDB", "changefeeds (CREATE CHANGEFEED)"),
    look_alike("-YB-", "YugabyteDB", "its own CDC with the plugin yboutput"),
    look_alike("Redshift", "Amazon Redshift", "UNLOAD or zero-ETL: it is a target, not a source"),
    look_alike("Greenplum", "Greenplum", "gpbackup or a copy of the tables: it has no change log"),
    look_alike("Materialize", "Materialize", "sinks (CREATE SINK) or SUBSCRIBE"),
    look_alike("RisingWave", "RisingWave", "sinks (CREATE SINK) or subscriptions"),
    look_alike("QuestDB", "QuestDB", "queries by its designated timestamp: it has no change log"),
    look_alike("CrateDB", "CrateDB", "CrateDB Cloud's exports: it has no change log"),
    look_alike("openGauss", "openGauss", "logical decoding with mppdb_decoding"),
    look_alike("GaussDB", "GaussDB", "logical decoding with mppdb_decoding, or DRS"),
    look_alike("Spanner", "Spanner", "change streams (CREATE CHANGE STREAM)"),
    look_alike("DSQL", "Aurora DSQL", "what AWS offers for DSQL: it has no replication slots"),
];

/// What speaks the protocol of MySQL.
const LIKE_MYSQL: &[LookAlike] = &[
    look_alike("-TiDB-", "TiDB", "TiCDC"),
    look_alike("OceanBase", "OceanBase", "OBCDC, or its binary log service"),
    look_alike("-Vitess", "Vitess", "VStream"),
    look_alike("TDDL", "PolarDB-X", "PolarDB-X CDC, its global binary log"),
    look_alike("PolarDB-X", "PolarDB-X", "PolarDB-X CDC, its global binary log"),
    look_alike("SingleStore", "SingleStore", "OBSERVE queries, or pipelines"),
    look_alike("Doris", "Apache Doris", "its binlog for replication between clusters (CCR)"),
    look_alike("StarRocks", "StarRocks", "queries: it is a target, not a source"),
];

impl LookAlike {
    /// The product that the version of what speaks an engine's protocol gives away.
    pub fn of(engine: Engine, version: &str) -> Option<&'static Self> {
        let all = match engine {
            Engine::MySql => LIKE_MYSQL,
            Engine::Postgres => LIKE_POSTGRES,
            Engine::RabbitMq => &[],
        };
        all.iter().find(|one| version.contains(one.mark))
    }
}

/// The platforms whose host names give them away. A name of the owner's own hides them.
const BY_SUFFIX: &[(&str, Flavour)] = &[
    (".mysql.database.azure.com", Flavour::Azure),
    (".mysql.polardb.rds.aliyuncs.com", Flavour::PolarDb),
    (".mysql.rds.aliyuncs.com", Flavour::AlibabaRds),
    (".neon.tech", Flavour::Neon),
    (".pg.rds.aliyuncs.com", Flavour::AlibabaRds),
    (".postgres.database.azure.com", Flavour::Azure),
    (".rds.amazonaws.com", Flavour::Rds),
    (".rds.amazonaws.com.cn", Flavour::Rds),
    (".supabase.co", Flavour::Supabase),
];

impl Flavour {
    /// The platform that a host name gives away, as the last resort.
    pub(crate) fn by_host(host: &str) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        let (_, flavour) = BY_SUFFIX.iter().find(|(suffix, _)| host.ends_with(suffix))?;
        let is_aurora = *flavour == Self::Rds && host.contains(".cluster-");
        Some(if is_aurora { Self::Aurora } else { *flavour })
    }

    /// The name as people write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AlibabaRds => "ApsaraDB RDS",
            Self::AlloyDb => "AlloyDB",
            Self::AmazonMq => "Amazon MQ",
            Self::ApsaraMq => "ApsaraMQ for RabbitMQ",
            Self::Aurora => "Aurora",
            Self::Azure => "Azure Database",
            Self::CloudSql => "Cloud SQL",
            Self::HeatWave => "MySQL HeatWave",
            Self::MariaDb => "MariaDB",
            Self::MySql => "MySQL",
            Self::Neon => "Neon",
            Self::Percona => "Percona Server",
            Self::PolarDb => "PolarDB",
            Self::Postgres => "PostgreSQL",
            Self::RabbitMq => "RabbitMQ",
            Self::Rds => "Amazon RDS",
            Self::Supabase => "Supabase",
            Self::LookAlike => "a look-alike",
        }
    }

    /// Whether a provider runs it, so that server settings are changed in a console.
    pub fn is_managed(self) -> bool {
        !matches!(
            self,
            Self::MariaDb
                | Self::MySql
                | Self::Percona
                | Self::Postgres
                | Self::RabbitMq
                | Self::LookAlike
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Flavour;

    #[test]
    fn host_names_give_platforms_away() {
        let cases = [
            ("db.c1.eu-west-1.rds.amazonaws.com", Some(Flavour::Rds)),
            ("db.cluster-ro-c1.eu-west-1.RDS.amazonaws.com", Some(Flavour::Aurora)),
            ("pgm-1.pg.rds.aliyuncs.com", Some(Flavour::AlibabaRds)),
            ("pc-1.mysql.polardb.rds.aliyuncs.com", Some(Flavour::PolarDb)),
            ("db.example.com", None),
            ("rds.amazonaws.com.example.com", None),
        ];
        for (host, flavour) in cases {
            assert_eq!(Flavour::by_host(host), flavour, "{host}");
        }
    }
}
