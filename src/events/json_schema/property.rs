//! What stands for a column in a row, as a schema. There are tens of thousands of them: they are
//! written from what the contract holds, and not copied first.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::events::contract::ColumnContract;
use crate::events::image::Presence;

const MADE_UP: &str = "Not the old value, which was not sent: made up.";
const NOT_SENT: &str = "Null means that the old value was not sent.";

/// A column, and what stands for it.
pub(in crate::events) struct Property<'a> {
    schema: &'a Value,
    presence: &'a Presence,
}

/// The members of a schema, in the order of their names.
type Members<'a> = BTreeMap<&'a str, Member<'a>>;

#[derive(Serialize)]
#[serde(untagged)]
enum Member<'a> {
    Flag(bool),
    Word(&'a str),
    Value(&'a Value),
    Choices(Vec<Choice<'a>>),
}

#[derive(Serialize)]
#[serde(untagged)]
enum Choice<'a> {
    Schema(&'a Value),
    Const {
        #[serde(rename = "const")]
        value: &'a Value,
    },
    Null {
        #[serde(rename = "type")]
        null: &'static str,
    },
}

const NULL: Choice<'static> = Choice::Null { null: "null" };

impl<'a> Property<'a> {
    /// `None` where the column's name does not occur.
    pub(super) fn new(column: &'a ColumnContract, presence: &'a Presence) -> Option<Self> {
        let schema = &column.schema;
        (*presence != Presence::Absent).then_some(Self { schema, presence })
    }

    fn members(&self) -> Members<'a> {
        let mut members = match self.presence {
            Presence::Absent => Members::new(),
            Presence::Fabricated { value } => self.fabricated(value.as_ref()),
            Presence::NullAsDefault { default } => {
                self.value_and([("x-cdc-null-as-default", Member::Value(default))])
            }
            Presence::UnchangedPlaceholder { placeholder, nullable } => {
                self.or_placeholder(placeholder.as_ref(), *nullable)
            }
            Presence::Unknown => Members::from([("x-cdc-unsettled", Member::Flag(true))]),
            Presence::UnknownNull => Members::from([
                ("type", Member::Word("null")),
                ("x-cdc-unknown", Member::Flag(true)),
                ("description", Member::Word(NOT_SENT)),
            ]),
            Presence::Value => self.value_and([]),
            Presence::ValueOrNull => self.value_or([NULL]),
        };
        members.insert("x-cdc-presence", Member::Word(self.presence.as_str()));
        members
    }

    /// The members of the column's own schema, and others.
    fn value_and<const N: usize>(&self, others: [(&'a str, Member<'a>); N]) -> Members<'a> {
        let own = self.schema.as_object().into_iter().flatten();
        own.map(|(name, value)| (name.as_str(), Member::Value(value))).chain(others).collect()
    }

    /// The column's own schema, or something else.
    fn value_or(&self, others: impl IntoIterator<Item = Choice<'a>>) -> Members<'a> {
        let choices = [Choice::Schema(self.schema)].into_iter().chain(others).collect();
        Members::from([("anyOf", Member::Choices(choices))])
    }

    fn fabricated(&self, value: Option<&'a Value>) -> Members<'a> {
        let mut members = value.map_or_else(Members::new, |value| {
            let mut members = match self.admits(value) {
                true => self.value_and([]),
                false => self.value_or([Choice::Const { value }]),
            };
            members.insert("x-cdc-fabricated-value", Member::Value(value));
            members
        });
        members.insert("x-cdc-fabricated", Member::Flag(true));
        members.insert("description", Member::Word(MADE_UP));
        members
    }

    /// What is made up is of the type, but not always of the form, that a true value has: empty
    /// text is no UUID.
    fn admits(&self, fabricated: &Value) -> bool {
        let is_free = |member: &String| matches!(member.as_str(), "type" | "maxLength" | "items");
        let is_empty = fabricated.as_str().is_some_and(str::is_empty)
            || fabricated.as_array().is_some_and(Vec::is_empty);
        !is_empty || self.schema.as_object().is_some_and(|members| Map::keys(members).all(is_free))
    }

    /// Without a known stand-in anything may stand there.
    fn or_placeholder(&self, placeholder: Option<&'a Value>, nullable: bool) -> Members<'a> {
        let Some(value) = placeholder else {
            return Members::from([("x-cdc-placeholder", Member::Word("unknown"))]);
        };
        let null = (nullable && !value.is_null()).then_some(NULL);
        let mut members = self.value_or([Choice::Const { value }].into_iter().chain(null));
        members.insert("x-cdc-placeholder", Member::Value(value));
        members
    }
}

impl Serialize for Property<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.members().serialize(serializer)
    }
}
