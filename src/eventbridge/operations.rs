//! The operations whose requests need no manifest: what each takes, checked before anything is
//! sent. Definitions of streams are read and checked by [`crate::request`].

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value, json};

/// The longest name of a stream, in bytes. The service cuts longer ones without a word, and would
/// look after another stream.
pub const MAX_NAME: usize = 127;
/// The most streams of a page.
pub const MAX_PAGE: u16 = 100;
/// The most capacity units of a stream.
pub const MAX_UNITS: u16 = 999;

/// Fields of a source that the service's own looks at a database do not take.
const NOT_TAKEN: [&str; 2] = ["BinlogFormat", "IncludeSchemaChanges"];

/// How a stream is billed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BusinessMode {
    /// By reserved capacity units.
    CapacityUnitMode,
    /// By events.
    EventNumMode,
}

/// How a stream is to be billed: the body of `UpdateEventStreamingBusinessOption`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Billing {
    /// By what.
    pub mode: BusinessMode,
    /// The least capacity units, 1 to 999.
    pub min: Option<u16>,
    /// The most capacity units, 1 to 999.
    pub max: Option<u16>,
}

/// Which streams are listed: the body of `ListEventStreamings`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Listing<'a> {
    /// Those whose name begins so.
    pub name_prefix: Option<&'a str>,
    /// Those of this source.
    pub source_arn: Option<&'a str>,
    /// Those to this sink.
    pub sink_arn: Option<&'a str>,
    /// How many on a page, 1 to 100.
    pub limit: u16,
}

/// What is looked for in a database: the body of `DiscoverEventSource`, beside its source.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Discovery<'a> {
    /// The table whose columns are told.
    pub table: Option<&'a str>,
    /// How many names at most.
    pub limit: Option<u16>,
    /// How many names are left out before.
    pub offset: Option<u32>,
}

impl BusinessMode {
    /// Every mode.
    pub const ALL: [Self; 2] = [Self::CapacityUnitMode, Self::EventNumMode];

    /// The service's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CapacityUnitMode => "CapacityUnitMode",
            Self::EventNumMode => "EventNumMode",
        }
    }
}

impl fmt::Display for BusinessMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for BusinessMode {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|mode| mode.as_str() == word);
        found.ok_or_else(|| "one of CapacityUnitMode, EventNumMode".into())
    }
}

/// A name that a stream can have. One that exists may have a single letter.
///
/// # Errors
/// What a name is.
pub fn stream_name(text: &str) -> Result<String, String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_good = text.len() <= MAX_NAME
        && text.bytes().all(allowed)
        && text.starts_with(|first: char| first.is_ascii_alphanumeric());
    is_good.then(|| text.to_owned()).ok_or_else(|| {
        format!(
            "a stream's name has 1 to {MAX_NAME} letters, digits and hyphens, and begins with a \
             letter or a digit"
        )
    })
}

/// The body of an operation that takes no more than the stream's name.
pub fn named(name: &str) -> Value {
    json!({ "EventStreamingName": name })
}

impl Billing {
    /// The body for a stream.
    ///
    /// # Errors
    /// What is wrong with the capacity units.
    pub fn body(&self, name: &str) -> Result<Value, String> {
        let mut body = named(name);
        body["BusinessMode"] = self.mode.as_str().into();
        for (member, units) in
            [("MinCapacityUnitCount", self.min), ("MaxCapacityUnitCount", self.max)]
        {
            let Some(units) = units else { continue };
            if !(1..=MAX_UNITS).contains(&units) {
                return Err(format!("{member} is not within 1 to {MAX_UNITS}"));
            }
            body[member] = units.into();
        }
        match (self.min, self.max) {
            (Some(min), Some(max)) if min > max => {
                Err("MinCapacityUnitCount is larger than MaxCapacityUnitCount".into())
            }
            _ => Ok(body),
        }
    }
}

impl Listing<'_> {
    /// The body for the page behind this token, or for the first.
    ///
    /// # Errors
    /// What is wrong with the limit.
    pub fn body(&self, token: Option<&str>) -> Result<Value, String> {
        if !(1..=MAX_PAGE).contains(&self.limit) {
            return Err(format!("Limit is not within 1 to {MAX_PAGE}"));
        }
        let mut body = Map::from_iter([("Limit".to_owned(), self.limit.into())]);
        for (member, value) in [
            ("NamePrefix", self.name_prefix),
            ("SourceArn", self.source_arn),
            ("SinkArn", self.sink_arn),
            ("NextToken", token),
        ] {
            body.extend(value.map(|value| (member.to_owned(), value.into())));
        }
        Ok(body.into())
    }
}

impl Discovery<'_> {
    /// The body for a MySQL source with these fields. The service takes the numbers as texts.
    pub fn body(&self, mut source: Value) -> Value {
        let database = database(&source).to_owned();
        if let Some(fields) = source.as_object_mut() {
            fields.retain(|name, _| {
                ![NOT_TAKEN[0], NOT_TAKEN[1], "TableNames", "SnapshotMode"].contains(&name.as_str())
            });
        }
        if let Some(table) = self.table {
            source["TableName"] = qualified(table, &database).into();
        }
        if let Some(limit) = self.limit {
            source["Limit"] = limit.to_string().into();
        }
        if let Some(offset) = self.offset {
            source["Offset"] = offset.to_string().into();
        }
        json!({ "SourceMySQLParameters": source })
    }
}

/// The body of `TestEventSourceConfig` for a MySQL source with these fields.
pub fn tested(mut source: Value) -> Value {
    let tables = source.get("TableNames").and_then(Value::as_str);
    let qualified = tables.map(|tables| {
        let tables = tables.split(',').map(|table| qualified(table, database(&source)));
        tables.collect::<Vec<_>>().join(",")
    });
    if let Some(tables) = qualified {
        source["TableNames"] = tables.into();
    }
    if let Some(fields) = source.as_object_mut() {
        fields.retain(|name, _| !NOT_TAKEN.contains(&name.as_str()));
    }
    json!({ "SourceMySQLParameters": source })
}

fn database(source: &Value) -> &str {
    source.get("DatabaseName").and_then(Value::as_str).unwrap_or_default()
}

/// The service wants every table with its database.
fn qualified(table: &str, database: &str) -> String {
    match table.trim() {
        table if table.contains('.') => table.to_owned(),
        table => format!("{database}.{table}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_the_service_does_not_cut() {
        for good in ["x", "a-1", "9", &"n".repeat(MAX_NAME)] {
            assert_eq!(stream_name(good).as_deref(), Ok(good));
        }
        for bad in ["", "-a", "a_b", "a b", "\u{e4}", "a/../b", &"n".repeat(MAX_NAME + 1)] {
            assert!(stream_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn capacity_units_have_a_range_and_an_order() {
        let body = |min, max| Billing { mode: BusinessMode::CapacityUnitMode, min, max }.body("s");
        let expected = json!({"EventStreamingName": "s", "BusinessMode": "CapacityUnitMode",
                              "MinCapacityUnitCount": 1, "MaxCapacityUnitCount": 999});
        assert_eq!(body(Some(1), Some(999)), Ok(expected));
        assert_eq!(body(None, None).map(|body| body.as_object().map(Map::len)), Ok(Some(2)));
        assert!(body(Some(4), Some(4)).is_ok());
        for (min, max) in [(Some(0), None), (None, Some(1_000)), (Some(5), Some(4))] {
            assert!(body(min, max).is_err(), "{min:?} {max:?}");
        }
    }

    #[test]
    fn a_page_has_one_to_a_hundred_streams() {
        let body =
            |limit| Listing { limit, name_prefix: Some("o"), ..Listing::default() }.body(None);
        assert_eq!(body(100), Ok(json!({"Limit": 100, "NamePrefix": "o"})));
        assert!(body(0).is_err() && body(101).is_err());
        let listing = Listing { limit: 1, ..Listing::default() };
        assert_eq!(listing.body(Some("10")), Ok(json!({"Limit": 1, "NextToken": "10"})));
    }

    #[test]
    fn a_database_is_looked_at_with_the_fields_that_the_service_takes() {
        let source = json!({"HostName": "h", "DatabaseName": "d", "TableNames": "a, d.b",
                            "SnapshotMode": "initial", "IncludeSchemaChanges": "true",
                            "BinlogFormat": "ROW", "Password": "p"});
        let tested = tested(source.clone());
        let expected = json!({"HostName": "h", "DatabaseName": "d", "TableNames": "d.a,d.b",
                              "SnapshotMode": "initial", "Password": "p"});
        assert_eq!(tested, json!({"SourceMySQLParameters": expected}));
        let discovery = Discovery { table: Some("orders"), limit: Some(10), offset: Some(20) };
        let expected = json!({"HostName": "h", "DatabaseName": "d", "TableName": "d.orders",
                              "Limit": "10", "Offset": "20", "Password": "p"});
        assert_eq!(discovery.body(source), json!({"SourceMySQLParameters": expected}));
    }
}
