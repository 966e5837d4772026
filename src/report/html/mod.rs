//! The report as one page that can be sent: nothing is loaded from elsewhere, it reads on paper, in
//! the dark, on a narrow screen and without scripts, and a policy in its head keeps anything that
//! text from outside might smuggle in from running.
//!
//! The template escapes everything that it is given, once more than `text.rs`, which shows what is
//! hidden. Only the style and the script of this page are put in as they stand.

mod body;
mod event;
mod finding;
mod target;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cdc_checks::{Language, Outcome};
use sha2::{Digest, Sha256};

use super::translate::{say, say_of};
use super::{Options, RunReport};
use body::Body;

/// The style of reports, which other pages of this program share.
pub(crate) const STYLE: &str = include_str!("report.css");
/// Filters and copy buttons of reports.
pub(crate) const SCRIPT: &str = include_str!("report.js");

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
    /// What was assumed in place of what the servers say.
    what_if: Vec<String>,
    body: Body,
    exit: (u8, String),
}

/// The report as a part of another page of this program, which brings the style and the script.
#[derive(Template)]
#[template(path = "report/html/part.html")]
pub(crate) struct Part {
    words: Words,
    body: Body,
}

impl Part {
    /// The part of this report, in English as the pages around it.
    pub(crate) fn of(run: &RunReport) -> Self {
        let words = Words(Language::English);
        Self { words, body: Body::of(run, words) }
    }

    /// The verdict on all requests together.
    pub(crate) fn verdict(&self) -> String {
        self.body.verdict(self.words)
    }

    /// Why the gate is open or closed, where there is one request.
    pub(crate) fn why(&self) -> Option<&str> {
        match self.body.targets.as_slice() {
            [target] => Some(&target.why),
            _ => None,
        }
    }
}

/// A value to filter by, and what it is called.
struct Choice {
    value: &'static str,
    word: &'static str,
    number: usize,
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
        Self {
            words,
            policy: report_policy(),
            style: STYLE,
            script: SCRIPT,
            version: env!("CARGO_PKG_VERSION"),
            what_if: run.what_if.iter().map(super::text::escape_terminal).collect(),
            body: Body::of(run, words),
            exit: (run.exit.code, super::text::escape_terminal(&run.exit.reason.clone().into())),
        }
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

/// What the page of a report may do.
pub(crate) fn report_policy() -> String {
    policy(STYLE, SCRIPT)
}
