//! What a preflight found, as it is kept: facts, from which every report is made, and the rules
//! under which they were judged.

use cdc_checks::{Facts, Intent};
use serde::{Deserialize, Serialize};

use super::held::Held;
use crate::gate::Policy;
use crate::preflight::{self, Examined};
use crate::report::{Format, RunReport};
use crate::serve::problem::{Kind, Problem};
use crate::serve::store::RunOptions;

/// What a preflight found. It holds no secret.
pub(crate) struct Found {
    pub(crate) examined: Vec<Examined>,
    held: Held,
}

#[derive(Deserialize, Serialize)]
struct Kept<F, H> {
    facts: F,
    #[serde(flatten)]
    held: H,
}

impl Found {
    /// What the judge found in every database, under these rules.
    pub(crate) fn new(examined: Vec<Examined>, held: Held) -> Self {
        let (examined, held) = held.over(examined);
        Self { examined, held }
    }

    /// Reads what [`Self::written`] wrote, and judges it as it was judged.
    pub(crate) fn read(text: &str, options: RunOptions) -> Result<Self, Problem> {
        let kept: Kept<Vec<Facts>, Held> = serde_json::from_str(text).map_err(unreadable)?;
        let examined = kept.facts.into_iter().map(|facts| {
            let intent = intent(&facts.request, options);
            Examined::new(facts, intent)
        });
        Ok(Self::new(examined.collect(), kept.held))
    }

    /// As it is kept.
    pub(crate) fn written(&self) -> serde_json::Result<String> {
        let facts: Vec<&Facts> = self.examined.iter().map(|one| &one.facts).collect();
        serde_json::to_string(&Kept { facts, held: &self.held })
    }

    /// The report on it, with all that this format tells.
    pub(crate) fn report_as(&self, format: Format) -> RunReport {
        let mut report = self.report();
        if format.tells_events() {
            preflight::add_events(&mut report, &self.examined);
        }
        report
    }

    /// The report on it.
    pub(crate) fn report(&self) -> RunReport {
        preflight::run_report(&self.examined, &Policy::default()).0
    }
}

/// What is wanted of the source of a request.
pub(super) fn intent(request: &cdc_checks::facts::Request, options: RunOptions) -> Intent {
    let mut intent = Intent::of(request);
    intent.strict = options.strict;
    intent
}

/// A row that was written by another version, or not by this program.
pub(crate) fn unreadable(error: serde_json::Error) -> Problem {
    tracing::error!(%error, "a stored result is not readable");
    Problem::new(Kind::Internal, "The stored result is not readable.")
}
