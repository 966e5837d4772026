//! One check: a constant with two functions and a page of Markdown.

use serde::{Deserialize, Serialize};

use crate::{Finding, Intent, Missing, Remedy, Verdict};

/// What a check's outcome means for the gate.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Told, never acted upon.
    Informational,
    /// Weakens what CDC delivers; at most a warning.
    Recommended,
    /// A failure, an undetermined or a blocked outcome closes the gate.
    Required,
}

impl Level {
    /// The word used in every output format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Recommended => "recommended",
            Self::Required => "required",
        }
    }
}

/// A check on the facts `F`: [`crate::Facts`] as a whole, or one engine's.
///
/// `judge` is pure and total. It reads facts with `?`: a missing fact makes the outcome
/// undetermined, so that no check can forget the third value.
#[derive(Clone, Copy, Debug)]
pub struct Check<F> {
    /// `area/kebab-noun`: names the thing that must hold. Permanent.
    pub id: &'static str,
    /// The good state in a few words, for example "binary log records rows".
    pub title: &'static str,
    /// What its outcome means for the gate.
    pub level: Level,
    /// Words to select checks by, for example `privileges`.
    pub tags: &'static [&'static str],
    /// The check's page: `## Why`, `## Fix`, `## Cases`, `## Break it`.
    pub doc: &'static str,
    /// Judges the facts for what is wanted.
    pub judge: fn(&F, &Intent) -> Result<Verdict, Missing>,
    /// What to do about a finding that is a warning or a failure.
    pub remedy: fn(&Finding, &F, &Intent) -> Remedy,
}

/// What every check has in common, whatever facts it reads.
#[derive(Clone, Copy, Debug)]
pub struct CheckInfo {
    /// See [`Check::id`].
    pub id: &'static str,
    /// See [`Check::title`].
    pub title: &'static str,
    /// See [`Check::level`].
    pub level: Level,
    /// See [`Check::tags`].
    pub tags: &'static [&'static str],
    /// See [`Check::doc`].
    pub doc: &'static str,
}

impl CheckInfo {
    /// The part of the id before the slash, for example `mysql`.
    pub fn area(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(area, _)| area)
    }
}

impl<F> Check<F> {
    /// The part that does not depend on the facts.
    pub const fn info(&self) -> CheckInfo {
        CheckInfo {
            id: self.id,
            title: self.title,
            level: self.level,
            tags: self.tags,
            doc: self.doc,
        }
    }
}

/// Declares the checks of an area: one line per check gives the module and the list entry, and
/// `name in zh` also the page's translation, `name.zh.md`.
macro_rules! catalogue {
    ($facts:ty: $($name:ident $(in $($language:ident)+)?),+ $(,)?) => {
        $(mod $name;)+

        /// The checks of this area, in the order in which they are reported.
        pub(crate) const CHECKS: &[$crate::Check<$facts>] = &[$($name::CHECK),+];

        /// Their pages in other languages.
        pub(crate) const TRANSLATIONS: &[$crate::Translation] = &[$($($(
            $crate::Translation {
                id: $name::CHECK.id,
                language: stringify!($language),
                text: include_str!(concat!(
                    stringify!($name), ".", stringify!($language), ".md",
                )),
            },
        )+)?)+];
    };
}
pub(crate) use catalogue;
