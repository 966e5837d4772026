//! The server's certificate would stand a client that verifies it.

use crate::facts::connection::{Certificate, TlsMode};
use crate::{
    Actor, Check, Facts, Finding, Flavour, Intent, Level, Missing, Outcome, Remedy, Step, Verdict,
};

pub(crate) const CHECK: Check<Facts> = Check {
    id: "connection/certificate",
    title: "the server's certificate can be verified",
    level: Level::Recommended,
    tags: &["connection", "tls"],
    doc: include_str!("certificate.md"),
    judge,
    remedy,
};

const DAY: i64 = 24 * 3600;

fn judge(facts: &Facts, want: &Intent) -> Result<Verdict, Missing> {
    let tls = facts.connection.tls.get()?;
    if !tls.encrypted {
        return Ok(Verdict::not_applicable("The session is not encrypted."));
    }
    let Some(certificate) = &tls.certificate else {
        return Ok(if tls.mode == TlsMode::VerifyFull {
            Finding::server(Outcome::Pass).observed("verify-full").into()
        } else {
            Verdict::not_applicable(
                "The certificate was not looked at: run with sslmode=verify-full to have it verified.",
            )
        });
    };
    let warn_days = i64::from(want.thresholds.certificate_expiry_warn_days);
    let flaws = flaws(certificate, warn_days);
    let finding = |outcome| {
        Finding::server(outcome).expected("verify-full").observed(strongest(certificate).as_str())
    };
    if flaws.is_empty() {
        return Ok(finding(Outcome::Pass).into());
    }
    Ok(finding(Outcome::Warn).because(format!("{}.", flaws.join("; "))).into())
}

/// What stands against the certificate: issuer, name, expiry.
fn flaws(certificate: &Certificate, warn_days: i64) -> Vec<String> {
    let mut flaws = Vec::new();
    if let Some(flaw) = &certificate.issuer_flaw {
        let by = if certificate.by_ca_file { "by the CA file" } else { "by public authorities" };
        flaws.push(format!("Issuer, {by}: {}", flaw.untrusted()));
    }
    if let Some(flaw) = &certificate.name_flaw {
        flaws.push(format!("Host name: {}", flaw.untrusted()));
    }
    match certificate.expires_in_seconds {
        Some(seconds) if seconds < 0 => flaws.push("Expiry: the certificate has expired".into()),
        Some(seconds) if seconds < warn_days * DAY => {
            flaws.push(format!("Expiry: the certificate expires in {} days", seconds / DAY));
        }
        _ => {}
    }
    flaws
}

/// The strictest mode that such a server stands.
fn strongest(certificate: &Certificate) -> TlsMode {
    let is_over = certificate.expires_in_seconds.is_some_and(|seconds| seconds < 0);
    if certificate.issuer_flaw.is_some() || is_over {
        TlsMode::Require
    } else if certificate.name_flaw.is_some() {
        TlsMode::VerifyCa
    } else {
        TlsMode::VerifyFull
    }
}

fn remedy(_: &Finding, facts: &Facts, _: &Intent) -> Remedy {
    let Some(certificate) = facts.connection.tls.known().and_then(|tls| tls.certificate.as_ref())
    else {
        return Remedy::none();
    };
    let is_managed = facts.flavour().is_ok_and(Flavour::is_managed);
    let mut remedy = Remedy::none();
    if certificate.name_flaw.is_some() {
        remedy = remedy.then(Step::request(
            "In HostName, write the name that the certificate gives the server, if it leads there.",
        ));
    }
    if certificate.issuer_flaw.is_some() {
        remedy = remedy.then(Step::request(
            "Run again with the authority's certificate (sslrootcert=FILE), if it is a private one.",
        ));
    }
    remedy.then(match is_managed {
        true => Step::console("Renew the instance's certificate, or choose its current authority."),
        false => Step::manual(
            Actor::Dba,
            "Install a certificate that names the host, from an authority that clients trust, and \
             renew it in time.",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::{Certificate, TlsMode, flaws, strongest};
    use crate::Text;

    #[test]
    fn each_question_has_its_own_answer() {
        let flaw = Some(Text::new("no"));
        let sound = Certificate { expires_in_seconds: Some(40 * 86_400), ..Certificate::default() };
        let cases = [
            (sound.clone(), TlsMode::VerifyFull, 0),
            (Certificate { name_flaw: flaw.clone(), ..sound.clone() }, TlsMode::VerifyCa, 1),
            (Certificate { issuer_flaw: flaw.clone(), ..sound.clone() }, TlsMode::Require, 1),
            (Certificate { expires_in_seconds: Some(-1), ..sound.clone() }, TlsMode::Require, 1),
            (Certificate { expires_in_seconds: Some(86_400), ..sound }, TlsMode::VerifyFull, 1),
        ];
        for (certificate, mode, count) in cases {
            assert_eq!(strongest(&certificate), mode, "{certificate:?}");
            assert_eq!(flaws(&certificate, 30).len(), count, "{certificate:?}");
        }
    }
}
