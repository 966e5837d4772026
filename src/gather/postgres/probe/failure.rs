//! What keeps a step of the probe from succeeding.

use std::io;
use std::time::Duration;

use cdc_checks::facts::postgres::Notice;
use cdc_checks::{Missing, Text};

use crate::gather::postgres::refusal;
use crate::gather::reach::millis;

/// Why a step did not succeed.
#[derive(Debug)]
pub(super) enum Failure {
    /// No answer within the time.
    Late(Duration),
    /// An answer that makes no sense.
    Malformed(&'static str),
    /// The network, or the TLS session on it.
    Network(String),
    /// The server's own refusal.
    Server(ServerWords),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Network(error.to_string())
    }
}

impl Failure {
    /// The reason why `what` is missing.
    pub(super) fn missing(&self, what: &str) -> Missing {
        match self {
            Self::Late(limit) => Missing::TimedOut { what: what.into(), after_ms: millis(*limit) },
            Self::Malformed(detail) => refusal::malformed(what, *detail),
            Self::Network(detail) => {
                Missing::Refused { what: what.into(), detail: Text::new(detail), code: None }
            }
            Self::Server(words) => Missing::Refused {
                what: what.into(),
                detail: words.detail(),
                code: Some(words.code.clone()),
            },
        }
    }

    /// The server's SQLSTATE, where it is its refusal.
    pub(super) fn code(&self) -> Option<&str> {
        match self {
            Self::Server(words) => Some(words.code()),
            _ => None,
        }
    }
}

/// The fields of an error or a notice that are worth telling.
#[derive(Debug, Default)]
pub(super) struct ServerWords {
    severity: String,
    code: String,
    message: String,
    more: Vec<String>,
}

impl ServerWords {
    /// Reads the fields of an error or a notice: each a letter and a text that ends in a zero.
    pub(super) fn parse(body: &[u8]) -> Self {
        let mut words = Self::default();
        for field in body.split(|byte| *byte == 0) {
            let Some((letter, text)) = field.split_first() else { break };
            let text = String::from_utf8_lossy(text).into_owned();
            match letter {
                // The severity that is not translated replaces the one that is.
                b'S' if words.severity.is_empty() => words.severity = text,
                b'V' => words.severity = text,
                b'C' => words.code = text,
                b'M' => words.message = text,
                b'D' | b'H' | b'W' => words.more.push(text),
                _ => {}
            }
        }
        words
    }

    pub(super) fn code(&self) -> &str {
        &self.code
    }

    fn detail(&self) -> Text {
        let mut detail = self.message.clone();
        for more in &self.more {
            detail.push_str("; ");
            detail.push_str(more);
        }
        Text::new(detail)
    }

    pub(super) fn notice(self) -> Notice {
        let message = self.detail();
        Notice { severity: Text::new(self.severity), code: Text::new(self.code), message }
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, ServerWords};

    #[test]
    fn the_fields_of_an_error_are_read() {
        let body = b"SFEHLER\0VERROR\0C55000\0Mlogical decoding requires wal_level\0Hraise it\0\0";
        let words = ServerWords::parse(body);
        assert_eq!((words.severity.as_str(), words.code()), ("ERROR", "55000"));
        let missing = Failure::Server(words).missing("the slot");
        let said = missing.sentence();
        assert!(said.untrusted().ends_with("requires wal_level; raise it (55000)"), "{said:?}");
    }

    #[test]
    fn an_error_without_fields_is_still_one() {
        assert_eq!(ServerWords::parse(b"").code(), "");
        assert_eq!(ServerWords::parse(b"\0\0\0").code(), "");
    }
}
