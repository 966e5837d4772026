//! How pages say things.

use cdc_checks::Text;
use jiff::{SignedDuration, Timestamp};

use crate::report::escape_terminal;

/// Text from outside: what is hidden in it is shown. The templates escape it for HTML.
pub(super) fn shown(text: &str) -> String {
    escape_terminal(&Text::new(text))
}

/// Several lines from outside, each as in [`shown`].
pub(super) fn shown_lines(text: &str) -> String {
    text.lines().map(shown).collect::<Vec<_>>().join("\n")
}

/// A moment, for people and for programs.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct When(pub(super) Timestamp);

impl When {
    /// As the attribute of a `time` element.
    pub(super) fn exact(&self) -> String {
        format!("{:.0}", self.0)
    }

    /// As people read it.
    pub(super) fn told(&self) -> String {
        self.0.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
    }
}

/// How long it took.
pub(super) fn took(from: Timestamp, to: Timestamp) -> String {
    let milliseconds = to.duration_since(from).as_millis().max(0);
    match milliseconds {
        0..1000 => format!("{milliseconds} ms"),
        1000..120_000 => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
        _ => format!("{} min", milliseconds / 60_000),
    }
}

/// `every 6 hours`, in the largest unit that fits; see [`unit`].
pub(super) fn every(seconds: u32) -> String {
    let (number, unit) = unit(seconds);
    let name = UNITS.iter().find(|(size, _)| *size == unit).map_or("seconds", |(_, name)| name);
    match number {
        1 => format!("every {}", name.trim_end_matches('s')),
        number => format!("every {number} {name}"),
    }
}

/// Units of time, in seconds, the largest first.
pub(super) const UNITS: [(u32, &str); 4] =
    [(24 * 3600, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds")];

/// So many of the largest unit that gives a whole number.
pub(super) fn unit(seconds: u32) -> (u32, u32) {
    let fits = |(size, _): &&(u32, &str)| seconds > 0 && seconds.is_multiple_of(*size);
    let size = UNITS.iter().find(fits).map_or(1, |(size, _)| *size);
    (seconds / size, size)
}

/// Whether so much time has gone since then.
pub(super) fn is_over(since: Timestamp, lasts: SignedDuration, now: Timestamp) -> bool {
    now.duration_since(since) > lasts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn times_are_told_to_people() {
        let when = When(at("2026-11-29T22:24:03.417Z"));
        assert_eq!(when.exact(), "2026-11-29T22:24:03Z");
        assert_eq!(when.told(), "2026-11-29 22:24:03 UTC");
        for (to, told) in
            [("22:24:03.5", "500 ms"), ("22:24:14.56", "11.5 s"), ("22:34:03", "10 min")]
        {
            let to = at(&format!("2026-11-29T{to}Z"));
            assert_eq!(took(at("2026-11-29T22:24:03Z"), to), told);
        }
    }

    #[test]
    fn intervals_are_told_in_the_largest_unit() {
        for (seconds, told) in [
            (10, "every 10 seconds"),
            (60, "every minute"),
            (5400, "every 90 minutes"),
            (21600, "every 6 hours"),
            (86400, "every day"),
        ] {
            assert_eq!(every(seconds), told);
        }
    }

    #[test]
    fn what_is_hidden_is_shown() {
        assert_eq!(shown("a\u{202e}b\nc"), "a\\u{202e}b\\nc");
        assert_eq!(shown_lines("a\u{202e}\n  b"), "a\\u{202e}\n  b");
    }
}
