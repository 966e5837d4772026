//! Which operations give events, and which rows those hold.

use cdc_checks::{SkippedOperations, Text};
use serde::{Deserialize, Serialize};

use super::contract::Evidence;
use super::image::Image;

/// A kind of event, by the letter in `op`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Op {
    /// An insert.
    #[serde(rename = "c")]
    Create,
    /// A delete.
    #[serde(rename = "d")]
    Delete,
    /// A row that was there when the connector started.
    #[serde(rename = "r")]
    Read,
    /// A TRUNCATE.
    #[serde(rename = "t")]
    Truncate,
    /// An update.
    #[serde(rename = "u")]
    Update,
}

impl Op {
    /// Every operation, in the order of the outputs.
    pub const ALL: [Self; 5] =
        [Self::Create, Self::Update, Self::Delete, Self::Read, Self::Truncate];

    /// The letter in `op`.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Create => "c",
            Self::Delete => "d",
            Self::Read => "r",
            Self::Truncate => "t",
            Self::Update => "u",
        }
    }

    /// The statement in SQL; of a snapshot, the one that reads.
    pub(super) fn statement(self) -> &'static str {
        match self {
            Self::Create => "INSERT",
            Self::Delete => "DELETE",
            Self::Read => "SELECT",
            Self::Truncate => "TRUNCATE",
            Self::Update => "UPDATE",
        }
    }

    /// The word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "insert",
            Self::Delete => "delete",
            Self::Read => "snapshot",
            Self::Truncate => "truncate",
            Self::Update => "update",
        }
    }
}

/// What one operation on a table gives.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct OperationContract {
    /// The operation.
    pub op: Op,
    /// Whether an event comes.
    pub delivery: Delivery,
    /// How this is known.
    pub evidence: Evidence,
    /// The row before; `None` where no event can come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Image>,
    /// The row after; `None` where no event can come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Image>,
    /// Why nothing comes, and what a reader should know of what does.
    pub notes: Vec<Text>,
}

impl OperationContract {
    /// An operation whose events come.
    pub(super) fn delivered(op: Op, evidence: Evidence, before: Image, after: Image) -> Self {
        Self {
            op,
            delivery: Delivery::Delivered,
            evidence,
            before: Some(before),
            after: Some(after),
            notes: Vec::new(),
        }
    }

    /// An operation of which nothing comes, and why.
    pub(super) fn withheld(
        op: Op,
        delivery: Delivery,
        evidence: Evidence,
        why: impl Into<Text>,
    ) -> Self {
        Self { op, delivery, evidence, before: None, after: None, notes: vec![why.into()] }
    }

    /// An operation that the connector leaves out; `None` where it does not. A TRUNCATE, which it
    /// leaves out by default, is told of in the form that it has otherwise.
    pub(super) fn skipped(op: Op, skips: SkippedOperations) -> Option<Self> {
        let (is_skipped, delivery) = match op {
            Op::Create => (skips.create, Delivery::NotAsked),
            Op::Delete => (skips.delete, Delivery::NotAsked),
            Op::Read => return None,
            Op::Truncate => (skips.truncate, Delivery::SkippedByDefault),
            Op::Update => (skips.update, Delivery::NotAsked),
        };
        let why = format!("skipped.operations of the connector has {}", op.letter());
        if !is_skipped {
            return None;
        }
        let image = || (op == Op::Truncate).then_some(Image::Null);
        let skipped = Self::withheld(op, delivery, Evidence::Measured, Text::new(why));
        Some(Self { before: image(), after: image(), ..skipped })
    }

    /// An operation whose events the facts do not settle, and why.
    pub(super) fn unsettled(op: Op, why: impl Into<Text>) -> Self {
        Self {
            op,
            delivery: Delivery::Unknown,
            evidence: Evidence::Inferred,
            before: Some(Image::Unknown),
            after: Some(Image::Unknown),
            notes: vec![why.into()],
        }
    }
}

/// What an update of the key gives.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct KeyChange {
    /// [`Delivery::Split`], or what holds for an update otherwise.
    pub delivery: Delivery,
    /// How this is known.
    pub evidence: Evidence,
    /// The columns of which a change counts as one of the key.
    pub columns: Vec<Text>,
    /// What a reader should know.
    pub notes: Vec<Text>,
}

impl KeyChange {
    /// A changed key gives a delete of the old one, its tombstone, and an insert.
    pub(super) fn split(evidence: Evidence, columns: Vec<Text>) -> Self {
        Self { delivery: Delivery::Split, evidence, columns, notes: Vec::new() }
    }
}

/// Whether an operation gives an event.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// The database refuses the statement once changes are published.
    BlockedInDb,
    /// An event comes for every row.
    Delivered,
    /// It is logged in a form that the engine passes over without a word.
    Lost,
    /// The request, the publication or the connector's settings ask for none.
    NotAsked,
    /// The database logs nothing of it.
    NotLogged,
    /// The connector leaves it out unless told otherwise.
    SkippedByDefault,
    /// Other events stand for it: a delete of the old key, its tombstone, and an insert.
    Split,
    /// The engine refuses to start, or stops at it, for all tables.
    StopsEngine,
    /// The facts do not settle it.
    Unknown,
}

impl Delivery {
    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BlockedInDb => "blocked in the database",
            Self::Delivered => "delivered",
            Self::Lost => "lost without a word",
            Self::NotAsked => "not asked for",
            Self::NotLogged => "not logged",
            Self::SkippedByDefault => "left out by the connector's default",
            Self::Split => "delete and insert",
            Self::StopsEngine => "stops the engine",
            Self::Unknown => "not known",
        }
    }
}
