//! The default of a column in the form in which the engine shows it.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use serde_json::{Value, json};

use super::mapping::Literal;

/// A default's text, without quotes or casts, in the form of its type. `None` where the rules do
/// not say what is shown: the caller must then allow for both.
pub(super) fn shown(literal: Literal, text: &str) -> Option<Value> {
    match literal {
        Literal::Bits => bits(text).map(|encoded| json!(encoded)),
        Literal::Boolean => boolean(text),
        Literal::Date => days(text).map(|days| json!(days)),
        Literal::Decimal(scale) => decimal(text, scale).map(|encoded| json!(encoded)),
        Literal::DecimalText(scale) => decimal_text(text, scale).map(|digits| json!(digits)),
        Literal::Double => double(text).map(|number| json!(number)),
        Literal::IsoDate => days(text).map(|_| json!(format!("{text}Z"))),
        Literal::IsoMoment => iso_moment(text).map(|moment| json!(moment)),
        Literal::Integer => text.trim().parse::<i64>().ok().map(|number| json!(number)),
        Literal::Millis => moment(text).map(|micros| json!(micros.div_euclid(1000))),
        Literal::Micros => moment(text).map(|micros| json!(micros)),
        Literal::Nanos => moment(text)?.checked_mul(1000).map(|nanos| json!(nanos)),
        Literal::IsoTime => time(text)?.checked_mul(1000).map(iso_time).map(|time| json!(time)),
        Literal::Text => Some(json!(text)),
        Literal::TimeOfDay(units) => {
            time(text).map(|micros| json!(i128::from(micros) * i128::from(units) / 1_000_000))
        }
        Literal::Uuid => text.parse::<uuid::Uuid>().ok().map(|uuid| json!(uuid.to_string())),
        Literal::Zoned(digits) => zoned(text, digits).map(|moment| json!(moment)),
        Literal::Unknown => None,
    }
}

fn boolean(text: &str) -> Option<Value> {
    match text {
        "true" | "t" | "b'1'" | "1" => Some(json!(true)),
        "false" | "f" | "b'0'" | "0" => Some(json!(false)),
        _ => None,
    }
}

fn days(text: &str) -> Option<i64> {
    let date: Date = text.parse().ok()?;
    let midnight =
        Offset::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).ok()?;
    Some(midnight.as_second().div_euclid(86_400))
}

/// Microseconds since 1970-01-01, as if in UTC.
fn moment(text: &str) -> Option<i64> {
    let moment: DateTime = text.parse().ok()?;
    Some(Offset::UTC.to_timestamp(moment).ok()?.as_microsecond())
}

fn iso_moment(text: &str) -> Option<String> {
    let moment: DateTime = text.parse().ok()?;
    let digits = fraction(i64::from(moment.subsec_nanosecond()));
    Some(format!("{}T{}{digits}Z", moment.date(), moment.strftime("%H:%M:%S")))
}

/// Three, six or nine digits of a second, and none where they are all zero.
fn fraction(nanos: i64) -> String {
    match nanos {
        0 => String::new(),
        nanos if nanos % 1_000_000 == 0 => format!(".{:03}", nanos / 1_000_000),
        nanos if nanos % 1_000 == 0 => format!(".{:06}", nanos / 1_000),
        nanos => format!(".{nanos:09}"),
    }
}

/// A time of day in nanoseconds as text.
fn iso_time(nanos: i64) -> String {
    let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}{}Z", seconds % 60, fraction(rest))
}

/// Microseconds of the day.
fn time(text: &str) -> Option<i64> {
    let time: jiff::civil::Time = text.parse().ok()?;
    let since_midnight = time.duration_since(jiff::civil::Time::midnight());
    i64::try_from(since_midnight.as_micros()).ok()
}

/// A moment with an offset, or midnight in UTC where there is only a date.
fn zoned(text: &str, digits: u32) -> Option<String> {
    let micros = match text.parse::<jiff::Timestamp>() {
        Ok(moment) => moment.as_microsecond(),
        Err(_) => days(text)?.checked_mul(86_400_000_000)?,
    };
    let moment = jiff::Timestamp::from_microsecond(micros).ok()?;
    let utc = Offset::UTC.to_datetime(moment);
    let second = utc.strftime("%Y-%m-%dT%H:%M:%S");
    let digits = usize::try_from(digits).ok()?;
    let fraction: String =
        format!("{:06}", micros.rem_euclid(1_000_000)).chars().take(digits).collect();
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{second}{point}{fraction}Z"))
}

/// Little-endian bytes, as many as reach up to the highest bit that is set.
fn bits(text: &str) -> Option<String> {
    let digits = text.trim_start_matches('0');
    let bytes: Result<Vec<u8>, _> = digits
        .as_bytes()
        .rchunks(8)
        .map(|chunk| u8::from_str_radix(&String::from_utf8_lossy(chunk), 2))
        .collect();
    Some(base64(&bytes.ok()?))
}

/// A finite number; its text must be a plain one, as `inf` is not.
fn double(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    number.is_finite().then_some(number)
}

/// The digits with exactly so many behind the point, where a number is given. `None` for what is not
/// a plain decimal number or has more.
fn decimal_text(text: &str, scale: Option<u32>) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let Some(scale) = scale else { return Some(text.to_owned()) };
    let scale = usize::try_from(scale).ok()?;
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > scale {
        return None;
    }
    let sign = if digits.len() < text.len() { "-" } else { "" };
    Some(match scale {
        0 => format!("{sign}{whole}"),
        scale => format!("{sign}{whole}.{fraction:0<scale$}"),
    })
}

/// The unscaled number as the shortest big-endian two's complement, in base64. `None` for what is
/// not a plain decimal number, has more decimals than the scale, or does not fit 38 digits.
fn decimal(text: &str, scale: u32) -> Option<String> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let missing = usize::try_from(scale).ok()?.checked_sub(fraction.len())?;
    let joined = [whole, fraction, &"0".repeat(missing)].concat();
    if joined.len() > 38 || !joined.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let magnitude: i128 = joined.parse().ok()?;
    Some(base64(shortest(&(if negative { -magnitude } else { magnitude }).to_be_bytes())))
}

/// Drops leading bytes that only repeat the sign.
fn shortest(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes {
        let repeats = match rest.first() {
            Some(next) => (*first == 0 && next < &0x80) || (*first == 0xff && next >= &0x80),
            None => false,
        };
        if !repeats {
            break;
        }
        bytes = rest;
    }
    bytes
}

pub(super) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| (group << 8) | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = (group >> (18 - 6 * place)) & 63;
            let shown =
                if place > chunk.len() { '=' } else { char::from(ALPHABET[digit as usize]) };
            encoded.push(shown);
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Literal, shown};

    #[test]
    fn defaults_take_the_form_of_their_type() {
        // The encoded forms were captured from a real engine: AJY= is 1.50, /w== is -0.01.
        let cases = [
            (Literal::Integer, "42", json!(42)),
            (Literal::Integer, "next", Value::Null),
            (Literal::Decimal(2), "1.50", json!("AJY=")),
            (Literal::Decimal(2), "-0.01", json!("/w==")),
            (Literal::Decimal(2), "12345.6", json!("EtaA")),
            (
                Literal::Decimal(0),
                "99999999999999999999999999999999999999",
                json!("SztMqFqGxHoJiiI//////w=="),
            ),
            (Literal::Decimal(2), "0", json!("AA==")),
            (Literal::Decimal(2), "1.234", Value::Null),
            (Literal::Decimal(2), "NaN", Value::Null),
            (Literal::DecimalText(Some(2)), "1.5", json!("1.50")),
            (Literal::DecimalText(Some(0)), "-7", json!("-7")),
            (Literal::DecimalText(Some(0)), "0.0", json!("0")),
            (Literal::DecimalText(Some(2)), "NaN", Value::Null),
            (Literal::DecimalText(None), "1.50", json!("1.50")),
            (Literal::Decimal(0), "0.0", json!("AA==")),
            (Literal::Bits, "10100101", json!("pQ==")),
            (Literal::Bits, "101", json!("BQ==")),
            (Literal::Bits, "100000000", json!("AAE=")),
            (Literal::Bits, "2", Value::Null),
            (Literal::TimeOfDay(1000), "00:00:01.5", json!(1500)),
            (Literal::TimeOfDay(1_000_000_000), "23:59:59", json!(86_399_000_000_000_i64)),
            (Literal::IsoTime, "13:14:15.124", json!("13:14:15.124Z")),
            (Literal::Zoned(6), "1970-01-01", json!("1970-01-01T00:00:00.000000Z")),
            (Literal::Zoned(3), "2024-01-01 02:00:00+02", json!("2024-01-01T00:00:00.000Z")),
            (Literal::Zoned(0), "2024-01-01 00:00:00.7+00", json!("2024-01-01T00:00:00Z")),
            (Literal::Uuid, "gen", Value::Null),
            (Literal::Double, "1.50", json!(1.5)),
            (Literal::Double, "inf", Value::Null),
            (Literal::IsoDate, "2024-02-29", json!("2024-02-29Z")),
            (Literal::IsoMoment, "2024-02-29 13:14:15.12", json!("2024-02-29T13:14:15.120Z")),
            (Literal::Nanos, "1970-01-01 00:00:00.5", json!(500_000_000)),
            (Literal::Date, "2024-02-29", json!(19782)),
            (Literal::Date, "0001-01-01", json!(-719_162)),
            (Literal::Millis, "2020-01-01 00:00:00", json!(1_577_836_800_000_i64)),
            (Literal::Micros, "2024-02-29 13:14:15.123456", json!(1_709_212_455_123_456_i64)),
            (Literal::Boolean, "b'1'", json!(true)),
            (Literal::Boolean, "maybe", Value::Null),
            (Literal::Text, "it's", json!("it's")),
            (Literal::Unknown, "x", Value::Null),
        ];
        for (literal, text, expected) in cases {
            assert_eq!(shown(literal, text).unwrap_or(Value::Null), expected, "{literal:?} {text}");
        }
    }
}
