//! For any grants on a small model of a server: what a check tells to do makes it pass, none of it
//! can be left out, and what it tells to undo brings the facts back.

#![allow(clippy::unwrap_used, reason = "tests")]

mod model;

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{TestCaseError, TestCaseResult};

use self::model::{Attributes, PUBLIC, Relation, World};
use crate::report::{CheckResult, run_check};
use crate::{Action, Outcome, Step, Subject};

fn check(world: &World, id: &str) -> CheckResult {
    let check = crate::postgres::CHECKS.iter().find(|check| check.id == id).unwrap();
    run_check(check, &world.facts(), &world.intent())
}

/// What a check finds of one subject.
fn outcome(world: &World, id: &str, subject: &Subject) -> Outcome {
    let result = check(world, id);
    let own = result.subjects.iter().find(|judged| judged.finding.subject == *subject);
    own.unwrap().finding.outcome
}

/// Runs the statements of a remedy but for one; returns whether the server took all of them.
fn carry_out(world: &mut World, steps: &[Step], left_out: Option<usize>) -> Result<(), String> {
    let steps = steps.iter().enumerate().filter(|(index, _)| Some(*index) != left_out);
    let run = steps.map(|(_, step)| match &step.action {
        Action::Sql { sql, .. } => world.run(sql.untrusted()),
        other => Err(format!("no statement: {other:?}")),
    });
    run.fold(Ok(()), Result::and)
}

fn undo(world: &mut World, steps: &[Step]) -> Result<(), String> {
    let mut undo = steps.iter().rev().map(|step| step.undo.as_ref().unwrap().untrusted());
    undo.try_for_each(|sql| world.run(sql))
}

/// What is true of every remedy of a check.
fn prove(world: &World, id: &str) -> TestCaseResult {
    let before = check(world, id);
    let mut mended_one_and_all = world.clone();
    for judged in before.subjects.iter().filter(|judged| judged.finding.outcome > Outcome::Pass) {
        let (subject, steps) = (&judged.finding.subject, &judged.remedy.steps);
        let mut mended = world.clone();
        carry_out(&mut mended, steps, None).map_err(TestCaseError::fail)?;
        let after = outcome(&mended, id, subject);
        // An account that is switched to another role hears of that next.
        let is_next = world.is_switched() && after < judged.finding.outcome;
        prop_assert!(after == Outcome::Pass || is_next, "{steps:?}");
        for left_out in 0..steps.len() {
            let mut partly = world.clone();
            // A statement may need the one that is left out.
            let _ = carry_out(&mut partly, steps, Some(left_out));
            let is_needed = outcome(&partly, id, subject) > after;
            prop_assert!(is_needed, "{:?} is not needed", steps[left_out]);
        }
        undo(&mut mended, steps).map_err(TestCaseError::fail)?;
        prop_assert_eq!(mended.facts(), world.facts());
        // What an earlier remedy did already, the server refuses to do again.
        let _ = carry_out(&mut mended_one_and_all, steps, None);
    }
    let after = check(&mended_one_and_all, id).outcome;
    prop_assert!(after <= Outcome::Pass || world.is_switched() && after < before.outcome);
    Ok(())
}

/// A name that may hold anything; the number tells it from the others.
fn name(number: usize) -> impl Strategy<Value = String> {
    "[a-zA-Z_\"'`;.,()\\\\$ é-]{0,6}".prop_map(move |end| format!("{number}{end}"))
}

prop_compose! {
    fn attributes()(
        superuser in prop::bool::weighted(0.1),
        replication in any::<bool>(),
        bypass_rls in prop::bool::weighted(0.1),
        inherit in any::<bool>(),
    ) -> Attributes {
        Attributes { superuser, replication, bypass_rls, inherit, switched_to: None }
    }
}

/// Up to two of these grantees, by their places.
fn some() -> impl Strategy<Value = Vec<Index>> {
    vec(any::<Index>(), 0..=2)
}

fn of(grantees: &[String], some: &[Index]) -> BTreeSet<String> {
    some.iter().map(|index| index.get(grantees).clone()).collect()
}

/// A table before it is known who there is.
#[derive(Clone, Debug)]
struct Draft {
    schema: Index,
    name: String,
    owner: Index,
    select: Vec<Index>,
    columns: [(String, Vec<Index>); 2],
    row_security: bool,
}

prop_compose! {
    fn draft(number: usize)(
        schema in any::<Index>(),
        name in name(number),
        owner in any::<Index>(),
        select in some(),
        first in (name(0), some()),
        second in (name(1), some()),
        row_security in any::<bool>(),
    ) -> Draft {
        Draft { schema, name, owner, select, columns: [first, second], row_security }
    }
}

impl Draft {
    fn settle(self, schemas: &[String], roles: &[String], grantees: &[String]) -> Relation {
        let columns = self.columns.into_iter();
        Relation {
            schema: self.schema.get(schemas).clone(),
            name: self.name,
            owner: self.owner.get(roles).clone(),
            select: of(grantees, &self.select),
            columns: columns.map(|(name, some)| (name, of(grantees, &some))).collect(),
            row_security: self.row_security,
            policies: BTreeMap::new(),
        }
    }
}

prop_compose! {
    /// The account, a group, an owner and Amazon's group, who is in which, and one to four tables.
    fn world()(
        names in [name(0), name(1), name(2)],
        attributes in [attributes(), attributes(), attributes()],
        schemas in [name(0), name(1), name(2)],
        is_member in any::<[bool; 4]>(),
        is_in_force in any::<[bool; 4]>(),
        is_switched in prop::bool::weighted(0.2),
        is_open in prop::bool::weighted(0.8),
        (connect, create) in (some(), some()),
        usage in [some(), some(), some()],
        drafts in prop_oneof![
            [draft(0)].prop_map(Vec::from),
            [draft(0), draft(1), draft(2), draft(3)].prop_map(Vec::from),
        ],
        major in prop::sample::select(vec![13, 15, 16, 18]),
        is_amazon in any::<bool>(),
    ) -> World {
        let [login, group, owner] = &names;
        let mut roles: BTreeMap<String, Attributes> =
            names.iter().cloned().zip(attributes).collect();
        let amazon = "rds_replication".to_owned();
        roles.insert(amazon.clone(), Attributes { inherit: true, ..Attributes::default() });
        // Before 16 a group that does not inherit hides what lies behind it for good.
        roles.get_mut(group).unwrap().inherit |= major < 16;
        let own = roles.get_mut(login).unwrap();
        own.replication &= !is_amazon;
        own.switched_to = is_switched.then(|| group.clone());
        let mut memberships = BTreeMap::new();
        let edges = [(group, login), (owner, group), (&amazon, group), (&amazon, login)];
        let drawn = is_member.into_iter().zip(is_in_force);
        for ((of, member), (is_member, own)) in edges.into_iter().zip(drawn) {
            // What a membership without effect would bring along is not in the facts.
            let is_in_force = own && (member == login || is_in_force[0]);
            if is_member {
                memberships.insert((of.clone(), member.clone()), is_in_force);
            }
        }
        let grantees = [login, group, owner, &amazon].map(String::clone);
        let grantees = [&grantees[..], &[PUBLIC.to_owned()]].concat();
        let tables = drafts.into_iter().map(|draft| draft.settle(&schemas, &names, &grantees));
        World {
            major,
            is_amazon,
            login: login.clone(),
            roles,
            memberships,
            is_open,
            connect: of(&grantees, &connect),
            create: of(&grantees, &create),
            tables: tables.collect(),
            usage: schemas.iter().cloned().zip(usage.map(|some| of(&grantees, &some))).collect(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_missing_connect_is_mended(world in world()) {
        prove(&world, "postgres/database-connect")?;
    }

    #[test]
    fn a_missing_replication_is_mended(world in world()) {
        prove(&world, "postgres/replication-role")?;
    }

    #[test]
    fn a_missing_select_is_mended(world in world()) {
        prove(&world, "postgres/table-select")?;
    }

    #[test]
    fn row_security_is_mended(world in world()) {
        prove(&world, "postgres/row-security")?;
    }

    #[test]
    fn a_missing_right_to_publish_is_mended(world in world()) {
        prove(&world, "postgres/publication-create-privilege")?;
    }
}
