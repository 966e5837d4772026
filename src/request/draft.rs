//! A request on its way from the text to the type: fields with their places, and the rules of the
//! catalogue applied to them.

use std::collections::BTreeMap;

use cdc_checks::facts::request::{Field, Operation};
use cdc_checks::request::Endpoint;
use cdc_checks::{
    Action, CheckResult, Intent, JudgedSubject, Outcome, Selection, Subject, Text, facts,
};
use secrecy::{ExposeSecret, SecretString};

use super::configure_source::{ConnectOptions, Request, Value};
use super::origin::Origin;
use super::problem::Severity;
use super::source::{Complaint, Source, Span};
use super::stream::Stream;

/// A request that may still have faults.
pub(super) struct Draft {
    pub(super) operation: Operation,
    /// Where the operation is named.
    pub(super) span: Span,
    pub(super) fields: Vec<DraftField>,
    pub(super) is_quick_look: bool,
    pub(super) connect: ConnectOptions,
    /// The stream whose source it is.
    pub(super) stream: Option<Stream>,
}

/// A field with its places.
pub(super) struct DraftField {
    pub(super) name: String,
    pub(super) key_span: Span,
    pub(super) span: Span,
    pub(super) content: DraftContent,
}

/// What stands in a field.
pub(super) enum DraftContent {
    /// A value of a type that some field has.
    Value(Value),
    /// A value of another type, which is named.
    Other(&'static str),
    /// Something that was complained about already, so that no rule needs to be applied.
    Unresolved,
}

impl Draft {
    /// The request, where no rule fails, and everything that deserves to be said.
    pub(super) fn finish(self, source: &Source) -> (Option<Request>, Vec<Complaint>) {
        let facts = self.facts();
        let intent = Intent::of(&facts);
        let results = cdc_checks::request::judge(&facts, &intent);
        let complaints: Vec<Complaint> =
            results.iter().flat_map(|result| self.complaints_of(result)).collect();
        let has_errors = complaints.iter().any(|it| it.severity == Severity::Error);
        let request = match has_errors {
            true => None,
            false => {
                let origin = self.origin(&intent.selection, source);
                self.into_request(origin)
            }
        };
        (request, complaints)
    }

    /// What the rules see. A field that was complained about is absent.
    fn facts(&self) -> facts::Request {
        let fields = self.fields.iter().filter_map(|field| {
            let seen = match &field.content {
                DraftContent::Other(what) => Field::Other((*what).into()),
                DraftContent::Unresolved => return None,
                DraftContent::Value(Value::Number(number)) => Field::Number(*number),
                DraftContent::Value(Value::Secret(secret)) => {
                    Field::Secret { empty: secret.expose_secret().is_empty() }
                }
                DraftContent::Value(Value::Text(text)) => Field::Text(Text::new(text)),
            };
            Some((field.name.clone(), seen))
        });
        facts::Request {
            operation: self.operation,
            fields: fields.collect::<BTreeMap<_, _>>(),
            quick_look: self.is_quick_look,
        }
    }

    fn complaints_of(&self, result: &CheckResult) -> Vec<Complaint> {
        if result.check.id == "request/vpc" && self.is_unresolved("NetworkType") {
            return Vec::new();
        }
        result.subjects.iter().filter_map(|judged| self.complaint(result, judged)).collect()
    }

    /// A finding at the place of its field, or of the operation where the field is missing.
    fn complaint(&self, result: &CheckResult, judged: &JudgedSubject) -> Option<Complaint> {
        let severity = match judged.finding.outcome {
            Outcome::Fail => Severity::Error,
            Outcome::Warn => Severity::Warning,
            _ => return None,
        };
        let span = match &judged.finding.subject {
            Subject::Field(name) if self.is_unresolved(name.untrusted()) => return None,
            Subject::Field(name) => self.span_of(name.untrusted()),
            _ => &self.span,
        };
        let message = judged.finding.message.as_ref().map_or(result.check.title, Text::untrusted);
        let complaint = Complaint::error(span, message, help(judged));
        Some(Complaint { severity, rule: Some(result.check.id), ..complaint })
    }

    fn span_of(&self, name: &str) -> &Span {
        let is_known = cdc_checks::request::fields::find(self.operation, name).is_some();
        match self.fields.iter().find(|field| field.name == name) {
            None => &self.span,
            Some(field) if !is_known || field.span.is_empty() => &field.key_span,
            Some(field) => &field.span,
        }
    }

    fn is_unresolved(&self, name: &str) -> bool {
        let field = self.fields.iter().find(|field| field.name == name);
        field.is_some_and(|field| matches!(field.content, DraftContent::Unresolved))
    }

    /// Where it stands; `None` where it stands in no file.
    fn origin(&self, selection: &Selection, source: &Source) -> Option<Origin> {
        if !source.is_file() {
            return None;
        }
        let mut ruler = source.ruler();
        let operation = Some(ruler.region(&self.span));
        let fields = self.fields.iter().map(|field| {
            let span = if field.span.is_empty() { &field.key_span } else { &field.span };
            (field.name.clone(), ruler.region(span))
        });
        let fields = fields.collect();
        let tables = self.tables(selection, source).into_iter();
        let tables = tables.map(|(table, span)| (table, ruler.region(&span))).collect();
        Some(Origin { file: source.name.clone(), operation, fields, tables })
    }

    /// Where the names within `TableNames` stand. One that comes from a variable, or that is
    /// written with escapes, stands nowhere.
    fn tables(&self, selection: &Selection, source: &Source) -> Vec<(Text, Span)> {
        let field = self.fields.iter().find(|field| field.name == "TableNames");
        let (Selection::Tables(tables), Some(field)) = (selection, field) else {
            return Vec::new();
        };
        let DraftContent::Value(Value::Text(text)) = &field.content else { return Vec::new() };
        let mut rest = field.span.clone();
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        let spans = names.map(|name| {
            let start = rest.start + source.slice(&rest).find(name)?;
            rest.start = start + name.len();
            Some(start..rest.start)
        });
        let spans = tables.iter().zip(spans);
        spans.filter_map(|(table, span)| Some((table.display(), span?))).collect()
    }

    fn into_request(self, origin: Option<Origin>) -> Option<Request> {
        let mut fields = Vec::new();
        for field in self.fields {
            let DraftContent::Value(value) = field.content else { return None };
            fields.push((field.name, value));
        }
        let password = fields.iter().find_map(|(name, value)| match value {
            Value::Secret(secret) if name == "Password" => Some(secret.clone()),
            _ => None,
        });
        let address = fields.iter().find(|(name, _)| name == "Endpoint");
        let endpoint = match address {
            Some((_, Value::Text(text))) => Endpoint::parse(text).ok(),
            _ => None,
        };
        Some(Request {
            operation: self.operation,
            fields,
            password: password.unwrap_or_else(|| SecretString::from(String::new())),
            is_quick_look: self.is_quick_look,
            connect: self.connect,
            stream: self.stream,
            origin,
            endpoint,
            user: None,
        })
    }
}

/// The remedy's instructions.
fn help(judged: &JudgedSubject) -> String {
    let instructions = judged.remedy.steps.iter().filter_map(|step| match &step.action {
        Action::Manual { instruction } => Some(instruction.untrusted()),
        _ => None,
    });
    instructions.collect::<Vec<_>>().join(" ")
}
