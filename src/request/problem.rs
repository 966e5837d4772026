//! Problems of the input: what is wrong, where exactly, and what to write instead.

use super::excerpt::Excerpt;
use super::source::printable;

/// How much a problem matters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severity {
    /// The input cannot be used.
    Error,
    /// The input can be used, but deserves a look.
    Warning,
}

/// One thing that is wrong with the input. Its texts hold no secret and no control character.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// What to do about it, in a sentence; empty where there is nothing to say.
    pub help: String,
    /// Where it is; `None` where it is nowhere in particular, for example of an unreadable file.
    pub place: Option<Place>,
    /// The same as a JSON Pointer (RFC 6901), where the document could be read so far; of YAML,
    /// where it would be in JSON.
    pub pointer: Option<String>,
    /// The file, `<stdin>` or `<url>`.
    pub file: String,
    /// The check whose finding it is, for example `request/parameters`; `None` where the input
    /// could not even be read as a request.
    pub rule: Option<&'static str>,
}

/// A place in the input.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The line as it may be shown.
    pub(super) excerpt: Excerpt,
}

impl Problem {
    /// A problem that is nowhere in particular in `file`.
    pub(crate) fn nowhere(file: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: printable(&message.into()),
            help: printable(&help.into()),
            place: None,
            pointer: None,
            file: printable(file),
            rule: None,
        }
    }

    /// `file:line:column: message (help)`.
    pub fn one_line(&self) -> String {
        let place = match &self.place {
            Some(place) => format!("{}:{}:{}", self.file, place.line, place.column),
            None => self.file.clone(),
        };
        let kind = match self.severity {
            Severity::Error => "",
            Severity::Warning => "warning: ",
        };
        let help = match self.help.as_str() {
            "" => String::new(),
            help => format!(" ({help})"),
        };
        format!("{place}: {kind}{}{help}", self.message)
    }
}

/// All problems of an input, in the order of their places.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The problems.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// Whether one of them makes the input useless.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// Every problem on a line of its own, as [`Problem::one_line`] writes it.
    pub fn short(&self) -> String {
        self.0.iter().map(|problem| problem.one_line() + "\n").collect()
    }
}

impl FromIterator<Problem> for Problems {
    fn from_iter<T: IntoIterator<Item = Problem>>(problems: T) -> Self {
        Self(problems.into_iter().collect())
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.short().trim_end())
    }
}

impl std::error::Error for Problems {}
