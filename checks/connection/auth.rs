//! The server accepts the account of the request.

use super::refusal;
use crate::{Check, Facts, Finding, Intent, Level, Missing, Outcome, Remedy, Subject, Verdict};

pub(crate) const CHECK: Check<Facts> = Check {
    id: "connection/auth",
    title: "the server accepts the account",
    level: Level::Required,
    tags: &["connection", "privileges"],
    doc: include_str!("auth.md"),
    judge,
    remedy: |_, _, _| Remedy::none(),
};

fn judge(facts: &Facts, want: &Intent) -> Result<Verdict, Missing> {
    let subject = Subject::Account(want.user.clone());
    if let Some(because) = refusal::root(facts) {
        let missing = Missing::NotReached { because: because.to_owned() };
        return Ok(Finding::unknown(subject, missing).into());
    }
    match facts.connection.login.get() {
        Ok(_) => Ok(Finding::of(subject, Outcome::Pass).into()),
        Err(missing @ Missing::Refused { .. }) => {
            let hint = hint(&missing);
            let finding = Finding::unknown(subject, missing);
            Ok(hint.map_or(finding.clone(), |hint| finding.because(hint)).into())
        }
        Err(missing) => Err(missing),
    }
}

/// What the server's code means, by SQLSTATE (PostgreSQL) or error number (MySQL).
fn hint(missing: &Missing) -> Option<&'static str> {
    let Missing::Refused { code: Some(code), detail, .. } = missing else { return None };
    let detail = detail.untrusted();
    Some(match code.as_str() {
        "28000" if detail.contains("not permitted to log in") => {
            "The role has no LOGIN: ALTER ROLE ... LOGIN gives it."
        }
        "28000" if detail.contains("rejects") => {
            "A line of pg_hba.conf rejects this account from here."
        }
        "28000" if ["no encryption", "SSL off"].iter().any(|words| detail.contains(words)) => {
            "No line of pg_hba.conf lets this account in without TLS from here; one with TLS may \
             be there."
        }
        "28P01" => {
            "The password is wrong, has expired, or is stored in a form that pg_hba.conf does not \
             accept (an md5 verifier under scram-sha-256)."
        }
        "28000" => {
            "No line of pg_hba.conf lets this account in from here, or the role may not log in. \
             Logical replication needs an ordinary `host DATABASE USER` line: the keyword \
             `replication` stands for physical replication only."
        }
        "3D000" => "DatabaseName names a database that does not exist.",
        "42501" => "The account lacks the privilege CONNECT on the database.",
        "55000" => "The database lets nobody connect: it has ALLOW_CONNECTIONS false.",
        "1044" | "1049" => "The account has no right on the database, or there is none.",
        "53300" | "1203" | "1226" => "The server, or the account, is at its session limit.",
        "57P03" => "The server is starting up or shutting down: try again.",
        "1045" | "1698" => {
            "The password is wrong, the account does not exist for the host that this connection \
             comes from, or the account requires TLS: MySQL answers all three alike. An anonymous \
             account ''@'localhost' shadows 'user'@'%' for local connections."
        }
        "3032" => "The server is in offline mode.",
        "403" if detail.contains("loopback") => {
            "The account may log in from the broker's own machine only, as guest may unless \
             loopback_users says otherwise."
        }
        "403" => {
            "The account does not exist, or its password is another one: RabbitMQ answers both \
             alike, and says which in its own log."
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::hint;
    use crate::{Missing, Text};

    /// What PostgreSQL 13 and newer say under one code.
    #[test]
    fn one_code_has_several_causes() {
        let cases = [
            (
                "no pg_hba.conf entry for host \"h\", user \"u\", database \"d\", no encryption",
                "TLS",
            ),
            ("no pg_hba.conf entry for host \"h\", user \"u\", database \"d\", SSL off", "TLS"),
            ("no pg_hba.conf entry for host \"h\", user \"u\", database \"d\", SSL on", "No line"),
            ("pg_hba.conf rejects connection for host \"h\", user \"u\"", "rejects"),
            ("role \"u\" is not permitted to log in", "LOGIN"),
        ];
        for (detail, word) in cases {
            let missing = Missing::Refused {
                what: "the login".into(),
                detail: Text::new(detail),
                code: Some("28000".into()),
            };
            assert!(hint(&missing).is_some_and(|hint| hint.contains(word)), "{detail}");
        }
    }
}
