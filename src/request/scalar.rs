//! What a YAML scalar is: the core schema of YAML 1.2, in which `yes` and dates are texts.

use serde_saphyr::granit_parser;

use super::source::{Complaint, Span};
use super::tree::Content;

/// What the text says about a scalar's type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Tag {
    /// Nothing: the form of the scalar decides.
    Plain,
    /// It is a text: it stands in quotes, or is tagged so.
    Text,
    /// A tag that means nothing here.
    Unknown,
}

impl Tag {
    pub(super) fn of(tag: Option<&granit_parser::Tag>, is_plain: bool) -> Self {
        match tag.map(granit_parser::Tag::core_suffix) {
            None if is_plain => Self::Plain,
            None | Some(Some("str")) => Self::Text,
            Some(Some("int" | "bool" | "null" | "float")) => Self::Plain,
            Some(_) => Self::Unknown,
        }
    }
}

/// The value of a scalar.
pub(super) fn content(text: &str, tag: Tag, span: &Span) -> Result<Content, Complaint> {
    match tag {
        Tag::Text => Ok(Content::Text(text.into())),
        Tag::Unknown => {
            let help = "Put a value that begins with ! in quotes.";
            Err(Complaint::error(span, "a tag that is not understood", help))
        }
        Tag::Plain => Ok(plain(text)),
    }
}

fn plain(text: &str) -> Content {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Content::Null,
        "true" | "True" | "TRUE" => return Content::Bool(true),
        "false" | "False" | "FALSE" => return Content::Bool(false),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if is_digits(digits) {
        return text.parse().map_or_else(|_| fraction(text), Content::Number);
    }
    let radix = [("0x", 16), ("0o", 8)];
    for (prefix, radix) in radix {
        if let Some(rest) = text.strip_prefix(prefix)
            && let Ok(number) = i64::from_str_radix(rest, radix)
        {
            return Content::Number(number);
        }
    }
    let is_fraction = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.bytes().any(|b| b.is_ascii_digit())
        && digits
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'))
        && digits.parse::<f64>().is_ok();
    if is_fraction { fraction(text) } else { Content::Text(text.into()) }
}

/// The callers have made sure that it is a number.
fn fraction(text: &str) -> Content {
    Content::Fraction(text.parse().unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        let cases = [
            ("a text", ["yes", "10.0.0.1", "2024-01-01", "1:2", "0x", "-", "+", ".", "inf", "1e"]),
            ("a number", ["0", "5432", "-1", "+7", "007", "0x1F", "0o17", "1", "2", "3"]),
        ];
        for (expected, texts) in cases {
            for text in texts {
                assert_eq!(plain(text).type_name(), expected, "{text}");
            }
        }
        for text in ["1.5", ".5", "1e3", "99999999999999999999"] {
            assert_eq!(plain(text).type_name(), "a fractional or too large number", "{text}");
        }
        assert_eq!(plain("True").type_name(), "a boolean");
        assert_eq!(plain("~").type_name(), "nothing");
    }
}
