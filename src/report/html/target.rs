//! One request as a part of the page.

use cdc_checks::{CheckResult, Flavour, Outcome};

use super::super::order::{self, Blocked};
use super::super::{NAME_LIMIT, RunReport, TargetReport, human, selected, tally, text};
use super::event::Events;
use super::finding::Finding;
use super::{Choice, Words};

/// Tables that are named beside the verdict; the others are in a list that opens.
const TABLES_NAMED: usize = 8;

/// A request with everything that was found.
pub(super) struct Target {
    pub(super) anchor: String,
    pub(super) is_open: bool,
    pub(super) why: String,
    pub(super) operation: &'static str,
    pub(super) address: String,
    pub(super) server: String,
    pub(super) account: String,
    pub(super) scope: &'static str,
    pub(super) tables: Vec<String>,
    pub(super) more_tables: Vec<String>,
    pub(super) connector: String,
    pub(super) assumptions: Vec<String>,
    pub(super) checks: usize,
    pub(super) tally: Vec<Choice>,
    pub(super) sections: Vec<Section>,
    pub(super) quiet: Vec<Quiet>,
    pub(super) events: Option<Events>,
    pub(super) exit: (u8, String),
}

/// Findings under one heading, each told in full.
pub(super) struct Section {
    pub(super) title: String,
    pub(super) findings: Vec<Finding>,
}

/// Checks that are told in a line each.
pub(super) struct Quiet {
    pub(super) title: &'static str,
    pub(super) is_shown: bool,
    pub(super) findings: Vec<Finding>,
}

/// Every request, in the order of the input.
pub(super) fn all(run: &RunReport, words: Words) -> Vec<Target> {
    run.targets.iter().enumerate().map(|(number, it)| Target::of(number, it, words)).collect()
}

impl Target {
    fn of(number: usize, target: &TargetReport, words: Words) -> Self {
        let report = &target.report;
        let results = &report.results;
        let (scope, mut tables) = captured(target, words);
        let more_tables = tables.split_off(tables.len().min(TABLES_NAMED));
        let shown = |text: &String| text::shorten(&text.clone().into(), 4 * NAME_LIMIT);
        Self {
            anchor: format!("t{}", number + 1),
            is_open: target.gate.open,
            why: human::why(target, words.0),
            operation: target.target.operation.as_str(),
            address: target.target.address(),
            server: product(target, words),
            account: text::shorten(&target.target.user, NAME_LIMIT),
            scope,
            tables,
            more_tables,
            connector: shown(&report.connector),
            assumptions: report.assumptions.iter().map(shown).collect(),
            checks: results.len(),
            tally: counts(results, words),
            sections: sections(number, results, words),
            quiet: quiet(number, target, words),
            events: target.events.as_ref().map(|it| Events::of(it, words)),
            exit: (target.exit.code, shown(&target.exit.reason)),
        }
    }
}

impl Target {
    /// Number of checks with this outcome.
    pub(super) fn number(&self, outcome: &str) -> usize {
        self.tally.iter().find(|choice| choice.value == outcome).map_or(0, |choice| choice.number)
    }
}

/// What is captured, in a word, and by name.
fn captured(target: &TargetReport, words: Words) -> (&'static str, Vec<String>) {
    let (noun, names) = selected::names(target);
    (words.say(noun), names.iter().map(|name| text::shorten(name, NAME_LIMIT)).collect())
}

/// Product and version.
fn product(target: &TargetReport, words: Words) -> String {
    let report = &target.report;
    let product = report.flavour.as_ref().map_or(target.engine.as_str(), |it| Flavour::as_str(*it));
    let version = match &report.server_version {
        Ok(version) => text::shorten(version, NAME_LIMIT),
        Err(_) => words.say("(version unknown)").into(),
    };
    format!("{product} {version}")
}

fn counts(results: &[CheckResult], words: Words) -> Vec<Choice> {
    let all = tally::OUTCOMES.into_iter().map(|outcome| Choice {
        value: outcome.as_str(),
        word: words.outcome(outcome),
        number: tally::count(results, outcome),
    });
    all.filter(|choice| choice.number > 0).collect()
}

/// What failed by area, then what is not known, then the warnings; what could not be reached folds
/// under the root that says why.
fn sections(number: usize, results: &[CheckResult], words: Words) -> Vec<Section> {
    let mut blocked = order::by_root(results);
    let mut sections = Vec::new();
    let mut add = |title: String, found: Vec<&CheckResult>, blocked: &mut Blocked<'_>| {
        let findings = found.into_iter().map(|result| {
            Finding::full(
                number,
                result,
                &blocked.remove(result.check.id).unwrap_or_default(),
                words,
            )
        });
        let findings: Vec<Finding> = findings.collect();
        if !findings.is_empty() {
            sections.push(Section { title, findings });
        }
    };
    for (area, failed) in order::by_area(results, Outcome::Fail) {
        add(words.of("Failed: {}", area), failed, &mut blocked);
    }
    let rest = [(Outcome::Undetermined, "Undetermined"), (Outcome::Warn, "Warnings")];
    for (outcome, title) in rest {
        add(words.say(title).into(), order::with(results, outcome), &mut blocked);
    }
    let left: Vec<&CheckResult> = blocked.into_values().flatten().collect();
    add(words.say("Not reached").into(), left, &mut Blocked::new());
    sections
}

fn quiet(number: usize, target: &TargetReport, words: Words) -> Vec<Quiet> {
    let results = &target.report.results;
    let brief = |outcome| {
        let found = order::with(results, outcome).into_iter();
        found.map(|result| Finding::brief(number, result, words)).collect()
    };
    let waived =
        results.iter().filter_map(|it| Finding::waived(number, it, &target.rulings, words));
    let all = [
        ("Waived", true, waived.collect::<Vec<Finding>>()),
        ("Passed", false, brief(Outcome::Pass)),
        ("Not applicable", false, brief(Outcome::NotApplicable)),
    ];
    let all = all.into_iter().filter(|(.., findings)| !findings.is_empty());
    all.map(|(title, is_shown, findings)| Quiet { title: words.say(title), is_shown, findings })
        .collect()
}
