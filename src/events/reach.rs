//! Which of the events that will come a filter pattern lets pass.
//!
//! The values of a sample are made up, so a pattern that asks for a value of a row is not answered
//! by it: such an answer is [`Reach::Depends`]. What a sample's form settles (the operation, the
//! table, a row or a column that is not there) is.

use std::collections::BTreeSet;

use cdc_checks::{TableName, Text};
use serde_json::Value;

use super::contract::{Contract, TableContract};
use super::envelope::Envelope;
use super::image::{Image, Presence};
use super::operation::{Op, OperationContract};
use super::sample::Sampler;
use crate::eventbridge::pattern::{Mismatch, Pattern};

/// What a filter does to the events of a contract.
#[derive(Clone, Debug, PartialEq)]
pub struct Filtered {
    /// The kinds of events: an operation on a table each, in the contract's order.
    pub kinds: Vec<FilteredKind>,
    /// What in the pattern stands on something that cannot be relied on.
    pub remarks: Vec<Text>,
}

/// What a filter does to one kind of event.
#[derive(Clone, Debug, PartialEq)]
pub struct FilteredKind {
    /// The table.
    pub table: TableName,
    /// The operation.
    pub op: Op,
    /// What becomes of such an event.
    pub reach: Reach,
}

/// What becomes of a kind of event.
#[derive(Clone, Debug, PartialEq)]
pub enum Reach {
    /// Every one passes.
    Passes,
    /// It depends on the values of these fields.
    Depends(Vec<String>),
    /// None passes, because of this field.
    Stopped(Mismatch),
    /// The rows of such events are not known.
    Unknown,
}

impl Filtered {
    /// Kinds of events of which some may pass; those that are not known are among them.
    pub fn passing(&self) -> usize {
        self.kinds.iter().filter(|kind| !matches!(kind.reach, Reach::Stopped(_))).count()
    }
}

/// Tries a filter on every kind of event of a contract. `stream` is the name of the event stream,
/// where it is known: events carry it as their `source`.
pub fn filter(contract: &Contract, pattern: &Pattern, stream: Option<&str>) -> Filtered {
    let sampler = Sampler::default();
    let mut remarks = BTreeSet::new();
    let mut kinds = Vec::new();
    for table in &contract.tables {
        let samples = sampler.samples(contract, table);
        for operation in super::json_schema::events(contract, table) {
            let sample = samples.iter().find(|sample| sample.op == operation.op);
            let reach = sample.map_or(Reach::Unknown, |sample| {
                let mut event = sample.event.clone();
                if let Some(stream) = stream {
                    event["source"] = stream.into();
                }
                let kind =
                    Kind { contract, table, operation, event, knows_source: stream.is_some() };
                kind.reach(pattern, &mut remarks)
            });
            kinds.push(FilteredKind { table: table.name.clone(), op: operation.op, reach });
        }
    }
    let everywhere = absent_everywhere(&kinds, pattern);
    remarks.extend(everywhere);
    Filtered { kinds, remarks: remarks.into_iter().map(Text::new).collect() }
}

/// One kind of event.
struct Kind<'a> {
    contract: &'a Contract,
    table: &'a TableContract,
    operation: &'a OperationContract,
    event: Value,
    knows_source: bool,
}

/// How a field of a sample is to be taken.
enum Standing<'a> {
    /// Every event of the kind has this value.
    Fixed,
    /// It differs from event to event, or is not known.
    Varies,
    /// A column of a row.
    Column(&'a Presence),
}

impl Kind<'_> {
    fn reach(&self, pattern: &Pattern, remarks: &mut BTreeSet<String>) -> Reach {
        let mut depends = Vec::new();
        let mut stopped = None;
        for field in pattern.fields() {
            let standing = self.standing(field.path());
            if let Some(remark) = self.remark(field.path(), &standing) {
                remarks.insert(remark);
            }
            let mismatch = field.mismatch(&self.event);
            let is_settled = match standing {
                Standing::Fixed => true,
                Standing::Varies => {
                    field.asks_only_for_presence() && !field.finds_nothing(&self.event)
                }
                Standing::Column(Presence::UnknownNull | Presence::Absent) => true,
                Standing::Column(Presence::Fabricated { value }) => value.is_some(),
                Standing::Column(Presence::Unknown) => false,
                Standing::Column(_) => {
                    field.asks_only_for_presence() || field.finds_nothing(&self.event)
                }
            };
            match (is_settled, mismatch) {
                (true, Some(mismatch)) => stopped = stopped.or(Some(mismatch)),
                (true, None) => {}
                (false, _) => depends.push(field.path().join(".")),
            }
        }
        match stopped {
            Some(mismatch) => Reach::Stopped(mismatch),
            None if depends.is_empty() => Reach::Passes,
            None => Reach::Depends(depends),
        }
    }

    fn standing(&self, path: &[String]) -> Standing<'_> {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        match names.as_slice() {
            ["source"] if self.knows_source => Standing::Fixed,
            ["id" | "source" | "time" | "dataschema"] => Standing::Varies,
            [name] if name.starts_with("aliyun") => Standing::Varies,
            // The task's and the consumer's ids.
            ["subject"] if self.contract.envelope == Envelope::Dts => Standing::Varies,
            [_] => Standing::Fixed,
            ["data", rest @ ..] => self.standing_of_data(rest),
            _ => Standing::Fixed,
        }
    }

    fn standing_of_data(&self, path: &[&str]) -> Standing<'_> {
        let (row, rest) = match (self.contract.envelope, path) {
            (Envelope::Dts, ["operationType"] | ["schema", "databaseName" | "tableName"]) => {
                return Standing::Fixed;
            }
            (Envelope::Dts, _) => return self.varies_if_there(path),
            (Envelope::Debezium, [row, rest @ ..]) => (*row, rest),
            (Envelope::DebeziumCloudEvents, ["payload", row, rest @ ..]) => (*row, rest),
            _ => return Standing::Fixed,
        };
        let image = match row {
            "before" => self.operation.before.as_ref(),
            "after" => self.operation.after.as_ref(),
            "op" => return Standing::Fixed,
            "source" if matches!(rest, ["connector" | "db" | "schema" | "table"]) => {
                return Standing::Fixed;
            }
            _ => return self.varies_if_there(path),
        };
        let (Some(image), [column, ..]) = (image, rest) else { return Standing::Fixed };
        match image.columns().and_then(|all| all.iter().find(|it| it.name.untrusted() == *column)) {
            Some(found) if matches!(image, Image::Row { .. }) => Standing::Column(&found.presence),
            // A row that is only sometimes there.
            Some(_) => Standing::Varies,
            None => Standing::Fixed,
        }
    }

    /// A field that no such event has is settled.
    fn varies_if_there(&self, path: &[&str]) -> Standing<'_> {
        let data = self.event.get("data");
        let found = path.iter().try_fold(data, |value, name| value?.get(*name).map(Some));
        if matches!(found, Some(Some(_))) { Standing::Varies } else { Standing::Fixed }
    }

    /// What is to be said of a field that the pattern stands on.
    fn remark(&self, path: &[String], standing: &Standing<'_>) -> Option<String> {
        let field = path.join(".");
        let is_assumed = self.contract.envelope != Envelope::Dts;
        match (path, standing) {
            ([name], _) if is_assumed && matches!(name.as_str(), "type" | "subject") => {
                Some(format!(
                    "{field} of events of native sources is not published: what the pattern asks \
                     of it is compared with an assumption"
                ))
            }
            ([name], Standing::Varies) if name == "source" => {
                Some(format!("{field} is the name of the event stream, which is not known here"))
            }
            (_, Standing::Column(presence)) => {
                let why = unreliable(presence)?;
                let (table, op) = (&self.table.name, self.operation.op.as_str());
                let (schema, name) = (table.schema.untrusted(), table.name.untrusted());
                Some(format!("{field} of {schema}.{name}, {op}: {why}"))
            }
            _ => None,
        }
    }
}

/// Why a column's value is not what the database holds, if it is not.
fn unreliable(presence: &Presence) -> Option<&'static str> {
    match presence {
        Presence::Fabricated { .. } => Some("a value stands there that nobody wrote (fabricated)"),
        Presence::NullAsDefault { .. } => Some("NULL arrives as the column's default"),
        Presence::UnchangedPlaceholder { .. } => {
            Some("a stand-in may be there where a large value was left unchanged")
        }
        Presence::Unknown => Some("what stands there is not known"),
        Presence::UnknownNull => Some("null stands there, and means that it was not sent"),
        Presence::Absent => Some("it is not in the event"),
        Presence::Value | Presence::ValueOrNull => None,
    }
}

/// The fields that are in no event that will come.
fn absent_everywhere(kinds: &[FilteredKind], pattern: &Pattern) -> Vec<String> {
    let is_absent_in = |kind: &FilteredKind, field: &str| match &kind.reach {
        Reach::Stopped(mismatch) => mismatch.field == field && mismatch.found.is_none(),
        _ => false,
    };
    let fields = pattern.fields().map(|field| field.path().join("."));
    let absent = fields.filter(|field| kinds.iter().all(|kind| is_absent_in(kind, field)));
    absent
        .filter(|_| !kinds.is_empty())
        .map(|field| format!("{field} is in no event that will come"))
        .collect()
}
