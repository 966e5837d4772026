//! Dates, times and intervals.

use cdc_checks::{IntervalHandling, TimePrecision};
use serde_json::json;

use super::Type;
use crate::events::mapping::{Literal, Mapping, utc_moment};

/// Digits of a second where the type does not say.
const DIGITS: u32 = 6;

pub(super) fn of(data_type: &Type) -> Option<Mapping> {
    const INFINITE: &str = "the infinities arrive as a number that is far away";
    let mode = data_type.conversion.time;
    let digits = data_type.first().unwrap_or(DIGITS);
    Some(
        match data_type.name {
            "date" => Mapping::date(mode).note(INFINITE),
            "time" => time_of_day(digits, mode),
            "timestamp" => timestamp(digits, mode).note(INFINITE),
            "timetz" => zoned_time(),
            "timestamptz" => zoned_moment(digits),
            "interval" => interval(data_type.conversion.interval),
            _ => return None,
        }
        .at_most(16),
    )
}

fn timestamp(digits: u32, mode: TimePrecision) -> Mapping {
    let mapping = Mapping::timestamp(digits, mode);
    match mode {
        TimePrecision::Nanoseconds => {
            mapping.note("years before 1678 or after 2261 arrive as null")
        }
        _ => mapping,
    }
}

fn time_of_day(digits: u32, mode: TimePrecision) -> Mapping {
    let (encoding, units) = match mode {
        TimePrecision::Adaptive if digits <= 3 => ("ms of the day", 1_000),
        TimePrecision::Adaptive
        | TimePrecision::AdaptiveTimeMicroseconds
        | TimePrecision::Microseconds => ("µs of the day", 1_000_000),
        TimePrecision::Connect => ("ms of the day", 1_000),
        TimePrecision::Nanoseconds => ("ns of the day", 1_000_000_000),
        TimePrecision::Isostring => return iso_time(),
    };
    Mapping {
        encoding: Some(encoding),
        literal: Literal::TimeOfDay(units),
        ..Mapping::integer(0, 86_400 * units)
    }
}

fn iso_time() -> Mapping {
    let pattern = "^\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z$";
    Mapping {
        zero: Some(json!("00:00:00Z")),
        literal: Literal::IsoTime,
        ..Mapping::formatted("ISO 8601 time", json!({"type": "string", "pattern": pattern}))
    }
    .note("24:00:00 arrives as 00:00:00Z")
}

fn zoned_time() -> Mapping {
    let pattern = "^\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,6})?Z$";
    Mapping {
        zero: Some(json!("00:00:00Z")),
        ..Mapping::formatted("time in UTC", json!({"type": "string", "pattern": pattern}))
    }
    .note("the offset is lost")
}

fn zoned_moment(digits: u32) -> Mapping {
    let schema = json!({"anyOf": [utc_moment(), {"enum": ["infinity", "-infinity"]}]});
    Mapping {
        zero: Some(json!("1970-01-01T00:00:00Z")),
        literal: Literal::Zoned(digits),
        ..Mapping::formatted("moment in UTC", schema)
    }
    .note("the offset is lost")
}

fn interval(mode: IntervalHandling) -> Mapping {
    match mode {
        IntervalHandling::Numeric => {
            Mapping::count("µs, a month as 30.4375 days", Literal::Unknown)
                .note("what is too long arrives as the largest number")
        }
        IntervalHandling::String => {
            let pattern = "^P-?\\d+Y-?\\d+M-?\\d+DT-?\\d+H-?\\d+M-?\\d+(\\.\\d+)?S$";
            Mapping {
                zero: Some(json!("P0Y0M0DT0H0M0S")),
                ..Mapping::formatted("ISO 8601", json!({"type": "string", "pattern": pattern}))
            }
        }
    }
}
