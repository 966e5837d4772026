//! The form in which the values of a database type arrive, and the JSON Schemas of the common forms.

use cdc_checks::{BinaryHandling, DecimalHandling, TimePrecision};
use serde_json::{Value, json};

use super::contract::Evidence;

/// The form in which the values of one type arrive.
#[derive(Clone, Debug)]
pub(super) struct Mapping {
    /// Whether values of the type are sent at all.
    pub(super) sent: Sent,
    /// A word of JSON Schema, `absent` or `unknown`.
    pub(super) json_type: &'static str,
    /// How the value is written within that type.
    pub(super) encoding: Option<&'static str>,
    /// A JSON Schema of a value that is there.
    pub(super) schema: Value,
    /// What stands for a NOT NULL value that was not sent, where that is known.
    pub(super) zero: Option<Value>,
    /// What stands for a large value that an update left unchanged.
    pub(super) unchanged: Unchanged,
    /// The largest stored value in bytes; `None` where there is no limit.
    pub(super) max_bytes: Option<u32>,
    /// How a default is turned into this form.
    pub(super) literal: Literal,
    /// How all of this is known.
    pub(super) evidence: Evidence,
    /// What a reader of the value should know.
    pub(super) notes: Vec<&'static str>,
}

/// Whether values of a type are sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sent {
    /// Always.
    Always,
    /// Never: the engine has no converter and leaves the column out.
    Never,
    /// By the snapshot; later events show null.
    SnapshotOnly,
    /// A column of it stops the engine.
    StopsEngine,
    /// Not known.
    Unknown,
}

/// What stands for a large value that an update left unchanged.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Unchanged {
    /// JSON null; where the column is NOT NULL the engine stops.
    Null,
    /// A constant.
    Placeholder(Value),
    /// Not known.
    Unknown,
}

/// How the text of a default is turned into the form of its type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Literal {
    /// `true`, `false`, `b'1'`, `b'0'`.
    Boolean,
    /// Days since 1970-01-01.
    Date,
    /// The unscaled number in base64; the scale.
    Decimal(u32),
    /// The digits of a decimal number, with so many behind the point.
    DecimalText(u32),
    /// A number, as near as a double comes.
    Double,
    /// A whole number.
    Integer,
    /// A date as text, with `Z`.
    IsoDate,
    /// A moment as text, as if in UTC.
    IsoMoment,
    /// Milliseconds since 1970-01-01, as if in UTC.
    Millis,
    /// Microseconds since 1970-01-01, as if in UTC.
    Micros,
    /// Nanoseconds since 1970-01-01, as if in UTC.
    Nanos,
    /// The text itself.
    Text,
    /// Not known.
    Unknown,
}

impl Mapping {
    /// A form that was seen in events, with nothing special about it.
    pub(super) fn new(json_type: &'static str, schema: Value) -> Self {
        Self {
            sent: Sent::Always,
            json_type,
            encoding: None,
            schema,
            zero: None,
            unchanged: Unchanged::Unknown,
            max_bytes: None,
            literal: Literal::Unknown,
            evidence: Evidence::Measured,
            notes: Vec::new(),
        }
    }

    /// A type that the rules do not cover.
    pub(super) fn unknown() -> Self {
        Self {
            sent: Sent::Unknown,
            evidence: Evidence::Inferred,
            ..Self::new("unknown", json!({}))
        }
    }

    /// A type whose columns are left out.
    pub(super) fn absent() -> Self {
        Self { sent: Sent::Never, ..Self::new("absent", json!({})) }
    }

    /// A whole number between two bounds, both allowed.
    pub(super) fn integer(minimum: i64, maximum: i64) -> Self {
        let schema = json!({"type": "integer", "minimum": minimum, "maximum": maximum});
        Self { zero: Some(json!(0)), literal: Literal::Integer, ..Self::new("integer", schema) }
    }

    /// A whole number of 64 bits that counts something.
    pub(super) fn count(encoding: &'static str, literal: Literal) -> Self {
        Self { encoding: Some(encoding), literal, ..Self::integer(i64::MIN, i64::MAX) }
    }

    /// Text, of at most so many characters where there is a limit.
    pub(super) fn text(max_length: Option<u32>) -> Self {
        let schema = match max_length {
            Some(limit) => json!({"type": "string", "maxLength": limit}),
            None => json!({"type": "string"}),
        };
        Self { zero: Some(json!("")), literal: Literal::Text, ..Self::new("string", schema) }
    }

    /// Text in a form of its own, of which nothing but the form is known.
    pub(super) fn formatted(encoding: &'static str, schema: Value) -> Self {
        Self { encoding: Some(encoding), ..Self::new("string", schema) }
    }

    /// Bytes in base64.
    pub(super) fn base64(encoding: &'static str) -> Self {
        let pattern = "^[A-Za-z0-9+/]*={0,2}$";
        let schema = json!({"type": "string", "contentEncoding": "base64", "pattern": pattern});
        Self { zero: Some(json!("")), ..Self::formatted(encoding, schema) }
    }

    /// Bytes of a column, as `binary.handling.mode` has them.
    pub(super) fn bytes(mode: BinaryHandling) -> Self {
        let (encoding, content, pattern) = match mode {
            BinaryHandling::Bytes | BinaryHandling::Base64 => return Self::base64("base64"),
            BinaryHandling::Base64UrlSafe => {
                ("base64 for URLs", "base64url", "^[A-Za-z0-9_-]*={0,2}$")
            }
            BinaryHandling::Hex => ("hexadecimal digits", "base16", "^([0-9a-f]{2})*$"),
        };
        let schema = json!({"type": "string", "contentEncoding": content, "pattern": pattern});
        Self { zero: Some(json!("")), ..Self::formatted(encoding, schema) }
    }

    /// A decimal number with a fixed scale, as `decimal.handling.mode` has it: its unscaled value as
    /// big-endian two's complement, a double, or its digits.
    pub(super) fn decimal(precision: u32, scale: u32, mode: DecimalHandling) -> Self {
        match mode {
            DecimalHandling::Precise => {
                let mut mapping = Self::base64("base64 of the unscaled big-endian number");
                mapping.schema["x-cdc-decimal"] = json!({"precision": precision, "scale": scale});
                mapping.zero = Some(json!("AA=="));
                mapping.literal = Literal::Decimal(scale);
                mapping
            }
            DecimalHandling::Double => Self {
                zero: Some(json!(0.0)),
                literal: Literal::Double,
                ..Self::new("number", json!({"type": "number"}))
            }
            .note("a double: digits beyond the 15th may be lost"),
            DecimalHandling::String => {
                let digits = precision.saturating_sub(scale).max(1);
                let pattern = match scale {
                    0 => format!("^-?\\d{{1,{digits}}}$"),
                    scale => format!("^-?\\d{{1,{digits}}}\\.\\d{{{scale}}}$"),
                };
                let literal = Literal::DecimalText(scale);
                let schema = json!({"type": "string", "pattern": pattern});
                Self {
                    zero: super::default::shown(literal, "0"),
                    literal,
                    ..Self::formatted("decimal digits", schema)
                }
            }
        }
    }

    /// A date, as `time.precision.mode` has it.
    pub(super) fn date(mode: TimePrecision) -> Self {
        if mode == TimePrecision::Isostring {
            let pattern = "^[+-]?\\d{4,}-\\d{2}-\\d{2}Z$";
            return Self {
                zero: Some(json!("1970-01-01Z")),
                literal: Literal::IsoDate,
                ..Self::formatted("ISO 8601 date", json!({"type": "string", "pattern": pattern}))
            };
        }
        Self {
            encoding: Some("days since 1970-01-01"),
            literal: Literal::Date,
            ..Self::integer(i32::MIN.into(), i32::MAX.into())
        }
    }

    /// A moment without a time zone that holds so many digits of a second, as
    /// `time.precision.mode` has it.
    pub(super) fn timestamp(digits: u32, mode: TimePrecision) -> Self {
        match mode {
            TimePrecision::Adaptive if digits <= 3 => {
                Self::count("ms since 1970, as if UTC", Literal::Millis)
            }
            TimePrecision::Adaptive | TimePrecision::Microseconds => {
                Self::count("µs since 1970, as if UTC", Literal::Micros)
            }
            TimePrecision::Connect => Self::count("ms since 1970, as if UTC", Literal::Millis),
            TimePrecision::Nanoseconds => Self::count("ns since 1970, as if UTC", Literal::Nanos),
            TimePrecision::Isostring => Self {
                zero: Some(json!("1970-01-01T00:00:00Z")),
                literal: Literal::IsoMoment,
                ..Self::formatted("ISO 8601, as if UTC", utc_moment())
            },
        }
    }

    /// JSON null or a boolean.
    pub(super) fn boolean() -> Self {
        Self {
            zero: Some(json!(false)),
            literal: Literal::Boolean,
            ..Self::new("boolean", json!({"type": "boolean"}))
        }
    }

    /// An object with `wkb` and `srid`; a point has `x` and `y` too.
    pub(super) fn geometry(is_point: bool) -> Self {
        let mut required = vec!["wkb"];
        let mut properties = json!({
            "wkb": Self::base64("").schema,
            "srid": {"type": ["integer", "null"]},
        });
        if is_point {
            required.extend(["x", "y"]);
            properties["x"] = json!({"type": "number"});
            properties["y"] = json!({"type": "number"});
        }
        let schema = json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        });
        Self { encoding: Some("WKB in base64"), ..Self::new("object", schema) }
    }

    /// The same with a largest stored size.
    pub(super) fn at_most(self, bytes: u32) -> Self {
        Self { max_bytes: Some(bytes), ..self }
    }

    /// The same with something that a reader should know.
    pub(super) fn note(mut self, note: &'static str) -> Self {
        self.notes.push(note);
        self
    }
}

/// A moment in UTC as ISO 8601 writes it, with up to six digits of a second.
pub(super) fn utc_moment() -> Value {
    json!({
        "type": "string",
        "pattern": "^[+-]?\\d{4,}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,6})?Z$",
    })
}

/// Text that holds a document of its own.
pub(super) fn document(media_type: &'static str) -> Value {
    json!({"type": "string", "contentMediaType": media_type})
}
