//! Every field of the request holds what the API takes.

use super::fields::{self, FieldKind, FieldSpec, nearest};
use super::{Endpoint, table_names};
use crate::facts::Request;
use crate::facts::request::{Field, Operation};
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict};

pub(crate) const CHECK: Check<Request> = Check {
    id: "request/parameters",
    title: "the request's fields hold what the API takes",
    level: Level::Required,
    tags: &["request"],
    doc: include_str!("parameters.md"),
    judge,
    remedy,
};

/// Something wrong with a field, and what to do about it.
pub(super) struct Fault {
    pub(super) outcome: Outcome,
    /// A sentence without a full stop that does not repeat the value.
    pub(super) message: String,
    pub(super) advice: String,
}

impl Fault {
    pub(super) fn fail(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { outcome: Outcome::Fail, message: message.into(), advice: advice.into() }
    }

    pub(super) fn warn(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { outcome: Outcome::Warn, ..Self::fail(message, advice) }
    }
}

fn judge(request: &Request, _: &Intent) -> Result<Verdict, Missing> {
    let known = fields::of(request.operation).iter().flat_map(|spec| findings(request, spec));
    let unknown = request.fields.keys().filter_map(|name| {
        let fault = unknown_field(request, name)?;
        Some(Finding::of(Subject::Field(name.into()), fault.outcome).because(fault.message))
    });
    Ok(Verdict::each(known.chain(unknown)))
}

fn remedy(finding: &Finding, request: &Request, _: &Intent) -> Remedy {
    let name = finding.subject.name();
    let faults = match fields::find(request.operation, name.untrusted()) {
        Some(spec) => faults(request, spec),
        None => unknown_field(request, name.untrusted()).into_iter().collect(),
    };
    let said = finding.message.as_ref().map_or("", |message| message.untrusted());
    let fault = faults.into_iter().find(|fault| fault.message == said);
    fault.map_or_else(Remedy::none, |fault| Step::request(fault.advice).into())
}

/// The findings of one field: its faults, or that it passes; none where it may be absent and is.
fn findings(request: &Request, spec: &FieldSpec) -> Vec<Finding> {
    let field = request.fields.get(spec.name);
    let finding = |outcome| {
        let finding = Finding::of(Subject::Field(spec.name.into()), outcome);
        match field.and_then(shown) {
            Some(value) => finding.observed(value),
            None => finding,
        }
    };
    let faults = faults(request, spec);
    if faults.is_empty() {
        return field.map(|_| finding(Outcome::Pass)).into_iter().collect();
    }
    faults
        .into_iter()
        .map(|fault| {
            let finding = finding(fault.outcome).because(fault.message);
            if spec.secret { finding } else { finding.expected(expectation(spec)) }
        })
        .collect()
}

fn shown(field: &Field) -> Option<String> {
    match field {
        Field::Number(number) => Some(number.to_string()),
        Field::Other(what) => Some(what.clone()),
        Field::Secret { .. } => None,
        Field::Text(text) => Some(text.untrusted().into()),
    }
}

fn expectation(spec: &FieldSpec) -> String {
    match spec.kind {
        FieldKind::Count(least, most) => {
            format!("a number from {least} to {most}, in quotes")
        }
        FieldKind::Endpoint => "host:port, amqp://host:port or amqps://host:port".into(),
        FieldKind::Names => "a text with names separated by commas".into(),
        FieldKind::Port => "a number from 1 to 65535".into(),
        FieldKind::Text if spec.allowed.is_empty() => "a text".into(),
        FieldKind::Text => alternatives(spec.allowed),
    }
}

fn alternatives(words: &[&str]) -> String {
    match words {
        [init @ .., last] if !init.is_empty() => format!("{} or {last}", init.join(", ")),
        words => words.concat(),
    }
}

/// Everything that is wrong with a field. A field of the wrong type has no other fault.
fn faults(request: &Request, spec: &FieldSpec) -> Vec<Fault> {
    let name = spec.name;
    let Some(field) = request.fields.get(name) else {
        return absent(request, spec).into_iter().collect();
    };
    match (spec.kind, field) {
        (_, Field::Other(what)) if what == "nothing" => vec![no_value(spec)],
        (FieldKind::Port, Field::Number(number)) => port(*number).into_iter().collect(),
        (FieldKind::Port, other) => vec![not_a_number(name, other)],
        (_, Field::Secret { empty: true }) if request.quick_look => Vec::new(),
        (_, Field::Secret { empty: false }) => Vec::new(),
        (_, Field::Text(text)) if !text.untrusted().trim().is_empty() => {
            content(request, spec, text.untrusted())
        }
        (_, Field::Text(_) | Field::Secret { empty: true }) => empty(spec).into_iter().collect(),
        (kind, other) => vec![not_a_text(spec, kind, other)],
    }
}

fn absent(request: &Request, spec: &FieldSpec) -> Option<Fault> {
    let name = spec.name;
    if !spec.required
        || (request.quick_look && matches!(name, "RegionId" | "Password" | "Port" | "QueueName"))
    {
        return None;
    }
    if spec.kind == FieldKind::Port {
        let default = request.operation.engine().default_port();
        return Some(Fault::warn(
            format!("Port is missing: {default} is used here, but the API lists it as required"),
            format!("Write Port: {default}, or the server's own port."),
        ));
    }
    Some(Fault::fail(format!("{name} is missing"), format!("Add {name}: {}.", spec.doc)))
}

fn empty(spec: &FieldSpec) -> Option<Fault> {
    let name = spec.name;
    let fault = if spec.required { Fault::fail } else { Fault::warn };
    let message = format!("{name} is empty");
    match spec.allowed {
        [] if spec.required => Some(fault(message, format!("Write {}.", spec.doc))),
        [] => Some(fault(message, format!("Remove {name}, or write {}.", spec.doc))),
        allowed => {
            let advice = format!("Remove {name}, or write {}.", alternatives(allowed));
            Some(Fault::fail(message, advice))
        }
    }
}

fn no_value(spec: &FieldSpec) -> Fault {
    let name = spec.name;
    let advice = if spec.required { "Write" } else { "Remove it, or write" };
    Fault::fail(format!("{name} has no value"), format!("{advice} {}.", spec.doc))
}

fn port(number: i64) -> Option<Fault> {
    match number {
        1..=65_535 => None,
        0 => Some(Fault::fail(
            "Port is 0, which asks for any free port: no server can be reached there",
            "Write the port on which the server listens, usually 5432 or 3306.",
        )),
        _ => Some(Fault::fail("Port is not within 1 to 65535", "Write the server's port.")),
    }
}

fn not_a_number(name: &str, field: &Field) -> Fault {
    let advice = match field {
        Field::Text(text) if text.untrusted().trim().parse::<u16>().is_ok() => {
            format!("Write {name}: {}, without quotes.", text.untrusted().trim())
        }
        _ => format!("Write {name} as a number from 1 to 65535, for example {name}: 5432."),
    };
    Fault::fail(format!("{name} must be a number, not {}", type_name(field)), advice)
}

fn not_a_text(spec: &FieldSpec, kind: FieldKind, field: &Field) -> Fault {
    let name = spec.name;
    let advice = match (kind, field) {
        (_, Field::Number(_)) if spec.secret => "Put the value in quotes.".into(),
        (_, Field::Number(number)) => format!("Write {name}: \"{number}\", in quotes."),
        (FieldKind::Names, Field::Other(what)) if what == "a list" => {
            format!("Write one text with commas, for example {name}: \"one,two\".")
        }
        _ => format!("Write {name} as a text in quotes."),
    };
    Fault::fail(format!("{name} must be a text, not {}", type_name(field)), advice)
}

fn type_name(field: &Field) -> &str {
    match field {
        Field::Number(_) => "a number",
        Field::Other(what) => what,
        Field::Secret { .. } | Field::Text(_) => "a text",
    }
}

/// What is wrong with a text that is not empty.
fn content(request: &Request, spec: &FieldSpec, text: &str) -> Vec<Fault> {
    if !spec.allowed.is_empty() && !is_allowed(spec, text) {
        let message = format!("{} must be {}", spec.name, alternatives(spec.allowed));
        let advice = match nearest(text, spec.allowed.iter().copied()) {
            Some(near) => format!("Did you mean {near}?"),
            None => format!("Write {}.", alternatives(spec.allowed)),
        };
        return vec![Fault::fail(message, advice)];
    }
    match spec.kind {
        FieldKind::Count(least, most) => return count(spec.name, text, least, most),
        FieldKind::Endpoint => return endpoint(spec.name, text),
        FieldKind::Names | FieldKind::Port | FieldKind::Text => {}
    }
    match spec.name {
        "BinlogFormat" => vec![Fault::warn(
            "BinlogFormat stands in an example of the API but in none of its models",
            "Leave it out if the service refuses it: the server's own setting is checked anyway.",
        )],
        "TableNames" => table_names::faults(request, text),
        _ => Vec::new(),
    }
}

fn is_allowed(spec: &FieldSpec, text: &str) -> bool {
    let is_same = |word: &&str| match spec.any_case {
        true => word.eq_ignore_ascii_case(text),
        false => *word == text,
    };
    spec.allowed.iter().any(is_same)
}

fn count(name: &str, text: &str, least: u16, most: u16) -> Vec<Fault> {
    let fault = match text.trim().parse::<i64>() {
        Ok(number) if (i64::from(least)..=i64::from(most)).contains(&number) => None,
        Ok(_) => Some(format!("{name} is not within {least} to {most}")),
        Err(_) => Some(format!("{name} must be a number as a text")),
    };
    let advice = format!("Write a number from {least} to {most}, in quotes.");
    fault.map(|message| Fault::fail(message, advice)).into_iter().collect()
}

fn endpoint(name: &str, text: &str) -> Vec<Fault> {
    let fault = Endpoint::parse(text).err();
    let advice = "Write host:port, amqp://host:port or amqps://host:port.";
    fault.map(|why| Fault::fail(format!("{name} {why}"), advice)).into_iter().collect()
}

fn unknown_field(request: &Request, name: &str) -> Option<Fault> {
    let operation = request.operation;
    if fields::find(operation, name).is_some() {
        return None;
    }
    let names = fields::of(operation).iter().map(|spec| spec.name);
    let advice = match nearest(name, names.clone()) {
        _ if name == "SchemaName" => {
            "Remove it: in MySQL the schema is the database, DatabaseName.".into()
        }
        Some(near) => format!("Did you mean {near}?"),
        None => match Operation::ALL.into_iter().find(|it| fields::find(*it, name).is_some()) {
            Some(other) => format!("Remove it: only {} has it.", other.as_str()),
            None => format!("Remove it. The fields are {}.", names.collect::<Vec<_>>().join(", ")),
        },
    };
    let message = format!("{} has no field {name}", operation.as_str());
    Some(Fault::fail(message, advice))
}
