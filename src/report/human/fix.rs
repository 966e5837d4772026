//! What to do about a finding: who, at what cost, and the very lines to paste.

use cdc_checks::{Action, Actor, Cost, Remedy, Step, Text};

use super::super::page::{Page, Tone};
use super::super::{NAME_LIMIT, text};
use super::block::{self, COLUMN};
use super::group::Group;

/// Statements of one kind that are shown.
const LINES_SHOWN: usize = 10;

/// Steps that differ only in what has to be typed.
struct Batch<'a> {
    /// Place in the remedies, which is kept: a step may need the one before it.
    place: usize,
    step: &'a Step,
    steps: Vec<&'a Step>,
}

/// Whether the remedies of several groups can be told together, after all findings: they are the
/// same, or lines to be pasted, which name what they are about.
pub(super) fn common(groups: &[Group<'_>]) -> bool {
    let remedies: Vec<&Remedy> = groups
        .iter()
        .flat_map(|group| &group.subjects)
        .map(|subject| &subject.remedy)
        .filter(|remedy| !remedy.steps.is_empty())
        .collect();
    remedies.windows(2).all(|two| two[0] == two[1])
        || remedies.iter().all(|remedy| remedy.steps.iter().all(is_typed))
}

fn is_typed(step: &Step) -> bool {
    matches!(step.action, Action::Sql { .. } | Action::Command { .. } | Action::Config { .. })
}

/// The remedies of all subjects of the groups, each statement once.
pub(super) fn show(page: &mut Page, groups: &[Group<'_>], verbose: bool) {
    for (number, batch) in batches(groups).iter().enumerate() {
        let label = if number == 0 { "fix" } else { "then" };
        page.labelled(COLUMN, (Tone::Strong, label), (Tone::Strong, &terms(batch.step)));
        lines(page, batch);
        undo(page, batch, verbose);
        if let Some(note) = &batch.step.note {
            let note = text::shorten(note, 4 * NAME_LIMIT);
            page.labelled(COLUMN, (Tone::Faint, "note"), (Tone::Plain, &note));
        }
    }
}

fn batches<'a>(groups: &[Group<'a>]) -> Vec<Batch<'a>> {
    let mut batches: Vec<Batch<'a>> = Vec::new();
    for subject in groups.iter().flat_map(|group| &group.subjects) {
        for (place, step) in subject.remedy.steps.iter().enumerate() {
            add(&mut batches, place, step);
        }
    }
    batches.sort_by_key(|batch| batch.place);
    batches.dedup_by(|later, earlier| {
        let same = alike(earlier.step, later.step);
        if same {
            earlier.steps.append(&mut later.steps);
        }
        same
    });
    batches
}

fn add<'a>(batches: &mut Vec<Batch<'a>>, place: usize, step: &'a Step) {
    match batches.iter_mut().find(|it| it.place == place && alike(it.step, step)) {
        Some(batch) if batch.steps.contains(&step) => {}
        Some(batch) => batch.steps.push(step),
        None => batches.push(Batch { place, step, steps: vec![step] }),
    }
}

/// Whether two steps can stand under one heading.
fn alike(one: &Step, other: &Step) -> bool {
    let place = |step: &Step| match &step.action {
        Action::Sql { database, .. } => (0, database.clone(), String::new()),
        Action::Config { file, section, .. } => (1, None, format!("{file}\n{section}")),
        Action::Console { .. } => (2, None, String::new()),
        Action::Manual { .. } => (3, None, String::new()),
        Action::Command { .. } => (4, None, String::new()),
    };
    one.actor == other.actor
        && one.cost == other.cost
        && one.note == other.note
        && place(one) == place(other)
}

/// `DBA, needs a server restart, in my.cnf [mysqld]`.
fn terms(step: &Step) -> String {
    let place = match &step.action {
        Action::Sql { database: Some(name), .. } => {
            Some(format!("in database {}", text::shorten(name, NAME_LIMIT)))
        }
        Action::Config { file, section, .. } => {
            let place = Text::new(format!("{file} {section}"));
            Some(format!("in {}", text::escape_terminal(&place).trim_end()))
        }
        Action::Sql { .. }
        | Action::Command { .. }
        | Action::Console { .. }
        | Action::Manual { .. } => None,
    };
    let cost = (is_typed(step) || step.cost != Cost::Live).then(|| cost(step.cost).to_owned());
    let actor = actor(step.actor).to_owned();
    [Some(actor), cost, place].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn actor(actor: Actor) -> &'static str {
    match actor {
        Actor::Requester => "author of the request",
        Actor::Dba => "DBA",
        Actor::Admin => "administrator of the broker",
        Actor::Owner => "owner of the table",
        Actor::Console => "operator of the managed service, in its console",
        Actor::Network => "operator of the network",
    }
}

fn cost(cost: Cost) -> &'static str {
    match cost {
        Cost::Live => "in force at once",
        Cost::Reload => "needs a reload of the configuration",
        Cost::Reconnect => "in force for new sessions",
        Cost::Restart => "needs a restart of the server",
        Cost::Rebuild => "locks or rewrites the table while it runs",
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
        [one] => page.labelled_statement(COLUMN, LABEL, one),
        several if verbose => {
            page.line(4, &[(Tone::Faint, LABEL)]);
            several.iter().take(LINES_SHOWN).for_each(|statement| page.statement(8, statement));
            more(page, several.len());
        }
        several => {
            let number = several.len();
            let words = format!("{number} statements (--verbose or --report json shows them)");
            page.labelled(COLUMN, (Tone::Faint, LABEL), (Tone::Faint, &words));
        }
    }
}

fn more(page: &mut Page, number: usize) {
    if number > LINES_SHOWN {
        page.prose(8, Tone::Strong, &block::more(number - LINES_SHOWN));
    }
}
