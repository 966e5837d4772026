//! Many targets at a glance: a line for each, in the order of the run.

use cdc_checks::Outcome;
use textwrap::core::display_width;

use super::super::page::{Page, Tone};
use super::super::{TargetReport, tally};

/// Columns for the targets' addresses at most.
const WIDEST: usize = 56;

/// Columns for the verdict at least: those of its longer word in English.
const GATE: usize = 6;

const COLUMNS: [(&str, &[Outcome]); 3] = [
    ("failed", &[Outcome::Fail]),
    ("undetermined", &[Outcome::Undetermined, Outcome::Blocked]),
    ("warnings", &[Outcome::Warn]),
];

/// The number of targets, and what came of each.
pub(super) fn render(page: &mut Page, targets: &[TargetReport]) {
    let open = targets.iter().filter(|target| target.gate.open).count();
    let closed = targets.len() - open;
    let states = [page.say_of("{} open", open), page.say_of("{} closed", closed)];
    let states = states.join(page.say(", "));
    let line = format!("{}: {states}", page.say_of("{} targets", targets.len()));
    page.line(0, &[(Tone::Strong, &line)]);
    page.blank();
    let names: Vec<String> = targets.iter().map(name).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    let gates = [page.say("open"), page.say("closed")];
    let gate_width = gates.into_iter().map(display_width).max().unwrap_or_default();
    let heads: String = COLUMNS.map(|(head, _)| format!("  {}", page.say(head))).concat();
    let (target, gate) =
        (pad(page.say("target"), width), pad(page.say("gate"), gate_width.max(GATE)));
    page.line(2, &[(Tone::Faint, &format!("{target}  {gate}{heads}"))]);
    for (target, name) in targets.iter().zip(&names) {
        let (tone, sign, word) = match target.gate.open {
            true => (Tone::Good, page.sign("✓", "+"), gates[0]),
            false => (Tone::Bad, page.sign("✗", "x"), gates[1]),
        };
        let name = format!(" {name:width$}  ");
        let word = pad(word, gate_width.max(GATE));
        let counts = counts(page, target);
        page.line(0, &[(tone, sign), (Tone::Plain, &name), (tone, &word), (Tone::Plain, &counts)]);
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

fn pad(word: &str, width: usize) -> String {
    format!("{word}{}", " ".repeat(width.saturating_sub(display_width(word))))
}

fn counts(page: &Page, target: &TargetReport) -> String {
    let results = &target.report.results;
    let cell = |(head, outcomes): (&'static str, &[Outcome])| {
        let number: usize = outcomes.iter().map(|one| tally::count(results, *one)).sum();
        let width = display_width(page.say(head));
        format!("  {number:>width$}")
    };
    COLUMNS.map(cell).concat()
}
