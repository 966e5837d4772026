//! What a refused login of MySQL and MariaDB is about, by the server's error number: each number
//! belongs to one check, and the others point to it.

use crate::facts::Source;
use crate::{Facts, Missing};

/// The host may not connect, or nobody may any more.
pub(super) const GREETING: (&str, &[&str]) = ("connection/greeting", &["1040", "1129", "1130"]);
/// The account is there and may not be used.
pub(super) const STATE: (&str, &[&str]) =
    ("connection/account-state", &["1820", "1862", "3118", "4151"]);
/// The server asks for a method that cannot be had.
pub(super) const DECOY: (&str, &[&str]) =
    ("connection/auth-decoy", &["1251", "1524", "2059", "2061"]);
/// Nobody is let in without encryption.
pub(super) const TLS_REQUIRED: (&str, &[&str]) = ("connection/tls-required", &["3159"]);

const ALL: [(&str, &[&str]); 4] = [GREETING, STATE, DECOY, TLS_REQUIRED];

/// The server's number and words, where it refused the login of MySQL's protocol.
pub(super) fn of(facts: &Facts) -> Option<(String, String)> {
    let Source::MySql(_) = &facts.source else { return None };
    match facts.connection.login.get() {
        Err(Missing::Refused { code: Some(code), detail, .. }) => {
            Some((code, detail.untrusted().to_owned()))
        }
        _ => None,
    }
}

/// The server's number and words, where they are the concern of this check.
pub(super) fn about(facts: &Facts, (id, numbers): (&str, &[&str])) -> Option<(String, String)> {
    of(facts).filter(|(code, _)| numbers.contains(&code.as_str()) && root(facts) == Some(id))
}

/// The check whose concern a refused login is; `None` where it was not refused, or for the password.
pub(super) fn root(facts: &Facts) -> Option<&'static str> {
    let (code, _) = of(facts)?;
    if facts.connection.login_with_tls.known() == Some(&true) {
        return Some(TLS_REQUIRED.0);
    }
    ALL.iter().find(|(_, numbers)| numbers.contains(&code.as_str())).map(|(id, _)| *id)
}

/// The reason why another check has nothing to judge: whoever the refused login concerns.
pub(super) fn elsewhere(facts: &Facts) -> Missing {
    match facts.connection.login.get() {
        Err(Missing::Refused { .. }) => {
            let because = root(facts).unwrap_or("connection/auth").to_owned();
            Missing::NotReached { because }
        }
        Err(missing) => missing,
        Ok(_) => Missing::NotReached { because: "connection/auth".into() },
    }
}
