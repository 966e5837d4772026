//! The default of a column in the form in which the engine shows it.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use serde_json::{Value, json};

use super::mapping::Literal;

/// A default's text, without quotes or casts, in the form of its type. `None` where the rules do
/// not say what is shown: the caller must then allow for both.
pub(super) fn shown(literal: Literal, text: &str) -> Option<Value> {
    match literal {
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
        Literal::Text => Some(json!(text)),
        Literal::Unknown => None,
    }
}

fn boolean(text: &str) -> Option<Value> {
    match text {
        "true" | "t" | "b'1'" => Some(json!(true)),
        "false" | "f" | "b'0'" => Some(json!(false)),
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

/// With three, six or nine digits of a second, and none where they are all zero.
fn iso_moment(text: &str) -> Option<String> {
    let moment: DateTime = text.parse().ok()?;
    let nanos = moment.subsec_nanosecond();
    let digits = match nanos {
        0 => String::new(),
        nanos if nanos % 1_000_000 == 0 => format!(".{:03}", nanos / 1_000_000),
        nanos if nanos % 1_000 == 0 => format!(".{:06}", nanos / 1_000),
        nanos => format!(".{nanos:09}"),
    };
    Some(format!("{}T{}{digits}Z", moment.date(), moment.strftime("%H:%M:%S")))
}

/// A finite number; its text must be a plain one, as `inf` is not.
fn double(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    number.is_finite().then_some(number)
}

/// The digits with exactly so many behind the point. `None` for what is not a plain decimal number
/// or has more.
fn decimal_text(text: &str, scale: u32) -> Option<String> {
    let scale = usize::try_from(scale).ok()?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) || fraction.len() > scale {
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

fn base64(bytes: &[u8]) -> String {
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
            (Literal::DecimalText(2), "1.5", json!("1.50")),
            (Literal::DecimalText(0), "-7", json!("-7")),
            (Literal::DecimalText(2), "NaN", Value::Null),
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
