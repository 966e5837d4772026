//! Faults as text: `NAME[:ARGUMENT][:OPTION=VALUE]...`.

use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use crate::Fault;
use crate::operations::Operation;

/// The code of `not-success` when the spec names none.
const DEFAULT_CODE: &str = "ServiceNotEnable";
/// Nobody waits longer for an answer, and a forgotten unit (seconds for milliseconds) shows up.
const LONGEST_DELAY_MS: u64 = 600_000;
const LONGEST_CODE: usize = 64;
/// The code of `404` when the spec names none.
const NOT_FOUND_CODE: &str = "EventStreamingNotExisted";
/// The media type of `content-type` when the spec names none.
const DEFAULT_MEDIA_TYPE: &str = "text/plain";

/// A fault, the number of requests it is spent on, and the operation they ask for.
///
/// ```
/// use eventbridge_simulator::{Fault, FaultSpec};
///
/// let spec: FaultSpec = "503:count=3:on=GetEventStreaming".parse().unwrap();
/// let same = FaultSpec::times(Fault::ServiceUnavailable, 3).on("GetEventStreaming").unwrap();
/// assert_eq!(spec, same);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultSpec {
    pub(super) fault: Fault,
    pub(super) count: u32,
    /// The operation it waits for; none takes whatever comes.
    pub(super) on: Option<Operation>,
}

impl FaultSpec {
    /// The fault, for one request.
    pub fn once(fault: Fault) -> Self {
        Self::times(fault, 1)
    }

    /// The fault, for `count` requests; a count of zero counts as one.
    ///
    /// What only means something to one operation waits for it: `check-fails` for
    /// `TestEventSourceConfig`, `run-fails` and `start-fails` for `StartEventStreaming`.
    pub fn times(fault: Fault, count: u32) -> Self {
        let on = match fault {
            Fault::CheckFails => Some(Operation::TestEventSourceConfig),
            Fault::RunFails | Fault::StartFails => Some(Operation::StartEventStreaming),
            _ => None,
        };
        Self { fault, count: count.max(1), on }
    }

    /// The fault, for requests with this operation alone.
    ///
    /// # Errors
    /// When there is no such operation, or the fault comes before the operation is known.
    pub fn on(self, operation: &str) -> Result<Self, FaultSpecError> {
        if self.fault == Fault::DropBefore {
            return Err(FaultSpecError::Unexpected {
                fault: self.fault.to_string(),
                argument: "on".to_owned(),
            });
        }
        let same = |known: &Operation| known.name().eq_ignore_ascii_case(operation);
        match Operation::ALL.into_iter().find(same) {
            Some(on) => Ok(Self { on: Some(on), ..self }),
            None => Err(FaultSpecError::NoOperation(operation.to_owned())),
        }
    }
}

/// Why a text is not a fault.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultSpecError {
    /// A value is not a number in its range.
    #[error("{name} must be a whole number from {from} to {to}, not `{value}`")]
    BadNumber {
        /// What the number is.
        name: &'static str,
        /// The text found.
        value: String,
        /// The least number allowed.
        from: u64,
        /// The greatest number allowed.
        to: u64,
    },
    /// A code that no service would answer with.
    #[error("a code is 1 to 64 letters, digits, `.`, `-` or `_`, not `{0}`")]
    BadCode(String),
    /// A media type is letters, digits and signs around a slash.
    #[error("a media type is two words around a slash, not `{0}`")]
    BadMediaType(String),
    /// The fault needs an argument.
    #[error("`{fault}` needs {argument}, as in `{example}`")]
    Missing {
        /// The fault's name.
        fault: &'static str,
        /// What is missing.
        argument: &'static str,
        /// A spec that would do.
        example: &'static str,
    },
    /// No operation has this name.
    #[error("no operation is called `{0}`")]
    NoOperation(String),
    /// An option or an argument is given twice.
    #[error("`{0}` is given twice")]
    Repeated(String),
    /// An argument or option that this fault does not take.
    #[error("`{fault}` takes no `{argument}`")]
    Unexpected {
        /// The fault's name.
        fault: String,
        /// What it does not take.
        argument: String,
    },
    /// No fault has this name.
    #[error(
        "no fault is called `{0}`; there are 404, 429, 400-throttling, 500, 503, check-fails, \
         content-type, drop, drop-before, empty, html, not-success, reject, run-fails, slow, \
         start-fails and truncated"
    )]
    Unknown(String),
}

impl FromStr for FaultSpec {
    type Err = FaultSpecError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or_default();
        let mut arguments = Arguments::read(parts)?;
        let count = match arguments.count.take() {
            Some(value) => number("count", value, 1, u32::MAX)?,
            None => 1,
        };
        let on = arguments.on.take();
        let fault = fault(name, &mut arguments)?;
        arguments.none_left(name)?;
        let spec = Self::times(fault, count);
        match on {
            Some(operation) => spec.on(operation),
            None => Ok(spec),
        }
    }
}

/// The parts behind a fault's name; whoever understands one takes it out.
#[derive(Default)]
struct Arguments<'a> {
    positional: Option<&'a str>,
    retry_after: Option<&'a str>,
    x_acs_retry_after: Option<&'a str>,
    on: Option<&'a str>,
    count: Option<&'a str>,
    unknown: Option<&'a str>,
}

impl<'a> Arguments<'a> {
    fn read(parts: impl Iterator<Item = &'a str>) -> Result<Self, FaultSpecError> {
        let mut arguments = Self::default();
        for part in parts {
            let (slot, value) = match part.split_once('=') {
                Some(("retry-after", value)) => (&mut arguments.retry_after, value),
                Some(("x-acs-retry-after", value)) => (&mut arguments.x_acs_retry_after, value),
                Some(("on", value)) => (&mut arguments.on, value),
                Some(("count", value)) => (&mut arguments.count, value),
                Some(_) => (&mut arguments.unknown, part),
                None => (&mut arguments.positional, part),
            };
            if slot.replace(value).is_some() {
                return Err(FaultSpecError::Repeated(part.to_owned()));
            }
        }
        Ok(arguments)
    }

    fn none_left(&self, fault: &str) -> Result<(), FaultSpecError> {
        let retry_after = self.retry_after.map(|_| "retry-after");
        let x_acs_retry_after = self.x_acs_retry_after.map(|_| "x-acs-retry-after");
        match self.unknown.or(self.positional).or(retry_after).or(x_acs_retry_after) {
            Some(argument) => Err(FaultSpecError::Unexpected {
                fault: fault.to_owned(),
                argument: argument.to_owned(),
            }),
            None => Ok(()),
        }
    }
}

fn fault(name: &str, arguments: &mut Arguments<'_>) -> Result<Fault, FaultSpecError> {
    Ok(match name {
        "400-throttling" => Fault::Throttling,
        "404" => {
            Fault::NotFound { code: code(arguments.positional.take().unwrap_or(NOT_FOUND_CODE))? }
        }
        "429" => Fault::TooManyRequests {
            retry_after: hint("retry-after", arguments.retry_after.take())?,
            x_acs_retry_after: hint("x-acs-retry-after", arguments.x_acs_retry_after.take())?,
        },
        "500" => Fault::InternalError,
        "503" => Fault::ServiceUnavailable,
        "check-fails" => Fault::CheckFails,
        "content-type" => {
            let media_type = arguments.positional.take().unwrap_or(DEFAULT_MEDIA_TYPE);
            Fault::ContentType { media_type: self::media_type(media_type)? }
        }
        "drop" => Fault::Drop,
        "drop-before" => Fault::DropBefore,
        "empty" => Fault::Empty,
        "html" => Fault::Html,
        "not-success" => {
            Fault::NotSuccess { code: code(arguments.positional.take().unwrap_or(DEFAULT_CODE))? }
        }
        "reject" => Fault::Reject { code: code(rejection(arguments)?)? },
        "run-fails" => Fault::RunFails,
        "slow" => Fault::Slow { delay: delay(arguments)? },
        "start-fails" => Fault::StartFails,
        "truncated" => Fault::Truncated,
        _ => return Err(FaultSpecError::Unknown(name.to_owned())),
    })
}

fn hint(name: &'static str, value: Option<&str>) -> Result<Option<u64>, FaultSpecError> {
    value.map(|value| number(name, value, 0, u32::MAX).map(u64::from)).transpose()
}

fn media_type(text: &str) -> Result<String, FaultSpecError> {
    let word = |word: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '*');
        !word.is_empty() && word.chars().all(allowed)
    };
    match text.split_once('/') {
        Some((kind, form)) if word(kind) && word(form) => Ok(text.to_owned()),
        _ => Err(FaultSpecError::BadMediaType(text.to_owned())),
    }
}

fn rejection<'a>(arguments: &mut Arguments<'a>) -> Result<&'a str, FaultSpecError> {
    arguments.positional.take().ok_or(FaultSpecError::Missing {
        fault: "reject",
        argument: "a code",
        example: "reject:InvalidParameter",
    })
}

fn delay(arguments: &mut Arguments<'_>) -> Result<Duration, FaultSpecError> {
    let value = arguments.positional.take().ok_or(FaultSpecError::Missing {
        fault: "slow",
        argument: "milliseconds",
        example: "slow:1500",
    })?;
    Ok(Duration::from_millis(number("the delay in milliseconds", value, 0, LONGEST_DELAY_MS)?))
}

fn code(text: &str) -> Result<String, FaultSpecError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if (1..=LONGEST_CODE).contains(&text.len()) && text.chars().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err(FaultSpecError::BadCode(text.to_owned()))
    }
}

fn number<T>(name: &'static str, value: &str, from: u64, to: T) -> Result<T, FaultSpecError>
where
    T: TryFrom<u64> + Into<u64> + Copy,
{
    let range = from..=to.into();
    let parsed = value.parse::<u64>().ok().filter(|number| range.contains(number));
    parsed.and_then(|number| T::try_from(number).ok()).ok_or_else(|| FaultSpecError::BadNumber {
        name,
        value: value.to_owned(),
        from,
        to: to.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> FaultSpec {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn each_fault_reads_back_from_its_own_text() {
        let all = [
            "429",
            "429:retry-after=2",
            "429:x-acs-retry-after=1500",
            "429:retry-after=2:x-acs-retry-after=1500",
            "404:EventStreamingNotExisted",
            "check-fails",
            "content-type:text/plain",
            "empty",
            "run-fails",
            "start-fails",
            "truncated",
            "400-throttling",
            "500",
            "503",
            "slow:1500",
            "drop",
            "drop-before",
            "html",
            "not-success:EventStreamingNotExisted",
            "reject:InvalidParameter.Port",
        ];
        for text in all {
            assert_eq!(parsed(text).fault.to_string(), text);
            assert_eq!(parsed(text).count, 1);
        }
    }

    #[test]
    fn options_come_in_any_order() {
        let fault = Fault::TooManyRequests { retry_after: Some(0), x_acs_retry_after: None };
        let expected = FaultSpec::times(fault, 3);
        assert_eq!(parsed("429:count=3:retry-after=0"), expected);
        assert_eq!(parsed("429:retry-after=0:count=3"), expected);
        assert_eq!(parsed("slow:20:count=2"), parsed("slow:count=2:20"));
    }

    #[test]
    fn an_operation_is_named_in_either_spelling() {
        for name in ["CreateEventStreaming", "createEventStreaming"] {
            assert_eq!(
                parsed(&format!("drop:on={name}")).on,
                Some(Operation::CreateEventStreaming)
            );
        }
    }

    #[test]
    fn a_wrong_spec_says_what_is_wrong() {
        let wrong = [
            ("", "no fault is called ``"),
            ("418", "no fault is called `418`"),
            ("429:3", "`429` takes no `3`"),
            ("429:retries=3", "`429` takes no `retries=3`"),
            ("500:retry-after=1", "`500` takes no `retry-after`"),
            ("429:count=0", "count must be a whole number from 1"),
            ("429:count=-1", "not `-1`"),
            ("429:count=1:count=2", "`count=2` is given twice"),
            ("429:retry-after=soon", "retry-after must be a whole number"),
            ("slow", "`slow` needs milliseconds"),
            ("slow:2s", "not `2s`"),
            ("slow:600001", "to 600000"),
            ("reject", "`reject` needs a code"),
            ("reject:", "a code is 1 to 64"),
            ("reject:a b", "not `a b`"),
            ("drop:", "`drop` takes no ``"),
            ("500:on=createStream", "no operation is called `createStream`"),
            ("drop-before:on=GetEventStreaming", "`drop-before` takes no `on`"),
            ("500:x-acs-retry-after=1", "`500` takes no `x-acs-retry-after`"),
            ("content-type:plain", "not `plain`"),
        ];
        for (text, expected) in wrong {
            let error = text.parse::<FaultSpec>().expect_err(text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
