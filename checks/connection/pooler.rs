//! The way leads to the server itself, not to a connection pooler.

use crate::facts::postgres::Probe;
use crate::facts::{MySql, Source};
use crate::{
    Actor, Check, Fact, Facts, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict,
};

pub(crate) const CHECK: Check<Facts> = Check {
    id: "connection/pooler",
    title: "no pooler stands between",
    level: Level::Recommended,
    tags: &["connection", "replication"],
    doc: include_str!("pooler.md"),
    judge,
    remedy,
};

/// SQLSTATE of a login that poolers do not understand.
const PROTOCOL_VIOLATION: &str = "08P01";

/// Ports on which poolers listen unless told otherwise.
const USUAL_PORTS: [u16; 2] = [6432, 6543];

fn judge(facts: &Facts, _: &Intent) -> Result<Verdict, Missing> {
    let db = match &facts.source {
        Source::Postgres(db) => db,
        Source::MySql(db) => return mysql(facts, db),
        Source::RabbitMq(_) => {
            return Ok(Verdict::not_applicable("a proxy before a broker does no harm"));
        }
    };
    let finding = |outcome| Finding::server(outcome).expected("the server itself");
    if let Some(product) = by_name(facts.connection.host.untrusted()) {
        let message = "The host's name is that of a pooler, which may refuse replication.";
        return Ok(finding(Outcome::Warn).observed(product).because(message).into());
    }
    let server = db.server()?;
    let own = server.recorded(server.backend_pid.as_ref(), "the session's process")?;
    let announced = server.recorded(server.announced_pid.as_ref(), "the announced process")?;
    if own != announced {
        return Ok(finding(Outcome::Warn)
            .observed("a pooler")
            .because(
                "The process that was announced at login is not the one that answers. Poolers \
                 refuse replication, or pass it on since PgBouncer 1.23; settings made in one \
                 session may appear in another.",
            )
            .into());
    }
    if shows_in_probe(&db.probe) {
        let message = "The replication connection does not reach the server itself.";
        return Ok(finding(Outcome::Warn).observed("a pooler").because(message).into());
    }
    let finding = finding(Outcome::Pass).observed("the server itself");
    Ok(if USUAL_PORTS.contains(&facts.connection.port) {
        finding.because("The port is one that poolers use, but the session is the server's own.")
    } else {
        finding
    }
    .into())
}

/// Whether something between answered to the live probe: by another process than the announced one,
/// or with the refusal of startup parameters that the server takes.
fn shows_in_probe(probe: &Fact<Probe>) -> bool {
    match probe.known().map(|probe| probe.walsender.get()) {
        Some(Ok(found)) => found.pooled || found.limits_refused,
        Some(Err(Missing::Refused { code, .. })) => code.as_deref() == Some(PROTOCOL_VIOLATION),
        _ => false,
    }
}

/// Proxies of MySQL pass the log on or do not; what gives them away is a suspicion each.
fn mysql(facts: &Facts, db: &MySql) -> Result<Verdict, Missing> {
    let finding = |outcome| Finding::server(outcome).expected("the server itself");
    let suspect = |observed: &str, why: &'static str| {
        Ok(finding(Outcome::Warn).observed(observed).because(why).into())
    };
    let host = facts.connection.host.untrusted().to_ascii_lowercase();
    match by_name(&host) {
        Some(product) => return suspect(product, NO_LOG),
        None if host.contains(".rwlb.") => {
            return suspect("a read-write split endpoint", OTHER_SERVER);
        }
        None => {}
    }
    let identity = db.identity.get()?;
    let version = identity.version.untrusted().to_ascii_lowercase();
    if version.contains("maxscale") {
        return suspect("MaxScale", OTHER_SERVER);
    }
    if matches!(version.as_str(), "8.0.11" | "5.5.30") && facts.connection.port == PROXYSQL_PORT {
        return suspect("perhaps ProxySQL, which calls itself so on this port", OTHER_SERVER);
    }
    let session = identity.session_id.ok_or_else(|| Missing::NotAsked {
        what: "the number of the session".into(),
        why: "the recording is of an earlier version of this program".into(),
    })?;
    // The greeting has room for the lower half only.
    if session.announced & 0xffff_ffff != session.own & 0xffff_ffff {
        return suspect("a proxy", RENUMBERED);
    }
    Ok(finding(Outcome::Pass).observed("the server itself").into())
}

const PROXYSQL_PORT: u16 = 6033;
const NO_LOG: &str = "The host's name is that of a proxy that does not pass the binary log on.";
const OTHER_SERVER: &str =
    "It may lead to another server with each connection, where a position means something else.";
const RENUMBERED: &str =
    "The session has another number than was announced at login: something in between made up one.";

/// The pooler that a host's name gives away.
fn by_name(host: &str) -> Option<&'static str> {
    let host = host.to_ascii_lowercase();
    let first = host.split('.').next().unwrap_or_default();
    let is_amazon = host.ends_with(".rds.amazonaws.com") || host.ends_with(".rds.amazonaws.com.cn");
    if host.ends_with(".pooler.supabase.com") {
        Some("Supabase's pooler")
    } else if first.ends_with("-pooler") {
        Some("a pooler, as Neon names its own")
    } else if is_amazon && host.contains(".proxy-") {
        Some("RDS Proxy")
    } else {
        None
    }
}

fn remedy(_: &Finding, facts: &Facts, _: &Intent) -> Remedy {
    if let Source::MySql(_) = &facts.source {
        let instruction = "In HostName and Port, name the server that writes the log: the primary's \
                           own endpoint, not a proxy's or one that splits reads from writes.";
        return Step::manual(Actor::Requester, instruction).into();
    }
    Step::manual(
        Actor::Requester,
        "In HostName and Port, name the server itself: on Neon the host without -pooler, on \
         Supabase db.PROJECT.supabase.co, on Amazon the instance's or cluster's own endpoint.",
    )
    .into()
}
