//! Costs for people.

use super::money::grouped;
use super::{BookCosts, CapacityCost, Costs, EventCost, Events};

/// A few lines: the call, the events of a month, and what they come to by each book.
pub fn human(costs: &Costs) -> String {
    let mut out = String::from("\nCosts, estimated\n");
    let mut line = |name: &str, words: String| out.push_str(&format!("  {name:<12}{words}\n"));
    for book in &costs.books {
        line("the call", call(book) + &label(book));
    }
    match &costs.events {
        Some(events) => month(events).into_iter().for_each(|(name, words)| line(name, words)),
        None => line("events", "not measured: how fast the log grows is not known".into()),
    }
    for book in &costs.books {
        if let Some(cost) = &book.by_event {
            line("by event", by_event(cost) + &label(book));
        }
    }
    for book in &costs.books {
        if let Some(cost) = &book.by_capacity {
            line("by capacity", by_capacity(cost) + &label(book));
        }
        if let Some(idle) = &book.idle {
            let words = format!("{} {} a day", idle.currency, idle.amount_per_day.rounded());
            line("idle", format!("{words} without input, after a month{}", label(book)));
        }
    }
    line("", "Retries of a delivery count again; transfer between regions is extra.".into());
    out
}

fn label(book: &BookCosts) -> String {
    let unverified = if book.verified { "" } else { ", unverified" };
    format!(" [{}{unverified}]", book.book)
}

fn call(book: &BookCosts) -> String {
    let Some(cheapest) = book.call.iter().min_by_key(|row| row.amount) else {
        return "not billed".into();
    };
    let dearest = book.call.iter().map(|row| row.amount).max().unwrap_or_default();
    let amount = match dearest == cheapest.amount {
        true => cheapest.amount.to_string(),
        false => format!("{} to {dearest}", cheapest.amount),
    };
    let amount = match cheapest.currency {
        Some(currency) => format!("{currency} {amount}"),
        None => format!("{amount} of a currency that is not named"),
    };
    match cheapest.free_per_month {
        Some(free) => format!("{amount}; {} a month are free", grouped(free.into())),
        None => amount,
    }
}

fn month(events: &Events) -> [(&'static str, String); 2] {
    let basis = match events.row_bytes_are_assumed {
        true => "assumed",
        false => "by the database's statistics",
    };
    let rate = format!(
        "the whole log grows by {} bytes an hour; the rows of an event have {} bytes, {basis}",
        grouped(events.log_bytes_per_hour.into()),
        grouped(events.row_bytes.into()),
    );
    let (number, hours) = (grouped(events.per_month.into()), events.month_hours);
    let most = format!("up to about {number} in a month of {hours} hours");
    [("events", most), ("", rate)]
}

fn by_event(cost: &EventCost) -> String {
    let per = match cost.per_events {
        1 => "an event".to_owned(),
        many => format!("{} events", grouped(many.into())),
    };
    let unit = cost.unit_bytes.map(|bytes| format!(" of {} KiB", bytes / 1024));
    let price = format!("{} {} for {per}{}", cost.currency, cost.price, unit.unwrap_or_default());
    match cost.amount_per_month {
        Some(amount) => {
            format!("up to about {} {} a month, at {price}", cost.currency, amount.rounded())
        }
        None => price,
    }
}

fn by_capacity(cost: &CapacityCost) -> String {
    let currency = cost.currency;
    let amount = cost.amount_per_month.rounded();
    let (units, price) = (grouped(cost.units.into()), cost.price_per_hour);
    let words = format!("{currency} {amount} a month for {units} CU at {currency} {price} an hour");
    match cost.cheaper_from_units {
        Some(events) => format!("{words}; cheaper from {} events on", grouped(events.into())),
        None => words,
    }
}
