//! `COLUMN_TYPE` in its parts.

use std::iter::Peekable;
use std::str::Chars;

/// A `COLUMN_TYPE`, for example `int`, `11` and `unsigned`.
pub(super) struct ColumnType {
    /// The type's name in lower case.
    pub(super) name: String,
    /// The numbers in parentheses, such as a length, or a precision and a scale.
    numbers: Vec<u32>,
    /// The labels of an ENUM or a SET, as they are stored.
    pub(super) labels: Vec<String>,
    /// What follows the parentheses, in lower case.
    attributes: String,
}

impl ColumnType {
    /// Reads what `information_schema` shows. A label may hold anything, parentheses included.
    pub(super) fn parse(text: &str) -> Self {
        let name_end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        let (name, rest) = text.split_at(name_end);
        let mut parsed = Self {
            name: name.to_lowercase(),
            numbers: Vec::new(),
            labels: Vec::new(),
            attributes: String::new(),
        };
        let mut chars = rest.chars().peekable();
        if chars.next_if_eq(&'(').is_some() {
            parsed.arguments(&mut chars);
        }
        parsed.attributes = chars.collect::<String>().to_lowercase();
        parsed
    }

    /// What stands in parentheses, behind the opening one.
    fn arguments(&mut self, chars: &mut Peekable<Chars<'_>>) {
        let mut number = String::new();
        while let Some(c) = chars.next() {
            match c {
                '\'' => self.labels.push(label(chars)),
                ',' | ')' => self.numbers.extend(std::mem::take(&mut number).trim().parse::<u32>()),
                c => number.push(c),
            }
            if c == ')' {
                break;
            }
        }
    }

    /// The first number: a length, a precision, the digits of a second.
    pub(super) fn length(&self) -> Option<u32> {
        self.numbers.first().copied()
    }

    /// The second number: the scale of a decimal.
    pub(super) fn scale(&self) -> Option<u32> {
        self.numbers.get(1).copied()
    }

    pub(super) fn is_unsigned(&self) -> bool {
        self.attributes.contains("unsigned")
    }
}

/// The label behind an opening quote. The servers double quotes, and write a backslash before
/// backslashes, line ends and NUL.
fn label(chars: &mut Peekable<Chars<'_>>) -> String {
    let mut label = String::new();
    while let Some(c) = chars.next() {
        match c {
            '\'' if chars.next_if_eq(&'\'').is_none() => break,
            '\\' => match chars.next() {
                Some('n') => label.push('\n'),
                Some('r') => label.push('\r'),
                Some('0') => label.push('\0'),
                Some(other) => label.push(other),
                None => {}
            },
            c => label.push(c),
        }
    }
    label
}

/// A text as `SHOW CREATE TABLE` writes it between quotes. The engine reads that without undoing
/// all of it.
pub(super) fn escaped(text: &str, quote: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\0' => escaped.push_str("\\0"),
            '\'' => escaped.push_str(quote),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::ColumnType;

    #[test]
    fn labels_may_hold_anything() {
        let cases: [(&str, &[&str]); 6] = [
            ("enum('a','b')", &["a", "b"]),
            (r#"enum('b,c','d''e','f\\g','h)i(','j"k')"#, &["b,c", "d'e", "f\\g", "h)i(", "j\"k"]),
            (r"set('naïve\n','中')", &["naïve\n", "中"]),
            ("enum('')", &[""]),
            ("enum('unsigned) unsigned')", &["unsigned) unsigned"]),
            ("enum('open", &["open"]),
        ];
        for (text, labels) in cases {
            let parsed = ColumnType::parse(text);
            assert_eq!(parsed.labels, labels, "{text}");
            assert!(!parsed.is_unsigned(), "{text}");
        }
    }

    #[test]
    fn numbers_and_attributes_are_told_apart() {
        let parsed = ColumnType::parse("Decimal(10, 2) UNSIGNED zerofill");
        assert_eq!((parsed.length(), parsed.scale()), (Some(10), Some(2)));
        assert!(parsed.name == "decimal" && parsed.is_unsigned());
        let parsed = ColumnType::parse("int");
        assert_eq!((parsed.length(), parsed.scale()), (None, None));
        assert_eq!(ColumnType::parse("varchar(99999999999)").length(), None);
        assert_eq!(ColumnType::parse("").name, "");
    }
}
