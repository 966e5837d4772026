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
    /// Amazon RDS.
    Rds,
    /// Supabase.
    Supabase,
    /// Speaks the protocol, but has no log that a connector for the original could read.
    LookAlike,
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
