//! What came of a submission: safe to archive, for it holds no secrets.

use cdc_checks::Text;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{Explanation, Meaning, explain};
use crate::gate::{Clearance, Digest};
use crate::report::escape_terminal;
use crate::request::Operation;

/// The layout of a receipt in JSON.
pub(super) const FORMAT_VERSION: u32 = 1;

/// What came of a submission.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Receipt {
    /// The layout of this document.
    pub format_version: u32,
    /// What was asked for.
    pub operation: Operation,
    /// The address it was sent to.
    pub url: String,
    /// The body with its secrets replaced.
    pub request: Value,
    /// The clearance that was used up.
    pub clearance: ClearanceUsed,
    /// What came of it all.
    pub outcome: Outcome,
    /// The service's own id of the last answer.
    pub request_id: Option<Text>,
    /// Every attempt, in order.
    pub attempts: Vec<Attempt>,
    /// Why there was no further attempt, where one would have been made.
    pub stopped: Option<Stop>,
    /// When the last attempt ended.
    pub finished_at: Timestamp,
}

/// The clearance that was used up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClearanceUsed {
    /// The digest of what it vouched for.
    pub digest: Digest,
    /// What told it from every other.
    pub nonce: String,
    /// When the gate opened.
    pub issued_at: Timestamp,
    /// Until when it was good.
    pub expires_at: Timestamp,
}

/// What came of a submission as a whole.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Outcome {
    /// The service has done what was asked.
    Accepted,
    /// No attempt got as far as the service: the source is certainly not configured.
    NotSent {
        /// What was in the way at the last attempt.
        detail: Text,
    },
    /// The service said no, or not now until we gave up.
    Rejected {
        /// The HTTP status.
        status: u16,
        /// The service's code.
        code: Option<Text>,
        /// The service's words, or the beginning of a body that is no envelope.
        message: Option<Text>,
    },
    /// The source may be configured or not. Sending again could do it twice.
    Unknown {
        /// What was seen in place of an answer.
        detail: Text,
    },
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attempt {
    /// Its number, from 1.
    pub number: usize,
    /// When it began.
    pub started_at: Timestamp,
    /// The wait before it, in milliseconds.
    pub wait_before_ms: u64,
    /// What came of it.
    #[serde(flatten)]
    pub result: AttemptResult,
}

/// What came of one attempt.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "result")]
pub enum AttemptResult {
    /// There was an answer.
    Answered {
        /// What it means.
        meaning: Meaning,
        /// The HTTP status.
        status: u16,
        /// The service's code.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<Text>,
        /// The service's words.
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<Text>,
        /// The service's own id of this answer.
        #[serde(skip_serializing_if = "Option::is_none")]
        request_id: Option<Text>,
        /// The beginning of a body that is no envelope.
        #[serde(skip_serializing_if = "Option::is_none")]
        body_excerpt: Option<Text>,
    },
    /// The request may have been received, but no answer came.
    NoAnswer {
        /// What was seen.
        detail: Text,
    },
    /// There was no connection: nothing was sent.
    NotSent {
        /// What was in the way.
        detail: Text,
    },
}

/// Why there was no further attempt, where one would have been made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// All attempts were used up.
    AttemptsUsedUp,
    /// The clearance would have expired before the next one.
    ClearanceExpires,
    /// The time that a call may take would have been over before the next one.
    TimeUsedUp,
    /// The service asked for a longer wait than is granted.
    WaitTooLong,
}

impl From<&Clearance> for ClearanceUsed {
    fn from(clearance: &Clearance) -> Self {
        Self {
            digest: clearance.digest(),
            nonce: clearance.nonce().to_string(),
            issued_at: clearance.issued_at(),
            expires_at: clearance.expires_at(),
        }
    }
}

impl AttemptResult {
    /// The status of the answer.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Answered { status, .. } => Some(*status),
            Self::NoAnswer { .. } | Self::NotSent { .. } => None,
        }
    }

    fn meaning(&self) -> Option<Meaning> {
        match self {
            Self::Answered { meaning, .. } => Some(*meaning),
            Self::NoAnswer { .. } | Self::NotSent { .. } => None,
        }
    }

    /// The service's own id of the answer.
    pub(super) fn request_id(&self) -> Option<&Text> {
        match self {
            Self::Answered { request_id, .. } => request_id.as_ref(),
            Self::NoAnswer { .. } | Self::NotSent { .. } => None,
        }
    }
}

impl Outcome {
    /// What a rejection means and what to do about it, where that is known.
    pub fn explained(&self) -> Option<Explanation> {
        match self {
            Self::Rejected { status, code, .. } => {
                explain(*status, code.as_ref().map(Text::untrusted))
            }
            Self::Accepted | Self::NotSent { .. } | Self::Unknown { .. } => None,
        }
    }

    /// Whether what an operation asks for is so: deleting what is gone is done.
    pub fn is_done(&self, operation: Operation) -> bool {
        *self == Self::Accepted
            || operation == Operation::DeleteEventStreaming && self.says_no_stream()
    }

    /// Whether the service says that it has no stream of that name. A status of 404 alone may come
    /// from a wrong address.
    pub fn says_no_stream(&self) -> bool {
        let Self::Rejected { code: Some(code), .. } = self else { return false };
        code.untrusted().starts_with("EventStreamingNotExist")
    }

    /// What the attempts come to. The last one decides; but where it found no connection, an
    /// earlier answer is what the service said last.
    ///
    /// A conflict after a failure of the service is no refusal: what is in the way may be what the
    /// attempt did that seemed to have failed.
    pub(super) fn of(attempts: &[Attempt]) -> Self {
        if let [before @ .., Attempt { result: last, .. }] = attempts
            && last.status() == Some(409)
            && before.iter().any(|attempt| attempt.result.meaning() == Some(Meaning::Unavailable))
        {
            let detail =
                "after a failure the service tells of a conflict, perhaps with what it did";
            return Self::Unknown { detail: detail.into() };
        }
        let results = || attempts.iter().rev().map(|attempt| &attempt.result);
        let sent = results().find(|result| !matches!(result, AttemptResult::NotSent { .. }));
        match sent.or_else(|| results().next()) {
            Some(AttemptResult::NotSent { detail }) => Self::NotSent { detail: detail.clone() },
            Some(AttemptResult::NoAnswer { detail }) => Self::Unknown { detail: detail.clone() },
            Some(AttemptResult::Answered {
                meaning, status, code, message, body_excerpt, ..
            }) => match meaning {
                Meaning::Accepted => Self::Accepted,
                Meaning::Unclear => Self::Unknown { detail: unclear(*status) },
                Meaning::Refused | Meaning::Throttled | Meaning::Unavailable => Self::Rejected {
                    status: *status,
                    code: code.clone(),
                    message: message.clone().or_else(|| body_excerpt.clone()),
                },
            },
            None => Self::NotSent { detail: "no attempt was made".into() },
        }
    }
}

fn unclear(status: u16) -> Text {
    format!("the answer with status {status} does not tell whether the service got the request")
        .into()
}

impl Receipt {
    /// The receipt for a person: what came of it first, then the particulars.
    pub fn human(&self) -> String {
        let mut out = self.verdict();
        out.push('\n');
        let mut line = |name: &str, value: &str| {
            out.push_str(&format!("  {name:<12}{value}\n"));
        };
        line("operation", self.operation.as_str());
        line("address", &self.url);
        if let Some(id) = &self.request_id {
            line("request id", &escape_terminal(id));
        }
        if let Some(Explanation { meaning, action }) = self.outcome.explained() {
            line("meaning", meaning);
            line("to do", action);
        }
        for attempt in &self.attempts {
            line(&format!("attempt {}", attempt.number), &attempt.sentence());
        }
        if let Some(stop) = self.stopped {
            line("given up", stop.sentence());
        }
        line("clearance", &self.clearance.digest.to_string());
        line("finished", &self.finished_at.to_string());
        out
    }

    /// What an accepted request has done.
    fn done(&self) -> &'static str {
        match self.operation {
            Operation::CreateEventStreaming => "the stream is created",
            Operation::UpdateEventStreaming => "the stream is updated",
            _ => "the source is configured",
        }
    }

    fn verdict(&self) -> String {
        match &self.outcome {
            Outcome::Accepted => format!("Accepted: {}.", self.done()),
            Outcome::NotSent { detail } => {
                format!("Not sent: {}. Nothing has changed.", escape_terminal(detail))
            }
            Outcome::Rejected { status, code, message } => {
                let code = code.as_ref().map(|code| format!(", {}", escape_terminal(code)));
                let message = message.as_ref().map(|words| format!(": {}", escape_terminal(words)));
                let (code, message) = (code.unwrap_or_default(), message.unwrap_or_default());
                format!("Rejected (status {status}{code}){message}")
            }
            Outcome::Unknown { detail } => format!(
                "Outcome unknown: {}. It may be that {}: look for it in the EventBridge console \
                 before you send the request again.",
                escape_terminal(detail),
                self.done()
            ),
        }
    }
}

impl Attempt {
    fn sentence(&self) -> String {
        let result = match &self.result {
            AttemptResult::Answered { meaning, status, code, .. } => {
                let code = code.as_ref().map(|code| format!(", {}", escape_terminal(code)));
                format!("{} (status {status}{})", meaning.as_str(), code.unwrap_or_default())
            }
            AttemptResult::NoAnswer { detail } => format!("no answer: {}", escape_terminal(detail)),
            AttemptResult::NotSent { detail } => format!("not sent: {}", escape_terminal(detail)),
        };
        let waited = match self.wait_before_ms {
            0 => String::new(),
            wait => format!(" after a wait of {wait} ms"),
        };
        format!("{}{waited}: {result}", self.started_at)
    }
}

impl Meaning {
    fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Unclear => "unclear",
        }
    }
}

impl Stop {
    fn sentence(self) -> &'static str {
        match self {
            Self::AttemptsUsedUp => "all attempts were used up",
            Self::ClearanceExpires => "the clearance would have expired before the next attempt",
            Self::TimeUsedUp => "the time for it would have been over before the next attempt",
            Self::WaitTooLong => "the service asks for a longer wait than is granted",
        }
    }
}
