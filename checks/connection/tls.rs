//! The session is encrypted where the way leads over a public network.

use std::net::IpAddr;

use super::tls_verify;
use crate::facts::connection::TlsMode;
use crate::{
    Actor, Check, Cost, Engine, Facts, Finding, Flavour, Intent, Level, Missing, NetworkType,
    Outcome, Remedy, Step, Verdict,
};

pub(crate) const CHECK: Check<Facts> = Check {
    id: "connection/tls",
    title: "the connection is encrypted",
    level: Level::Required,
    tags: &["connection", "tls"],
    doc: include_str!("tls.md"),
    judge,
    remedy,
};

fn judge(facts: &Facts, want: &Intent) -> Result<Verdict, Missing> {
    if facts.connection.certificate_fault.is_some() {
        return Err(Missing::NotReached { because: tls_verify::ID.to_owned() });
    }
    let tls = facts.connection.tls.get()?;
    if tls.encrypted {
        let mode = tls.mode.as_str();
        return Ok(Finding::server(Outcome::Pass).observed(format!("TLS ({mode})")).into());
    }
    let (outcome, message) = match want.network {
        Some(NetworkType::Public) if want.engine == Engine::RabbitMq => {
            (Outcome::Warn, IN_THE_CLEAR)
        }
        Some(NetworkType::Public) => (
            Outcome::Fail,
            "The service encrypts connections to public endpoints; this server gave none.",
        ),
        Some(NetworkType::Private) => {
            (Outcome::Warn, "Only the network's own boundary protects this connection.")
        }
        None if is_loopback(facts.connection.host.untrusted()) => {
            (Outcome::Pass, "The connection does not leave this machine.")
        }
        None => (
            Outcome::Warn,
            "The request names no NetworkType; over a public network this would fail.",
        ),
    };
    let finding = Finding::server(outcome).expected("TLS").observed("plain text").because(message);
    Ok(finding.into())
}

/// Whether the service encrypts the way to a broker is the address's decision.
const IN_THE_CLEAR: &str =
    "Account, password and messages cross the public network for everybody to read.";

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn remedy(_: &Finding, facts: &Facts, want: &Intent) -> Remedy {
    if facts.connection.tls.known().is_some_and(|tls| tls.mode == TlsMode::Disable) {
        let instruction = "Run again without the TLS mode `disable`.";
        return Step::manual(Actor::Requester, instruction).into();
    }
    if facts.flavour().is_ok_and(Flavour::is_managed) {
        return Step::console("Turn on TLS for the instance and download its CA certificate.")
            .into();
    }
    match want.engine {
        Engine::RabbitMq => Step::request(
            "Write amqps:// before the host in Endpoint, with the port of the broker's TLS \
             listener, usually 5671.",
        )
        .note("the broker needs `listeners.ssl.default` and `ssl_options` in rabbitmq.conf")
        .into(),
        Engine::Postgres => Remedy::from(
            Step::dba("ALTER SYSTEM SET ssl = 'on';")
                .costs(Cost::Reload)
                .undo("ALTER SYSTEM RESET ssl;")
                .note("needs the files that ssl_cert_file and ssl_key_file name"),
        )
        .then(Step::dba("SELECT pg_reload_conf();").costs(Cost::Reload)),
        Engine::MySql => Step::config(
            "my.cnf",
            "[mysqld]",
            "ssl_cert = /path/server-cert.pem, ssl_key = /path/server-key.pem",
        )
        .note("MySQL makes its own certificate where its data directory has none")
        .into(),
    }
}
