//! JSON with the place of every value, for messages that point at what is wrong.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// A value that is not understood yet, and its place.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    /// The whole text.
    text: &'a str,
    /// The value's part of it.
    raw: &'a str,
}

/// A member of an object.
pub(super) struct Member<'a> {
    pub(super) name: String,
    /// Where the name stands, with its quotes.
    pub(super) name_span: Range<usize>,
    pub(super) value: Node<'a>,
}

/// What a value is.
pub(super) enum Kind<'a> {
    Object(Vec<Member<'a>>),
    Array(Vec<Node<'a>>),
    /// Text, a number, a truth value or null.
    Scalar(serde_json::Value),
}

impl<'a> Node<'a> {
    /// The outermost value of a text.
    pub(super) fn root(text: &'a str) -> Result<Self, serde_json::Error> {
        let raw: &RawValue = serde_json::from_str(text)?;
        Ok(Self { text, raw: raw.get() })
    }

    /// The part of the text that the value takes, in bytes.
    pub(super) fn span(self) -> Range<usize> {
        let start = self.raw.as_ptr() as usize - self.text.as_ptr() as usize;
        start..start + self.raw.len()
    }

    /// The value as it is written.
    pub(super) fn written(self) -> &'a str {
        self.raw
    }

    /// What it is, one level deep.
    pub(super) fn kind(self) -> Result<Kind<'a>, serde_json::Error> {
        Ok(match self.raw.as_bytes().first() {
            Some(b'{') => Kind::Object(self.members()?),
            Some(b'[') => {
                let items: Vec<&'a RawValue> = serde_json::from_str(self.raw)?;
                let node = |raw: &'a RawValue| Self { text: self.text, raw: raw.get() };
                Kind::Array(items.into_iter().map(node).collect())
            }
            _ => Kind::Scalar(serde_json::from_str(self.raw)?),
        })
    }

    fn members(self) -> Result<Vec<Member<'a>>, serde_json::Error> {
        let Members(members) = serde_json::from_str(self.raw)?;
        let mut end = self.span().start;
        let placed = members.into_iter().map(|(name, raw)| {
            let value = Self { text: self.text, raw: raw.get() };
            let before = self.text.get(end..value.span().start).unwrap_or_default();
            // Between two values stand a comma or a brace, the name, a colon and white space.
            let first = before.find('"').unwrap_or(0);
            let last = before.rfind('"').unwrap_or(0);
            let name_span = end + first..end + last + 1;
            end = value.span().end;
            Member { name, name_span, value }
        });
        Ok(placed.collect())
    }
}

/// The members of an object in the order of the text, also those whose names stand there twice.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
