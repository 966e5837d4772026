//! The steps of many remedies, put together: who, at what cost, and the very lines to paste.

use cdc_checks::{Action, Actor, Cost, Language, Remedy, Step, Text};

use super::group::Group;
use super::translate::{say, say_of};
use super::{NAME_LIMIT, text};

/// Steps that differ only in what has to be typed.
pub(super) struct Batch<'a> {
    /// Place in the remedies, which is kept: a step may need the one before it.
    place: usize,
    pub(super) step: &'a Step,
    pub(super) steps: Vec<&'a Step>,
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

pub(super) fn is_typed(step: &Step) -> bool {
    matches!(step.action, Action::Sql { .. } | Action::Command { .. } | Action::Config { .. })
}

/// The steps of all subjects of the groups, each once, in an order that can be carried out.
pub(super) fn batches<'a>(groups: &[Group<'a>]) -> Vec<Batch<'a>> {
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

/// What a step says to type or to do.
pub(super) fn typed(step: &Step) -> &Text {
    match &step.action {
        Action::Sql { sql: words, .. }
        | Action::Command { command: words }
        | Action::Config { line: words, .. }
        | Action::Console { change: words }
        | Action::Manual { instruction: words } => words,
    }
}

/// `DBA, needs a server restart, in my.cnf [mysqld]`.
pub(super) fn terms(step: &Step, language: Language) -> String {
    let place = match &step.action {
        Action::Sql { database: Some(name), .. } => {
            Some(say_of(language, "in database {}", text::shorten(name, NAME_LIMIT)))
        }
        Action::Config { file, section, .. } => {
            let place = Text::new(format!("{file} {section}"));
            Some(say_of(language, "in {}", text::escape_terminal(&place).trim_end()))
        }
        Action::Sql { .. }
        | Action::Command { .. }
        | Action::Console { .. }
        | Action::Manual { .. } => None,
    };
    let cost = (is_typed(step) || step.cost != Cost::Live)
        .then(|| say(language, cost(step.cost)).to_owned());
    let actor = say(language, actor(step.actor)).to_owned();
    let whole = [Some(actor), cost, place].into_iter().flatten();
    whole.collect::<Vec<_>>().join(say(language, ", "))
}

/// Who is able to, for people.
pub(crate) fn actor(actor: Actor) -> &'static str {
    match actor {
        Actor::Requester => "author of the request",
        Actor::Dba => "DBA",
        Actor::Admin => "administrator of the broker",
        Actor::Owner => "owner of the table",
        Actor::Console => "operator of the managed service, in its console",
        Actor::Network => "operator of the network",
    }
}

/// What it costs the running system, for people.
pub(crate) fn cost(cost: Cost) -> &'static str {
    match cost {
        Cost::Live => "in force at once",
        Cost::Reload => "needs a reload of the configuration",
        Cost::Reconnect => "in force for new sessions",
        Cost::Restart => "needs a restart of the server",
        Cost::Rebuild => "locks or rewrites the table while it runs",
    }
}
