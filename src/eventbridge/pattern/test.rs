//! The operators of a pattern.

use std::fmt;
use std::net::Ipv4Addr;

use serde_json::Value;

/// What one operator asks of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// The same text, whether written as text, number or truth value; or null.
    Equals(Scalar),
    /// Text that begins so.
    Prefix(String),
    /// Text that ends so.
    Suffix(String),
    /// Text that holds this.
    Contains(String),
    /// None of these.
    AnythingBut(Vec<Excluded>),
    /// A number for which every comparison holds.
    Numeric(Vec<Comparison>),
    /// An IPv4 address of this block.
    Cidr(Block),
    /// Whether the field is there.
    Exists(bool),
}

/// A value without parts, by its text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Scalar {
    Null,
    Text(String),
}

impl Scalar {
    /// The scalar that a value is; `None` of an object or a list.
    pub(super) fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Text(truth.to_string()),
            Value::Number(number) => Self::Text(number.to_string()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(_) | Value::Object(_) => return None,
        })
    }
}

/// What `anything-but` leaves out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Excluded {
    Equal(Scalar),
    Prefix(String),
    Suffix(String),
}

impl Excluded {
    fn covers(&self, value: &Scalar) -> bool {
        match (self, value) {
            (Self::Equal(excluded), value) => excluded == value,
            (Self::Prefix(prefix), Scalar::Text(text)) => text.starts_with(prefix.as_str()),
            (Self::Suffix(suffix), Scalar::Text(text)) => text.ends_with(suffix.as_str()),
            (Self::Prefix(_) | Self::Suffix(_), Scalar::Null) => false,
        }
    }
}

/// A comparison with a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Comparison {
    pub(super) operator: Operator,
    pub(super) number: f64,
}

/// How a number is compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Greater,
    AtLeast,
    Less,
    AtMost,
}

impl Operator {
    /// The operator of that sign.
    pub(super) fn of(sign: &str) -> Option<Self> {
        Some(match sign {
            "=" => Self::Equal,
            "!=" => Self::NotEqual,
            ">" => Self::Greater,
            ">=" => Self::AtLeast,
            "<" => Self::Less,
            "<=" => Self::AtMost,
            _ => return None,
        })
    }

    /// Whether it bounds a range from below.
    pub(super) fn is_lower(self) -> bool {
        matches!(self, Self::Greater | Self::AtLeast)
    }

    /// Whether it bounds a range from above.
    pub(super) fn is_upper(self) -> bool {
        matches!(self, Self::Less | Self::AtMost)
    }
}

impl Comparison {
    /// How near two numbers are that count as equal.
    const TOLERANCE: f64 = 1e-7;

    fn holds(self, value: f64) -> bool {
        let is_equal = (value - self.number).abs() < Self::TOLERANCE;
        match self.operator {
            Operator::Equal => is_equal,
            Operator::NotEqual => !is_equal,
            Operator::Greater => value > self.number && !is_equal,
            Operator::AtLeast => value > self.number || is_equal,
            Operator::Less => value < self.number && !is_equal,
            Operator::AtMost => value < self.number || is_equal,
        }
    }
}

/// A block of IPv4 addresses; a single address is a block of one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Block {
    address: Ipv4Addr,
    bits: u32,
}

impl Block {
    /// Reads `10.0.0.0/24` or `10.0.0.1`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').unwrap_or((text, "32"));
        let bits = bits.parse().ok().filter(|bits| *bits <= 32)?;
        Some(Self { address: address.parse().ok()?, bits })
    }

    fn holds(self, address: Ipv4Addr) -> bool {
        let mask = u32::MAX.checked_shl(32 - self.bits).unwrap_or(0);
        (address.to_bits() ^ self.address.to_bits()) & mask == 0
    }
}

impl Test {
    /// Whether a value without parts passes.
    pub(super) fn passes(&self, value: &Value) -> bool {
        let Some(scalar) = Scalar::of(value) else { return false };
        match self {
            Self::Equals(wanted) => *wanted == scalar,
            Self::Prefix(prefix) => value.as_str().is_some_and(|it| it.starts_with(prefix)),
            Self::Suffix(suffix) => value.as_str().is_some_and(|it| it.ends_with(suffix)),
            Self::Contains(part) => value.as_str().is_some_and(|it| it.contains(part)),
            Self::AnythingBut(excluded) => !excluded.iter().any(|one| one.covers(&scalar)),
            Self::Numeric(comparisons) => {
                value.as_f64().is_some_and(|number| comparisons.iter().all(|it| it.holds(number)))
            }
            Self::Cidr(block) => value
                .as_str()
                .and_then(|text| text.parse().ok())
                .is_some_and(|address| block.holds(address)),
            Self::Exists(wanted) => *wanted,
        }
    }
}

impl fmt::Display for Test {
    /// For people: `"a"`, `prefix "a"`, `> 5 and <= 10`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equals(scalar) => write!(f, "{scalar}"),
            Self::Prefix(text) => write!(f, "prefix {text:?}"),
            Self::Suffix(text) => write!(f, "suffix {text:?}"),
            Self::Contains(text) => write!(f, "contains {text:?}"),
            Self::AnythingBut(excluded) => {
                let names: Vec<String> = excluded.iter().map(ToString::to_string).collect();
                write!(f, "anything but {}", names.join(", "))
            }
            Self::Numeric(comparisons) => {
                let all: Vec<String> = comparisons.iter().map(ToString::to_string).collect();
                f.write_str(&all.join(" and "))
            }
            Self::Cidr(Block { address, bits: 32 }) => write!(f, "address {address}"),
            Self::Cidr(Block { address, bits }) => write!(f, "address in {address}/{bits}"),
            Self::Exists(true) => f.write_str("there"),
            Self::Exists(false) => f.write_str("not there"),
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}

impl fmt::Display for Excluded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equal(scalar) => write!(f, "{scalar}"),
            Self::Prefix(text) => write!(f, "prefix {text:?}"),
            Self::Suffix(text) => write!(f, "suffix {text:?}"),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.operator {
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Greater => ">",
            Operator::AtLeast => ">=",
            Operator::Less => "<",
            Operator::AtMost => "<=",
        };
        write!(f, "{sign} {}", self.number)
    }
}
