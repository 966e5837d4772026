//! The server's version is one that can be captured, and still supported.

use crate::facts::Source;
use crate::facts::mysql::{Line, Version};
use crate::{
    Actor, Check, Facts, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict,
};

pub(crate) const CHECK: Check<Facts> = Check {
    id: "connection/version",
    title: "the server's version is supported",
    level: Level::Required,
    tags: &["connection"],
    doc: include_str!("version.md"),
    judge,
    remedy,
};

/// The oldest version that can be captured, and the oldest that its makers still mend.
struct Limits {
    captured: Version,
    maintained: Version,
}

/// PostgreSQL 14 left community support in November 2026.
const POSTGRES: Limits =
    Limits { captured: Version::new(10, 0, 0), maintained: Version::new(15, 0, 0) };
/// The newest line that the checks were proven on.
const POSTGRES_TESTED: Version = Version::new(19, u32::MAX, 0);
/// MySQL 8.0 left support in April 2026.
const MYSQL: Limits = Limits { captured: Version::new(5, 6, 0), maintained: Version::new(8, 4, 0) };
/// MariaDB 10.6 left support in July 2026; the reference counts it as the oldest in wide use.
const MARIADB: Limits =
    Limits { captured: Version::new(10, 2, 0), maintained: Version::new(10, 6, 0) };

/// RabbitMQ has quorum queues since 3.8; 3.13 left community support in 2025.
const RABBITMQ: Limits =
    Limits { captured: Version::new(3, 8, 0), maintained: Version::new(4, 0, 0) };

/// MySQL's releases between those that are maintained for long.
const INNOVATION: [(u32, u32); 10] =
    [(8, 1), (8, 2), (8, 3), (9, 0), (9, 1), (9, 2), (9, 3), (9, 4), (9, 5), (9, 6)];

fn judge(facts: &Facts, _: &Intent) -> Result<Verdict, Missing> {
    let (version, limits) = match &facts.source {
        Source::Postgres(db) => {
            let server = db.server()?;
            (Version::new(server.major(), server.version_num % 10_000, 0), POSTGRES)
        }
        Source::MySql(db) => {
            let identity = db.identity.get()?;
            let limits = match identity.line() {
                Line::MariaDb => MARIADB,
                Line::MySql => MYSQL,
            };
            (identity.version_number()?, limits)
        }
        Source::RabbitMq(broker) => (number(&broker.server.get()?.version)?, RABBITMQ),
    };
    if let Source::MySql(db) = &facts.source
        && db.identity.get()?.line() == Line::MySql
        && INNOVATION.contains(&(version.major, version.minor))
    {
        return Ok(Finding::server(Outcome::Warn)
            .expected("a long-term release, 8.4 or 9.7")
            .observed(facts.server_version()?)
            .because("nobody mends an innovation release once the next one is out")
            .into());
    }
    let (outcome, expected) = if version < limits.captured {
        (Outcome::Fail, limits.captured)
    } else if version < limits.maintained {
        (Outcome::Warn, limits.maintained)
    } else {
        (Outcome::Pass, limits.maintained)
    };
    let is_newer = matches!(facts.source, Source::Postgres(_)) && version > POSTGRES_TESTED;
    let expected = Text::new(format!("{}.{} or newer", expected.major, expected.minor));
    let finding = Finding::server(outcome).expected(expected).observed(facts.server_version()?);
    Ok(if is_newer {
        finding.because("Newer than any version that the checks were proven on.").into()
    } else {
        finding.into()
    })
}

/// The version of a broker, for example `4.0.5` or `4.2.0-beta.1`.
fn number(version: &Text) -> Result<Version, Missing> {
    let digits = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>();
    let mut parts = version.untrusted().split('.').map(|part| digits(part).parse().ok());
    match (parts.next().flatten(), parts.next().flatten()) {
        (Some(major), Some(minor)) => {
            Ok(Version::new(major, minor, parts.next().flatten().unwrap_or_default()))
        }
        _ => Err(Missing::Malformed {
            what: "the broker's version".into(),
            detail: format!("{} is no number", version.untrusted()).into(),
        }),
    }
}

fn remedy(finding: &Finding, _: &Facts, _: &Intent) -> Remedy {
    let expected = finding.expected.as_ref().map_or("a newer version", Text::untrusted);
    Step::manual(Actor::Dba, format!("Upgrade the server to {expected}.")).into()
}
