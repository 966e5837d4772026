//! The report as one page that can be sent: nothing is loaded from elsewhere, it reads on paper, in
//! the dark, on a narrow screen and without scripts, and a policy in its head keeps anything that
//! text from outside might smuggle in from running.
//!
//! The template escapes everything that it is given, once more than `text.rs`, which shows what is
//! hidden. Only the style and the script of this page are put in as they stand.

mod event;
mod finding;
mod target;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cdc_checks::{Language, Outcome};
use sha2::{Digest, Sha256};

use super::translate::{say, say_of};
use super::{Options, RunReport, human, tally, words};
use target::Target;

/// The style of reports, which other pages of this program share.
pub(crate) const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// Renders the page. It ends with a line feed.
pub(super) fn render(run: &RunReport, options: &Options) -> String {
    let page = Page::of(run, options);
    let text = page.render().expect("the template only writes to memory");
    // The template's own last line feed is left out.
    text + "\n"
}

#[derive(Template)]
#[template(path = "report/html/report.html")]
struct Page {
    words: Words,
    policy: String,
    style: &'static str,
    script: &'static str,
    version: &'static str,
    open: usize,
    /// What was assumed in place of what the servers say.
    what_if: Vec<String>,
    targets: Vec<Target>,
    /// What can be filtered by, as far as it occurs.
    outcomes: Vec<Choice>,
    levels: Vec<Choice>,
    areas: Vec<&'static str>,
    rows: Vec<MatrixRow>,
    /// Waivers that somebody has to do something about: what each is for, what is the matter, and
    /// whose it is.
    waivers: Vec<[String; 3]>,
    exit: (u8, String),
}

/// A value to filter by, and what it is called.
struct Choice {
    value: &'static str,
    word: &'static str,
    number: usize,
}

/// A check that did not pass everywhere, with its outcome on every target.
struct MatrixRow {
    id: &'static str,
    title: String,
    cells: Vec<Option<Cell>>,
}

struct Cell {
    outcome: &'static str,
    word: &'static str,
    href: String,
}

/// The language of the page; the template's way to the words.
#[derive(Clone, Copy)]
struct Words(Language);

impl Words {
    /// The language's code.
    fn code(self) -> &'static str {
        self.0.as_str()
    }

    fn say(self, english: &'static str) -> &'static str {
        say(self.0, english)
    }

    fn of(self, english: &'static str, value: impl ToString) -> String {
        say_of(self.0, english, value)
    }

    /// The word for an outcome, as the verdict of one check.
    fn outcome(self, outcome: Outcome) -> &'static str {
        self.say(match outcome {
            Outcome::Fail => "failed",
            Outcome::Undetermined => "undetermined",
            Outcome::Blocked => "not reached",
            Outcome::Warn => "warning",
            Outcome::Waived => "waived",
            Outcome::Pass => "passed",
            Outcome::NotApplicable => "not applicable",
        })
    }
}

impl Page {
    fn of(run: &RunReport, options: &Options) -> Self {
        let words = Words(options.language);
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
            words,
            policy: policy(STYLE, SCRIPT),
            style: STYLE,
            script: SCRIPT,
            version: env!("CARGO_PKG_VERSION"),
            open: run.targets.iter().filter(|target| target.gate.open).count(),
            what_if: run.what_if.iter().map(super::text::escape_terminal).collect(),
            targets: target::all(run, words),
            outcomes: outcomes.filter(|choice| choice.number > 0).collect(),
            levels: levels.into_iter().filter(|choice| choice.number > 0).collect(),
            areas,
            rows: matrix(run, words),
            waivers: to_look_after(run, options.language),
            exit: (run.exit.code, super::text::escape_terminal(&run.exit.reason.clone().into())),
        }
    }

    /// The verdict on all requests together.
    fn verdict(&self) -> String {
        match (self.open, self.targets.len()) {
            (1, 1) => self.words.say("Gate open").into(),
            (0, 1) => self.words.say("Gate closed").into(),
            (open, all) if open == all => self.words.of("All {} gates open", all),
            (open, all) => {
                let told = self.words.of("{} of {} gates closed", all - open);
                told.replacen("{}", &all.to_string(), 1)
            }
        }
    }

    fn is_open(&self) -> bool {
        self.open == self.targets.len()
    }
}

/// What a page may do: show its own style and run its own script, if it has one; nothing else.
pub(crate) fn policy(style: &str, script: &str) -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    let script = match script {
        "" => "'none'".to_owned(),
        script => format!("'sha256-{}'", hash(script)),
    };
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src {script}; base-uri 'none'; \
         form-action 'none'",
        hash(style),
    )
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
