//! Which checks are run: by id, by pattern, by area or by tag.

use std::fmt;
use std::str::FromStr;

use cdc_checks::{CheckInfo, catalogue};
use thiserror::Error;

use super::Glob;

/// Selects checks: an id (`postgres/wal-level`), a pattern of ids (`mysql/*`), an area (`mysql`) or
/// a tag (`privileges`). It selects at least one check of the catalogue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Selector(Glob);

/// There is no check that a selector could mean.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("no check has the id, area or tag {text:?}{}", hint(.near.as_deref()))]
pub struct UnknownCheck {
    /// What was written.
    pub text: String,
    /// What may have been meant.
    pub near: Option<String>,
}

impl UnknownCheck {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), near: nearest(text) }
    }
}

fn hint(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean {near}?"))
}

impl FromStr for Selector {
    type Err = UnknownCheck;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let selector = Self(Glob::new(text.trim()));
        match catalogue::all().any(|check| selector.selects(&check)) {
            true => Ok(selector),
            false => Err(UnknownCheck::new(text.trim())),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Selector {
    /// Whether a check is meant.
    pub fn selects(&self, check: &CheckInfo) -> bool {
        let word = self.0.as_str();
        self.0.matches(check.id) || word == check.area() || check.tags.contains(&word)
    }
}

/// Which checks are run: those selected, or all where nothing is; without those skipped.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CheckSelection {
    /// What is selected; everything where this is empty.
    pub select: Vec<Selector>,
    /// What is skipped, be it selected or not.
    pub skip: Vec<Selector>,
}

impl CheckSelection {
    /// What leaves a check out, as a person wrote it; `None` where it is run.
    pub fn leaves_out(&self, check: &CheckInfo) -> Option<String> {
        if let Some(skip) = self.skip.iter().find(|selector| selector.selects(check)) {
            return Some(format!("--skip {skip}"));
        }
        let selected = self.select.iter().any(|selector| selector.selects(check));
        if selected || self.select.is_empty() {
            return None;
        }
        let words: Vec<String> = self.select.iter().map(ToString::to_string).collect();
        Some(format!("--select {}", words.join(",")))
    }
}

/// The id, area or tag that comes nearest to a text, where one is near.
pub(super) fn nearest(text: &str) -> Option<String> {
    let words = catalogue::all()
        .flat_map(|check| [check.id, check.area()].into_iter().chain(check.tags.iter().copied()));
    let scored = words.map(|word| (strsim::jaro_winkler(word, text), word));
    let best = scored.max_by(|one, other| one.0.total_cmp(&other.0));
    best.filter(|(score, _)| *score > 0.8).map(|(_, word)| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(text: &str) -> Selector {
        text.parse().expect("a selector")
    }

    fn check(id: &str) -> CheckInfo {
        catalogue::find(id).expect("a check")
    }

    #[test]
    fn ids_patterns_areas_and_tags_select() {
        for (text, id, selected) in [
            ("postgres/wal-level", "postgres/wal-level", true),
            ("postgres/wal-level", "postgres/slots-free", false),
            ("mysql/*", "mysql/binlog-format", true),
            ("mysql/*", "postgres/wal-level", false),
            ("mysql", "mysql/binlog-format", true),
            ("privileges", "postgres/table-select", true),
            ("privileges", "postgres/wal-level", false),
            ("*", "connection/auth", true),
        ] {
            assert_eq!(selector(text).selects(&check(id)), selected, "{text} {id}");
        }
    }

    #[test]
    fn what_selects_nothing_is_an_error_that_names_what_is_near() {
        let error = |text: &str| text.parse::<Selector>().expect_err("nothing").to_string();
        assert!(error("postgres/wal-levle").ends_with("did you mean postgres/wal-level?"));
        assert!(error("privilege").ends_with("did you mean privileges?"));
        assert_eq!(error("qqq*"), "no check has the id, area or tag \"qqq*\"");
        assert!(error("").starts_with("no check"));
    }

    #[test]
    fn skipping_wins_over_selecting() {
        let selection = CheckSelection {
            select: vec![selector("mysql")],
            skip: vec![selector("mysql/gtid-*")],
        };
        let left_out = |id| selection.leaves_out(&check(id));
        assert_eq!(left_out("mysql/binlog-format"), None);
        assert_eq!(left_out("mysql/gtid-mode").as_deref(), Some("--skip mysql/gtid-*"));
        assert_eq!(left_out("postgres/wal-level").as_deref(), Some("--select mysql"));
        assert_eq!(CheckSelection::default().leaves_out(&check("mysql/gtid-mode")), None);
    }
}
