use cdc_checks::facts::assume;
use cdc_checks::{Actor, Cost, Facts, Intent, Outcome, Step, Text, catalogue};

use super::order::ordered;
use super::{Cure, Plan, Scope, Selection, render_json, render_script, render_undo};
use crate::gate::Policy;
use crate::preflight::{Examined, run_report};
use crate::report::TargetReport;

/// The reports on recorded servers, each with these values in place of what was read.
fn reports(recordings: &[(&str, &[(&str, &str)])]) -> Vec<TargetReport> {
    let examined: Vec<Examined> = recordings
        .iter()
        .map(|(name, assumed)| {
            let path = format!("{}/tests/facts/{name}.json", env!("CARGO_MANIFEST_DIR"));
            let recording = std::fs::read_to_string(path).expect("a recording");
            let facts: Facts = serde_json::from_str(&recording).expect("facts");
            let facts = assumed.iter().fold(facts, |facts, (path, value)| {
                assume(&facts, path, value).expect("a value that can be assumed")
            });
            let intent = Intent::of(&facts.request);
            Examined::new(facts, intent)
        })
        .collect();
    run_report(&examined, &Policy::default()).0.targets
}

fn script(recording: &str, assumed: &[(&str, &str)], selection: &Selection) -> String {
    let plans = Plan::of(&reports(&[(recording, assumed)]), selection);
    plans.iter().map(render_script).collect()
}

const BROKEN: &[(&str, &str)] = &[("wal_level", "replica"), ("server.role.replication", "false")];

#[test]
fn what_opens_the_gate_stands_in_order_with_one_restart() {
    insta::assert_snapshot!(script("postgres", BROKEN, &Selection::default()), @r#"
    -- cdc-preflight remedy: localhost:5432 (PostgreSQL)
    -- 2 steps, 1 restart: open the gate.
    -- Nothing of it was carried out. Read it, then run it as who each part names.
    \set ON_ERROR_STOP on

    -- 1. DBA: in force for new sessions

    -- postgres/replication-role: the account may replicate (cdc_user)
    ALTER ROLE "cdc_user" REPLICATION;
    -- Note: As superuser. A replication role can read every table of a database through a slot, and
    -- drop inactive slots: give it to this account only.

    -- 2. DBA: needs a restart of the server

    -- postgres/wal-level: the write-ahead log carries logical changes
    ALTER SYSTEM SET wal_level = 'logical';
    -- Note: As superuser. In force after a restart of the server.

    -- RESTART THE SERVER NOW, once.
    "#);
}

#[test]
fn a_part_says_what_remains_after_it() {
    let live = Selection { most: Some(Cost::Live), ..Selection::default() };
    insta::assert_snapshot!(script("postgres", BROKEN, &live), @r"
    -- cdc-preflight remedy: localhost:5432 (PostgreSQL)
    -- No step of it can be told: see what remains.

    -- What remains after that, as far as it is known:
    --   postgres/wal-level (server): left out: DBA, needs a restart of the server
    --   postgres/replication-role (cdc_user): left out: DBA, in force for new sessions
    ");
    let owner = Selection { actors: vec![Actor::Owner], ..Selection::default() };
    let nothing = script("postgres", BROKEN, &owner);
    assert!(nothing.contains("No step of it") && nothing.contains("left out: DBA"), "{nothing}");
}

#[test]
fn it_is_taken_back_in_reverse() {
    let plans = Plan::of(&reports(&[("postgres", BROKEN)]), &Selection::default());
    insta::assert_snapshot!(render_undo(&plans[0]), @r#"
    -- cdc-preflight undo: localhost:5432 (PostgreSQL)
    -- Takes back what the script did, last things first. Leave out what you did not run.

    -- postgres/wal-level
    ALTER SYSTEM RESET wal_level;

    -- postgres/replication-role
    ALTER ROLE "cdc_user" NOREPLICATION;

    -- Restart the server now, once.
    "#);
}

#[test]
fn what_is_unknown_is_not_called_cured() {
    let hidden = script("postgres", &[("server", "denied")], &Selection::default());
    assert!(hidden.contains("No step of it can be told"), "{hidden}");
    assert!(hidden.contains("is hidden from this account"), "{hidden}");
}

#[test]
fn requests_of_one_server_share_a_script() {
    let twice = reports(&[("postgres", BROKEN), ("postgres", BROKEN), ("mysql", &[])]);
    let plans = Plan::of(&twice, &Selection::default());
    assert_eq!(plans.len(), 2, "a server each");
    let alone = Plan::of(&reports(&[("postgres", BROKEN)]), &Selection::default());
    assert_eq!(plans[0].tasks().count(), alone[0].tasks().count());
    assert_eq!((plans[0].restarts(), plans[1].tasks().count()), (1, 0));
}

#[test]
fn programs_read_the_same() {
    let plans = Plan::of(&reports(&[("postgres", BROKEN)]), &Selection::default());
    let document: serde_json::Value = serde_json::from_str(&render_json(&plans)).expect("JSON");
    let plan = &document["plans"][0];
    assert_eq!((&plan["restarts"], &plan["scope"]), (&1.into(), &"gate".into()));
    let last = plan["parts"].as_array().and_then(|parts| parts.last()).expect("a part");
    assert_eq!(last["cost"], "restart");
    assert_eq!(last["tasks"][0]["step"]["sql"], "ALTER SYSTEM SET wal_level = 'logical';");
    assert_eq!(last["tasks"][0]["serves"][0]["check"], "postgres/wal-level");
}

/// Cures by remedies of these steps.
fn cures(remedies: &[Vec<Step>]) -> Vec<Cure<'_>> {
    let check = catalogue::all().next().expect("a check");
    let cure = |steps| Cure {
        check,
        outcome: Outcome::Fail,
        subject: Text::new("server"),
        taken: steps,
        left_out: &[],
    };
    remedies.iter().map(|steps| cure(steps.as_slice())).collect()
}

fn order(remedies: &[Vec<Step>]) -> Vec<String> {
    let tasks = ordered(&cures(remedies));
    let sql = tasks.iter().map(|task| match &task.step.action {
        cdc_checks::Action::Sql { sql, .. } => sql.untrusted().to_owned(),
        other => panic!("{other:?}"),
    });
    sql.collect()
}

fn restart(sql: &str) -> Step {
    Step::dba(sql).costs(Cost::Restart)
}

#[test]
fn each_remedy_keeps_its_order_and_restarts_wait_for_each_other() {
    let rebuild = |sql: &str| Step::owner(sql).costs(Cost::Rebuild);
    let remedies = [
        vec![restart("r1"), Step::dba("after r1")],
        vec![rebuild("b"), Step::dba("after b"), restart("r2")],
        vec![Step::dba("live")],
    ];
    assert_eq!(order(&remedies), ["live", "b", "after b", "r1", "r2", "after r1"]);
}

#[test]
fn what_several_ask_for_is_done_once_and_after_all_of_them() {
    let reload = || Step::dba("reload").costs(Cost::Reload);
    let set = |sql: &str| Step::dba(sql).costs(Cost::Reload);
    let remedies = [vec![set("a"), reload()], vec![set("b"), reload()]];
    assert_eq!(order(&remedies), ["a", "b", "reload"]);
}

#[test]
fn remedies_that_contradict_each_other_end() {
    let remedies = [vec![Step::dba("a"), Step::dba("b")], vec![Step::dba("b"), Step::dba("a")]];
    let mut both = order(&remedies);
    both.sort();
    assert_eq!(both, ["a", "b"]);
}

#[test]
fn no_line_of_a_script_runs_what_its_reader_cannot_see() {
    let hostile = "x\"; DROP TABLE y; --\n\\! rm -rf /\n::error::\u{202e}";
    let mut targets = reports(&[("postgres", BROKEN)]);
    targets[0].target.host = Text::new(hostile);
    for result in &mut targets[0].report.results {
        for subject in &mut result.subjects {
            subject.finding.subject = cdc_checks::Subject::Table(Text::new(hostile));
            for step in &mut subject.remedy.steps {
                *step = Step::dba(format!("ALTER TABLE \"{hostile}\";"))
                    .in_database(hostile)
                    .undo(hostile)
                    .note(hostile);
            }
        }
    }
    let everything = Selection { scope: Scope::All, ..Selection::default() };
    for plan in Plan::of(&targets, &everything) {
        for line in render_script(&plan).lines().chain(render_undo(&plan).lines()) {
            let is_ours = line.is_empty() || line == "\\set ON_ERROR_STOP on";
            assert!(is_ours || line.starts_with("-- "), "{line}");
        }
    }
}
