//! How a connector writes values: its conversion modes, by the words of its own properties.

use serde::{Deserialize, Serialize};

/// The modes that decide on the shape of values in events. The defaults are the connector's own.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conversion {
    /// `decimal.handling.mode`: NUMERIC, DECIMAL and MONEY.
    pub decimal: DecimalHandling,
    /// `time.precision.mode`: dates and times.
    pub time: TimePrecision,
    /// `binary.handling.mode`: BYTEA, BINARY, BLOB.
    pub binary: BinaryHandling,
    /// `interval.handling.mode` of PostgreSQL.
    pub interval: IntervalHandling,
    /// `hstore.handling.mode` of PostgreSQL.
    pub hstore: HstoreHandling,
    /// `bigint.unsigned.handling.mode` of MySQL.
    pub bigint_unsigned: BigintUnsignedHandling,
    /// `money.fraction.digits` of PostgreSQL: the scale of MONEY.
    pub money_fraction_digits: u16,
    /// `include.unknown.datatypes` of PostgreSQL: values of types without a converter come as
    /// base64 of their text instead of not at all.
    pub unknown_types: bool,
    /// `unavailable.value.placeholder`: what stands for a large value that did not change.
    pub placeholder: String,
    /// `value.converter.replace.null.with.default`: NULL of a column with a default comes as the
    /// default.
    pub null_as_default: bool,
}

impl Default for Conversion {
    fn default() -> Self {
        Self {
            decimal: DecimalHandling::default(),
            time: TimePrecision::default(),
            binary: BinaryHandling::default(),
            interval: IntervalHandling::default(),
            hstore: HstoreHandling::default(),
            bigint_unsigned: BigintUnsignedHandling::default(),
            money_fraction_digits: 2,
            unknown_types: false,
            placeholder: "__debezium_unavailable_value".into(),
            null_as_default: true,
        }
    }
}

/// How exact decimals are written.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalHandling {
    /// Base64 of the unscaled integer; the scale is in the schema.
    #[default]
    Precise,
    /// A number, as near as a double comes.
    Double,
    /// The digits as text.
    String,
}

/// How dates and times are written.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimePrecision {
    /// By the column's precision, as each engine's connector does by default. MySQL's gives TIME in
    /// microseconds whatever its precision.
    #[default]
    Adaptive,
    /// By the column's precision, but TIME in microseconds whatever its precision.
    AdaptiveTimeMicroseconds,
    /// Milliseconds always.
    Connect,
    /// Text in the form of ISO 8601.
    Isostring,
    /// Microseconds always.
    Microseconds,
    /// Nanoseconds always.
    Nanoseconds,
}

/// How bytes are written.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BinaryHandling {
    /// Bytes, which JSON carries as base64.
    #[default]
    Bytes,
    /// Base64 text.
    Base64,
    /// Base64 text that is safe in addresses.
    Base64UrlSafe,
    /// Hexadecimal digits.
    Hex,
}

/// How PostgreSQL's INTERVAL is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalHandling {
    /// Microseconds, with months of 30.4375 days.
    #[default]
    Numeric,
    /// Text in the form of ISO 8601.
    String,
}

/// How PostgreSQL's HSTORE is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HstoreHandling {
    /// Text that holds JSON.
    #[default]
    Json,
    /// An object.
    Map,
}

/// How MySQL's BIGINT UNSIGNED is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BigintUnsignedHandling {
    /// A signed number: values from 2^63 on come out negative.
    #[default]
    Long,
    /// Base64 of the integer.
    Precise,
}
