//! What a report holds, whether it is a page of its own or a part of one.

use cdc_checks::{Language, Outcome};

use super::super::{RunReport, human, tally, words};
use super::target::{self, Target};
use super::{Choice, Words, finding};

/// What a report holds.
pub(super) struct Body {
    open: usize,
    pub(super) targets: Vec<Target>,
    /// What can be filtered by, as far as it occurs.
    pub(super) outcomes: Vec<Choice>,
    pub(super) levels: Vec<Choice>,
    pub(super) areas: Vec<&'static str>,
    pub(super) rows: Vec<MatrixRow>,
    /// Waivers that somebody has to do something about: what each is for, what is the matter, and
    /// whose it is.
    pub(super) waivers: Vec<[String; 3]>,
}

/// A check that did not pass everywhere, with its outcome on every target.
pub(super) struct MatrixRow {
    pub(super) id: &'static str,
    pub(super) title: String,
    pub(super) cells: Vec<Option<Cell>>,
}

/// The outcome of a check on one target.
pub(super) struct Cell {
    pub(super) outcome: &'static str,
    pub(super) word: &'static str,
    pub(super) href: String,
}

impl Body {
    pub(super) fn of(run: &RunReport, words: Words) -> Self {
        let results = || run.targets.iter().flat_map(|target| &target.report.results);
        let outcomes = tally::OUTCOMES.into_iter().map(|outcome| Choice {
            value: outcome.as_str(),
            word: words.outcome(outcome),
            number: results().filter(|result| result.outcome == outcome).count(),
        });
        let levels = [
            ("required", words.say("required")),
            ("recommended", words.say("recommended")),
            ("informational", words.say("informational")),
        ];
        let levels = levels.map(|(value, word)| Choice {
            value,
            word,
            number: results().filter(|result| result.check.level.as_str() == value).count(),
        });
        let mut areas: Vec<&'static str> = Vec::new();
        for area in results().map(|result| result.check.area()) {
            if !areas.contains(&area) {
                areas.push(area);
            }
        }
        Self {
            open: run.targets.iter().filter(|target| target.gate.open).count(),
            targets: target::all(run, words),
            outcomes: outcomes.filter(|choice| choice.number > 0).collect(),
            levels: levels.into_iter().filter(|choice| choice.number > 0).collect(),
            areas,
            rows: matrix(run, words),
            waivers: to_look_after(run, words.0),
        }
    }

    /// The verdict on all requests together.
    pub(super) fn verdict(&self, words: Words) -> String {
        match (self.open, self.targets.len()) {
            (1, 1) => words.say("Gate open").into(),
            (0, 1) => words.say("Gate closed").into(),
            (open, all) if open == all => words.of("All {} gates open", all),
            (open, all) => {
                let told = words.of("{} of {} gates closed", all - open);
                told.replacen("{}", &all.to_string(), 1)
            }
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.open == self.targets.len()
    }
}

/// The waivers that are not simply in force.
fn to_look_after(run: &RunReport, language: Language) -> Vec<[String; 3]> {
    let told = words::to_look_after(run).map(|review| {
        let (about, meaning) =
            (human::waivers::about(review, language), human::waivers::meaning(review, language));
        [about, meaning, words::whose(review)]
    });
    told.collect()
}

/// The checks that did not pass on every target; empty where there is only one.
fn matrix(run: &RunReport, words: Words) -> Vec<MatrixRow> {
    let mut rows: Vec<MatrixRow> = Vec::new();
    if run.targets.len() < 2 {
        return rows;
    }
    for (number, target) in run.targets.iter().enumerate() {
        for result in &target.report.results {
            if result.outcome <= Outcome::Pass {
                continue;
            }
            let at = rows.iter().position(|row| row.id == result.check.id);
            let at = at.unwrap_or_else(|| {
                let cells = run.targets.iter().map(|_| None).collect();
                let title = words.title(&result.check);
                rows.push(MatrixRow { id: result.check.id, title, cells });
                rows.len() - 1
            });
            rows[at].cells[number] = Some(Cell {
                outcome: result.outcome.as_str(),
                word: words.outcome(result.outcome),
                href: format!("#{}", finding::anchor(number, result.check.id)),
            });
        }
    }
    rows
}
