//! The server is one that a connector for this engine can read.

use crate::facts::Source;
use crate::facts::rabbitmq::Server;
use crate::{
    Actor, Check, Engine, Facts, Finding, Intent, Level, LookAlike, Missing, Outcome, Remedy, Step,
    Text, Verdict,
};

pub(crate) const CHECK: Check<Facts> = Check {
    id: "connection/flavour",
    title: "the server is what it looks like",
    level: Level::Required,
    tags: &["connection"],
    doc: include_str!("flavour.md"),
    judge,
    remedy,
};

const MERGED: &str = "PolarDB-X merges the logs of its nodes into one stream of its own making, with \
                      positions of its own";

const NOT_RABBITMQ: &str = "It speaks the protocol of RabbitMQ. No check here was proven on it.";

fn judge(facts: &Facts, _: &Intent) -> Result<Verdict, Missing> {
    let flavour = facts.flavour()?;
    let finding = |outcome| Finding::server(outcome);
    let version = facts.server_version();
    let merges =
        |version: &Text| ["TDDL", "PolarDB-X"].iter().any(|it| version.untrusted().contains(it));
    if let (Source::MySql(_), Ok(version)) = (&facts.source, &version)
        && merges(version)
    {
        return Ok(finding(Outcome::Warn)
            .expected("the original, or a build of it")
            .observed(version.clone())
            .because(MERGED)
            .into());
    }
    if let Source::RabbitMq(broker) = &facts.source {
        return Ok(broker_by_name(broker.server.get()?));
    }
    if let Some(product) = look_alike(facts) {
        return Ok(finding(Outcome::Fail)
            .expected("the original, or a build of it")
            .observed(product.name)
            .because("It speaks the protocol, but keeps no log that this source could read.")
            .into());
    }
    if let Some(build) = another_build(facts) {
        return Ok(finding(Outcome::Warn)
            .observed(build)
            .because(
                "Another maker's build. As far as it left replication alone, it behaves as \
                 PostgreSQL does; no check here was proven on it.",
            )
            .into());
    }
    Ok(finding(Outcome::Pass).observed(flavour.as_str()).into())
}

/// Another broker that speaks AMQP may well do; nothing here was proven on it.
fn broker_by_name(server: &Server) -> Verdict {
    let product = server.product.clone();
    if product.untrusted() == "RabbitMQ" {
        return Finding::server(Outcome::Pass).observed(product).into();
    }
    Finding::server(Outcome::Warn)
        .expected("RabbitMQ")
        .observed(product)
        .because(NOT_RABBITMQ)
        .into()
}

fn look_alike(facts: &Facts) -> Option<&'static LookAlike> {
    match &facts.source {
        Source::MySql(db) => LookAlike::of(Engine::MySql, &db.identity.known()?.words()),
        Source::Postgres(db) => db.look_alike(),
        Source::RabbitMq(_) => None,
    }
}

/// Builds of PostgreSQL by other makers, by what `version()` contains.
const BUILDS: &[(&str, &str)] = &[
    ("EnterpriseDB", "EDB Postgres Advanced Server"),
    ("IvorySQL", "IvorySQL"),
    ("Percona", "Percona Server for PostgreSQL"),
    ("PolarDB", "PolarDB"),
];

/// How the extensions of Babelfish begin.
const BABELFISH: &str = "babelfishpg_";

fn another_build(facts: &Facts) -> Option<&'static str> {
    let Source::Postgres(db) = &facts.source else { return None };
    let server = db.server.known()?;
    let version = server.version.untrusted();
    if let Some((_, name)) = BUILDS.iter().find(|(mark, _)| version.contains(mark)) {
        return Some(name);
    }
    let has_babelfish = |name: &String| name.starts_with(BABELFISH);
    server.extensions.as_ref()?.keys().any(has_babelfish).then_some("Babelfish")
}

fn remedy(finding: &Finding, facts: &Facts, _: &Intent) -> Remedy {
    Step::manual(
        Actor::Requester,
        match look_alike(facts).filter(|_| finding.outcome == Outcome::Fail) {
            Some(product) => format!(
                "Use what {} brings itself to capture changes: {}.",
                product.name, product.instead
            ),
            None => "Run again with --probe, and try the source on a copy of the database first."
                .to_owned(),
        },
    )
    .into()
}
