//! Amounts of money, exact: whole billionths of a currency's unit.

use std::fmt;

use serde::{Serialize, Serializer};

/// Billionths in a unit.
const UNIT: u128 = 1_000_000_000;
/// Digits behind the point that a billionth has.
const DIGITS: usize = 9;

/// An amount that is not negative, in billionths of a currency's unit.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Amount(u128);

impl Amount {
    /// Reads a decimal such as `0.0005`; `None` of one with more than nine digits behind the point,
    /// a sign, an exponent or anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        if !is_number(whole) || !is_number(fraction) || fraction.len() > DIGITS {
            return None;
        }
        let billionths: u128 = format!("{fraction:0<DIGITS$}").parse().ok()?;
        whole.parse::<u128>().ok()?.checked_mul(UNIT)?.checked_add(billionths).map(Self)
    }

    /// So many times the amount, which is the price of `per` pieces. What is less than a billionth
    /// counts as one.
    #[must_use]
    pub fn for_pieces(self, pieces: u64, per: u64) -> Self {
        Self(self.0.saturating_mul(pieces.into()).div_ceil(u128::from(per.max(1))))
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// How many pieces of which `per` cost `price` this pays for.
    pub(super) fn buys(self, price: Self, per: u64) -> Option<u64> {
        let pieces = self.0.saturating_mul(per.into()).checked_div(price.0)?;
        u64::try_from(pieces).ok()
    }

    /// For people: in hundredths, rounded up, with separators, from one hundredth on; else exact.
    pub(super) fn rounded(self) -> String {
        let hundredths = self.0.div_ceil(UNIT / 100);
        if self.0 < UNIT / 100 {
            return self.to_string();
        }
        format!("{}.{:02}", grouped(hundredths / 100), hundredths % 100)
    }
}

impl fmt::Display for Amount {
    /// Exact, and no longer than needed: `0.0002`, `24.48`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:0DIGITS$}", self.0 % UNIT);
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{}", self.0 / UNIT),
            fraction => write!(f, "{}.{fraction}", self.0 / UNIT),
        }
    }
}

impl Serialize for Amount {
    /// As text: a number of JSON may lose digits on its way.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// `1234567` as `1,234,567`.
pub(super) fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).expect(text)
    }

    #[test]
    fn decimals_are_kept_to_the_last_digit() {
        for text in ["0", "24.48", "0.0002", "0.000000001", "340282366920938463463374607431"] {
            let parsed = Amount::parse(text).map(|it| it.to_string());
            assert!(parsed.is_none_or(|it| it == text), "{text}");
        }
        assert_eq!(amount("1.50").to_string(), "1.5");
        for wrong in ["", ".5", "5.", "-1", "1e3", "0.0000000001", "1,5", " 1", "1.2.3"] {
            assert_eq!(Amount::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sums_are_exact_where_binary_fractions_are_not() {
        let tenth = amount("0.1");
        assert_eq!((0..10).fold(Amount::default(), |sum, _| sum.plus(tenth)), amount("1"));
        let million = amount("0.41");
        assert_eq!(million.for_pieces(1, 1_000_000).to_string(), "0.00000041");
        assert_eq!(million.for_pieces(59_707_317, 1_000_000).to_string(), "24.47999997");
        assert_eq!(million.for_pieces(u64::MAX, 1_000_000).to_string(), "7563165070220.91616215");
        assert_eq!(amount("24.48").buys(million, 1_000_000), Some(59_707_317));
    }

    #[test]
    fn people_read_hundredths_and_what_is_smaller_in_full() {
        for (exact, shown) in [
            ("1234567.891", "1,234,567.90"),
            ("24.48", "24.48"),
            ("0.0002", "0.0002"),
            ("0.14", "0.14"),
            ("0.041", "0.05"),
            ("3", "3.00"),
            ("0", "0"),
        ] {
            assert_eq!(amount(exact).rounded(), shown);
        }
    }
}
