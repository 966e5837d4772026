//! The JSON report, version 1: the types of the wire and nothing else.
//!
//! They are separate from the types inside on purpose, so that a change inside cannot change the
//! wire by accident. A minor version adds members; only a major version may take one away. Arrays
//! keep an order that is stated: targets that of the input, results that of the catalogue, subjects
//! that of the request, remedies that in which they have to be carried out. There is no clock and
//! no host in it: the same facts give the same bytes.

pub(super) mod rules;

use std::collections::BTreeMap;

use cdc_checks::{
    Action, Actor, CheckResult, Cost, Flavour, JudgedSubject, Level, Missing, Selection, Step, Text,
};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::{GateSummary, RunReport, TargetReport, TargetSummary, tally, words};
use crate::gate::{BaselineState, Rulings, WaiverReview};

/// The whole document.
#[derive(JsonSchema, Serialize)]
pub(super) struct Document<'a> {
    format_version: &'static str,
    tool: Tool,
    #[serde(skip_serializing_if = "<[Text]>::is_empty")]
    #[schemars(with = "Vec<String>")]
    what_if: &'a [Text],
    targets: Vec<Target<'a>>,
    /// Since 1.1: every waiver of the run, in the order in which they were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waivers: Vec<rules::Review<'a>>,
    exit: Exit<'a>,
}

#[derive(JsonSchema, Serialize)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(JsonSchema, Serialize)]
pub(super) struct Exit<'a> {
    code: u8,
    reason: &'a str,
}

#[derive(JsonSchema, Serialize)]
struct Target<'a> {
    target: Address<'a>,
    engine: &'static str,
    #[schemars(with = "Option<String>")]
    server_version: Option<&'a Text>,
    #[schemars(with = "Option<String>")]
    flavour: Option<Flavour>,
    connector: Connector<'a>,
    gate: Gate<'a>,
    counts: BTreeMap<&'static str, usize>,
    results: Vec<Judged<'a>>,
    /// Since 1.1: the checks that the user left out. Required ones are among the results, too,
    /// where they are undetermined and close the gate.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<rules::LeftOut<'a>>,
    /// Since 1.1: what the baseline knew and is no longer found; absent without a baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    gone: Option<Vec<rules::Gone<'a>>>,
    exit: Exit<'a>,
}

/// The connector that the checks had in mind, and what they took for granted of it.
#[derive(JsonSchema, Serialize)]
struct Connector<'a> {
    profile: &'a str,
    assumptions: &'a [String],
}

/// What the request is about. `tables` is empty where whole schemas are wanted, and `schemas` is
/// empty as well where that means every schema.
#[derive(JsonSchema, Serialize)]
pub(super) struct Address<'a> {
    operation: &'static str,
    #[schemars(with = "String")]
    host: &'a Text,
    port: u16,
    #[schemars(with = "String")]
    database: &'a Text,
    #[schemars(with = "String")]
    user: &'a Text,
    #[schemars(with = "Vec<String>")]
    tables: Vec<Text>,
    #[schemars(with = "Vec<String>")]
    schemas: Vec<&'a Text>,
}

#[derive(JsonSchema, Serialize)]
pub(super) struct Gate<'a> {
    state: &'static str,
    #[schemars(with = "Vec<String>")]
    reasons: &'a [Text],
}

#[derive(JsonSchema, Serialize)]
struct Judged<'a> {
    id: &'static str,
    outcome: &'static str,
    level: &'static str,
    /// Since 1.1: the level of the catalogue, where the user gave the check another.
    #[serde(skip_serializing_if = "Option::is_none")]
    declared_level: Option<&'static str>,
    title: &'static str,
    subjects: Vec<About<'a>>,
}

#[derive(JsonSchema, Serialize)]
pub(super) struct About<'a> {
    #[schemars(with = "String")]
    name: Text,
    kind: &'static str,
    outcome: &'static str,
    #[schemars(with = "Option<String>")]
    expected: Option<&'a Text>,
    #[schemars(with = "Option<String>")]
    observed: Option<&'a Text>,
    #[schemars(with = "Option<String>")]
    message: Option<&'a Text>,
    remedies: Vec<Remedy<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<Unknown<'a>>,
    /// Since 1.1: who accepts a waived finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<rules::Waived<'a>>,
    /// Since 1.1: `new` or `unchanged`, of what is a warning or worse where there is a baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<&'static str>,
}

/// One step. Which members there are besides `actor`, `kind` and `cost` depends on the kind.
#[derive(Default, JsonSchema, Serialize)]
struct Remedy<'a> {
    actor: &'static str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    sql: Option<&'a Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    database: Option<&'a Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    command: Option<&'a Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    section: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    line: Option<&'a Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    change: Option<&'a Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    instruction: Option<&'a Text>,
    cost: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    undo: Option<&'a Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    note: Option<&'a Text>,
}

/// Why something is not known. `sentence` says it for people; which of the others there are
/// depends on the reason.
#[derive(JsonSchema, Serialize)]
pub(super) struct Unknown<'a> {
    reason: &'static str,
    #[schemars(with = "String")]
    sentence: Text,
    #[serde(flatten)]
    detail: Detail<'a>,
}

#[derive(Default, JsonSchema, Serialize)]
struct Detail<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    what: Option<&'a Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    needs: Option<&'a Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    detail: Option<&'a Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    why: Option<&'a Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    by: Option<&'a Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    since: Option<&'a Text>,
}

impl<'a> Document<'a> {
    pub(super) fn of(run: &'a RunReport) -> Self {
        Self {
            format_version: "1.1",
            tool: Tool::this(),
            what_if: &run.what_if,
            targets: run.targets.iter().map(Target::of).collect(),
            waivers: waivers(&run.waivers),
            exit: Exit::of(&run.exit),
        }
    }
}

/// The JSON Schema (2020-12) of the document.
pub(super) fn schema() -> Schema {
    schema_of::<Document<'static>>("The JSON report of cdc-preflight, version 1")
}

/// The JSON Schema (2020-12) of what is written.
pub(super) fn schema_of<T: JsonSchema>(title: &str) -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".into(), title.into());
    schema
}

/// What became of waivers.
pub(super) fn waivers(reviews: &[WaiverReview]) -> Vec<rules::Review<'_>> {
    reviews.iter().map(rules::Review::of).collect()
}

impl Tool {
    /// This program.
    pub(super) fn this() -> Self {
        Self { name: "cdc-preflight", version: env!("CARGO_PKG_VERSION") }
    }
}

impl<'a> Exit<'a> {
    pub(super) fn of(exit: &'a super::Exit) -> Self {
        Self { code: exit.code, reason: &exit.reason }
    }
}

impl<'a> Gate<'a> {
    pub(super) fn of(gate: &'a GateSummary) -> Self {
        Self { state: gate.state().as_str(), reasons: &gate.reasons }
    }
}

impl<'a> Target<'a> {
    fn of(target: &'a TargetReport) -> Self {
        let (results, rulings) = (&target.report.results, &target.rulings);
        Self {
            target: Address::of(&target.target),
            engine: target.engine.as_str(),
            server_version: target.report.server_version.as_ref().ok(),
            flavour: target.report.flavour.as_ref().ok().copied(),
            connector: Connector {
                profile: &target.report.connector,
                assumptions: &target.report.assumptions,
            },
            gate: Gate::of(&target.gate),
            counts: tally::by_outcome(results),
            results: results.iter().map(|result| Judged::of(result, rulings)).collect(),
            left_out: rulings.left_out().iter().map(rules::LeftOut::of).collect(),
            gone: rulings.gone().map(|gone| gone.iter().map(rules::Gone::of).collect()),
            exit: Exit::of(&target.exit),
        }
    }
}

impl<'a> Address<'a> {
    pub(super) fn of(target: &'a TargetSummary) -> Self {
        let (tables, schemas) = match &target.selection {
            Selection::Schemas(schemas) => (Vec::new(), schemas.iter().collect()),
            Selection::Tables(tables) => {
                (tables.iter().map(|table| table.display()).collect(), Vec::new())
            }
        };
        Self {
            operation: target.operation.as_str(),
            host: &target.host,
            port: target.port,
            database: &target.database,
            user: &target.user,
            tables,
            schemas,
        }
    }
}

impl<'a> Judged<'a> {
    fn of(result: &'a CheckResult, rulings: &'a Rulings) -> Self {
        let id = result.check.id;
        Self {
            id,
            outcome: result.outcome.as_str(),
            level: result.check.level.as_str(),
            declared_level: rulings.declared_level(id).map(Level::as_str),
            title: result.check.title,
            subjects: result.subjects.iter().map(|it| About::of(id, it, rulings)).collect(),
        }
    }
}

impl<'a> About<'a> {
    pub(super) fn of(check: &str, subject: &'a JudgedSubject, rulings: &'a Rulings) -> Self {
        let finding = &subject.finding;
        Self {
            name: finding.subject.name(),
            kind: words::kind(&finding.subject),
            outcome: finding.outcome.as_str(),
            expected: finding.expected.as_ref(),
            observed: finding.observed.as_ref(),
            message: finding.message.as_ref(),
            remedies: subject.remedy.steps.iter().map(Remedy::of).collect(),
            missing: finding.missing.as_ref().map(Unknown::of),
            waiver: rulings.waived(check, finding).map(rules::Waived::of),
            baseline: rulings.baseline(check, finding).map(BaselineState::as_str),
        }
    }
}

impl<'a> Remedy<'a> {
    fn of(step: &'a Step) -> Self {
        let common = Self {
            actor: actor(step.actor),
            cost: cost(step.cost),
            undo: step.undo.as_ref(),
            note: step.note.as_ref(),
            ..Self::default()
        };
        match &step.action {
            Action::Sql { sql, database } => {
                Self { kind: "sql", sql: Some(sql), database: database.as_ref(), ..common }
            }
            Action::Command { command } => {
                Self { kind: "command", command: Some(command), ..common }
            }
            Action::Config { file, section, line } => Self {
                kind: "config",
                file: Some(file),
                section: Some(section).filter(|name| !name.is_empty()).map(String::as_str),
                line: Some(line),
                ..common
            },
            Action::Console { change } => Self { kind: "console", change: Some(change), ..common },
            Action::Manual { instruction } => {
                Self { kind: "manual", instruction: Some(instruction), ..common }
            }
        }
    }
}

/// A step as the JSON report has it.
pub(crate) fn step(step: &Step) -> impl Serialize {
    Remedy::of(step)
}

pub(crate) fn actor(actor: Actor) -> &'static str {
    match actor {
        Actor::Requester => "requester",
        Actor::Dba => "dba",
        Actor::Admin => "admin",
        Actor::Owner => "owner",
        Actor::Console => "console",
        Actor::Network => "network",
    }
}

pub(crate) fn cost(cost: Cost) -> &'static str {
    match cost {
        Cost::Live => "live",
        Cost::Reload => "reload",
        Cost::Reconnect => "reconnect",
        Cost::Restart => "restart",
        Cost::Rebuild => "rebuild",
    }
}

impl<'a> Unknown<'a> {
    pub(super) fn of(missing: &'a Missing) -> Self {
        let none = Detail::default();
        let (reason, detail) = match missing {
            Missing::Denied { what, needs } => {
                ("denied", Detail { what: Some(what), needs: Some(needs), ..none })
            }
            Missing::LeftOut { by } => ("left_out", Detail { by: Some(by), ..none }),
            Missing::Malformed { what, detail } => {
                ("malformed", Detail { what: Some(what), detail: Some(detail), ..none })
            }
            Missing::NotAsked { what, why } => {
                ("not_asked", Detail { what: Some(what), why: Some(why), ..none })
            }
            Missing::NotReached { because } => {
                ("not_reached", Detail { because: Some(because), ..none })
            }
            Missing::Refused { what, detail, code } => {
                let code = code.as_deref();
                ("refused", Detail { what: Some(what), detail: Some(detail), code, ..none })
            }
            Missing::TimedOut { what, after_ms } => {
                ("timed_out", Detail { what: Some(what), after_ms: Some(*after_ms), ..none })
            }
            Missing::Unsupported { what, since } => {
                ("unsupported", Detail { what: Some(what), since: Some(since), ..none })
            }
        };
        Self { reason, sentence: missing.sentence(), detail }
    }
}
