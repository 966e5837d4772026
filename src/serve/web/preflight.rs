//! `/preflights/{id}`: watch it, read its report, send what was proven.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use jiff::Timestamp;
use uuid::Uuid;

use super::assets::{REPORT, WATCH};
use super::fault::Fault;
use super::page::{self, Frame, Place};
use super::steps::{self, Step};
use super::submission::Submission;
use super::words::{When, took};
use super::{home, words};
use crate::events;
use crate::remedy::{Plan, Selection, render_script, render_undo};
use crate::report::html::Part;
use crate::report::{Format, RunReport};
use crate::serve::extract::Segment;
use crate::serve::jobs;
use crate::serve::problem::{Kind, Problem};
use crate::serve::routes::preflights::{self, find, found};
use crate::serve::routes::submission;
use crate::serve::service::Service;
use crate::serve::store::{NewPreflight, Preflight, State as Standing};

/// Forms of the event contract: the word of the API, how a file of it is called, and what it is.
const CONTRACTS: [(&str, &str, &str); 6] = [
    ("json", "json", "the whole contract"),
    ("json-schema", "schemas.json", "JSON Schema of every table"),
    ("asyncapi", "asyncapi.json", "AsyncAPI 3.0"),
    ("samples", "samples.json", "sample events"),
    ("markdown", "md", "Markdown"),
    ("human", "txt", "plain text"),
];

#[derive(Template)]
#[template(path = "serve/web/preflight.html")]
struct PreflightPage {
    frame: Frame,
    scripts: Vec<&'static str>,
    /// What went wrong with what the page was asked to do.
    fault: Option<Fault>,
    about: String,
    facts: About,
    progress: Vec<Step>,
    /// Why the run failed.
    failed: Option<Fault>,
    report: Option<Report>,
}

/// What is known of a preflight without its report.
struct About {
    id: Uuid,
    source: Option<String>,
    asked: When,
    ended: Option<(When, String)>,
    attempts: u64,
    strict: bool,
    is_final: bool,
    is_running: bool,
    /// Whether it can be run again from here.
    is_kept: bool,
}

/// What was found.
struct Report {
    is_open: bool,
    part: Part,
    /// A script for each server with something to do: its name, the script, and that which takes it
    /// back.
    remedies: Vec<(String, String, String)>,
    /// Whether the events can be told.
    has_contract: bool,
    submission: Submission,
}

impl About {
    fn of(it: &Preflight) -> Self {
        let ended = it.finished_at.map(|at| (When(at), took(it.started_at.unwrap_or(at), at)));
        Self {
            id: it.id,
            source: it.source.clone(),
            asked: When(it.created_at),
            ended,
            attempts: it.attempts,
            strict: it.options.strict,
            is_final: it.state.is_final(),
            is_running: it.state == Standing::Running,
            is_kept: it.document.is_some(),
        }
    }
}

impl PreflightPage {
    fn title(&self) -> String {
        match (&self.report, &self.failed) {
            (Some(report), _) => report.part.verdict(),
            (_, Some(_)) => "The run failed".into(),
            _ if self.facts.is_running => "It runs".into(),
            _ => "It waits for a worker".into(),
        }
    }

    /// The formats of reports, and how the name of a file of each ends.
    fn formats(&self) -> [(&'static str, &'static str); Format::ALL.len()] {
        Format::ALL.map(|format| (format.as_str(), ending(format)))
    }

    fn contracts(&self) -> [(&'static str, &'static str, &'static str); 6] {
        CONTRACTS
    }
}

fn ending(format: Format) -> &'static str {
    match format {
        Format::Github | Format::Human | Format::Short => "txt",
        Format::Html => "html",
        Format::Json => "json",
        Format::Jsonl => "jsonl",
        Format::Junit => "xml",
        Format::Markdown => "md",
        Format::Sarif => "sarif",
    }
}

/// The page of a preflight.
pub(super) async fn show(
    State(service): State<Service>,
    Segment(id): Segment<Uuid>,
) -> Result<Response, Problem> {
    show_with(&service, id, None).await
}

/// The page, with what went wrong with what was asked of it.
pub(super) async fn show_with(
    service: &Service,
    id: Uuid,
    problem: Option<Problem>,
) -> Result<Response, Problem> {
    let preflight = find(service, id).await?;
    let is_final = preflight.state.is_final();
    let page = PreflightPage {
        frame: Frame::at(Place::Preflights, service),
        scripts: if is_final { vec![&REPORT.path] } else { vec![&WATCH.path] },
        fault: problem.as_ref().map(|problem| Fault::of(&problem.body(None))),
        about: home::about(service, &preflight).await?,
        facts: About::of(&preflight),
        progress: steps::all(&service.store.progress(id, 0).await?),
        failed: failed(&preflight)?,
        report: match preflight.state {
            Standing::Finished => Some(report(service, &preflight, problem.as_ref()).await?),
            _ => None,
        },
    };
    let status = problem.map_or(StatusCode::OK, |problem| problem.status());
    Ok(page::answer(status, &page))
}

fn failed(preflight: &Preflight) -> Result<Option<Fault>, Problem> {
    let result = preflight.result.as_deref().filter(|_| preflight.state == Standing::Failed);
    let body: Option<serde_json::Value> =
        result.map(serde_json::from_str).transpose().map_err(jobs::unreadable)?;
    Ok(body.map(|body| Fault::of(&body)))
}

async fn report(
    service: &Service,
    preflight: &Preflight,
    problem: Option<&Problem>,
) -> Result<Report, Problem> {
    let found = found(preflight)?;
    let run = found.report_as(Format::Html);
    let is_open = run.targets.iter().all(|target| target.gate.open);
    let last = submission::last(service, preflight.id).await?;
    let attempt = problem.and_then(|problem| problem.attempt().map(str::to_owned));
    let ended = preflight.finished_at.unwrap_or(preflight.created_at);
    let until = ended + service.config.valid_for;
    let contracts = found.examined.iter().map(|one| events::describe(&one.facts, &one.intent));
    Ok(Report {
        is_open,
        remedies: remedies(&run),
        has_contract: contracts.into_iter().all(|contract| contract.is_ok()),
        part: Part::of(&run),
        submission: Submission {
            is_open,
            until: When(until),
            is_over: words::is_over(ended, service.config.valid_for, Timestamp::now()),
            needs_document: preflight.document.is_none(),
            key: Uuid::new_v4(),
            attempt,
            last: last.map(Into::into),
        },
    })
}

fn remedies(run: &RunReport) -> Vec<(String, String, String)> {
    let plans = Plan::of(&run.targets, &Selection::default());
    let plans = plans.into_iter().filter(|plan| !plan.parts.is_empty());
    plans
        .map(|plan| {
            let server = words::shown(plan.server.untrusted());
            (server, render_script(&plan), render_undo(&plan))
        })
        .collect()
}

/// Proves the same request once more.
pub(super) async fn again(
    State(service): State<Service>,
    Segment(id): Segment<Uuid>,
) -> Result<Redirect, Problem> {
    let Preflight { source, document, action, options, .. } = find(&service, id).await?;
    let Some(document) = document else {
        let detail = "The request was not kept, as it carried a secret: give it again.";
        return Err(Problem::new(Kind::Conflict, detail));
    };
    let new = NewPreflight { source, ..NewPreflight::of(Some(document), action, options) };
    let id = new.id;
    preflights::enqueue(&service, new).await?;
    Ok(Redirect::to(&format!("/preflights/{id}")))
}
