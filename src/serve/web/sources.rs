//! `/sources`: stored requests that are proven again and again.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::{Redirect, Response};
use serde::Deserialize;
use serde_json::Value;

use super::home::{ACTIONS, chosen, lines};
use super::page::{self, Frame, Place};
use super::words::{UNITS, When, every, unit};
use super::{assets, document};
use crate::gather::LiveProbe;
use crate::request::Operation;
use crate::serve::extract::Form;
use crate::serve::problem::{Kind, Problem};
use crate::serve::routes::sources::{self, SourceInput};
use crate::serve::service::Service;
use crate::serve::store::Source;

#[derive(Template)]
#[template(path = "serve/web/sources.html")]
struct SourcesPage {
    frame: Frame,
    script: &'static str,
    rows: Vec<Row>,
    settings: Settings,
}

/// A source in the list.
struct Row {
    name: String,
    about: String,
    every: Option<String>,
    next: Option<When>,
    /// Whether the gate was open at the last report, and when that was.
    standing: Option<(bool, When)>,
}

/// What the form of a source shows.
pub(super) struct Settings {
    pub(super) document: String,
    pub(super) action: String,
    pub(super) probe: &'static str,
    pub(super) strict: bool,
    /// A number and the size of its unit; without a schedule the number is empty.
    pub(super) every: (String, u32),
    pub(super) actions: [Operation; 4],
    pub(super) units: [(u32, &'static str); 4],
}

impl Settings {
    pub(super) fn new() -> Self {
        Self {
            document: String::new(),
            action: String::new(),
            probe: probe_word(LiveProbe::default()),
            strict: false,
            every: (String::new(), 3600),
            actions: ACTIONS,
            units: UNITS,
        }
    }

    pub(super) fn of(source: &Source) -> Self {
        let every = source.every.map(unit);
        Self {
            document: source.document.clone(),
            action: source.action.clone().unwrap_or_default(),
            probe: probe_word(source.options.probe),
            strict: source.options.strict,
            every: every.map_or((String::new(), 3600), |(number, size)| (number.to_string(), size)),
            ..Self::new()
        }
    }
}

fn probe_word(probe: LiveProbe) -> &'static str {
    match probe {
        LiveProbe::Always => "always",
        LiveProbe::Safe => "safe",
        LiveProbe::Never => "never",
    }
}

/// All sources, and a form for one more.
pub(super) async fn show(State(service): State<Service>) -> Result<Response, Problem> {
    let standings = service.store.standings().await?.into_iter();
    let standings: BTreeMap<String, (bool, When)> =
        standings.map(|it| (it.source, (it.is_open, When(it.finished_at)))).collect();
    let rows = service.store.sources().await?.into_iter().map(|source| Row {
        about: document::label(&source.document).unwrap_or_default(),
        every: source.every.map(every),
        next: source.next_at.map(When),
        standing: standings.get(&source.name).copied(),
        name: source.name,
    });
    Ok(page::shown(&SourcesPage {
        frame: Frame::at(Place::Sources, &service),
        script: &assets::GIVE.path,
        rows: rows.collect(),
        settings: Settings::new(),
    }))
}

/// A source, as its form sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    #[serde(default)]
    name: String,
    document: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    strict: bool,
    #[serde(default)]
    probe: LiveProbe,
    #[serde(default)]
    every: String,
    #[serde(default)]
    unit: Option<u32>,
}

impl Given {
    pub(super) fn input(self) -> Result<SourceInput, Problem> {
        let number = chosen(&self.every).map(str::parse::<u32>).transpose();
        let odd = || Problem::new(Kind::BadRequest, "The time between two runs is not understood.");
        let number = number.map_err(|_| odd())?;
        let size = self.unit.unwrap_or(1);
        let every = number.map(|number| number.checked_mul(size).ok_or_else(odd)).transpose()?;
        Ok(SourceInput {
            document: Value::String(lines(self.document)),
            action: chosen(&self.action).map(str::to_owned),
            strict: self.strict,
            probe: self.probe,
            every,
        })
    }
}

/// Stores a source that is new: one that is there is changed on its own page.
pub(super) async fn create(
    State(service): State<Service>,
    Form(given): Form<Given>,
) -> Result<Redirect, Problem> {
    let name = given.name.trim().to_owned();
    if service.store.source(name.clone()).await?.is_some() {
        let detail = "There is a source of that name: change it on its page.";
        return Err(Problem::new(Kind::Conflict, detail));
    }
    sources::store(&service, name.clone(), given.input()?).await?;
    Ok(Redirect::to(&format!("/sources/{name}")))
}
