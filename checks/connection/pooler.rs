//! The way leads to the server itself, not to a connection pooler.

use crate::facts::Source;
use crate::{Actor, Check, Facts, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Facts> = Check {
    id: "connection/pooler",
    title: "no pooler stands between",
    level: Level::Recommended,
    tags: &["connection", "replication"],
    doc: include_str!("pooler.md"),
    judge,
    remedy,
};

/// Ports on which poolers listen unless told otherwise.
const USUAL_PORTS: [u16; 2] = [6432, 6543];

fn judge(facts: &Facts, _: &Intent) -> Result<Verdict, Missing> {
    let Source::Postgres(db) = &facts.source else {
        let why = "What tells poolers of MySQL from the server is not known.";
        return Ok(Verdict::not_applicable(why));
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
    let finding = finding(Outcome::Pass).observed("the server itself");
    Ok(if USUAL_PORTS.contains(&facts.connection.port) {
        finding.because("The port is one that poolers use, but the session is the server's own.")
    } else {
        finding
    }
    .into())
}

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

fn remedy(_: &Finding, _: &Facts, _: &Intent) -> Remedy {
    Step::manual(
        Actor::Requester,
        "In HostName and Port, name the server itself: on Neon the host without -pooler, on \
         Supabase db.PROJECT.supabase.co, on Amazon the instance's or cluster's own endpoint.",
    )
    .into()
}
