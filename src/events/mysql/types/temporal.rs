//! Dates, times and moments.

use cdc_checks::TimePrecision;
use serde_json::{Value, json};

use crate::events::contract::Evidence;
use crate::events::mapping::{Literal, Mapping};
use crate::events::mysql::column_type::ColumnType;

/// The first and the last day that a DATE or a DATETIME can hold.
const DAYS: [i64; 2] = [-719_528, 2_932_896];
/// The seconds of a day.
const DAY: i64 = 86_400;
const ZERO: &str = "a zero date arrives as null, where NOT NULL as the default or 1970-01-01";

pub(super) fn temporal(column: &ColumnType, mode: TimePrecision) -> Option<Mapping> {
    let digits = column.length().unwrap_or(0);
    Some(match column.name.as_str() {
        "date" => bounded(Mapping::date(mode), DAYS[0], DAYS[1], 1).note(ZERO),
        "time" => time(digits, mode),
        "datetime" => datetime(digits, mode).note(ZERO),
        "timestamp" => Mapping::formatted("moment in UTC", zoned(digits)).note(ZERO),
        _ => return None,
    })
}

/// The same, known from the engine's source alone.
fn documented(mapping: Mapping) -> Mapping {
    Mapping { evidence: Evidence::Documented, ..mapping }
}

/// The same with tighter bounds, where it is a number at all.
fn bounded(mut mapping: Mapping, least: i64, most: i64, step: i64) -> Mapping {
    if mapping.json_type != "integer" {
        return mapping;
    }
    mapping.schema["minimum"] = json!(least);
    mapping.schema["maximum"] = json!(most);
    if step > 1 {
        mapping.schema["multipleOf"] = json!(step);
    }
    mapping
}

fn datetime(digits: u32, mode: TimePrecision) -> Mapping {
    let mapping = Mapping::timestamp(digits, mode);
    let per_second = match mapping.literal {
        Literal::Millis => 1_000,
        Literal::Micros => 1_000_000,
        Literal::Nanos => {
            return documented(mapping)
                .note("before 1677 and after 2262 nanoseconds do not fit: null");
        }
        _ => {
            let pattern = format!(r"^\d{{4}}-\d{{2}}-\d{{2}}T{}Z$", clock(digits));
            return Mapping { schema: json!({"type": "string", "pattern": pattern}), ..mapping };
        }
    };
    let [first, last] = DAYS;
    let most = (last + 1) * DAY * per_second - 1;
    let step = if digits == 0 { per_second } else { 1 };
    bounded(mapping, first * DAY * per_second, most, step)
}

/// A time of a day with no more than so many digits of a second.
fn clock(digits: u32) -> String {
    match digits {
        0 => r"\d{2}:\d{2}:\d{2}".to_owned(),
        digits => format!(r"\d{{2}}:\d{{2}}:\d{{2}}(\.\d{{1,{digits}}})?"),
    }
}

fn zoned(digits: u32) -> Value {
    let pattern = format!(r"^\d{{4}}-\d{{2}}-\d{{2}}T{}Z$", clock(digits));
    json!({"type": "string", "pattern": pattern})
}

/// `TIME` is a span: it reaches from -838:59:59.999999 to 838:59:59.999999.
fn time(digits: u32, mode: TimePrecision) -> Mapping {
    const SECONDS: i64 = 838 * 3_600 + 59 * 60 + 59;
    const BEYOND: &str = "a negative time, or one beyond 24 hours, arrives as null";
    let span = |unit, per_second: i64| {
        let fraction = if digits == 0 { 0 } else { per_second - 1 };
        let most = SECONDS * per_second + fraction;
        let step = if digits == 0 { per_second } else { 1 };
        let mapping = Mapping::count(unit, Literal::Unknown);
        bounded(mapping, -most, most, step)
    };
    match mode {
        TimePrecision::Adaptive | TimePrecision::AdaptiveTimeMicroseconds => span("µs", 1_000_000),
        TimePrecision::Microseconds => documented(span("µs", 1_000_000)),
        TimePrecision::Nanoseconds => documented(span("ns", 1_000_000_000)),
        TimePrecision::Connect => {
            let step = if digits == 0 { 1_000 } else { 1 };
            bounded(Mapping::count("ms of the day", Literal::Unknown), 0, DAY * 1_000, step)
                .note(BEYOND)
        }
        TimePrecision::Isostring => {
            let pattern = format!("^{}Z$", clock(digits));
            Mapping::formatted("ISO 8601 time", json!({"type": "string", "pattern": pattern}))
                .note(BEYOND)
        }
    }
}
