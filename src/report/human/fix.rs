//! What to do about a finding: who, at what cost, and the very lines to paste.

use cdc_checks::{Action, Text};

use super::super::batch::{Batch, batches, terms};
use super::super::group::{self, Group};
use super::super::page::{Page, Tone};
use super::super::{NAME_LIMIT, text};
use super::block::COLUMN;

/// Statements of one kind that are shown.
const LINES_SHOWN: usize = 10;

/// The remedies of all subjects of the groups, each statement once.
pub(super) fn show(page: &mut Page, groups: &[Group<'_>], verbose: bool) {
    for (number, batch) in batches(groups).iter().enumerate() {
        let label = if number == 0 { "fix" } else { "then" };
        page.labelled(
            COLUMN,
            (Tone::Strong, page.say(label)),
            (Tone::Strong, &terms(batch.step, page.language())),
        );
        lines(page, batch);
        undo(page, batch, verbose);
        if let Some(note) = &batch.step.note {
            let note = text::shorten(note, 4 * NAME_LIMIT);
            page.labelled(COLUMN, (Tone::Faint, page.say("note")), (Tone::Plain, &note));
        }
    }
}

fn lines(page: &mut Page, batch: &Batch<'_>) {
    for step in batch.steps.iter().take(LINES_SHOWN) {
        match &step.action {
            Action::Sql { sql: exact, .. }
            | Action::Command { command: exact }
            | Action::Config { line: exact, .. } => {
                page.statement(8, exact);
            }
            Action::Console { change: words } | Action::Manual { instruction: words } => {
                page.prose(8, Tone::Plain, &text::shorten(words, 8 * NAME_LIMIT));
            }
        }
    }
    more(page, batch.steps.len());
}

/// The statements that take it back: one stands in its line, several only where all is wanted.
fn undo(page: &mut Page, batch: &Batch<'_>, verbose: bool) {
    const LABEL: &str = "undo";
    let mut undo: Vec<&Text> = Vec::new();
    for statement in batch.steps.iter().filter_map(|step| step.undo.as_ref()) {
        if !undo.contains(&statement) {
            undo.push(statement);
        }
    }
    match undo.as_slice() {
        [] => {}
        [one] => page.labelled_statement(COLUMN, page.say(LABEL), one),
        several if verbose => {
            page.line(4, &[(Tone::Faint, page.say(LABEL))]);
            several.iter().take(LINES_SHOWN).for_each(|statement| page.statement(8, statement));
            more(page, several.len());
        }
        several => {
            const HINT: &str = "{} statements (--verbose or --report json shows them)";
            let words = page.say_of(HINT, several.len());
            page.labelled(COLUMN, (Tone::Faint, page.say(LABEL)), (Tone::Faint, &words));
        }
    }
}

fn more(page: &mut Page, number: usize) {
    if number > LINES_SHOWN {
        page.prose(8, Tone::Strong, &group::more(number - LINES_SHOWN, page.language()));
    }
}
