//! The checks as rules: what holds, why, and what to do about it, from the catalogue's own pages.

use std::collections::{BTreeMap, BTreeSet};

use cdc_checks::{CheckInfo, CheckResult, Level};

use super::super::{TargetReport, words};
use super::model::{Configuration, Descriptor, Help, Message, Override, Rule, RuleProperties};
use crate::gate::Rulings;

/// Longest description, in characters, and tags of a rule that GitHub takes.
const DESCRIPTION_LIMIT: usize = 1_024;
const MOST_TAGS: usize = 20;

/// A rule for each check that was made, in the order of the results.
pub(super) fn of(results: &[CheckResult], rulings: &Rulings) -> Vec<Rule<'static>> {
    let declared = |check: &CheckInfo| rulings.declared_level(check.id).unwrap_or(check.level);
    let mut seen = BTreeSet::new();
    let first = results.iter().map(|result| &result.check).filter(|check| seen.insert(check.id));
    first.map(|check| rule(check, declared(check))).collect()
}

/// The place of each check among the rules of [`of`].
pub(super) fn places(results: &[CheckResult]) -> BTreeMap<&'static str, usize> {
    let mut places = BTreeMap::new();
    for result in results {
        let next = places.len();
        places.entry(result.check.id).or_insert(next);
    }
    places
}

/// The levels that the user gave to checks.
pub(super) fn overrides(target: &TargetReport) -> Vec<Override> {
    let results = target.report.results.iter().map(|result| &result.check);
    let changed = results.filter(|check| target.rulings.declared_level(check.id).is_some());
    changed
        .map(|check| Override {
            descriptor: Descriptor { id: check.id },
            configuration: Configuration { level: default_level(check.level) },
        })
        .collect()
}

fn rule(check: &CheckInfo, level: Level) -> Rule<'static> {
    let lead = Some(words::lead(check.doc)).filter(|lead| !lead.is_empty());
    let markdown = help(check);
    Rule {
        id: check.id,
        short_description: description(check.title),
        full_description: description(lead.unwrap_or(check.title)),
        help: Help { text: markdown.clone(), markdown },
        default_configuration: Configuration { level: default_level(level) },
        properties: RuleProperties { tags: tags(check) },
    }
}

/// The area and the tags, each once: the standard takes a tag once.
fn tags(check: &CheckInfo) -> Vec<&'static str> {
    let mut tags = vec![check.area()];
    for tag in check.tags {
        if !tags.contains(tag) {
            tags.push(tag);
        }
    }
    tags.truncate(MOST_TAGS);
    tags
}

fn description(text: &str) -> Message {
    Message::new(text.chars().take(DESCRIPTION_LIMIT).collect::<String>())
}

/// The page without the parts that are tests.
fn help(check: &CheckInfo) -> String {
    let parts = ["## Why", "## Fix"].into_iter().filter_map(|heading| {
        words::section(check.doc, heading).map(|section| format!("{heading}\n\n{section}"))
    });
    let lead = Some(words::lead(check.doc).to_owned()).filter(|lead| !lead.is_empty());
    let parts: Vec<String> = lead.into_iter().chain(parts).collect();
    if parts.is_empty() { check.title.to_owned() } else { parts.join("\n\n") }
}

/// The level of a rule, and of a result that only a waiver keeps from failing.
pub(super) fn default_level(level: Level) -> &'static str {
    match level {
        Level::Required => "error",
        Level::Recommended => "warning",
        Level::Informational => "note",
    }
}
