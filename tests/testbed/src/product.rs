//! The database servers this crate can provide.

use std::fmt;
use std::str::FromStr;

/// A database server of a given version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Product {
    /// PostgreSQL of a major version.
    Postgres(u8),
    /// MySQL of a release series: major, minor.
    MySql(u8, u8),
    /// MariaDB of a release series: major, minor.
    MariaDb(u8, u8),
    /// RabbitMQ of a release series, with its management plugin: major, minor.
    RabbitMq(u8, u8),
}

impl Product {
    /// MySQL 9.7.
    pub const MYSQL: Self = Self::MySql(9, 7);
    /// MariaDB 10.11, the last series whose server speaks no TLS by default.
    pub const MARIADB_10_11: Self = Self::MariaDb(10, 11);
    /// MariaDB 11.8.
    pub const MARIADB_11_8: Self = Self::MariaDb(11, 8);
    /// RabbitMQ 4.0.
    pub const RABBITMQ: Self = Self::RabbitMq(4, 0);
    /// Every database the test suites run against.
    pub const ALL: [Self; 7] = [
        Self::Postgres(13),
        Self::Postgres(15),
        Self::Postgres(17),
        Self::Postgres(18),
        Self::MYSQL,
        Self::MARIADB_10_11,
        Self::MARIADB_11_8,
    ];

    /// Whether this is MySQL, as against MariaDB or PostgreSQL.
    #[must_use]
    pub fn is_mysql(self) -> bool {
        matches!(self, Self::MySql(..))
    }

    /// Whether this is RabbitMQ, which is no database: [`execute`](crate::Server::execute) runs
    /// commands of a shell in it.
    #[must_use]
    pub fn is_rabbitmq(self) -> bool {
        matches!(self, Self::RabbitMq(..))
    }

    /// Whether this is PostgreSQL, as against MySQL or MariaDB.
    #[must_use]
    pub fn is_postgres(self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// The name of the official container image: `postgres`, `mysql` or `mariadb`.
    pub(crate) fn repository(self) -> &'static str {
        match self {
            Self::Postgres(_) => "postgres",
            Self::MySql(..) => "mysql",
            Self::MariaDb(..) => "mariadb",
            Self::RabbitMq(..) => "rabbitmq",
        }
    }

    /// The version as the image tag has it: `17`, `9.7`, `11.8`, `4.0-management`.
    pub(crate) fn version(self) -> String {
        match self {
            Self::Postgres(major) => major.to_string(),
            Self::MySql(major, minor) | Self::MariaDb(major, minor) => format!("{major}.{minor}"),
            Self::RabbitMq(major, minor) => format!("{major}.{minor}-management"),
        }
    }

    /// The server program.
    pub(crate) fn server(self) -> &'static str {
        match self {
            Self::Postgres(_) => "postgres",
            Self::MySql(..) => "mysqld",
            Self::MariaDb(..) => "mariadbd",
            Self::RabbitMq(..) => "rabbitmq-server",
        }
    }

    /// The system account the server runs under, in images and in Debian packages alike.
    pub(crate) fn account(self) -> &'static str {
        match self {
            Self::Postgres(_) => "postgres",
            Self::MySql(..) | Self::MariaDb(..) => "mysql",
            Self::RabbitMq(..) => "rabbitmq",
        }
    }

    /// The port inside the container.
    pub(crate) fn port(self) -> u16 {
        match self {
            Self::Postgres(_) => 5432,
            Self::MySql(..) | Self::MariaDb(..) => 3306,
            Self::RabbitMq(..) => 5672,
        }
    }

    /// The further ports inside the container: with TLS, and of the management API.
    pub(crate) fn other_ports(self) -> &'static [u16] {
        if self.is_rabbitmq() { &[5671, 15_672] } else { &[] }
    }

    /// The administrator's name.
    pub(crate) fn admin_user(self) -> &'static str {
        match self {
            Self::Postgres(_) => "postgres",
            Self::MySql(..) | Self::MariaDb(..) => "root",
            Self::RabbitMq(..) => "admin",
        }
    }

    /// The database a statement runs in when none is named; MySQL and MariaDB need none.
    pub(crate) fn admin_database(self) -> Option<&'static str> {
        self.is_postgres().then_some("postgres")
    }
}

impl fmt::Display for Product {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.repository(), self.version())
    }
}

impl FromStr for Product {
    type Err = String;

    /// Reads the form of an image name: `postgres:17`, `mysql:9.7`, `mariadb:11.8`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("\"{text}\" is no product; examples: postgres:17, mysql:9.7");
        let (name, version) = text.split_once(':').ok_or_else(wrong)?;
        let series = || {
            let (major, minor) = version.split_once('.')?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        };
        match name {
            "postgres" => version.parse().map(Self::Postgres).map_err(|_| wrong()),
            "rabbitmq" => {
                let series = version.strip_suffix("-management").and_then(|it| it.split_once('.'));
                let series = series.and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
                series.map(|(major, minor)| Self::RabbitMq(major, minor)).ok_or_else(wrong)
            }
            "mysql" => series().map(|(major, minor)| Self::MySql(major, minor)).ok_or_else(wrong),
            "mariadb" => {
                series().map(|(major, minor)| Self::MariaDb(major, minor)).ok_or_else(wrong)
            }
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Product;

    #[test]
    fn a_product_is_read_back_from_its_name() {
        for product in Product::ALL.into_iter().chain([Product::RABBITMQ]) {
            assert_eq!(product.to_string().parse(), Ok(product));
        }
        assert!("oracle:23".parse::<Product>().is_err());
        assert!("mysql:9".parse::<Product>().is_err());
    }
}
