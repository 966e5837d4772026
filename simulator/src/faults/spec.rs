//! Faults as text: `NAME[:ARGUMENT][:retry-after=S][:count=N]`.

use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use crate::Fault;

/// The code of `not-success` when the spec names none.
const DEFAULT_CODE: &str = "ServiceNotEnable";
/// Nobody waits longer for an answer, and a forgotten unit (seconds for milliseconds) shows up.
const LONGEST_DELAY_MS: u64 = 600_000;
const LONGEST_CODE: usize = 64;

/// A fault and the number of requests it is spent on.
///
/// ```
/// use eventbridge_simulator::{Fault, FaultSpec};
///
/// let spec: FaultSpec = "429:retry-after=2:count=3".parse().unwrap();
/// assert_eq!(spec, FaultSpec::times(Fault::TooManyRequests { retry_after: Some(2) }, 3));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultSpec {
    pub(super) fault: Fault,
    pub(super) count: u32,
}

impl FaultSpec {
    /// The fault, for one request.
    pub fn once(fault: Fault) -> Self {
        Self::times(fault, 1)
    }

    /// The fault, for `count` requests; a count of zero counts as one.
    pub fn times(fault: Fault, count: u32) -> Self {
        Self { fault, count: count.max(1) }
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
        "no fault is called `{0}`; there are 429, 400-throttling, 500, 503, slow, drop, \
         drop-before, html, not-success and reject"
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
        let fault = fault(name, &mut arguments)?;
        arguments.none_left(name)?;
        Ok(Self::times(fault, count))
    }
}

/// The parts behind a fault's name; whoever understands one takes it out.
#[derive(Default)]
struct Arguments<'a> {
    positional: Option<&'a str>,
    retry_after: Option<&'a str>,
    count: Option<&'a str>,
    unknown: Option<&'a str>,
}

impl<'a> Arguments<'a> {
    fn read(parts: impl Iterator<Item = &'a str>) -> Result<Self, FaultSpecError> {
        let mut arguments = Self::default();
        for part in parts {
            let (slot, value) = match part.split_once('=') {
                Some(("retry-after", value)) => (&mut arguments.retry_after, value),
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
        match self.unknown.or(self.positional).or(retry_after) {
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
        "429" => Fault::TooManyRequests { retry_after: retry_after(arguments)? },
        "500" => Fault::InternalError,
        "503" => Fault::ServiceUnavailable,
        "drop" => Fault::Drop,
        "drop-before" => Fault::DropBefore,
        "html" => Fault::Html,
        "not-success" => {
            Fault::NotSuccess { code: code(arguments.positional.take().unwrap_or(DEFAULT_CODE))? }
        }
        "reject" => Fault::Reject { code: code(rejection(arguments)?)? },
        "slow" => Fault::Slow { delay: delay(arguments)? },
        _ => return Err(FaultSpecError::Unknown(name.to_owned())),
    })
}

fn retry_after(arguments: &mut Arguments<'_>) -> Result<Option<u64>, FaultSpecError> {
    let seconds = arguments.retry_after.take();
    seconds.map(|value| number("retry-after", value, 0, u32::MAX).map(u64::from)).transpose()
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
        let expected = FaultSpec::times(Fault::TooManyRequests { retry_after: Some(0) }, 3);
        assert_eq!(parsed("429:count=3:retry-after=0"), expected);
        assert_eq!(parsed("429:retry-after=0:count=3"), expected);
        assert_eq!(parsed("slow:20:count=2"), parsed("slow:count=2:20"));
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
        ];
        for (text, expected) in wrong {
            let error = text.parse::<FaultSpec>().expect_err(text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
