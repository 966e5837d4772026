//! `/`: give a request, and what came of those before.

use askama::Template;
use axum::extract::State;
use axum::response::{Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::assets::GIVE;
use super::document;
use super::page::{self, Frame, Place};
use super::sources::Settings;
use super::steps;
use super::words::When;
use crate::gather::LiveProbe;
use crate::request::Operation;
use crate::serve::extract::{Form, Params};
use crate::serve::problem::{Kind, Problem};
use crate::serve::routes::preflights::{self, ListParams};
use crate::serve::service::Service;
use crate::serve::store::{Preflight, RunOptions, State as Standing, StoreError};

/// Preflights on a page of the history.
const SHOWN: u32 = 25;

/// Operations whose bare payload can be proven.
pub(super) const ACTIONS: [Operation; 4] = [
    Operation::ConfigurePostgreSqlSource,
    Operation::ConfigureMySqlSource,
    Operation::CreateEventStreaming,
    Operation::UpdateEventStreaming,
];

/// Which preflights the history shows, as a form sends it: empty where nothing was chosen.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct HistoryParams {
    state: String,
    gate: String,
    source: String,
    before: String,
}

#[derive(Template)]
#[template(path = "serve/web/home.html")]
struct Home {
    frame: Frame,
    script: &'static str,
    settings: Settings,
    chosen: HistoryParams,
    sources: Vec<String>,
    rows: Vec<Row>,
    /// The address of the next page.
    older: Option<String>,
}

/// A preflight in a list.
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) at: When,
    pub(super) about: String,
    pub(super) source: Option<String>,
    pub(super) standing: Standing,
    pub(super) is_open: Option<bool>,
}

impl Row {
    pub(super) fn verdict(&self) -> (&'static str, &'static str) {
        verdict(self.standing, self.is_open)
    }

    /// The row of a preflight.
    pub(super) async fn of(service: &Service, it: &Preflight) -> Result<Self, StoreError> {
        Ok(Self {
            id: it.id,
            at: When(it.created_at),
            about: about(service, it).await?,
            source: it.source.clone(),
            standing: it.state,
            is_open: it.is_open,
        })
    }
}

/// Where a preflight stands, in a word, and the class that colours it.
pub(super) fn verdict(standing: Standing, is_open: Option<bool>) -> (&'static str, &'static str) {
    match (standing, is_open) {
        (Standing::Queued, _) => ("waits", "blocked"),
        (Standing::Running, _) => ("runs", "blocked"),
        (Standing::Failed, _) => ("run failed", "undetermined"),
        (Standing::Finished, Some(true)) => ("gate open", "pass"),
        (Standing::Finished, _) => ("gate closed", "fail"),
    }
}

/// What a preflight is about: by its document, or where that was not kept by what was visited.
pub(super) async fn about(service: &Service, it: &Preflight) -> Result<String, StoreError> {
    if let Some(label) = it.document.as_deref().and_then(document::label) {
        return Ok(label);
    }
    let visited = steps::visited(&service.store.progress(it.id, 0).await?);
    Ok(visited.unwrap_or_else(|| "a request that was not kept".into()))
}

/// The form and the history.
pub(super) async fn show(
    State(service): State<Service>,
    Params(chosen): Params<HistoryParams>,
) -> Result<Response, Problem> {
    let listed = preflights::page(&service, chosen.read()?).await?;
    let mut rows = Vec::new();
    for preflight in &listed.items {
        rows.push(Row::of(&service, preflight).await?);
    }
    let sources = service.store.sources().await?;
    Ok(page::shown(&Home {
        frame: Frame::at(Place::Preflights, &service),
        script: &GIVE.path,
        settings: Settings::new(),
        older: listed.next.map(|before| chosen.address(before)),
        chosen,
        sources: sources.into_iter().map(|source| source.name).collect(),
        rows,
    }))
}

impl HistoryParams {
    fn read(&self) -> Result<ListParams, Problem> {
        let refused = |name: &str| Problem::new(Kind::BadRequest, format!("{name} is not known."));
        let state = chosen(&self.state).map(|word| word.parse()).transpose();
        let gate = chosen(&self.gate).map(|word| serde_json::from_value(word.into())).transpose();
        let before = chosen(&self.before).map(Uuid::try_parse).transpose();
        Ok(ListParams {
            source: chosen(&self.source).map(str::to_owned),
            state: state.map_err(|_| refused("state"))?,
            gate: gate.map_err(|_| refused("gate"))?,
            before: before.map_err(|_| refused("before"))?,
            limit: Some(SHOWN),
        })
    }

    /// The same choice, from there on.
    fn address(&self, before: Uuid) -> String {
        let mut query = url::form_urlencoded::Serializer::for_suffix("/?".to_owned(), 2);
        let chosen = [("state", &self.state), ("gate", &self.gate), ("source", &self.source)];
        for (name, value) in chosen.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        query.append_pair("before", &before.to_string()).finish() + "#history"
    }

    fn is_narrowed(&self) -> bool {
        [&self.state, &self.gate, &self.source].into_iter().any(|value| !value.is_empty())
    }
}

/// What a form sends of a choice that was made.
pub(super) fn chosen(value: &str) -> Option<&str> {
    Some(value.trim()).filter(|value| !value.is_empty())
}

/// A request, as the form sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    document: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    strict: bool,
    #[serde(default)]
    probe: LiveProbe,
}

/// Begins to prove a request. One that carries its secrets runs at once, as nobody could send them
/// again from the page.
pub(super) async fn create(
    State(service): State<Service>,
    Form(given): Form<Given>,
) -> Result<Redirect, Problem> {
    let options = RunOptions { strict: given.strict, probe: given.probe };
    let action = chosen(&given.action).map(str::to_owned);
    let document = lines(given.document).into_bytes();
    let id = preflights::begin(&service, document, action, options, true).await?;
    Ok(Redirect::to(&format!("/preflights/{id}")))
}

/// A text as it was typed: forms end lines in their own way.
pub(super) fn lines(text: String) -> String {
    text.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_has_the_same_choice() {
        let chosen = HistoryParams { gate: "open".into(), source: "a b".into(), ..<_>::default() };
        let address = chosen.address(Uuid::nil());
        let before = "before=00000000-0000-0000-0000-000000000000";
        assert_eq!(address, format!("/?gate=open&source=a+b&{before}#history"));
        let read = chosen.read().expect("understood");
        assert_eq!((read.source.as_deref(), read.state), (Some("a b"), None));
        let odd = HistoryParams { gate: "ajar".into(), ..<_>::default() };
        assert!(odd.read().is_err());
    }
}
