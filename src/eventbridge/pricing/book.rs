//! Price books: what is known of prices, as data, each with where it comes from.

use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, de};

use super::money::Amount;

/// The books that come with the program.
const SHIPPED: [&str; 2] = [include_str!("vendor.toml"), include_str!("seed.toml")];

static BOOKS: LazyLock<Vec<PriceBook>> = LazyLock::new(|| {
    let read = |text| PriceBook::parse(text).expect("a test reads the books that are shipped");
    SHIPPED.into_iter().map(read).collect()
});

/// What one source says of prices.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct PriceBook {
    /// What it is called.
    pub name: String,
    /// Where the prices come from.
    pub source: String,
    /// Whether the vendor's own price page says so.
    pub verified: bool,
    /// Prices of calls of the interface; none where they are not billed.
    #[serde(default, rename = "call")]
    pub calls: Vec<CallPrice>,
    /// The price of an event that a stream delivers.
    pub event: Option<EventPrice>,
    /// The price of capacity that is reserved instead.
    pub capacity_unit: Option<CapacityPrice>,
    /// The price of a stream that has no input.
    pub idle: Option<IdlePrice>,
}

/// The price of one call.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct CallPrice {
    /// Which operations it is of.
    pub operations: Operations,
    /// The row of the price table.
    pub tier: String,
    /// ISO 4217; `None` where the table names none.
    pub currency: Option<String>,
    /// What it is made of, for example for input and output.
    #[serde(deserialize_with = "amounts")]
    pub amounts: Vec<Amount>,
    /// Calls that cost nothing, by the database of the source.
    pub free_per_month: Option<FreeCalls>,
}

/// Which operations a price is of.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Operations {
    /// Those that configure a database as a source.
    Configure,
    /// Those on streams.
    Stream,
}

/// Calls a month that cost nothing.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct FreeCalls {
    /// For MySQL.
    pub mysql: u64,
    /// For PostgreSQL.
    pub postgres: u64,
}

/// The price of events.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct EventPrice {
    /// ISO 4217.
    pub currency: String,
    /// The price of `per_events`.
    #[serde(deserialize_with = "amount")]
    pub amount: Amount,
    /// How many events cost `amount`; at least 1.
    pub per_events: u64,
    /// An event counts once for so many bytes that it begins; `None`: once.
    pub unit_bytes: Option<u64>,
}

/// The price of reserved capacity.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct CapacityPrice {
    /// ISO 4217.
    pub currency: String,
    /// The price of a unit for an hour.
    #[serde(deserialize_with = "amount")]
    pub amount_per_hour: Amount,
    /// Events that a unit takes in a second.
    pub events_per_second: u64,
    /// Bytes that a unit takes in a second.
    pub bytes_per_second: u64,
}

/// The price of a stream that has no input.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct IdlePrice {
    /// ISO 4217.
    pub currency: String,
    /// The price of a day.
    #[serde(deserialize_with = "amount")]
    pub amount_per_day: Amount,
}

impl PriceBook {
    /// Reads a book of TOML. Amounts are texts, so that no digit is lost.
    ///
    /// # Errors
    /// What is wrong with it, with its place.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// The books that come with the program: the vendor's, then the seed's.
    pub fn shipped() -> &'static [Self] {
        &BOOKS
    }

    /// The prices of one kind of call.
    pub(super) fn calls_of(&self, operations: Operations) -> impl Iterator<Item = &CallPrice> {
        self.calls.iter().filter(move |price| price.operations == operations)
    }
}

fn amount<'de, D: Deserializer<'de>>(from: D) -> Result<Amount, D::Error> {
    decimal(&String::deserialize(from)?)
}

fn amounts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Amount>, D::Error> {
    Vec::<String>::deserialize(from)?.iter().map(|text| decimal(text)).collect()
}

fn decimal<E: de::Error>(text: &str) -> Result<Amount, E> {
    let wrong = || E::custom(format!("{text:?} is no decimal of at most nine digits"));
    Amount::parse(text).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_books_are_readable_and_only_the_vendors_is_verified() {
        let known: Vec<_> =
            PriceBook::shipped().iter().map(|book| (&*book.name, book.verified)).collect();
        assert_eq!(known, [("vendor", true), ("seed", false)]);
    }

    #[test]
    fn a_number_that_is_no_text_and_a_word_too_many_are_refused() {
        let event = "name = 'x'\nsource = 'y'\nverified = false\n[event]\ncurrency = 'USD'\n";
        for (rest, said) in [
            ("amount = 0.41\nper_events = 1\n", "invalid type: floating point"),
            ("amount = '0,41'\nper_events = 1\n", "is no decimal"),
            ("amount = '1'\nper_events = 1\nper = 2\n", "unknown field `per`"),
        ] {
            let error = PriceBook::parse(&format!("{event}{rest}")).expect_err("a refusal");
            assert!(error.contains(said), "{error}");
        }
    }
}
