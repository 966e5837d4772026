//! A drift as a CloudEvent 1.0 in structured JSON.
//!
//! | type | what has changed |
//! |---|---|
//! | `dev.cdc-preflight.source.verdict.changed` | the gate, or which checks fail |
//! | `dev.cdc-preflight.source.contract.changed` | the events that will come out |
//!
//! `source` is the stored source's path, `/v1/sources/NAME`, and `subject` that of the run with
//! which the change holds. The id is that of the webhook's message, too.

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::settle::{Changed, Drift};
use crate::events;
use crate::report::{self, GateState, ReportDiff};
use crate::serve::store::Notice;

const VERDICT: &str = "dev.cdc-preflight.source.verdict.changed";
const CONTRACT: &str = "dev.cdc-preflight.source.contract.changed";

/// The most findings or changes in one event: receivers limit the size of what they take. The rest
/// is counted, and is where the event points to.
const MOST: usize = 200;

/// What is told of a drift.
pub(super) fn notice(source: &str, drift: &Drift<'_>) -> Notice {
    let id = Uuid::now_v7();
    let (kind, mut data) = match &drift.what {
        Changed::Verdict { before, now, diff } => (VERDICT, verdict(*before, *now, diff)),
        Changed::Contract(diff) => (CONTRACT, contract(diff)),
    };
    data["preflight"] = json!(drift.now.id);
    data["compared_with"] = json!(drift.before.id);
    let event = json!({
        "specversion": "1.0",
        "id": id,
        "source": format!("/v1/sources/{source}"),
        "type": kind,
        "subject": format!("/v1/preflights/{}", drift.now.id),
        "time": drift.now.finished_at,
        "datacontenttype": "application/json",
        "data": data,
    });
    Notice { id, body: event.to_string() }
}

fn verdict(before: GateState, now: GateState, diff: &ReportDiff) -> Value {
    let of = |kind: report::Kind| {
        let targets = diff.targets.iter();
        let changes = targets.flat_map(|target| target.changes.iter().map(move |it| (target, it)));
        let found = changes.filter(|(_, change)| change.kind == kind);
        Listed::of(found.map(|(target, change)| {
            json!({
                "target": target.target, "check": change.check, "title": change.title,
                "finding_subject": change.subject, "before": change.before, "now": change.now,
            })
        }))
    };
    json!({
        "gate": { "before": before, "now": now },
        "new": of(report::Kind::New),
        "changed": of(report::Kind::Changed),
        "fixed": of(report::Kind::Fixed),
        "unknown": of(report::Kind::Unknown),
    })
}

fn contract(diff: &events::Diff) -> Value {
    json!({ "class": diff.class, "changes": Listed::of(diff.changes.iter().map(|it| json!(it))) })
}

/// The first of many, and how many more there are.
#[derive(Serialize)]
struct Listed {
    items: Vec<Value>,
    more: usize,
}

impl Listed {
    fn of(items: impl Iterator<Item = Value>) -> Self {
        let mut items: Vec<Value> = items.collect();
        let more = items.len().saturating_sub(MOST);
        items.truncate(MOST);
        Self { items, more }
    }
}
