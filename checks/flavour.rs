//! Products and platforms: what decides between remedies, and between what can work and what
//! only speaks the protocol.

use serde::{Deserialize, Serialize};

/// A product, or the platform that runs it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Flavour {
    /// ApsaraDB RDS of Alibaba Cloud.
    AlibabaRds,
    /// AlloyDB of Google Cloud.
    AlloyDb,
    /// Aurora of AWS.
    Aurora,
    /// Azure Database, flexible server.
    Azure,
    /// Cloud SQL of Google Cloud.
    CloudSql,
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
    /// Amazon RDS.
    Rds,
    /// Supabase.
    Supabase,
    /// Speaks the protocol, but has no log that a connector for the original could read.
    LookAlike,
}

impl Flavour {
    /// The name as people write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AlibabaRds => "ApsaraDB RDS",
            Self::AlloyDb => "AlloyDB",
            Self::Aurora => "Aurora",
            Self::Azure => "Azure Database",
            Self::CloudSql => "Cloud SQL",
            Self::MariaDb => "MariaDB",
            Self::MySql => "MySQL",
            Self::Neon => "Neon",
            Self::Percona => "Percona Server",
            Self::PolarDb => "PolarDB",
            Self::Postgres => "PostgreSQL",
            Self::Rds => "Amazon RDS",
            Self::Supabase => "Supabase",
            Self::LookAlike => "a look-alike",
        }
    }

    /// Whether a provider runs it, so that server settings are changed in a console.
    pub fn is_managed(self) -> bool {
        !matches!(
            self,
            Self::MariaDb | Self::MySql | Self::Percona | Self::Postgres | Self::LookAlike
        )
    }
}
