//! Where everything in a document is, to name places by their path (JSON Pointer, RFC 6901).

use super::source::{Span, printable};
use super::tree::{Content, Node};

/// The longest key, in bytes, that is a part of a path: every problem repeats it.
const LONGEST_KEY: usize = 200;

/// A value's place, and those of the values in it.
pub(super) struct Layout {
    span: Span,
    inner: Vec<Part>,
}

struct Part {
    key: String,
    /// Where the key stands; an element of a list has none.
    key_span: Option<Span>,
    value: Layout,
}

impl Layout {
    pub(super) fn of(node: &Node) -> Self {
        let inner = match &node.content {
            Content::List(items) => {
                let part = |(at, item): (usize, &Node)| Part {
                    key: at.to_string(),
                    key_span: None,
                    value: Self::of(item),
                };
                items.iter().enumerate().map(part).collect()
            }
            Content::Map(map) => {
                let parts = map.entries.iter().map(|entry| Part {
                    key: entry.key.clone(),
                    key_span: Some(entry.key_span.clone()),
                    value: Self::of(&entry.value),
                });
                parts.collect()
            }
            _ => Vec::new(),
        };
        Self { span: node.span.clone(), inner }
    }

    /// The path to the innermost value that has this place, or to the one whose key it is. It ends
    /// above a key that must not be shown.
    pub(super) fn pointer(&self, place: &Span, is_hidden: &dyn Fn(&Span) -> bool) -> String {
        let mut pointer = String::new();
        let mut here = self;
        while let Some(part) = here.inner.iter().find(|part| part.has(place)) {
            if part.key.len() > LONGEST_KEY || part.key_span.as_ref().is_some_and(is_hidden) {
                break;
            }
            let key = printable(&part.key).replace('~', "~0").replace('/', "~1");
            pointer.extend(["/", &key]);
            here = &part.value;
        }
        pointer
    }
}

impl Part {
    fn has(&self, place: &Span) -> bool {
        let is_key = self.key_span.as_ref() == Some(place);
        is_key || (self.value.span.start <= place.start && place.end <= self.value.span.end)
    }
}
