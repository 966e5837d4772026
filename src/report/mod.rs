//! What a run found, as people and programs read it: one renderer a file.
//!
//! | Format | For | Shape |
//! |---|---|---|
//! | `human` | a person at a terminal or in a build log | verdict first, next command last |
//! | `short` | `grep`, `awk` | a finding a line |
//! | `json` | programs | one document, versioned by `format_version` |
//! | `jsonl` | programs that follow a run | an event a line, as it happens |
//! | `html` | people who are sent it | one page that stands by itself |
//! | `sarif` | code scanning | SARIF 2.1.0, a run for each target |
//! | `junit` | CI services | JUnit XML, a case for each check and subject |
//! | `github` | GitHub's runner | commands that annotate the lines of the request |
//! | `markdown` | a pull request or an issue | headings, code to paste, folded sections |
//!
//! Renderers are pure: the same report and the same options give the same bytes. Text that came
//! from outside is escaped in `text.rs`, and nowhere else.

mod batch;
mod cut;
mod diff;
mod github;
mod group;
pub(crate) mod html;
mod human;
mod json;
pub(crate) mod jsonl;
mod junit;
mod markdown;
mod order;
pub(crate) mod page;
mod sarif;
mod saved;
mod schema;
mod selected;
mod short;
mod sink;
mod tally;
mod terminal;
mod text;
mod translate;
mod v1;
mod words;

pub(crate) use batch::{actor as actor_words, cost as cost_words};
pub(crate) use json::{pretty as json_document, write as write_json};
pub(crate) use tally::counted as counted_outcome;
pub(crate) use v1::{actor, cost, step};

use cdc_checks::facts::request::Operation;
use cdc_checks::{Engine, Intent, Language, Missing, Report, Selection, Text};

use crate::events::Contract;

use crate::gate::{Rulings, WaiverReview};
use crate::request::Origin;

pub use cut::cut as cut_markdown;
pub use diff::{Change, Kind, ReportDiff, Side, TargetDiff, render_diff};
pub use github::data as github_data;
pub use sarif::SarifKinds;
pub use saved::{GateState, Saved, SavedError};
pub use sink::{Destination, Format, ReportSink, SinkError, UnknownFormat, check_sinks};
pub use terminal::{ColorChoice, use_color, use_unicode};
pub(crate) use text::exact_lines;
pub use text::{code_markdown, escape_markdown, escape_terminal, guard_line};

/// Everything that one run found.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// One report for each request, in the order of the input.
    pub targets: Vec<TargetReport>,
    /// What was assumed in place of what the servers say; empty where everything was read.
    pub what_if: Vec<Text>,
    /// What every waiver did, in the order in which they were given.
    pub waivers: Vec<WaiverReview>,
    /// How the process ends.
    pub exit: Exit,
}

/// What was found for one request.
#[derive(Clone, Debug)]
pub struct TargetReport {
    /// Which request this is about.
    pub target: TargetSummary,
    /// Where the request stands in its file, for formats that point at lines.
    pub origin: Option<Origin>,
    /// The protocol that the source speaks.
    pub engine: Engine,
    /// What the judge found.
    pub report: Report,
    /// What was decided.
    pub gate: GateSummary,
    /// The events to expect, or why they cannot be told; `None` where nobody asked.
    pub events: Option<Result<Contract, Missing>>,
    /// What the user's rules made of what the judge found: waivers, levels, selection, baseline.
    pub rulings: Rulings,
    /// How the process would end if this were the only request.
    pub exit: Exit,
}

/// A request by what it is about. It holds no secret.
#[derive(Clone, Debug)]
pub struct TargetSummary {
    /// The operation that the request asks for.
    pub operation: Operation,
    /// The host, as the request names it.
    pub host: Text,
    /// The TCP port.
    pub port: u16,
    /// The database that CDC reads.
    pub database: Text,
    /// The account that CDC uses.
    pub user: Text,
    /// The tables that CDC reads.
    pub selection: Selection,
}

impl TargetSummary {
    /// The summary of a request with this intent.
    pub fn new(operation: Operation, host: impl Into<Text>, port: u16, intent: &Intent) -> Self {
        Self {
            operation,
            host: host.into(),
            port,
            database: intent.database.clone(),
            user: intent.user.clone(),
            selection: intent.selection.clone(),
        }
    }

    /// `database@host:port`, by which waivers, baselines and comparisons know a source. Untrusted.
    pub fn name(&self) -> String {
        text::name(&self.database, &self.host, self.port)
    }

    /// The name, escaped for a terminal and not longer than a person reads.
    fn address(&self) -> String {
        format!("{}@{}", text::shorten(&self.database, NAME_LIMIT), self.server())
    }

    /// `host:port`, as in [`Self::address`].
    fn server(&self) -> String {
        server(&text::shorten(&self.host, NAME_LIMIT), self.port)
    }
}

/// `host:port`; an IPv6 address is put in brackets.
fn server(host: &str, port: u16) -> String {
    match host.contains(':') && !host.starts_with('[') {
        true => format!("[{host}]:{port}"),
        false => format!("{host}:{port}"),
    }
}

/// What was decided about one request.
#[derive(Clone, Debug, Default)]
pub struct GateSummary {
    /// Whether the request may be sent.
    pub open: bool,
    /// Why it may not; empty where the gate is open.
    pub reasons: Vec<Text>,
}

impl GateSummary {
    /// The gate's state.
    pub fn state(&self) -> GateState {
        GateState::of(self.open)
    }
}

/// How the process ends. The format of the report has no part in it.
#[derive(Clone, Debug)]
pub struct Exit {
    /// The exit code.
    pub code: u8,
    /// The reason in a few words.
    pub reason: String,
}

/// How a report is written for people.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether what passed is listed as well.
    pub verbose: bool,
    /// Whether only the verdicts are written, in the human and the short report.
    pub quiet: bool,
    /// Whether escape sequences for colour are written; see [`use_color`].
    pub color: bool,
    /// Whether anything but ASCII is written; see [`use_unicode`]. JSON is UTF-8 in any case.
    pub unicode: bool,
    /// The language of the formats for people.
    pub language: Language,
    /// Which findings become results of SARIF.
    pub sarif_kinds: SarifKinds,
    /// Columns of the terminal. Prose is wrapped to it, statements are not.
    pub width: usize,
    /// The command to suggest when every gate is open; `None` where the run goes on by itself.
    pub next_when_open: Option<Text>,
    /// The command to suggest when a gate is closed, if any.
    pub next_when_closed: Option<Text>,
    /// The command that gives all fixes as one script, to be named when a gate is closed.
    pub script_when_closed: Option<Text>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            verbose: false,
            quiet: false,
            color: false,
            unicode: true,
            language: Language::English,
            sarif_kinds: SarifKinds::default(),
            width: 80,
            next_when_open: Some(Text::new("cdc-preflight configure REQUEST")),
            next_when_closed: Some(Text::new("cdc-preflight check REQUEST")),
            script_when_closed: Some(Text::new("cdc-preflight remedy REQUEST")),
        }
    }
}

/// The JSON Schema (2020-12) of [`Format::Json`], indented, with a line feed at the end. A minor
/// version of the format adds members: readers ignore those that they do not know.
pub fn json_schema() -> String {
    json::pretty(&v1::schema())
}

/// As [`json_schema`], of one line of [`Format::Jsonl`].
pub fn jsonl_schema() -> String {
    json::pretty(&jsonl::schema())
}

/// Writes the report in one format. The result ends with a line feed.
pub fn render(format: Format, run: &RunReport, options: &Options) -> String {
    match format {
        Format::Github => github::render(run),
        Format::Html => html::render(run, options),
        Format::Human => human::render(run, options),
        Format::Json => json::render(run),
        Format::Jsonl => jsonl::render(run),
        Format::Junit => junit::render(run),
        Format::Markdown => markdown::render(run),
        Format::Sarif => sarif::render(run, options),
        Format::Short => short::render(run, options),
    }
}

/// What became of waivers, for people.
pub fn waivers(reviews: &[WaiverReview], options: &Options) -> String {
    human::waivers(reviews, options)
}

/// What became of waivers, as a JSON array of what the JSON report says of them.
pub fn waivers_json(reviews: &[WaiverReview]) -> String {
    json::pretty(&v1::waivers(reviews))
}

/// Longest part of a name or value, in characters, that is shown to people; JSON has it all.
const NAME_LIMIT: usize = 160;
