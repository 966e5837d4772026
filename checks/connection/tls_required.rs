//! The account gets in by the encryption that the connector uses.

use super::refusal::{self, TLS_REQUIRED};
use crate::facts::{MySql, Source};
use crate::{
    Actor, Check, Facts, Finding, Intent, Level, Missing, NetworkType, Outcome, Remedy, Step,
    Verdict,
};

pub(crate) const CHECK: Check<Facts> = Check {
    id: "connection/tls-required",
    title: "encryption is not missing where the server insists",
    level: Level::Required,
    tags: &["connection", "tls"],
    doc: include_str!("tls_required.md"),
    judge,
    remedy,
};

const REFUSED: &str = "the login is refused without encryption and accepted with it: the password is \
                       right";
const INSIDE: &str = "the service does not say whether it encrypts inside a VPC";
const ENCRYPTS: &str =
    "the server insists on encryption, which the service uses on public networks";

fn judge(facts: &Facts, want: &Intent) -> Result<Verdict, Missing> {
    let Source::MySql(db) = &facts.source else {
        return Ok(Verdict::not_applicable("only MySQL answers so"));
    };
    let finding = |outcome| Finding::server(outcome);
    if let Some((code, _)) = refusal::of(facts)
        && refusal::root(facts) == Some(TLS_REQUIRED.0)
    {
        let finding = finding(Outcome::Fail).expected("an encrypted session");
        return Ok(finding.observed(format!("error {code}")).because(REFUSED).into());
    }
    if facts.connection.login.known().is_none() {
        return Err(refusal::elsewhere(facts));
    }
    if !insists(db)? {
        return Ok(finding(Outcome::Pass).into());
    }
    Ok(match want.network {
        Some(NetworkType::Private) => {
            finding(Outcome::Warn).observed("the server insists on encryption").because(INSIDE)
        }
        _ => finding(Outcome::Pass).because(ENCRYPTS),
    }
    .into())
}

/// Whether the server, or the account, insists.
fn insists(db: &MySql) -> Result<bool, Missing> {
    let by_server = db.optional_variable("require_secure_transport")? == Some("ON");
    Ok(by_server || db.account.known().is_some_and(|account| account.requires_tls))
}

fn remedy(finding: &Finding, _: &Facts, _: &Intent) -> Remedy {
    match finding.outcome {
        Outcome::Fail => Step::manual(
            Actor::Requester,
            "Run again without the TLS mode `disable`: the service encrypts on public networks.",
        ),
        _ => Step::manual(
            Actor::Requester,
            "Ask the service, or let an account of its own in without encryption inside the VPC.",
        ),
    }
    .into()
}
