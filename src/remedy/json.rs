//! Plans for programs.

use cdc_checks::{CheckInfo, Text};
use serde::Serialize;
use serde_json::{Value, json};

use super::rest::{Rest, Why};
use super::{Plan, Purpose, Scope, Task};
use crate::report::{actor, cost, json_document, step};

/// The plans as one document, versioned by `format_version`. Ends with a line feed.
pub fn render(plans: &[Plan]) -> String {
    let plans: Vec<Value> = plans.iter().map(plan).collect();
    let document = json!({ "format_version": "1.0", "plans": plans });
    json_document(&document)
}

fn plan(plan: &Plan) -> Value {
    let parts: Vec<Value> = plan
        .parts
        .iter()
        .map(|part| {
            let tasks: Vec<Value> = part.tasks.iter().map(task).collect();
            json!({ "actor": actor(part.actor), "cost": cost(part.cost), "tasks": tasks })
        })
        .collect();
    json!({
        "server": plan.server,
        "engine": plan.engine.as_str(),
        "flavour": plan.flavour,
        "scope": match plan.scope { Scope::Gate => "gate", Scope::All => "all" },
        "restarts": plan.restarts(),
        "parts": parts,
        "rest": plan.rest.iter().map(Left::of).collect::<Vec<_>>(),
    })
}

fn task(task: &Task) -> Value {
    let serves: Vec<Value> = task.serves.iter().map(purpose).collect();
    json!({ "step": step(&task.step), "serves": serves })
}

fn purpose(purpose: &Purpose) -> Value {
    json!({
        "check": purpose.check.id,
        "level": purpose.check.level.as_str(),
        "outcome": purpose.outcome.as_str(),
        "subjects": purpose.subjects,
    })
}

/// What remains.
#[derive(Serialize)]
struct Left<'a> {
    check: &'static str,
    subject: &'a Text,
    why: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sentence: Option<&'a Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    needs: Option<&'a Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'a str>,
}

impl<'a> Left<'a> {
    fn of(rest: &'a Rest) -> Self {
        let CheckInfo { id, .. } = rest.check;
        let bare = Self {
            check: id,
            subject: &rest.subject,
            why: "no_remedy",
            actor: None,
            cost: None,
            sentence: None,
            needs: None,
            because: None,
        };
        match &rest.why {
            Why::LeftOut { actor: who, cost: price } => {
                Self { why: "left_out", actor: Some(actor(*who)), cost: Some(cost(*price)), ..bare }
            }
            Why::NoRemedy => bare,
            Why::Unknown { sentence, needs } => {
                Self { why: "unknown", sentence: Some(sentence), needs: needs.as_ref(), ..bare }
            }
            Why::NotReached { because } => {
                Self { why: "not_reached", because: Some(because), ..bare }
            }
        }
    }
}
