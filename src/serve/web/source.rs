//! `/sources/{name}`: one stored source, and how it did over time.

use askama::Template;
use axum::extract::State;
use axum::response::{Redirect, Response};
use cdc_checks::Outcome;
use serde::Deserialize;

use super::over_time::{Chart, Run};
use super::page::{self, Frame, Place};
use super::sources::{Given, Settings};
use super::words::{When, every};
use super::{assets, document, home};
use crate::serve::extract::{Form, Segment};
use crate::serve::problem::{Kind, Problem};
use crate::serve::routes::preflights::{self, ListParams};
use crate::serve::routes::sources;
use crate::serve::service::Service;
use crate::serve::store::{Preflight, State as Standing};

/// Runs that the page shows.
const SHOWN: u32 = 30;

#[derive(Template)]
#[template(path = "serve/web/source.html")]
struct SourcePage {
    frame: Frame,
    script: &'static str,
    name: String,
    about: String,
    every: Option<String>,
    next: Option<When>,
    /// The newest first.
    runs: Vec<Run>,
    chart: Option<Chart>,
    settings: Settings,
}

/// The page of a source.
pub(super) async fn show(
    State(service): State<Service>,
    Segment(name): Segment<String>,
) -> Result<Response, Problem> {
    let source = sources::find(&service, name.clone()).await?;
    let params =
        ListParams { source: Some(name.clone()), limit: Some(SHOWN), ..ListParams::default() };
    let runs: Vec<Run> = preflights::page(&service, params).await?.items.iter().map(run).collect();
    Ok(page::shown(&SourcePage {
        frame: Frame::at(Place::Sources, &service),
        script: &assets::GIVE.path,
        about: document::label(&source.document).unwrap_or_default(),
        every: source.every.map(every),
        next: source.next_at.map(When),
        chart: Chart::of(&runs),
        runs,
        settings: Settings::of(&source),
        name,
    }))
}

/// A run with the number of its findings.
fn run(it: &Preflight) -> Run {
    let (words, class) = home::verdict(it.state, it.is_open);
    let counts = it.counts.clone().unwrap_or_default();
    let count = |outcomes: &[Outcome]| {
        let counts = outcomes.iter().filter_map(|outcome| counts.get(outcome.as_str()));
        usize::try_from(counts.sum::<u64>()).unwrap_or(usize::MAX)
    };
    Run {
        id: it.id,
        at: When(it.finished_at.unwrap_or(it.created_at)),
        is_open: it.is_open,
        is_finished: it.state == Standing::Finished,
        is_failed: it.state == Standing::Failed,
        words,
        class,
        numbers: [
            count(&[Outcome::Fail]),
            count(&[Outcome::Undetermined, Outcome::Blocked]),
            count(&[Outcome::Warn]),
        ],
    }
}

/// Changes what is stored.
pub(super) async fn change(
    State(service): State<Service>,
    Segment(name): Segment<String>,
    Form(given): Form<Given>,
) -> Result<Redirect, Problem> {
    // One that was removed meanwhile does not come back by being changed.
    sources::find(&service, name.clone()).await?;
    sources::store(&service, name.clone(), given.input()?).await?;
    Ok(Redirect::to(&format!("/sources/{name}")))
}

/// Proves it now.
pub(super) async fn prove(
    State(service): State<Service>,
    Segment(name): Segment<String>,
) -> Result<Redirect, Problem> {
    let id = sources::begin(&service, name).await?;
    Ok(Redirect::to(&format!("/preflights/{id}")))
}

/// What the form for removal sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Removal {
    #[serde(default)]
    confirmed: bool,
}

/// Removes it.
pub(super) async fn remove(
    State(service): State<Service>,
    Segment(name): Segment<String>,
    Form(removal): Form<Removal>,
) -> Result<Redirect, Problem> {
    if !removal.confirmed {
        let detail = "Nothing was removed: say that you want it to be removed.";
        return Err(Problem::new(Kind::BadRequest, detail));
    }
    sources::take_away(&service, name).await?;
    Ok(Redirect::to("/sources"))
}
