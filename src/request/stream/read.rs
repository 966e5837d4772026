//! From the tree to a stream's definition: every member against the table.

use cdc_checks::request::fields::nearest;
use serde_json::Value;

use super::table::{self, Kind, MAX_DESCRIPTION, MAX_NAME, Spec};
use super::{Member, Stream};
use crate::eventbridge::pattern::Pattern;
use crate::request::document::{Reader, has, printed, shows};
use crate::request::interpolate;
use crate::request::operations::Operation;
use crate::request::problem::Severity;
use crate::request::source::{Complaint, Span};
use crate::request::tree::{Content, Entry, Map, Node};

/// Whole numbers beyond this one are not exact in JSON.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// An object whose members are read.
struct Object<'a> {
    specs: &'static [Spec],
    /// Where it is named: the place of what is missing in it.
    span: &'a Span,
    /// Whether a name further out says that its values must not be shown.
    is_secret: bool,
}

impl Reader<'_> {
    /// Reads the definition of a stream. Its database becomes a draft of its own, which takes the
    /// stream along.
    pub(in crate::request) fn stream(
        &mut self,
        operation: Operation,
        span: Span,
        map: Map,
        map_span: &Span,
    ) {
        let source = source_of(&map);
        self.source_or_metadata(&map, &span);
        let has_pattern = has(&map, "FilterPattern");
        let drafts = self.drafts.len();
        let object = Object { specs: table::STREAM, span: &span, is_secret: false };
        let mut members = self.members(&object, map, map_span);
        if !has_pattern {
            let message = "FilterPattern is missing: {} is sent, which lets every event pass";
            let help = "Write FilterPattern: \"{}\", or a pattern.";
            self.complaints.push(Complaint::warning(&span, message, help));
            members.push(("FilterPattern".into(), Member::Plain("{}".into())));
        }
        let stream = Stream { operation, members, source };
        match self.drafts.get_mut(drafts) {
            Some(draft) => draft.stream = Some(stream),
            None => self.streams.push(stream),
        }
    }

    fn source_or_metadata(&mut self, map: &Map, span: &Span) {
        match (has(map, "Source"), has(map, "Metadata")) {
            (false, false) => {
                self.error(span, "Source is missing", "Add Source with one kind of parameters.");
            }
            (true, true) => {
                let metadata = map.entries.iter().find(|entry| entry.key == "Metadata");
                let span = metadata.map_or(span, |entry| &entry.key_span).clone();
                self.error(&span, "Source and Metadata exclude each other", "Remove one of them.");
            }
            _ => {}
        }
    }

    fn members(&mut self, object: &Object<'_>, map: Map, map_span: &Span) -> Vec<(String, Member)> {
        self.hide(&map, map_span, |entry| {
            let spec = table::find(object.specs, &entry.key);
            let is_secret = object.is_secret || spec.is_none() || table::is_secret(&entry.key);
            is_read_further(spec, &entry.value.content)
                || shows(&entry.value.content, is_secret) && !holds_user(&entry.value.content)
        });
        for spec in object.specs.iter().filter(|spec| spec.required && !has(&map, spec.name)) {
            let help = format!("Add {}: {}.", spec.name, expectation(spec.kind));
            self.error(object.span, format!("{} is missing", spec.name), help);
        }
        self.check_together(&map);
        let members = map.entries.into_iter();
        members.filter_map(|entry| self.member(object, entry)).collect()
    }

    fn member(&mut self, object: &Object<'_>, entry: Entry) -> Option<(String, Member)> {
        let Entry { key, key_span, value } = entry;
        let Some(spec) = table::find(object.specs, &key) else {
            self.unknown_member(object, &key, &key_span);
            return Some((key, self.carried(value, true)));
        };
        let is_secret = object.is_secret || table::is_secret(&key);
        let Node { span, content } = value;
        let object = |specs| Object { specs, span: &key_span, is_secret };
        let member = match (spec.kind, content) {
            (Kind::Map(specs), Content::Map(map)) => {
                Member::Map(self.members(&object(specs), map, &span))
            }
            (Kind::One(specs), Content::Map(map)) => {
                self.exactly_one(&key, &key_span, &map);
                Member::Map(self.members(&object(specs), map, &span))
            }
            (Kind::Transform, Content::Map(map)) => self.transform(map, &span, is_secret),
            (Kind::Proven(operation), Content::Map(map)) => {
                self.draft(operation, key_span, map, &span);
                return None;
            }
            (Kind::Any, content) => self.carried(Node { span, content }, is_secret),
            (kind, content) => self.scalar(&key, kind, Node { span, content }, is_secret)?,
        };
        Some((key, member))
    }

    fn unknown_member(&mut self, object: &Object<'_>, key: &str, span: &Span) {
        let message = format!("no model of the service has {}: it is sent as it is", printed(key));
        let help = match nearest(key, object.specs.iter().map(|spec| spec.name)) {
            Some(near) => format!("Did you mean {near}?"),
            None => "Remove it, unless the service has it.".into(),
        };
        self.complaints.push(Complaint::warning(span, message, help));
    }

    fn exactly_one(&mut self, name: &str, span: &Span, map: &Map) {
        match map.entries.as_slice() {
            [_] => {}
            [] => {
                let help = format!("Write one kind of parameters, for example {}.", example(name));
                self.error(span, format!("{name} is empty"), help);
            }
            [_, second, ..] => {
                let message = format!("{name} has more than one kind of parameters");
                self.error(&second.key_span, message, "Make a stream of its own for each.");
            }
        }
    }

    /// A member that is neither an object nor carried.
    fn scalar(&mut self, name: &str, kind: Kind, node: Node, is_secret: bool) -> Option<Member> {
        let Node { span, content } = node;
        match (kind, content) {
            (Kind::Flag, Content::Bool(truth)) => Some(Member::Plain(truth.into())),
            (Kind::Number(min, max), Content::Number(number)) => {
                self.check_range(name, number, min, max, &span);
                Some(Member::Plain(number.into()))
            }
            (Kind::Number(min, max), Content::Text(text)) if interpolate::is_reference(&text) => {
                let number = self.resolve(&text, false, &span)?.text.trim().parse().ok();
                if number.is_none() {
                    self.error(&span, format!("{name} must be a number"), "Write digits.");
                }
                self.check_range(name, number?, min, max, &span);
                Some(Member::Plain(number?.into()))
            }
            (
                Kind::Name
                | Kind::Pattern
                | Kind::Position
                | Kind::Text
                | Kind::Word(_)
                | Kind::WordInAnyCase(_),
                Content::Text(text),
            ) => self.text(name, kind, &text, &span, is_secret),
            (kind, other) => {
                let message = format!("{name} must be {}, not {}", noun(kind), other.type_name());
                self.error(&span, message, format!("Write {}.", expectation(kind)));
                None
            }
        }
    }

    fn text(
        &mut self,
        name: &str,
        kind: Kind,
        text: &str,
        span: &Span,
        is_secret: bool,
    ) -> Option<Member> {
        let text = self.resolve(text, is_secret, span)?.text;
        match kind {
            Kind::Name => self.check_name(&text, span),
            Kind::Pattern => self.check_pattern(&text, span),
            Kind::Position if !is_position(&text) => {
                let message = format!("{name} must be {}", expectation(kind));
                self.error(span, message, "Write end, to begin with what comes from now on.");
            }
            Kind::Word(words) if !words.contains(&text.as_str()) => {
                self.not_among(name, kind, words, &text, span);
            }
            Kind::WordInAnyCase(words)
                if !words.iter().any(|word| word.eq_ignore_ascii_case(&text)) =>
            {
                self.not_among(name, kind, words, &text, span);
            }
            _ if name == "Description" && text.chars().count() > MAX_DESCRIPTION => {
                let message = format!("Description is longer than {MAX_DESCRIPTION} characters");
                self.complaints.push(Complaint::warning(span, message, "Shorten it."));
            }
            _ => {}
        }
        Some(text_member(text, is_secret))
    }

    fn not_among(&mut self, name: &str, kind: Kind, words: &[&str], text: &str, span: &Span) {
        let help = match nearest(text, words.iter().copied()) {
            Some(near) => format!("Did you mean {near}?"),
            None => format!("Write {}.", expectation(kind)),
        };
        self.error(span, format!("{name} must be {}", expectation(kind)), help);
    }

    fn check_range(&mut self, name: &str, number: i64, min: i64, max: i64, span: &Span) {
        if (min..=max).contains(&number) {
            return;
        }
        let (message, help) = match max {
            i64::MAX => (format!("{name} is less than {min}"), format!("Write at least {min}.")),
            _ => (format!("{name} is not within {min} to {max}"), format!("Write {min} to {max}.")),
        };
        self.error(span, message, help);
    }

    fn check_name(&mut self, text: &str, span: &Span) {
        let is_good = text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && (2..=MAX_NAME).contains(&text.len());
        if !is_good {
            let message = "EventStreamingName is not a name that a stream can have";
            let help = format!("Write {}.", expectation(Kind::Name));
            self.error(span, message, help);
        }
    }

    fn check_pattern(&mut self, text: &str, span: &Span) {
        if text.trim() == "{}" {
            // The usual way to ask for every event needs no warning that it does.
            return;
        }
        let problems = match Pattern::parse("FilterPattern", text) {
            Ok((_, warnings)) => warnings,
            Err(problems) => problems,
        };
        for problem in problems.iter() {
            let at =
                problem.place.as_ref().map(|place| format!(":{}:{}", place.line, place.column));
            let message = format!("FilterPattern{}: {}", at.unwrap_or_default(), problem.message);
            let severity = problem.severity;
            let complaint = Complaint::error(span, message, problem.help.as_str());
            self.complaints.push(Complaint { severity, ..complaint });
        }
    }

    /// Anything, as it is.
    pub(super) fn carried(&mut self, node: Node, is_secret: bool) -> Member {
        let Node { span, content } = node;
        match content {
            Content::Bool(truth) => Member::Plain(truth.into()),
            Content::Fraction(number) if number.abs() < MAX_EXACT => Member::Plain(number.into()),
            Content::Fraction(_) => {
                self.error(&span, "a number that is too large to be exact", "Put it in quotes.");
                Member::Plain(Value::Null)
            }
            Content::List(items) => {
                Member::List(items.into_iter().map(|item| self.carried(item, is_secret)).collect())
            }
            Content::Map(map) => {
                let entries = map.entries.into_iter().map(|entry| {
                    let is_secret = is_secret || table::is_secret(&entry.key);
                    (entry.key, self.carried(entry.value, is_secret))
                });
                Member::Map(entries.collect())
            }
            Content::Null => Member::Plain(Value::Null),
            Content::Number(number) => Member::Plain(number.into()),
            Content::Text(text) => match self.resolve(&text, is_secret, &span) {
                Some(text) => text_member(text.text, is_secret),
                None => Member::Plain(Value::Null),
            },
        }
    }

    pub(super) fn error_count(&self) -> usize {
        let is_error = |complaint: &&Complaint| complaint.severity == Severity::Error;
        self.complaints.iter().filter(is_error).count()
    }
}

/// The kind of the source, in the service's word for it.
fn source_of(map: &Map) -> String {
    let source = map.entries.iter().find(|entry| entry.key == "Source");
    match source.map(|entry| &entry.value.content) {
        Some(Content::Map(map)) => map.entries.first().map(|entry| entry.key.clone()),
        _ => None,
    }
    .unwrap_or_else(|| "Metadata".into())
}

pub(super) fn text_member(text: String, is_secret: bool) -> Member {
    match is_secret || has_user(&text) {
        true => Member::Secret(text.into()),
        false => Member::Plain(text.into()),
    }
}

/// Whether what stands in a map's member is hidden where it is read, and not as a whole.
fn is_read_further(spec: Option<&Spec>, content: &Content) -> bool {
    let is_object = matches!(
        spec.map(|spec| spec.kind),
        Some(Kind::Map(_) | Kind::One(_) | Kind::Transform | Kind::Proven(_))
    );
    is_object && matches!(content, Content::Map(_))
}

pub(super) fn holds_user(content: &Content) -> bool {
    matches!(content, Content::Text(text) if has_user(text))
}

/// Whether a text is an address with a user in it, and with that perhaps a password.
pub(super) fn has_user(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| rest.contains('@'))
}

/// Whether a text says where a log is read from.
fn is_position(text: &str) -> bool {
    ["begin", "end"].contains(&text) || text.parse::<u64>().is_ok()
}

fn example(name: &str) -> &'static str {
    if name == "Source" { "SourceMySQLParameters" } else { "SinkMNSParameters" }
}

fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Any => "anything",
        Kind::Proven(_) | Kind::Map(_) | Kind::One(_) | Kind::Transform => "a map",
        Kind::Flag => "a boolean",
        Kind::Number(..) => "a number",
        Kind::Name
        | Kind::Pattern
        | Kind::Position
        | Kind::Text
        | Kind::Word(_)
        | Kind::WordInAnyCase(_) => "a text",
    }
}

/// What to write, after "Write" or a name.
fn expectation(kind: Kind) -> String {
    match kind {
        Kind::Any => "what the service takes".into(),
        Kind::Proven(_) | Kind::Map(_) => "a map of members below it".into(),
        Kind::Flag => "true or false, without quotes".into(),
        Kind::Name => format!(
            "2 to {MAX_NAME} letters, digits and hyphens, beginning with a letter or a digit"
        ),
        Kind::Number(min, i64::MAX) => format!("a number from {min} on, without quotes"),
        Kind::Number(min, max) => format!("a number from {min} to {max}, without quotes"),
        Kind::One(_) => "one kind of parameters".into(),
        Kind::Pattern => "a pattern as a text, for example \"{}\"".into(),
        Kind::Position => "begin, end or a time in seconds since 1970, in quotes".into(),
        Kind::Text => "a text, in quotes".into(),
        Kind::Transform => "Form and Value below it, for example Form: CONSTANT".into(),
        Kind::Word([init @ .., last]) | Kind::WordInAnyCase([init @ .., last])
            if !init.is_empty() =>
        {
            format!("{} or {last}", init.join(", "))
        }
        Kind::Word(words) | Kind::WordInAnyCase(words) => words.concat(),
    }
}
