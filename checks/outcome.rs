//! What a check finds: outcomes, subjects, findings and the verdict that holds them.

use serde::{Deserialize, Serialize};

use crate::{Missing, Text};

/// What came of a check, or of one subject of a check.
///
/// The order is the order of weight: of several subjects, the heaviest outcome is the check's.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The check does not concern this server, version or request.
    NotApplicable,
    /// What must hold, holds.
    Pass,
    /// It would fail, but an unexpired waiver with a reason accepts it.
    Waived,
    /// It holds, but loses data, stalls or breaks under conditions that are named.
    Warn,
    /// Something that had to work first did not: see the root.
    Blocked,
    /// It could not be found out.
    Undetermined,
    /// It does not hold.
    Fail,
}

impl Outcome {
    /// The word used in every output format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotApplicable => "not-applicable",
            Self::Pass => "pass",
            Self::Waived => "waived",
            Self::Warn => "warn",
            Self::Blocked => "blocked",
            Self::Undetermined => "undetermined",
            Self::Fail => "fail",
        }
    }
}

/// What a finding is about.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "name")]
pub enum Subject {
    /// A member of the request, by the API's name.
    Field(Text),
    /// The account that CDC will use.
    Account(Text),
    /// A database.
    Database(Text),
    /// A publication.
    Publication(Text),
    /// A queue of a message broker.
    Queue(Text),
    /// The server as a whole.
    Server,
    /// A table by its qualified name, `schema.table`.
    Table(Text),
}

impl Subject {
    /// The subject's name; the server as a whole is called `server`.
    pub fn name(&self) -> Text {
        match self {
            Self::Field(name)
            | Self::Account(name)
            | Self::Database(name)
            | Self::Publication(name)
            | Self::Queue(name)
            | Self::Table(name) => name.clone(),
            Self::Server => Text::new("server"),
        }
    }
}

/// What a check says of one subject.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// What it is about.
    pub subject: Subject,
    /// What came of it.
    pub outcome: Outcome,
    /// The value that is needed.
    pub expected: Option<Text>,
    /// The value that was found.
    pub observed: Option<Text>,
    /// One or two sentences for this very case, where the title does not say it all.
    pub message: Option<Text>,
    /// Why the outcome is undetermined or blocked.
    pub missing: Option<Missing>,
    /// Whether strict mode takes it for a failure, should it be a warning.
    pub strict: bool,
}

impl Finding {
    /// A finding about `subject` with nothing but an outcome.
    pub fn of(subject: Subject, outcome: Outcome) -> Self {
        Self {
            subject,
            outcome,
            expected: None,
            observed: None,
            message: None,
            missing: None,
            strict: false,
        }
    }

    /// A finding about the server as a whole.
    pub fn server(outcome: Outcome) -> Self {
        Self::of(Subject::Server, outcome)
    }

    /// A finding about a table.
    pub fn table(name: impl Into<Text>, outcome: Outcome) -> Self {
        Self::of(Subject::Table(name.into()), outcome)
    }

    /// A finding that could not be made, because of `missing`.
    pub fn unknown(subject: Subject, missing: Missing) -> Self {
        let outcome = match missing.root() {
            Some(_) => Outcome::Blocked,
            None => Outcome::Undetermined,
        };
        Self { missing: Some(missing), ..Self::of(subject, outcome) }
    }

    /// Adds the value that is needed.
    #[must_use]
    pub fn expected(mut self, value: impl Into<Text>) -> Self {
        self.expected = Some(value.into());
        self
    }

    /// Adds the value that was found.
    #[must_use]
    pub fn observed(mut self, value: impl Into<Text>) -> Self {
        self.observed = Some(value.into());
        self
    }

    /// Lets strict mode take it for a failure, should it be a warning: for what loses data in ways
    /// that only some can live with.
    #[must_use]
    pub fn strictly(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Adds a sentence for this very case.
    #[must_use]
    pub fn because(mut self, message: impl Into<Text>) -> Self {
        self.message = Some(message.into());
        self
    }
}

/// All findings of one check. A check that judged several subjects has one finding for each.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verdict {
    /// The findings, in the order of the subjects in the request.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// A verdict on each of several subjects.
    pub fn each(findings: impl IntoIterator<Item = Finding>) -> Self {
        Self { findings: findings.into_iter().collect() }
    }

    /// The check does not concern this case, and why.
    pub fn not_applicable(why: impl Into<Text>) -> Self {
        Finding::server(Outcome::NotApplicable).because(why).into()
    }

    /// The heaviest outcome of all findings; a verdict on no subject at all is not applicable.
    pub fn outcome(&self) -> Outcome {
        self.findings.iter().map(|finding| finding.outcome).max().unwrap_or(Outcome::NotApplicable)
    }
}

impl From<Finding> for Verdict {
    fn from(finding: Finding) -> Self {
        Self { findings: vec![finding] }
    }
}
