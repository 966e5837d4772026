//! The order in which people are told: by outcome, by area, and consequences under their causes.

use std::collections::BTreeMap;

use cdc_checks::{CheckResult, Outcome};

/// Checks that were not reached, by the id of the check that says why.
pub(super) type Blocked<'a> = BTreeMap<&'a str, Vec<&'a CheckResult>>;

/// What was not reached, each check under the end of its chain of causes.
pub(super) fn by_root(results: &[CheckResult]) -> Blocked<'_> {
    let mut roots = Blocked::new();
    for result in with(results, Outcome::Blocked) {
        roots.entry(root_of(results, result)).or_default().push(result);
    }
    roots
}

/// The end of the chain of causes. A chain cannot be longer than there are checks.
fn root_of<'a>(results: &'a [CheckResult], blocked: &'a CheckResult) -> &'a str {
    let mut root = blocked.check.id;
    let mut next = Some(blocked);
    for _ in results {
        let Some(because) = next.and_then(|result| result.roots().next()) else { break };
        root = because;
        next = results
            .iter()
            .find(|result| result.check.id == root && result.outcome == Outcome::Blocked);
    }
    root
}

/// The checks with this outcome.
pub(super) fn with(results: &[CheckResult], outcome: Outcome) -> Vec<&CheckResult> {
    results.iter().filter(|result| result.outcome == outcome).collect()
}

/// The areas in the order of the catalogue.
pub(super) fn by_area(results: &[CheckResult], outcome: Outcome) -> Vec<(&str, Vec<&CheckResult>)> {
    let mut areas: Vec<(&str, Vec<&CheckResult>)> = Vec::new();
    for result in with(results, outcome) {
        let area = result.check.area();
        match areas.iter_mut().find(|(name, _)| *name == area) {
            Some((_, found)) => found.push(result),
            None => areas.push((area, vec![result])),
        }
    }
    areas
}
