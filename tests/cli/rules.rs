//! The user's rules on the command line: waivers, baseline, selection, levels, comparison.

use std::path::Path;

use serde_json::{Value, json};

use super::{code, folder, recorded, run, said};

/// Facts of a PostgreSQL whose `wal_level` is not enough.
fn broken(folder: &Path) -> String {
    let text = std::fs::read_to_string(recorded("postgres")).unwrap();
    let mut facts: Value = serde_json::from_str(&text).unwrap();
    let settings = &mut facts["source"]["postgres"]["server"]["known"]["settings"];
    settings["wal_level"]["value"] = json!("replica");
    write(folder, "broken.json", &facts.to_string())
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn waiver(check: &str, expires: &str) -> String {
    format!(
        "[[waivers]]\ncheck = \"{check}\"\nreason = \"a restart is booked\"\nowner = \"dba-team\"\n\
         expires = {expires}\n\n"
    )
}

fn check(facts: &str, more: &[&str]) -> std::process::Output {
    run(&[&["check", "--facts", facts], more].concat())
}

#[test]
fn a_waiver_opens_the_gate_until_it_ends_and_every_format_says_so() {
    let folder = folder();
    let facts = broken(folder.path());
    assert_eq!(code(&check(&facts, &[])), 10);

    let holds = write(folder.path(), "w.toml", &waiver("postgres/wal-level", "9999-12-31"));
    for (format, words) in [
        ("human", "accepted  by dba-team until 9999-12-31"),
        ("short", "waived required postgres/wal-level server: fail accepted by dba-team until"),
        ("json", "\"reason\": \"a restart is booked\""),
        ("jsonl", "\"reason\":\"a restart is booked\""),
        ("sarif", "\"justification\": \"Accepted by dba-team until 9999-12-31: a restart"),
        ("junit", "Accepted by dba-team until 9999-12-31: a restart is booked."),
        ("markdown", "Accepted by dba-team until 9999-12-31: a restart is booked"),
        ("html", "by dba-team until 9999-12-31"),
    ] {
        let output = check(&facts, &["--waivers", &holds, "--report", format]);
        assert_eq!(code(&output), 0, "{}", said(&output));
        assert!(said(&output).contains(words), "{format}: {}", said(&output));
    }

    let ended = write(folder.path(), "e.toml", &waiver("postgres/wal-level", "2020-01-01"));
    for (format, words) in [
        ("human", "EXPIRED"),
        ("short", "waiver postgres/wal-level *: expired: it ended on 2020-01-01"),
        ("json", "\"state\": \"expired\""),
        ("jsonl", "\"state\":\"expired\""),
        ("sarif", "\"text\": \"Waiver expired: postgres/wal-level: ended on 2020-01-01 and no"),
        ("junit", "<system-out>Waiver expired: postgres/wal-level: ended on 2020-01-01 and no"),
        ("github", "::warning title=cdc-preflight waivers::Waiver expired: postgres/wal-level: "),
        ("markdown", "* **expired** `postgres/wal-level`: ended on 2020-01-01 and no longer"),
        ("html", "<b>postgres/wal-level</b>: ended on 2020-01-01 and no longer applies"),
    ] {
        let output = check(&facts, &["--waivers", &ended, "--report", format]);
        assert_eq!(code(&output), 10, "{}", said(&output));
        assert!(said(&output).contains(words), "{format}: {}", said(&output));
    }

    let pattern = write(folder.path(), "p.toml", &waiver("postgres/*", "9999-12-31"));
    let output = check(&facts, &["--waivers", &pattern]);
    assert_eq!(code(&output), 10, "{}", said(&output));
}

#[test]
fn an_unused_waiver_is_told() {
    let folder = folder();
    let unused = waiver("postgres/wal-level", "9999-12-31");
    let unused = write(folder.path(), "w.toml", &unused);
    let output = check(&recorded("postgres"), &["--waivers", &unused]);
    assert_eq!(code(&output), 0);
    let said = said(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    for words in ["UNUSED postgres/wal-level: ", "nothing that it covers was found", "w.toml:1"] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_malformed_waiver_is_placed_and_nothing_is_judged() {
    let folder = folder();
    let text = waiver("postgres/wal-level", "9999-12-31").replace("owner", "ownr");
    let path = write(folder.path(), "w.toml", &text);
    let output = check(&recorded("postgres"), &["--waivers", &path]);
    assert_eq!(code(&output), 2);
    assert!(output.stdout.is_empty());
    for words in ["w.toml:4:1", "Did you mean owner?", "the waiver has no owner"] {
        assert!(said(&output).contains(words), "{words}: {}", said(&output));
    }
    let output = check(&recorded("postgres"), &["--waivers", "no-such-file.toml"]);
    assert_eq!(code(&output), 2, "{}", said(&output));
}

#[test]
fn a_required_check_that_is_left_out_keeps_the_gate_closed() {
    let facts = recorded("postgres");
    let output = check(&facts, &["--skip", "postgres/wal-level"]);
    assert_eq!(code(&output), 11, "{}", said(&output));
    assert!(said(&output).contains("Not run"), "{}", said(&output));
    assert!(said(&output).contains("1 not run"), "{}", said(&output));

    let output = check(&facts, &["--skip", "postgres/heartbeat,postgres/slot-lag"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("the gate stays as it is"), "{}", said(&output));

    let output = check(&facts, &["--select", "postgres/wal-level", "--report", "json"]);
    assert_eq!(code(&output), 11);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let target = &report["targets"][0];
    let results = target["results"].as_array().unwrap();
    let passed: Vec<&Value> = results.iter().filter(|it| it["outcome"] == "pass").collect();
    assert_eq!(passed.len(), 1, "{passed:?}");
    assert_eq!(passed[0]["id"], "postgres/wal-level");
    assert!(target["left_out"].as_array().unwrap().len() > 50);
}

#[test]
fn rules_that_name_nothing_are_wrong_usage_with_a_suggestion() {
    let facts = recorded("postgres");
    for (flags, hint) in [
        (["--skip", "postgres/wal-levle"], "did you mean postgres/wal-level?"),
        (["--select", "privilege"], "did you mean privileges?"),
        (["--skip", "oracle/*"], "no check has the id, area or tag"),
        (["--level", "postgres/heartbeet=required"], "did you mean postgres/heartbeat?"),
        (["--level", "postgres/heartbeat=high"], "one of required, recommended, informational"),
        (["--level", "postgres/heartbeat"], "ID=LEVEL"),
        (["--level", "postgres/wal-level=recommended"], "postgres/wal-level is required"),
    ] {
        let output = check(&facts, &flags);
        assert_eq!(code(&output), 2, "{flags:?}");
        assert!(said(&output).contains(hint), "{flags:?}: {}", said(&output));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_level_that_is_raised_closes_the_gate_and_is_shown() {
    let facts = recorded("mariadb-10.11");
    assert_eq!(code(&check(&facts, &[])), 0);
    let output = check(&facts, &["--level", "mysql/durability=required"]);
    assert_eq!(code(&output), 10, "{}", said(&output));
    let shown = "mysql/durability: required instead of recommended";
    assert!(said(&output).contains(shown), "{}", said(&output));
    let quieter = ["--level", "mysql/durability=informational", "--report", "json"];
    let output = check(&facts, &quieter);
    assert!(said(&output).contains("\"declared_level\": \"recommended\""), "{}", said(&output));
}

#[test]
fn a_baseline_accepts_the_warnings_of_before_and_no_failure() {
    let folder = folder();
    let old = recorded("postgres-13");
    let before = folder.path().join("before.json");
    let before = before.to_str().unwrap();
    let sink = format!("json={before}");
    assert_eq!(code(&check(&old, &["--fail-on", "recommended", "--report", &sink])), 12);
    let output = check(&old, &["--fail-on", "recommended", "--baseline", before]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("known from before"), "{}", said(&output));

    let facts = broken(folder.path());
    assert_eq!(code(&check(&facts, &["--report", &sink])), 10);
    assert_eq!(code(&check(&facts, &["--baseline", before])), 10);

    let facts = recorded("postgres");
    let output = check(&old, &["--baseline", &facts]);
    assert_eq!(code(&output), 2);
    assert!(said(&output).contains("--report json=FILE writes one"), "{}", said(&output));
}

#[test]
fn two_reports_are_compared() {
    let folder = folder();
    let report = |facts: &str, name: &str| {
        let path = folder.path().join(name).to_str().unwrap().to_owned();
        check(facts, &["--report", &format!("json={path}")]);
        path
    };
    let good = report(&recorded("postgres"), "good.json");
    let bad = report(&broken(folder.path()), "bad.json");
    let diff = |more: &[&str]| run(&[&["diff"], more].concat());
    let output = diff(&[&good, &bad]);
    assert_eq!(code(&output), 12, "{}", said(&output));
    for words in ["new", "postgres/wal-level", "gate closed, was open", "found replica"] {
        assert!(said(&output).contains(words), "{words}: {}", said(&output));
    }
    assert_eq!(code(&diff(&[&good, &bad, "--fail-on", "never"])), 0);
    let output = diff(&[&bad, &good, "--format", "markdown"]);
    assert_eq!(code(&output), 0);
    assert!(said(&output).contains("| fixed | `postgres/wal-level`"), "{}", said(&output));
    let output = diff(&[&bad, &bad, "--format", "json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let changes = document["targets"][0]["changes"].as_array().unwrap();
    assert!(changes.iter().all(|change| change["kind"] == "still"), "{changes:?}");
    assert!(!changes.is_empty());
    let output = diff(&[&good, &recorded("postgres")]);
    assert_eq!(code(&output), 2, "{}", said(&output));
}

#[test]
fn waivers_are_audited() {
    let folder = folder();
    let text = [
        waiver("postgres/wal-level", "9999-12-31"),
        waiver("postgres/slots-free", "2020-01-01"),
        waiver("postgres/row-security", "9999-12-31"),
    ];
    let path = write(folder.path(), "w.toml", &text.concat());
    let output = run(&["waivers", "audit", &path]);
    assert_eq!(code(&output), 12, "{}", said(&output));
    assert!(said(&output).contains("EXPIRED  postgres/slots-free"), "{}", said(&output));
    assert_eq!(code(&run(&["waivers", "audit", &path, "--fail-on", "never"])), 0);

    let facts = broken(folder.path());
    let output = run(&["waivers", "audit", &path, "--facts", &facts, "--format", "json"]);
    let list: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let states: Vec<&str> = list.iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["active", "expired", "unused"]);

    let soon = write(folder.path(), "far.toml", &waiver("postgres/wal-level", "2099-12-31"));
    assert_eq!(code(&run(&["waivers", "audit", &soon, "--fail-on", "expiring"])), 0);
    let days = ["--waiver-warn-days", "65535"];
    let arguments = [&["waivers", "audit", &soon, "--fail-on", "expiring"], &days[..]].concat();
    assert_eq!(code(&run(&arguments)), 12);
    let bad = write(folder.path(), "bad.toml", "[[waiver]]\n");
    assert_eq!(code(&run(&["waivers", "audit", &bad])), 2);
}

#[test]
fn waivers_and_levels_may_stand_in_the_configuration_file() {
    let folder = folder();
    let facts = broken(folder.path());
    let text = format!("version = 1\n\n{}", waiver("postgres/wal-level", "9999-12-31"));
    let config = write(folder.path(), "c.toml", &text);
    let output = check(&facts, &["--config", &config]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("by dba-team until 9999-12-31"), "{}", said(&output));

    let wrong = write(folder.path(), "w.toml", &text.replace("owner", "ownr"));
    let output = check(&facts, &["--config", &wrong]);
    assert_eq!(code(&output), 2);
    for words in ["w.toml:6:1", "Did you mean owner?"] {
        assert!(said(&output).contains(words), "{words}: {}", said(&output));
    }

    let facts = recorded("mariadb-10.11");
    let level = |word: &str| {
        let text = format!("version = 1\n[level]\n\"mysql/durability\" = \"{word}\"\n");
        write(folder.path(), "l.toml", &text)
    };
    assert_eq!(code(&check(&facts, &["--config", &level("required")])), 10);
    let flag = ["--level", "mysql/durability=informational"];
    let required = level("required");
    let both = [&["--config", &required], &flag[..]].concat();
    assert_eq!(code(&check(&facts, &both)), 0, "the flag wins");
    let output = check(&facts, &["--config", &level("high")]);
    assert_eq!(code(&output), 2);
    assert!(said(&output).contains("l.toml:3"), "{}", said(&output));
}
