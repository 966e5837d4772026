//! Waivers: who accepts what, why, and until when.

use cdc_checks::{CheckInfo, Level, Subject, Text};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Glob;

/// Somebody's word that a finding is accepted until a day.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Waiver {
    /// The checks: an id, or a pattern of ids. A required check is waived by its id only.
    pub check: Glob,
    /// The subjects, by name, for example `public.orders`; the server as a whole is `server`.
    pub subject: Glob,
    /// The sources, as `database@host:port`.
    pub target: Glob,
    /// Why it is accepted.
    pub reason: Text,
    /// Who answers for it.
    pub owner: Text,
    /// The last day (UTC) on which it holds.
    pub expires: Date,
    /// Where it was written, for example `waivers.toml:3`.
    pub place: Text,
}

/// How far a waiver is from its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expiry {
    /// It holds for longer than anybody needs to be warned of.
    Far,
    /// It holds, but not for long.
    Soon {
        /// How many days are left; 0 on its last day.
        days_left: i32,
    },
    /// It no longer applies.
    Past,
}

impl Waiver {
    /// When it no longer applies: at the end of its last day, UTC.
    pub fn ends_at(&self) -> Timestamp {
        let next = self.expires.tomorrow().unwrap_or(Date::MAX);
        next.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |end| end.timestamp())
    }

    /// How far it is from its end, of which one is warned so many days ahead.
    pub fn expiry(&self, now: Timestamp, warn_days: u16) -> Expiry {
        if now >= self.ends_at() {
            return Expiry::Past;
        }
        let today = now.to_zoned(TimeZone::UTC).date();
        let days_left = (self.expires - today).get_days();
        if days_left <= i32::from(warn_days) { Expiry::Soon { days_left } } else { Expiry::Far }
    }

    /// Whether it may speak of a check that has this level: of a required one only by its name.
    pub fn names(&self, check: &CheckInfo, level: Level) -> bool {
        self.check.matches(check.id) && (level != Level::Required || !self.check.is_pattern())
    }

    /// Whether it is about this subject.
    pub fn is_about(&self, subject: &Subject) -> bool {
        self.subject.matches(subject.name().untrusted())
    }
}

#[cfg(test)]
mod tests {
    use cdc_checks::catalogue;

    use super::*;

    fn waiver(check: &str, expires: &str) -> Waiver {
        Waiver {
            check: Glob::new(check),
            subject: Glob::new("public.*"),
            target: Glob::any(),
            reason: "append-only".into(),
            owner: "dba-team".into(),
            expires: expires.parse().expect("a date"),
            place: "waivers.toml:1".into(),
        }
    }

    #[test]
    fn the_last_day_is_inclusive_and_the_end_is_warned_of() {
        let waiver = waiver("a/b", "2026-12-31");
        for (now, expiry) in [
            ("2026-12-01T00:00:00Z", Expiry::Far),
            ("2026-12-16T23:59:59Z", Expiry::Far),
            ("2026-12-17T00:00:00Z", Expiry::Soon { days_left: 14 }),
            ("2026-12-31T23:59:59Z", Expiry::Soon { days_left: 0 }),
            ("2027-01-01T00:00:00Z", Expiry::Past),
            ("2030-01-01T00:00:00Z", Expiry::Past),
        ] {
            let now = now.parse().expect("a time");
            assert_eq!(waiver.expiry(now, 14), expiry, "{now}");
        }
        assert_eq!(waiver.ends_at().to_string(), "2027-01-01T00:00:00Z");
    }

    #[test]
    fn the_end_of_the_calendar_is_an_end_as_well() {
        assert!(waiver("a/b", "9999-12-31").ends_at() > Timestamp::UNIX_EPOCH);
    }

    #[test]
    fn a_required_check_is_waived_by_its_name_only() {
        let check = catalogue::find("postgres/wal-level").expect("a check");
        for (pattern, level, names) in [
            ("postgres/wal-level", Level::Required, true),
            ("postgres/*", Level::Required, false),
            ("postgres/wal-leve?", Level::Required, false),
            ("postgres/*", Level::Recommended, true),
            ("postgres/slots-free", Level::Recommended, false),
        ] {
            assert_eq!(waiver(pattern, "2027-01-01").names(&check, level), names, "{pattern}");
        }
    }

    #[test]
    fn subjects_are_named_or_fit_a_pattern() {
        let waiver = waiver("a/b", "2027-01-01");
        assert!(waiver.is_about(&Subject::Table("public.orders".into())));
        assert!(!waiver.is_about(&Subject::Table("audit.orders".into())));
        assert!(!waiver.is_about(&Subject::Server));
    }
}
