//! YAML or JSON text as a tree in which everything knows its place.
//!
//! JSON is read by the same parser: it is a part of YAML.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::granit_parser::{
    ErrorKind, Event, Parser, ScalarStyle, ScanError, StructureStyle,
};

use super::scalar::{self, Tag};
use super::source::{Complaint, Source, Span};

/// How deep lists and maps may stand in each other. A request needs five levels.
const MAX_DEPTH: usize = 32;

/// How many keys and values a document may have; what an alias repeats is counted again.
const MAX_NODES: usize = 10_000;

/// How many bytes of text aliases may repeat.
const MAX_REPEATED: usize = 1024 * 1024;

/// A value and its place.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) content: Content,
}

/// What a value is.
#[derive(Clone)]
pub(super) enum Content {
    Bool(bool),
    Fraction(f64),
    List(Vec<Node>),
    Map(Map),
    Null,
    Number(i64),
    Text(String),
}

/// A map, in the order of the text.
#[derive(Clone, Default)]
pub(super) struct Map {
    pub(super) entries: Vec<Entry>,
    /// Written in braces.
    pub(super) is_flow: bool,
}

/// A key with its value.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Span,
    pub(super) value: Node,
}

impl Content {
    /// What it is, for people.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a boolean",
            Self::Fraction(_) => "a fractional or too large number",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Null => "nothing",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
        }
    }
}

/// A document, and what is wrong with it although it could be read.
pub(super) struct Document {
    pub(super) root: Node,
    pub(super) complaints: Vec<Complaint>,
    /// Parts of the text that are not in the tree: comments, and values that were dropped.
    pub(super) hidden: Vec<Span>,
}

/// Reads the one document of a text.
///
/// # Errors
/// What keeps the text from being understood; with it, what was wrong before that place.
pub(super) fn read(source: &Source) -> Result<Document, Vec<Complaint>> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(&source.text) {
        let result = match event {
            Ok((event, span)) => builder.take(event, bytes(span, source)),
            Err(error) => Err(syntax_error(&error, source)),
        };
        if let Err(complaint) = result {
            builder.complaints.push(complaint);
            return Err(builder.complaints);
        }
    }
    match builder.root {
        Some(root) if !matches!(root.content, Content::Null) => {
            Ok(Document { root, complaints: builder.complaints, hidden: builder.hidden })
        }
        _ => {
            let help = "Write requests: and below it a list of operations.";
            builder.complaints.push(Complaint::error(&(0..0), "the input is empty", help));
            Err(builder.complaints)
        }
    }
}

fn bytes(span: serde_saphyr::granit_parser::Span, source: &Source) -> Span {
    let end = source.text.len();
    span.byte_range().unwrap_or(end..end)
}

/// A collection that is still open.
struct Open {
    start: usize,
    anchor: usize,
    kind: OpenKind,
}

enum OpenKind {
    List(Vec<Node>),
    Map(Map, Option<(String, Span)>),
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    repeated: usize,
    documents: usize,
    root: Option<Node>,
    complaints: Vec<Complaint>,
    hidden: Vec<Span>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Complaint> {
        match event {
            Event::Comment(..) => self.hidden.push(span),
            Event::DocumentStart(..) => self.start_document(&span)?,
            Event::Alias(anchor) => {
                let node = self.alias(anchor, &span)?;
                self.put(node, 0)?;
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tag = Tag::of(tag.as_deref(), style == ScalarStyle::Plain);
                let content = scalar::content(&text, tag, &span)?;
                self.put(Node { span, content }, anchor)?;
            }
            Event::SequenceStart(_, anchor, _) => {
                self.open(span.start, anchor, OpenKind::List(Vec::new()), &span)?;
            }
            Event::MappingStart(style, anchor, _) => {
                let map = Map { is_flow: style == StructureStyle::Flow, ..Map::default() };
                self.open(span.start, anchor, OpenKind::Map(map, None), &span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span.end)?,
            _ => {}
        }
        Ok(())
    }

    fn start_document(&mut self, span: &Span) -> Result<(), Complaint> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        let help = "Put all requests into the list of one document.";
        Err(Complaint::error(span, "a second document begins here", help))
    }

    /// A copy of what the anchor marks. Only what is complete can be copied, so that nothing
    /// contains itself.
    fn alias(&mut self, anchor: usize, span: &Span) -> Result<Node, Complaint> {
        let Some(node) = self.anchors.get(&anchor) else {
            let help = "Write the value out.";
            return Err(Complaint::error(span, "an alias stands within its own anchor", help));
        };
        self.repeated += text_in(node);
        if self.repeated > MAX_REPEATED {
            let message = format!("aliases repeat more than {MAX_REPEATED} bytes of text");
            return Err(Complaint::error(span, message, "Split the input."));
        }
        let node = node.clone();
        self.spend(count(&node, MAX_NODES), span)?;
        Ok(node)
    }

    fn open(
        &mut self,
        start: usize,
        anchor: usize,
        kind: OpenKind,
        span: &Span,
    ) -> Result<(), Complaint> {
        if self.open.len() >= MAX_DEPTH {
            let message = format!("lists and maps stand in each other more than {MAX_DEPTH} deep");
            return Err(Complaint::error(span, message, "A request needs five levels."));
        }
        self.open.push(Open { start, anchor, kind });
        Ok(())
    }

    fn close(&mut self, end: usize) -> Result<(), Complaint> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let content = match open.kind {
            OpenKind::List(items) => Content::List(items),
            OpenKind::Map(map, _) => Content::Map(self.without_duplicates(map)),
        };
        let node = Node { span: open.start..end.max(open.start), content };
        self.put(node, open.anchor)
    }

    fn spend(&mut self, values: usize, span: &Span) -> Result<(), Complaint> {
        self.nodes += values;
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message = format!("the input has more than {MAX_NODES} keys and values");
        let help = "Aliases count as often as they are used. Split the input.";
        Err(Complaint::error(span, message, help))
    }

    /// Puts a complete value where it belongs.
    fn put(&mut self, node: Node, anchor: usize) -> Result<(), Complaint> {
        self.spend(1, &node.span)?;
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.root = Some(node),
            Some(OpenKind::List(items)) => items.push(node),
            Some(OpenKind::Map(map, key)) => match key.take() {
                Some((key, key_span)) => {
                    map.entries.push(Entry { key, key_span, value: node });
                }
                None => *key = Some(key_of(node)?),
            },
        }
        Ok(())
    }

    /// The first of several entries with the same key; the others are complained about.
    fn without_duplicates(&mut self, map: Map) -> Map {
        let mut seen = BTreeSet::new();
        let mut kept = Map { is_flow: map.is_flow, ..Map::default() };
        for entry in map.entries {
            if seen.insert(entry.key.clone()) {
                kept.entries.push(entry);
                continue;
            }
            let message = "this key is in the same map already";
            self.complaints.push(Complaint::error(&entry.key_span, message, "Keep one of them."));
            self.hidden.push(entry.value.span);
        }
        kept
    }
}

fn key_of(node: Node) -> Result<(String, Span), Complaint> {
    let key = match node.content {
        Content::Text(text) => text,
        Content::Number(number) => number.to_string(),
        other => {
            let message = format!("a key must be a text, not {}", other.type_name());
            let help = "Put a value that begins with { or [ in quotes.";
            return Err(Complaint::error(&node.span, message, help));
        }
    };
    Ok((key, node.span))
}

/// The number of values in a tree, at most about `limit`.
fn count(node: &Node, limit: usize) -> usize {
    let children: &mut dyn Iterator<Item = &Node> = match &node.content {
        Content::List(items) => &mut items.iter(),
        Content::Map(map) => &mut map.entries.iter().map(|entry| &entry.value),
        _ => return 1,
    };
    children.fold(1, |sum, child| if sum > limit { sum } else { sum + count(child, limit - sum) })
}

/// The bytes of text in a tree.
fn text_in(node: &Node) -> usize {
    match &node.content {
        Content::Text(text) => text.len(),
        Content::List(items) => items.iter().map(text_in).sum(),
        Content::Map(map) => {
            map.entries.iter().map(|entry| entry.key.len() + text_in(&entry.value)).sum()
        }
        _ => 0,
    }
}

fn syntax_error(error: &ScanError, source: &Source) -> Complaint {
    let at = error.marker().byte_offset().unwrap_or(source.text.len());
    let line_start = source.text.get(..at).and_then(|text| text.rfind('\n')).map_or(0, |n| n + 1);
    let rest = source.text.get(line_start..).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default();
    let help = match error.kind() {
        _ if line.contains("${") => "Put a value with ${...} in quotes.",
        ErrorKind::UnclosedQuotedScalar => "Close the quotes.",
        ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            "Put a comma before the next key, or write a quote within the text as \\\"."
        }
        ErrorKind::MappingValueNotAllowed => {
            "Close the line above, or put a value with a colon in quotes."
        }
        ErrorKind::RecursionLimitExceeded => "A request needs five levels.",
        kind if is_unclosed(kind) => "Close every { with } and every [ with ].",
        ErrorKind::UnknownAnchor => "Put a value that begins with * in quotes.",
        _ if line.contains('\t') => "Indent with spaces instead of tabs.",
        _ => "Put a value with : # { } [ ] , & * ! | > ' \" % @ or ` in quotes.",
    };
    Complaint::error(&(at..at), format!("syntax error: {}", reason(error.kind())), help)
}

fn is_unclosed(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnexpectedEofFlowMapping
            | ErrorKind::UnexpectedEofFlowSequence
            | ErrorKind::UnexpectedEofImplicitFlowMapping
            | ErrorKind::UnclosedFlowCollection { .. }
    )
}

/// The parser's words, without characters of the text: they may belong to a password.
fn reason(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::UnexpectedCharacter { .. } => "a character that cannot stand here".into(),
        ErrorKind::UnclosedQuotedScalar => "a quoted text does not end".into(),
        ErrorKind::UnknownAnchor => "an alias without an anchor".into(),
        ErrorKind::RecursionLimitExceeded => "too deeply nested".into(),
        kind if is_unclosed(kind) => "{ or [ is not closed".into(),
        ErrorKind::InvalidTrailingDoubleQuotedScalar => "something follows a quoted text".into(),
        ErrorKind::ExpectedFlowMappingSeparator => "`,` or `}` is missing".into(),
        ErrorKind::ExpectedFlowSequenceSeparator => "`,` or `]` is missing".into(),
        ErrorKind::ExpectedBlockMappingKey => "a key with a colon is missing".into(),
        ErrorKind::MappingValueNotAllowed => "a colon where none can be".into(),
        ErrorKind::Custom(_) => "not understood".into(),
        other => other.to_string(),
    }
}
