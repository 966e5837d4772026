//! A manifest or a bare payload: from the tree to drafts of requests.

use cdc_checks::facts::request::Operation as CdcOperation;
use cdc_checks::request::fields::{self, FieldKind, nearest};
use secrecy::SecretString;

use super::configure_source::{ConnectOptions, Value};
use super::draft::{Draft, DraftContent, DraftField};
use super::interpolate::{self, References, Resolved, Unresolved};
use super::operations::{self, Operation};
use super::source::{Complaint, Source, Span};
use super::stream::Stream;
use super::tree::{Content, Entry, Map, Node};

/// The key under which a manifest lists its requests.
const REQUESTS: &str = "requests";

/// Reads the requests of a tree, and collects what is wrong.
pub(super) struct Reader<'a> {
    pub(super) source: &'a Source,
    pub(super) references: &'a dyn References,
    pub(super) complaints: Vec<Complaint>,
    /// What must not be shown.
    pub(super) hidden: Vec<Span>,
    pub(super) drafts: Vec<Draft>,
    /// Streams whose source is no database.
    pub(super) streams: Vec<Stream>,
}

impl Reader<'_> {
    /// Reads a document; with an operation it is a bare payload.
    pub(super) fn read(&mut self, root: Node, action: Option<Operation>) {
        let Node { span, content } = root;
        match (content, action) {
            (Content::Map(map), None) if has(&map, REQUESTS) => self.manifest(map),
            (Content::Map(map), Some(_)) if has(&map, REQUESTS) => {
                let help = "Leave out --action.";
                self.error(&head(&span), "a manifest names its operations by itself", help);
                self.manifest(map);
            }
            (Content::Map(map), Some(action)) => self.payload(map, action, &span),
            (Content::Map(map), None) => self.without_action(&map, &span),
            (Content::List(_), _) => {
                let help = "Write requests: above the list.";
                self.error(&head(&span), "the input is a list, not a map", help);
                self.hidden.push(span);
            }
            (other, _) => {
                let message = format!("the input is {}, not a map", other.type_name());
                let help = "Write requests: and below it a list of operations.";
                self.error(&head(&span), message, help);
                self.hidden.push(span);
            }
        }
    }

    fn manifest(&mut self, map: Map) {
        for entry in map.entries {
            if entry.key == REQUESTS {
                self.requests(entry);
            } else {
                let help = "A manifest has no other key than requests.";
                self.unknown_key(&entry, help.into());
            }
        }
    }

    fn requests(&mut self, entry: Entry) {
        let help = "Write one `- configurePostgreSQLSource:` for each request.";
        match entry.value.content {
            Content::List(items) if items.is_empty() => {
                self.error(&entry.key_span, "requests lists nothing", help);
            }
            Content::List(items) => items.into_iter().for_each(|item| self.request(item)),
            other => {
                let message = format!("requests must be a list, not {}", other.type_name());
                self.error(&entry.key_span, message, help);
                self.hidden.push(entry.value.span);
            }
        }
    }

    /// One element of the list: a map with the operation as its only key.
    fn request(&mut self, item: Node) {
        let Content::Map(map) = item.content else {
            let message = format!("a request must be a map, not {}", item.content.type_name());
            self.error(&item.span, message, "Write an operation's name, a colon and its fields.");
            self.hidden.push(item.span);
            return;
        };
        if is_badly_indented(&map) {
            self.badly_indented(&map);
            return;
        }
        let names: Vec<Span> = map.entries.iter().map(|entry| entry.key_span.clone()).collect();
        if names.is_empty() {
            let help = "Write an operation's name, a colon and its fields.";
            self.error(&item.span, "a request names no operation", help);
        }
        if let Some(second) = names.get(1) {
            let help = "Begin every request with a dash of its own.";
            self.error(second, "a request has more than one operation", help);
        }
        map.entries.into_iter().for_each(|entry| self.operation(entry));
    }

    fn badly_indented(&mut self, map: &Map) {
        let Some(first) = map.entries.first() else { return };
        let message = format!("the fields of {} stand beside it, not below it", first.key);
        self.error(&first.key_span, message, "Indent the fields further than the operation.");
        self.hidden.extend(map.entries.iter().map(|entry| entry.value.span.clone()));
    }

    fn operation(&mut self, entry: Entry) {
        let Entry { key, key_span, value } = entry;
        let operation = match operations::find(&key) {
            Ok(operation) => operation,
            Err((message, help)) => {
                self.hidden.push(value.span);
                self.error(&key_span, message, help);
                return;
            }
        };
        match value.content {
            Content::Map(map) => self.fields(operation, key_span, map, &value.span),
            Content::Null => self.fields(operation, key_span, Map::default(), &value.span),
            other => {
                self.hidden.push(value.span);
                let message = format!("{key} needs a map of fields, not {}", other.type_name());
                self.error(&key_span, message, "Write the fields below it.");
            }
        }
    }

    fn payload(&mut self, map: Map, action: Operation, span: &Span) {
        for entry in &map.entries {
            if let Content::Text(text) = &entry.value.content
                && text.contains("$$")
            {
                let message = format!("$$ in {} stands for one dollar sign", printed(&entry.key));
                let help = "Write $$$$ if two are meant.";
                self.complaints.push(Complaint::warning(&entry.value.span, message, help));
            }
        }
        self.fields(action, head(span), map, span);
    }

    /// The fields of an operation.
    fn fields(&mut self, operation: Operation, span: Span, map: Map, map_span: &Span) {
        match operation.source() {
            Some(source) => self.draft(source, span, map, map_span),
            None => self.stream(operation, span, map, map_span),
        }
    }

    /// A map that is neither a manifest nor said to be a payload.
    fn without_action(&mut self, map: &Map, span: &Span) {
        self.hidden.extend(map.entries.iter().map(|entry| entry.value.span.clone()));
        let is_field = |name: &str| {
            CdcOperation::CONFIGURE
                .into_iter()
                .any(|operation| fields::find(operation, name).is_some())
        };
        if let Some(entry) = map.entries.iter().find(|it| operations::is_operation_name(&it.key)) {
            let help = format!("Write requests: above, and - {}: below it.", entry.key);
            self.error(&entry.key_span, "an operation stands outside the list of requests", help);
        } else if has(map, "EventStreamingName") {
            let message = "a bare payload does not say which operation it is for";
            let help = "Add --action createEventStreaming or updateEventStreaming.";
            self.error(&head(span), message, help);
        } else if map.entries.iter().any(|entry| is_field(&entry.key)) {
            let message = "a bare payload does not say which operation it is for";
            let help = match guess(map) {
                Some(operation) => format!("Add --action {}.", operation.as_str()),
                None => {
                    format!(
                        "Add --action {}.",
                        CdcOperation::CONFIGURE.map(CdcOperation::as_str).join(" or ")
                    )
                }
            };
            self.error(&head(span), message, help);
        } else {
            let help = "A manifest begins with requests:.";
            map.entries.iter().for_each(|entry| self.unknown_key(entry, help.into()));
            if map.entries.is_empty() {
                self.error(&head(span), "the input names no request", help);
            }
        }
    }

    fn unknown_key(&mut self, entry: &Entry, otherwise: String) {
        let help = match nearest(&entry.key, [REQUESTS]) {
            Some(near) => format!("Did you mean {near}?"),
            None => otherwise,
        };
        self.error(&entry.key_span, format!("unknown key {}", printed(&entry.key)), help);
        self.hidden.push(entry.value.span.clone());
    }

    pub(super) fn draft(&mut self, operation: CdcOperation, span: Span, map: Map, map_span: &Span) {
        let is_flow = map.is_flow;
        self.hide(&map, map_span, |entry| {
            let spec = fields::find(operation, &entry.key);
            shows(&entry.value.content, spec.is_none_or(|spec| spec.secret))
        });
        let mut drafted = Vec::new();
        for entry in map.entries {
            if is_flow && is_remainder(operation, &entry) {
                // `{Password: a,b}`: what follows the comma may be the rest of a password.
                let help = "Put a value that contains a comma in quotes.";
                self.error(&entry.key_span, "a key without a value", help);
                self.hidden.push(entry.key_span);
            } else if entry.key == "<<" {
                let help = "Repeat the fields, or take single values from an anchor.";
                self.error(&entry.key_span, "merge keys are not supported", help);
            } else {
                drafted.push(self.field(operation, entry));
            }
        }
        let connect = ConnectOptions::default();
        self.drafts.push(Draft {
            operation,
            span,
            fields: drafted,
            is_quick_look: false,
            connect,
            stream: None,
        });
    }

    fn field(&mut self, operation: CdcOperation, entry: Entry) -> DraftField {
        let Entry { key: name, key_span, value: Node { span, content } } = entry;
        let spec = fields::find(operation, &name);
        let is_secret = spec.is_some_and(|spec| spec.secret);
        let content = match (spec, content) {
            (None, other) => DraftContent::Other(other.type_name()),
            (Some(_), Content::Number(_)) if is_secret => DraftContent::Other("a number"),
            (Some(_), Content::Number(number)) => DraftContent::Value(Value::Number(number)),
            (Some(spec), Content::Text(text)) => match self.resolve(&text, is_secret, &span) {
                None => DraftContent::Unresolved,
                Some(text) if is_secret => {
                    DraftContent::Value(Value::Secret(SecretString::from(text.text)))
                }
                Some(text) => DraftContent::Value(value_of(text, spec.kind)),
            },
            (Some(_), other) => DraftContent::Other(other.type_name()),
        };
        DraftField { name, key_span, span, content }
    }

    /// Decides which values may be shown: of secrets only plain references, and no maps, because
    /// nobody knows what is in them. What is hidden begins behind the colon and ends before the
    /// next key, so that it has everything that belongs to the value.
    pub(super) fn hide(&mut self, map: &Map, map_span: &Span, shows: impl Fn(&Entry) -> bool) {
        let map_end = map_span.end - usize::from(map.is_flow && map_span.end > 0);
        for (at, entry) in map.entries.iter().enumerate() {
            if shows(entry) {
                continue;
            }
            let next = map.entries.get(at + 1).map_or(map_end, |next| next.key_span.start);
            let span = entry.key_span.end..next.max(entry.key_span.end);
            let text = self.source.slice(&span);
            let value = text.trim_start().trim_start_matches(':').trim_start();
            let start = span.end - value.len();
            let end = start + value.trim_end().trim_end_matches(',').trim_end().len();
            self.hidden.push(start..end);
            // Elsewhere, where an alias repeats it.
            self.hidden.push(entry.value.span.clone());
        }
    }

    pub(super) fn resolve(&mut self, text: &str, is_secret: bool, span: &Span) -> Option<Resolved> {
        match interpolate::resolve(text, is_secret, self.references) {
            Ok(resolved) => Some(resolved),
            Err(unresolved) => {
                let mut from = span.start;
                for problem in unresolved {
                    let place = self.find(&problem, from..span.end).unwrap_or(span.clone());
                    from = place.end;
                    self.error(&place, problem.message, problem.help);
                }
                None
            }
        }
    }

    /// Where a reference stands within a value; `None` where the value is written with escapes.
    fn find(&self, problem: &Unresolved, within: Span) -> Option<Span> {
        let start = within.start + self.source.slice(&within).find(&problem.token)?;
        Some(start..start + problem.token.len())
    }

    pub(super) fn error(
        &mut self,
        span: &Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.complaints.push(Complaint::error(span, message, help));
    }
}

/// A port may come from a reference, which always gives a text.
fn value_of(resolved: Resolved, kind: FieldKind) -> Value {
    let number = resolved.text.trim().parse();
    match number {
        Ok(number) if kind == FieldKind::Port && resolved.is_reference => Value::Number(number),
        _ => Value::Text(resolved.text),
    }
}

pub(super) fn has(map: &Map, key: &str) -> bool {
    map.entries.iter().any(|entry| entry.key == key)
}

/// Whether a value may be shown.
pub(super) fn shows(content: &Content, is_secret: bool) -> bool {
    match content {
        Content::Text(text) => !is_secret || interpolate::is_plain_reference(text),
        Content::List(items) => !is_secret && items.iter().all(is_scalar),
        Content::Map(_) => false,
        Content::Bool(_) | Content::Fraction(_) | Content::Null | Content::Number(_) => !is_secret,
    }
}

fn is_scalar(node: &Node) -> bool {
    !matches!(node.content, Content::List(_) | Content::Map(_))
}

/// The first character of a long span.
fn head(span: &Span) -> Span {
    span.start..span.end.min(span.start + 1)
}

/// A key for a message: not longer than a name is.
pub(super) fn printed(key: &str) -> String {
    const LONGEST: usize = 40;
    match key.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", key.get(..at).unwrap_or_default()),
        None => key.into(),
    }
}

/// Whether the fields of an operation stand beside it, because they are not indented.
fn is_badly_indented(map: &Map) -> bool {
    let [first, rest @ ..] = map.entries.as_slice() else { return false };
    let Ok(Some(operation)) = operations::find(&first.key).map(Operation::source) else {
        return matches!(first.value.content, Content::Null)
            && operations::find(&first.key).is_ok()
            && rest.iter().any(|entry| entry.key == "EventStreamingName");
    };
    matches!(first.value.content, Content::Null)
        && rest.iter().any(|entry| fields::find(operation, &entry.key).is_some())
}

/// Whether an entry has neither a known name nor a value.
fn is_remainder(operation: CdcOperation, entry: &Entry) -> bool {
    matches!(entry.value.content, Content::Null)
        && entry.value.span.is_empty()
        && fields::find(operation, &entry.key).is_none()
}

/// The operation that a bare payload was probably meant for.
fn guess(map: &Map) -> Option<CdcOperation> {
    let has_port = |port| {
        let is_port = |entry: &Entry| match &entry.value.content {
            Content::Number(number) => *number == i64::from(port),
            _ => false,
        };
        map.entries.iter().any(|entry| entry.key == "Port" && is_port(entry))
    };
    let by_field = CdcOperation::CONFIGURE.into_iter().filter(|operation| {
        map.entries.iter().any(|entry| {
            let is_only_here = |other: &CdcOperation| fields::find(*other, &entry.key).is_none();
            fields::find(*operation, &entry.key).is_some()
                && CdcOperation::CONFIGURE.iter().any(is_only_here)
        })
    });
    let by_field: Vec<CdcOperation> = by_field.collect();
    match by_field.as_slice() {
        [only] => Some(*only),
        _ => CdcOperation::CONFIGURE.into_iter().find(|it| has_port(it.engine().default_port())),
    }
}
