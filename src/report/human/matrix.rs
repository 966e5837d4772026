//! Many targets at a glance: a line for each, in the order of the run.

use cdc_checks::Outcome;

use super::super::page::{Page, Tone};
use super::super::{TargetReport, tally};

/// Columns for the targets' addresses at most.
const WIDEST: usize = 56;

const COLUMNS: [(&str, &[Outcome]); 3] = [
    ("failed", &[Outcome::Fail]),
    ("undetermined", &[Outcome::Undetermined, Outcome::Blocked]),
    ("warnings", &[Outcome::Warn]),
];

/// The number of targets, and what came of each.
pub(super) fn render(page: &mut Page, targets: &[TargetReport]) {
    let open = targets.iter().filter(|target| target.gate.open).count();
    let closed = targets.len() - open;
    let line = format!("{} targets: {open} open, {closed} closed", targets.len());
    page.line(0, &[(Tone::Strong, &line)]);
    page.blank();
    let names: Vec<String> = targets.iter().map(name).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    let heads: String = COLUMNS.map(|(head, _)| format!("  {head}")).concat();
    page.line(2, &[(Tone::Faint, &format!("{:width$}  gate  {heads}", "target"))]);
    for (target, name) in targets.iter().zip(&names) {
        let (tone, sign, word) = match target.gate.open {
            true => (Tone::Good, page.sign("✓", "+"), "open  "),
            false => (Tone::Bad, page.sign("✗", "x"), "closed"),
        };
        let name = format!(" {name:width$}  ");
        page.line(
            0,
            &[(tone, sign), (Tone::Plain, &name), (tone, word), (Tone::Plain, &counts(target))],
        );
    }
    page.blank();
}

/// The end of a long address tells more than its beginning does.
fn name(target: &TargetReport) -> String {
    let name = target.target.address();
    let surplus = name.chars().count().saturating_sub(WIDEST);
    match surplus {
        0 => name,
        _ => format!("…{}", name.chars().skip(surplus + 1).collect::<String>()),
    }
}

fn counts(target: &TargetReport) -> String {
    let results = &target.report.results;
    let cell = |(head, outcomes): (&str, &[Outcome])| {
        let number: usize = outcomes.iter().map(|one| tally::count(results, *one)).sum();
        let width = head.len();
        format!("  {number:>width$}")
    };
    COLUMNS.map(cell).concat()
}
