//! The order of a script.
//!
//! Each remedy is a chain: a step may need the one before it. Equal steps of several remedies are
//! one. Every step gets a rank (round, cost, actor); along a chain the rank never falls, and a new
//! round begins where the cost or the actor would. All restarts of a first round wait for the last
//! of them, so that what can share a restart does.

use std::collections::BTreeSet;

use cdc_checks::{Actor, Cost, Step};

use super::{Cure, Purpose, Task};

/// Where a step stands: the round, then the cheap before the dear, then who does it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Rank {
    round: usize,
    cost: u8,
    actor: Actor,
    /// Steps of the same rank that stand before it in some chain.
    depth: usize,
}

/// The steps of all cures, each once, in an order that keeps that of each remedy.
pub(super) fn ordered(cures: &[Cure<'_>]) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    let chains: Vec<Vec<usize>> = cures.iter().map(|cure| chain(cure, &mut tasks)).collect();
    let mut ranks = ranked(&tasks, &chains, 0);
    let last = restarts(&tasks).map(|at| ranks[at].round).max().unwrap_or_default();
    if last > 0 {
        ranks = ranked(&tasks, &chains, last);
    }
    let mut order: Vec<usize> = (0..tasks.len()).collect();
    // Stable: what may stand in any order keeps that of the catalogue.
    order.sort_by_key(|at| ranks[*at]);
    order.into_iter().map(|at| tasks[at].clone()).collect()
}

/// Adds the steps of a cure that are not there yet; the places of all of them.
fn chain(cure: &Cure<'_>, tasks: &mut Vec<Task>) -> Vec<usize> {
    let steps = cure.taken.iter();
    steps
        .map(|step| {
            let at = tasks.iter().position(|task| is_same(&task.step, step)).unwrap_or_else(|| {
                tasks.push(Task { step: step.clone(), serves: Vec::new() });
                tasks.len() - 1
            });
            serve(&mut tasks[at], cure);
            at
        })
        .collect()
}

/// Notes and ways back may differ where the same is done for another reason.
fn is_same(one: &Step, other: &Step) -> bool {
    (one.actor, one.cost) == (other.actor, other.cost) && one.action == other.action
}

fn serve(task: &mut Task, cure: &Cure<'_>) {
    let known = task.serves.iter_mut().find(|purpose| purpose.check.id == cure.check.id);
    match known {
        Some(purpose) => {
            purpose.outcome = purpose.outcome.max(cure.outcome);
            purpose.subjects.insert(cure.subject.clone());
        }
        None => task.serves.push(Purpose {
            check: cure.check,
            outcome: cure.outcome,
            subjects: BTreeSet::from([cure.subject.clone()]),
        }),
    }
}

fn restarts(tasks: &[Task]) -> impl Iterator<Item = usize> {
    let restarts = tasks.iter().enumerate().filter(|(_, task)| task.step.cost == Cost::Restart);
    restarts.map(|(at, _)| at)
}

/// The least ranks that keep every chain, with no restart before the round `restart`.
fn ranked(tasks: &[Task], chains: &[Vec<usize>], restart: usize) -> Vec<Rank> {
    let first = |task: &Task| Rank {
        round: if task.step.cost == Cost::Restart { restart } else { 0 },
        cost: price(task.step.cost),
        actor: task.step.actor,
        depth: 0,
    };
    let mut ranks: Vec<Rank> = tasks.iter().map(first).collect();
    // Chains that contradict each other would push each other up for ever.
    for _ in 0..=tasks.len() {
        let mut is_settled = true;
        for pair in chains.iter().flat_map(|chain| chain.windows(2)) {
            let (before, after) = (pair[0], pair[1]);
            let least = least(ranks[before], ranks[after]);
            if before != after && least > ranks[after] {
                ranks[after] = least;
                is_settled = false;
            }
        }
        if is_settled {
            break;
        }
    }
    ranks
}

/// The least rank of a step with this cost and actor that comes after `before`.
fn least(before: Rank, after: Rank) -> Rank {
    let here = Rank { round: before.round, depth: before.depth + 1, ..after };
    match (after.cost, after.actor).cmp(&(before.cost, before.actor)) {
        std::cmp::Ordering::Equal => here,
        std::cmp::Ordering::Greater => Rank { depth: 0, ..here },
        std::cmp::Ordering::Less => Rank { round: before.round + 1, depth: 0, ..after },
    }
}

/// The cheap before the dear. What locks tables comes before the restart, which so is the last.
pub(super) fn price(cost: Cost) -> u8 {
    match cost {
        Cost::Live => 0,
        Cost::Reload => 1,
        Cost::Reconnect => 2,
        Cost::Rebuild => 3,
        Cost::Restart => 4,
    }
}
