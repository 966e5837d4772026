//! Comparisons for people, programs and pull requests.

use std::fmt::Write as _;

use cdc_checks::Text;
use serde::Serialize;

use super::super::page::{Page, Tone};
use super::super::saved::GateState;
use super::super::{NAME_LIMIT, Options, code_markdown, escape_markdown, json, text};
use super::{Change, Kind, ReportDiff, Side, TargetDiff};
use crate::events::DiffFormat;

/// The comparison in one text. What is still there is counted, and listed where all is wanted; the
/// JSON document has it all.
pub fn render(diff: &ReportDiff, format: DiffFormat, options: &Options) -> String {
    match format {
        DiffFormat::Human => human(diff, options),
        DiffFormat::Json => json::pretty(&Document { format_version: "1.0", diff }),
        DiffFormat::Markdown => markdown(diff, options),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    format_version: &'static str,
    #[serde(flatten)]
    diff: &'a ReportDiff,
}

fn human(diff: &ReportDiff, options: &Options) -> String {
    let mut page = Page::new(options);
    page.prose(0, Tone::Strong, &summary(diff));
    for target in &diff.targets {
        page.blank();
        let name = text::shorten(&target.target, 2 * NAME_LIMIT);
        let head = format!("{} {name}", text::shorten(&(*target.operation).into(), NAME_LIMIT));
        page.prose(0, Tone::Strong, &format!("{head}: {}", gates(target)));
        if let Some(was) = &target.was {
            let was = text::shorten(was, 2 * NAME_LIMIT);
            page.prose(2, Tone::Faint, &format!("compared with {was}"));
        }
        for change in shown(target, options) {
            finding(&mut page, change);
        }
    }
    page.finish()
}

fn shown<'a>(target: &'a TargetDiff, options: &Options) -> impl Iterator<Item = &'a Change> {
    let verbose = options.verbose;
    target.changes.iter().filter(move |change| verbose || change.kind != Kind::Still)
}

/// `2 new, 1 fixed, 3 still`.
fn summary(diff: &ReportDiff) -> String {
    let counts = Kind::ALL.map(|kind| (diff.count(kind), kind));
    let parts: Vec<String> = counts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, kind)| format!("{number} {}", kind.as_str()))
        .collect();
    if parts.is_empty() { "nothing was found, before or now".into() } else { parts.join(", ") }
}

fn gates(target: &TargetDiff) -> String {
    let word = GateState::as_str;
    match (target.gate_before.map(word), target.gate_now.map(word)) {
        (Some(before), Some(now)) if before == now => format!("gate {now}, as before"),
        (Some(before), Some(now)) => format!("gate {now}, was {before}"),
        (None, Some(now)) => format!("gate {now}; not in the old report"),
        (_, None) => "not in the new report".into(),
    }
}

fn finding(page: &mut Page, change: &Change) {
    let tone = match change.kind {
        Kind::Fixed => Tone::Good,
        _ if change.is_worse() => Tone::Bad,
        _ => Tone::Doubt,
    };
    let word = format!("{:<7}", change.kind.as_str());
    let subject = text::shorten(&change.subject.name(), NAME_LIMIT);
    let check = text::shorten(&(*change.check).into(), NAME_LIMIT);
    let words = format!("{check} {subject}: {}", sides(change, shorten));
    page.hanging(2, &[(tone, &word), (Tone::Plain, "  ")], 9, Tone::Plain, &words);
}

fn shorten(value: &Text) -> String {
    text::shorten(value, NAME_LIMIT)
}

/// `required fail, found replica, needed logical; was warn`.
fn sides(change: &Change, escape: impl Fn(&Text) -> String) -> String {
    let side = |side: &Side| {
        let mut words = format!("{} {}", side.level.as_str(), side.outcome.as_str());
        for (name, value) in [("found", &side.observed), ("needed", &side.expected)] {
            if let Some(value) = value {
                let _ = write!(words, ", {name} {}", escape(value));
            }
        }
        words
    };
    match (&change.before, &change.now) {
        (Some(before), Some(now)) if before == now => side(now),
        (Some(before), Some(now)) => format!("{}; was {}", side(now), side(before)),
        (None, Some(now)) => side(now),
        (Some(before), None) => format!("was {}", side(before)),
        (None, None) => String::new(),
    }
}

fn markdown(diff: &ReportDiff, options: &Options) -> String {
    let mut out = format!("## Preflight: {}\n", summary(diff));
    for target in &diff.targets {
        let name = code_markdown(&target.target);
        let _ = write!(out, "\n### {name}: {}\n", gates(target));
        if let Some(was) = &target.was {
            let _ = write!(out, "\ncompared with {}\n", code_markdown(was));
        }
        let mut rows = shown(target, options).peekable();
        if rows.peek().is_some() {
            out.push_str("\n| | check | subject | was | is |\n| --- | --- | --- | --- | --- |\n");
        }
        for change in rows {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                change.kind.as_str(),
                code_markdown(&(*change.check).into()),
                code_markdown(&change.subject.name()),
                cell(change.before.as_ref()),
                cell(change.now.as_ref()),
            );
        }
    }
    out
}

fn cell(side: Option<&Side>) -> String {
    let Some(side) = side else { return String::new() };
    let found = side.observed.as_ref().map(|value| format!(", found {}", escape_markdown(value)));
    format!("{} {}{}", side.level.as_str(), side.outcome.as_str(), found.unwrap_or_default())
}
