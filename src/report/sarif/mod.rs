//! The report as SARIF 2.1.0, as GitHub and other consumers of code scanning take it.
//!
//! A finding is about an object of a database, and consumers show files: so its physical location
//! is the part of the request that names the object, and its logical location the object itself. A
//! request that stands in no file has no physical location; none is made up.
//!
//! Consumers that do not know `kind` take every result for an alert. So by default there is a
//! result only for what failed, warned or could not be found out, and [`SarifKinds::All`] gives the
//! rest. What was not reached because of something else is no alert of its own.

mod model;
mod results;
mod rules;

use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Options, RunReport, TargetReport, json, text, words};
use crate::gate::WaiverReview;
use model::{
    AutomationDetails, BaseIds, Driver, Invocation, Log, Message, Notification, Run, RunProperties,
    SourceRoot, Tool,
};

/// Runs that GitHub takes in one file.
const MOST_RUNS: usize = 20;

/// Results that GitHub takes in one run.
const MOST_RESULTS: usize = 25_000;

/// What stands unchanged in the id of a source.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'@').remove(b':');

/// Which findings become results of SARIF.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum SarifKinds {
    /// Every finding, by the `kind` that the standard has for it.
    All,
    /// What failed, warned or could not be found out, each as a failure.
    #[default]
    Problems,
}

impl FromStr for SarifKinds {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "all" => Ok(Self::All),
            "problems" => Ok(Self::Problems),
            _ => Err(format!("{word:?} is none of problems, all")),
        }
    }
}

/// Renders the report: a run for each target.
pub(super) fn render(run: &RunReport, options: &Options) -> String {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for (number, target) in run.targets.iter().enumerate() {
        let earlier = &run.targets[..number];
        let source = source(target, earlier);
        runs.push(one(target, &source, options.sarif_kinds));
    }
    if runs.len() > MOST_RUNS {
        runs = vec![Run::merged(runs, "cdc-preflight/all/".into(), invocation(&run.exit))];
    }
    // A waiver is of all targets together: it is told once.
    if let Some(first) = runs.first_mut() {
        first.invocations.iter_mut().for_each(|it| {
            it.tool_configuration_notifications = words::to_look_after(run).map(told).collect();
        });
    }
    runs.iter_mut().for_each(limit);
    json::pretty(&Log::new(runs))
}

fn told(review: &WaiverReview) -> Notification {
    let level = model::level(words::waiver_severity(review));
    Notification { level, message: Message::new(results::unlinked(words::waiver(review))) }
}

fn one<'a>(target: &'a TargetReport, source: &str, kinds: SarifKinds) -> Run<'a> {
    let results = &target.report.results;
    let rules = rules::of(results, &target.rulings);
    Run {
        tool: Tool { driver: Driver::new(rules) },
        automation_details: AutomationDetails { id: format!("cdc-preflight/{source}/") },
        column_kind: "unicodeCodePoints",
        original_uri_base_ids: BaseIds { root: SourceRoot { description: Message::new(ROOT) } },
        invocations: vec![Invocation {
            rule_configuration_overrides: rules::overrides(target),
            ..invocation(&target.exit)
        }],
        results: results::of(target, source, kinds),
        properties: RunProperties {
            engine: Some(target.engine.as_str()),
            gate: Some(target.gate.state().as_str()),
        },
    }
}

const ROOT: &str = "The root of the repository, or the folder in which the check ran.";

/// `database@host:port`, which tells one source of a repository from another. A second request for
/// the same source is numbered.
fn source(target: &TargetReport, earlier: &[TargetReport]) -> String {
    let address = target.target.address();
    let before = earlier.iter().filter(|other| other.target.address() == address).count();
    let id = utf8_percent_encode(&address, PLAIN).to_string();
    if before == 0 { id } else { format!("{id}:{}", before + 1) }
}

fn invocation(exit: &super::Exit) -> Invocation {
    Invocation {
        // A gate that is closed is a result, not a failure of the run.
        execution_successful: !matches!(exit.code, 1 | 2 | 130),
        exit_code: exit.code,
        exit_code_description: text::escape_terminal(&exit.reason.as_str().into()),
        tool_execution_notifications: Vec::new(),
        tool_configuration_notifications: Vec::new(),
        rule_configuration_overrides: Vec::new(),
    }
}

/// Leaves out what no consumer takes, and says so.
fn limit(run: &mut Run<'_>) {
    let left_out = run.results.len().saturating_sub(MOST_RESULTS);
    if left_out == 0 {
        return;
    }
    // Stable: within each weight the order of the catalogue stays.
    run.results.sort_by_key(model::SarifResult::weight);
    run.results.truncate(MOST_RESULTS);
    let words = format!("{left_out} results are left out: at most {MOST_RESULTS} are taken.");
    let notification = Notification { level: "warning", message: Message::new(words) };
    run.invocations.iter_mut().for_each(|it| {
        it.tool_execution_notifications.push(notification.clone());
    });
}
