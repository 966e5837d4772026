//! `/diff`: what changed from one preflight to another, in what was found and in the events.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::page::{self, Frame, Place};
use super::words::{When, shown};
use crate::events::{self, Contract};
use crate::report::{Change, GateState, Kind, ReportDiff, Side, TargetDiff};
use crate::serve::extract::Params;
use crate::serve::jobs::Found;
use crate::serve::problem::Problem;
use crate::serve::routes::diff::between;
use crate::serve::routes::preflights::{find, found};
use crate::serve::service::Service;

/// Longest value that is shown, in characters.
const VALUE_LIMIT: usize = 200;

/// Which two are compared.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DiffParams {
    before: Uuid,
    after: Uuid,
}

#[derive(Template)]
#[template(path = "serve/web/diff.html")]
struct DiffPage {
    frame: Frame,
    source: Option<String>,
    before: (Uuid, When),
    after: (Uuid, When),
    summary: String,
    targets: Vec<Target>,
    events: Option<Events>,
}

/// What changed for one target.
struct Target {
    name: String,
    gates: String,
    changes: Vec<Row>,
    /// What is as it was.
    still: Vec<Row>,
}

/// What became of one finding.
struct Row {
    kind: &'static str,
    class: &'static str,
    check: String,
    title: String,
    subject: String,
    was: String,
    is: String,
}

/// What changed for consumers of the events.
struct Events {
    class: &'static str,
    changes: Vec<[String; 5]>,
}

/// The page.
pub(super) async fn show(
    State(service): State<Service>,
    Params(params): Params<DiffParams>,
) -> Result<Response, Problem> {
    let (old, new) = (find(&service, params.before).await?, find(&service, params.after).await?);
    let (before, after) = (found(&old)?, found(&new)?);
    let diff = between(&before, &after)?;
    let at = |it: &crate::serve::store::Preflight| When(it.finished_at.unwrap_or(it.created_at));
    Ok(page::shown(&DiffPage {
        frame: Frame::at(Place::Preflights, &service),
        source: new.source.clone().filter(|name| old.source.as_ref() == Some(name)),
        before: (old.id, at(&old)),
        after: (new.id, at(&new)),
        summary: summary(&diff),
        targets: diff.targets.iter().map(Target::of).collect(),
        events: Events::between(&before, &after),
    }))
}

/// `2 new, 1 fixed, 3 still`.
fn summary(diff: &ReportDiff) -> String {
    let counts = Kind::ALL.map(|kind| (diff.count(kind), kind)).into_iter();
    let told = counts.filter(|(number, _)| *number > 0);
    let told: Vec<String> =
        told.map(|(number, kind)| format!("{number} {}", kind.as_str())).collect();
    if told.is_empty() { "Nothing was found, before or now.".into() } else { told.join(", ") }
}

impl Target {
    fn of(target: &TargetDiff) -> Self {
        let rows = target.changes.iter().map(|change| (change.kind, Row::of(change)));
        let (still, changes): (Vec<_>, Vec<_>) = rows.partition(|(kind, _)| *kind == Kind::Still);
        let name = format!("{} {}", target.operation, target.target.untrusted());
        Self {
            name: short(&name),
            gates: gates(target.gate_before, target.gate_now),
            changes: changes.into_iter().map(|(_, row)| row).collect(),
            still: still.into_iter().map(|(_, row)| row).collect(),
        }
    }
}

fn gates(before: Option<GateState>, now: Option<GateState>) -> String {
    match (before.map(GateState::as_str), now.map(GateState::as_str)) {
        (Some(before), Some(now)) if before == now => format!("gate {now}, as before"),
        (Some(before), Some(now)) => format!("gate {now}, was {before}"),
        (None, Some(now)) => format!("gate {now}; not there before"),
        (_, None) => "not there any more".into(),
    }
}

impl Row {
    fn of(change: &Change) -> Self {
        let class = match change.kind {
            Kind::Fixed => "pass",
            _ if change.is_worse() => "fail",
            Kind::New | Kind::Changed | Kind::Still => "warn",
            Kind::Unknown => "undetermined",
        };
        Self {
            kind: change.kind.as_str(),
            class,
            check: short(&change.check),
            title: short(&change.title),
            subject: short(change.subject.name().untrusted()),
            was: change.before.as_ref().map(side).unwrap_or_default(),
            is: change.now.as_ref().map(side).unwrap_or_default(),
        }
    }
}

fn side(side: &Side) -> String {
    let mut words = side.outcome.as_str().to_owned();
    for (name, value) in [("found", &side.observed), ("needed", &side.expected)] {
        if let Some(value) = value {
            words += &format!(", {name} {}", short(value.untrusted()));
        }
    }
    words
}

impl Events {
    /// What changes; `None` where the events of one of the two cannot be told.
    fn between(old: &Found, new: &Found) -> Option<Self> {
        let diff = events::diff(&contracts(old)?, &contracts(new)?);
        let changes = diff.changes.iter().map(|change| {
            let kind = serde_json::to_value(change.kind).unwrap_or_default();
            let table = change.table.as_ref().map(|table| short(table.display().untrusted()));
            let column = change.column.as_ref().map(|column| short(column.untrusted()));
            let place = [table, column].into_iter().flatten().collect::<Vec<_>>().join(" ");
            let kind = kind.as_str().unwrap_or_default().replace('-', " ");
            let (was, is) = (short(change.old.untrusted()), short(change.new.untrusted()));
            [change.class.as_str().to_owned(), kind, place, was, is]
        });
        Some(Self { class: diff.class.as_str(), changes: changes.collect() })
    }
}

fn contracts(found: &Found) -> Option<Vec<Contract>> {
    let all = found.examined.iter().map(|one| events::describe(&one.facts, &one.intent).ok());
    all.collect()
}

/// Text from outside, cut where it is long.
fn short(text: &str) -> String {
    match text.char_indices().nth(VALUE_LIMIT) {
        Some((end, _)) => format!("{}…", shown(&text[..end])),
        None => shown(text),
    }
}
