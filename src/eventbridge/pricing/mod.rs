//! What a call and the events after it will cost, by every price book that is known.
//!
//! Nothing is invented: the events of a month follow from how fast the database's log was measured
//! to grow, or are not told. Amounts are exact.

mod book;
mod human;
mod money;

pub use book::{CallPrice, CapacityPrice, EventPrice, FreeCalls, IdlePrice, Operations, PriceBook};
pub use human::human;
pub use money::Amount;

use cdc_checks::Engine;
use serde::Serialize;

use crate::request::Operation;

/// The version of the layout of a serialised [`Costs`].
pub const FORMAT_VERSION: u32 = 1;
/// A month is taken for 30 days, in hours.
pub const MONTH_HOURS: u64 = 720;
/// The rows of an event, in bytes, where the database has no statistics.
pub const ASSUMED_ROW_BYTES: u64 = 400;
/// What the log adds to the rows of a change, in bytes.
const LOG_OVERHEAD: u64 = 100;
/// What an event adds to its rows, in bytes: names, operation, times, source.
const EVENT_OVERHEAD: u64 = 400;

const SECONDS: u64 = 3_600;

/// What is known of a source.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Measured {
    /// How fast the server's whole log grows, in bytes an hour; `None` where it was not measured.
    pub log_bytes_per_hour: Option<u64>,
    /// The rows of an average event of the selected tables, in bytes, by the database's own
    /// statistics.
    pub row_bytes: Option<u64>,
}

/// What will be paid, and what that rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Costs {
    /// The layout of this document: [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The operation that is called, once.
    pub operation: Operation,
    /// How many events a month brings; `None` where it was not measured.
    pub events: Option<Events>,
    /// The costs by each book.
    pub books: Vec<BookCosts>,
}

/// An estimate of the events of a month.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Events {
    /// How fast the server's log grows, as measured. Other tables' changes are in it, too.
    pub log_bytes_per_hour: u64,
    /// The rows of an average event, in bytes.
    pub row_bytes: u64,
    /// Whether that is assumed, and not from the database's statistics.
    pub row_bytes_are_assumed: bool,
    /// The hours of the month: [`MONTH_HOURS`].
    pub month_hours: u64,
    /// Events a month, if the whole log were changes of the selected tables.
    pub per_month: u64,
}

/// What one book says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BookCosts {
    /// The book's name.
    pub book: &'static str,
    /// Where its prices come from.
    pub source: &'static str,
    /// Whether the vendor's own price page says so.
    pub verified: bool,
    /// What the call may cost: a row for each tier, and none where calls are not billed.
    pub call: Vec<CallCost>,
    /// Billed by event.
    pub by_event: Option<EventCost>,
    /// Billed by reserved capacity instead.
    pub by_capacity: Option<CapacityCost>,
    /// A stream without input.
    pub idle: Option<IdleCost>,
}

/// What one call costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallCost {
    /// The row of the price table.
    pub tier: &'static str,
    /// ISO 4217; `null` where the table names none.
    pub currency: Option<&'static str>,
    /// The price of one call.
    pub amount: Amount,
    /// Calls a month that cost nothing.
    pub free_per_month: Option<u64>,
}

/// What events cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventCost {
    /// ISO 4217.
    pub currency: &'static str,
    /// The price of `per_events`.
    pub price: Amount,
    /// How many events cost `price`.
    pub per_events: u64,
    /// The bytes after which an event counts once more.
    pub unit_bytes: Option<u64>,
    /// How often the events of a month count; `None` where they were not measured.
    pub units_per_month: Option<u64>,
    /// What that comes to, at most.
    pub amount_per_month: Option<Amount>,
}

/// What reserved capacity costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CapacityCost {
    /// ISO 4217.
    pub currency: &'static str,
    /// The price of a unit for an hour.
    pub price_per_hour: Amount,
    /// The units that the average rate needs: one at least.
    pub units: u64,
    /// What they come to in a month.
    pub amount_per_month: Amount,
    /// From how many billed events a month on capacity is the cheaper one.
    pub cheaper_from_units: Option<u64>,
}

/// What a stream without input costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IdleCost {
    /// ISO 4217.
    pub currency: &'static str,
    /// The price of a day.
    pub amount_per_day: Amount,
}

/// What an operation and a month of the events after it cost, by the books that are shipped. Pure.
pub fn costs(operation: Operation, engine: Option<Engine>, measured: Measured) -> Costs {
    let events = Events::of(measured);
    let of_book = |book: &'static PriceBook| BookCosts {
        book: &book.name,
        source: &book.source,
        verified: book.verified,
        call: calls(book, operation, engine),
        by_event: book.event.as_ref().map(|price| event_cost(price, events)),
        by_capacity: book.capacity_unit.as_ref().map(|price| capacity_cost(price, book, events)),
        idle: book.idle.as_ref().map(|price| IdleCost {
            currency: &price.currency,
            amount_per_day: price.amount_per_day,
        }),
    };
    let books = PriceBook::shipped().iter().map(of_book).collect();
    Costs { format_version: FORMAT_VERSION, operation, events, books }
}

impl Events {
    fn of(measured: Measured) -> Option<Self> {
        let log_bytes_per_hour = measured.log_bytes_per_hour?;
        let row_bytes = measured.row_bytes.unwrap_or(ASSUMED_ROW_BYTES);
        let logged = row_bytes.saturating_add(LOG_OVERHEAD);
        Some(Self {
            log_bytes_per_hour,
            row_bytes,
            row_bytes_are_assumed: measured.row_bytes.is_none(),
            month_hours: MONTH_HOURS,
            per_month: log_bytes_per_hour.saturating_mul(MONTH_HOURS).div_ceil(logged),
        })
    }

    /// The bytes of one event as it is delivered.
    fn event_bytes(self) -> u64 {
        self.row_bytes.saturating_add(EVENT_OVERHEAD)
    }
}

fn calls(book: &'static PriceBook, operation: Operation, engine: Option<Engine>) -> Vec<CallCost> {
    let kind = match operation.source() {
        Some(_) => Operations::Configure,
        None => Operations::Stream,
    };
    let cost = |price: &'static CallPrice| CallCost {
        tier: &price.tier,
        currency: price.currency.as_deref(),
        amount: price.amounts.iter().fold(Amount::default(), |sum, part| sum.plus(*part)),
        free_per_month: price.free_per_month.zip(engine).and_then(|(free, engine)| match engine {
            Engine::MySql => Some(free.mysql),
            Engine::Postgres => Some(free.postgres),
            Engine::RabbitMq => None,
        }),
    };
    book.calls_of(kind).map(cost).collect()
}

fn event_cost(price: &'static EventPrice, events: Option<Events>) -> EventCost {
    let units = events.map(|events| {
        let each = price.unit_bytes.map_or(1, |unit| events.event_bytes().div_ceil(unit.max(1)));
        events.per_month.saturating_mul(each)
    });
    EventCost {
        currency: &price.currency,
        price: price.amount,
        per_events: price.per_events,
        unit_bytes: price.unit_bytes,
        units_per_month: units,
        amount_per_month: units.map(|units| price.amount.for_pieces(units, price.per_events)),
    }
}

fn capacity_cost(
    price: &'static CapacityPrice,
    book: &PriceBook,
    events: Option<Events>,
) -> CapacityCost {
    let needed = |events: Events| {
        let second = MONTH_HOURS * SECONDS;
        let rate = events.per_month.div_ceil(second).div_ceil(price.events_per_second.max(1));
        let bytes = events.log_bytes_per_hour.div_ceil(SECONDS);
        rate.max(bytes.div_ceil(price.bytes_per_second.max(1)))
    };
    let units = events.map_or(1, needed).max(1);
    let amount = price.amount_per_hour.for_pieces(units.saturating_mul(MONTH_HOURS), 1);
    CapacityCost {
        currency: &price.currency,
        price_per_hour: price.amount_per_hour,
        units,
        amount_per_month: amount,
        cheaper_from_units: book
            .event
            .as_ref()
            .filter(|event| event.currency == price.currency)
            .and_then(|event| amount.buys(event.amount, event.per_events)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(log_bytes_per_hour: u64, row_bytes: Option<u64>) -> Measured {
        Measured { log_bytes_per_hour: Some(log_bytes_per_hour), row_bytes }
    }

    fn book<'a>(costs: &'a Costs, name: &str) -> &'a BookCosts {
        costs.books.iter().find(|book| book.book == name).expect("a book")
    }

    #[test]
    fn a_measured_rate_gives_a_month_of_events_in_units_of_64_kib() {
        let operation = Operation::ConfigurePostgreSqlSource;
        let million_of_an_hour = measured(500 * 1_000_000, Some(400));
        let costs = costs(operation, Some(Engine::Postgres), million_of_an_hour);
        assert_eq!(costs.events.map(|events| events.per_month), Some(720_000_000));
        let vendor = book(&costs, "vendor");
        let by_event = vendor.by_event.as_ref().expect("a price");
        assert_eq!(by_event.amount_per_month, Amount::parse("295.2"));
        let by_capacity = vendor.by_capacity.as_ref().expect("a price");
        assert_eq!((by_capacity.units, by_capacity.cheaper_from_units), (1, Some(59_707_317)));
        assert_eq!(Some(by_capacity.amount_per_month), Amount::parse("24.48"));
        assert!(vendor.call.is_empty() && vendor.verified);
        let seed = book(&costs, "seed");
        let call = seed.call.first().expect("a price");
        assert_eq!((call.currency, call.free_per_month), (Some("CNY"), Some(1_000)));
        assert_eq!(Some(call.amount), Amount::parse("0.0002"));
        assert!(!seed.verified);
    }

    #[test]
    fn a_large_event_counts_for_every_64_kib_that_it_begins() {
        let costs = costs(Operation::CreateEventStreaming, None, measured(65_637, Some(65_537)));
        let by_event = book(&costs, "vendor").by_event.as_ref().expect("a price");
        assert_eq!(by_event.units_per_month, Some(2 * 720));
    }

    #[test]
    fn what_was_not_measured_is_not_made_up() {
        let costs = costs(Operation::CreateEventStreaming, None, Measured::default());
        assert_eq!(costs.events, None);
        for book in &costs.books {
            let by_event = book.by_event.as_ref().expect("a price");
            assert_eq!((by_event.units_per_month, by_event.amount_per_month), (None, None));
        }
        let tiers = &book(&costs, "seed").call;
        assert!(tiers.len() == 3 && tiers.iter().all(|tier| tier.currency.is_none()));
    }

    #[test]
    fn an_unknown_size_is_assumed_and_said_so() {
        let costs = costs(Operation::ConfigureMySqlSource, None, measured(500, None));
        let events = costs.events.expect("events");
        assert!(events.row_bytes_are_assumed);
        assert_eq!(events.per_month, 720);
    }

    #[test]
    fn rates_beyond_a_unit_take_more_units_and_none_overflows() {
        let fast =
            costs(Operation::ConfigureMySqlSource, None, measured(3_600 * 120_000_000, None));
        let units = book(&fast, "vendor").by_capacity.as_ref().expect("a price").units;
        assert_eq!(units, 48, "240,000 events a second");
        let most = costs(Operation::ConfigureMySqlSource, None, measured(u64::MAX, Some(0)));
        assert_eq!(most.events.map(|events| events.per_month), Some(u64::MAX.div_ceil(100)));
    }
}
