//! The server's certificate stands up to the verification that is asked for.

use crate::facts::Source;
use crate::facts::connection::{CertificateFault, TlsMode};
use crate::{
    Actor, Check, Cost, Facts, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict,
};

pub(crate) const CHECK: Check<Facts> = Check {
    id: "connection/tls-verify",
    title: "the certificate stands up to verification",
    level: Level::Required,
    tags: &["connection", "tls"],
    doc: include_str!("tls_verify.md"),
    judge,
    remedy,
};

pub(super) const ID: &str = "connection/tls-verify";

fn judge(facts: &Facts, _: &Intent) -> Result<Verdict, Missing> {
    let Source::MySql(_) = &facts.source else {
        return Ok(Verdict::not_applicable("connection/tls tells it here"));
    };
    if let Some(fault) = facts.connection.certificate_fault {
        let finding = Finding::server(Outcome::Fail).expected("a certificate that can be verified");
        return Ok(finding.observed(describe(fault)).because(why(fault)).into());
    }
    let tls = facts.connection.tls.get()?;
    Ok(match tls.mode {
        TlsMode::VerifyCa | TlsMode::VerifyFull if tls.encrypted => {
            Finding::server(Outcome::Pass).observed(tls.mode.as_str()).into()
        }
        mode => {
            let mode = mode.as_str();
            Verdict::not_applicable(format!("nothing is verified in the mode {mode}"))
        }
    })
}

fn describe(fault: CertificateFault) -> &'static str {
    match fault {
        CertificateFault::Dates => "its dates exclude today",
        CertificateFault::Issuer => "its issuer is not trusted",
        CertificateFault::NoHost => "it names no host",
        CertificateFault::OtherHost => "it names another host",
        CertificateFault::Other => "it is not accepted",
    }
}

fn why(fault: CertificateFault) -> &'static str {
    match fault {
        CertificateFault::NoHost => {
            "certificates that MySQL makes for itself have no subject alternative name: verify-full \
             can never succeed with them, verify-ca can"
        }
        CertificateFault::Issuer => {
            "whoever made it is not among those that are trusted: the built-in ones, or those of \
             --tls-ca"
        }
        CertificateFault::OtherHost => "HostName is not among the names that it holds",
        CertificateFault::Dates => "a client that verifies refuses it, whatever else it is",
        CertificateFault::Other => "see the words of the handshake at connection/tls",
    }
}

fn remedy(_: &Finding, facts: &Facts, _: &Intent) -> Remedy {
    let step = match facts.connection.certificate_fault {
        Some(CertificateFault::NoHost) => Step::manual(
            Actor::Dba,
            "Verify the issuer only (--tls-mode verify-ca), or install a certificate with the host \
             as subject alternative name.",
        ),
        Some(CertificateFault::OtherHost) => {
            Step::manual(Actor::Requester, "Write a name in HostName that the certificate holds.")
        }
        Some(CertificateFault::Issuer) => Step::manual(
            Actor::Requester,
            "Name the file of the authority's certificate in --tls-ca: ca.pem in the server's data \
             directory, or the provider's bundle.",
        ),
        _ => Step::manual(Actor::Dba, "Install a certificate that is valid.").costs(Cost::Reload),
    };
    step.into()
}
