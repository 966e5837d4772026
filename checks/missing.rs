//! Why a fact is not known.

use serde::{Deserialize, Serialize};

use crate::Text;

/// The reason that a fact is missing. A missing fact is never a pass.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Missing {
    /// The server refused to tell; `needs` names the privilege that would reveal it.
    Denied {
        /// What was asked for.
        what: Text,
        /// The privilege, attribute or membership that would reveal it.
        needs: Text,
    },
    /// The user had the check left out; only the user's rules give this reason, no visit does.
    LeftOut {
        /// What left it out, for example `--skip mysql/*`.
        by: Text,
    },
    /// The answer did not have the form that this version understands.
    Malformed {
        /// What was asked for.
        what: Text,
        /// What was wrong with the answer.
        detail: Text,
    },
    /// It was left out on purpose, for example by an option of this run.
    NotAsked {
        /// What was not asked for.
        what: Text,
        /// Why.
        why: Text,
    },
    /// Something that had to work first did not; `because` is the id of the check that says so.
    NotReached {
        /// Id of the check that reports the cause, for example `connection/auth`.
        because: String,
    },
    /// The server could not be reached, refused the login, or broke off.
    Refused {
        /// What was tried.
        what: Text,
        /// The server's or the network's own words, without secrets.
        detail: Text,
        /// SQLSTATE or error number of the server, where it gave one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
    },
    /// No answer within the time allowed.
    TimedOut {
        /// What was asked for.
        what: Text,
        /// The time allowed, in milliseconds.
        after_ms: u64,
    },
    /// This version or product does not have it.
    Unsupported {
        /// What was asked for.
        what: Text,
        /// The version or product that has it.
        since: Text,
    },
}

impl Missing {
    /// The check that reports the root cause, where this is only a consequence.
    pub fn root(&self) -> Option<&str> {
        match self {
            Self::NotReached { because } => Some(because),
            _ => None,
        }
    }

    /// One sentence without a full stop that says what is missing and why.
    pub fn sentence(&self) -> Text {
        Text::new(match self {
            Self::Denied { what, needs } => {
                format!("{} is hidden from this account: {} reveals it", raw(what), raw(needs))
            }
            Self::LeftOut { by } => format!("the check was not run: left out by {}", raw(by)),
            Self::Malformed { what, detail } => {
                format!("the answer to {} was not understood: {}", raw(what), raw(detail))
            }
            Self::NotAsked { what, why } => format!("{} was not read: {}", raw(what), raw(why)),
            Self::NotReached { because } => format!("not reached: see {because}"),
            Self::Refused { what, detail, code: Some(code) } => {
                format!("{} failed: {} ({code})", raw(what), raw(detail))
            }
            Self::Refused { what, detail, code: None } => {
                format!("{} failed: {}", raw(what), raw(detail))
            }
            Self::TimedOut { what, after_ms } => {
                format!("{} gave no answer within {after_ms} ms", raw(what))
            }
            Self::Unsupported { what, since } => {
                format!("{} does not exist here: {} has it", raw(what), raw(since))
            }
        })
    }
}

fn raw(text: &Text) -> &str {
    text.untrusted()
}
