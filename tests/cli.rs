//! The program as a user runs it, without a server: input errors, exit codes, saved facts.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot start has to stop")]

#[path = "cli/config.rs"]
mod config;
#[path = "cli/github.rs"]
mod github;
#[path = "cli/help.rs"]
mod help;
#[path = "cli/live.rs"]
mod live;
#[path = "cli/many.rs"]
mod many;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

#[path = "cli/rules.rs"]
mod rules;

const PASSWORD: &str = "p4ss-that-must-not-be-seen";
const KEY: &str = "k3y-that-must-not-be-seen";

/// The program, with nothing in its environment that could change what it prints.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cdc-preflight"));
    command.args(arguments).env_clear().env("LANG", "C.UTF-8").stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    let output = program(arguments).output().expect("it starts");
    let said = said(&output);
    assert!(!said.contains(PASSWORD) && !said.contains(KEY), "{arguments:?}: {said}");
    output
}

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it exits by itself")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// A manifest whose database nobody listens for.
fn manifest(folder: &Path, field: &str) -> PathBuf {
    let text = format!(
        "requests:\n  - configurePostgreSQLSource:\n      RegionId: cn-hangzhou\n      \
         HostName: 127.0.0.1\n      Port: 1\n      User: cdc_user\n      Password: {PASSWORD}\n      \
         DatabaseName: inventory\n      {field}: products,orders\n"
    );
    let path = folder.join("request.yaml");
    std::fs::write(&path, text).expect("a file");
    path
}

fn recorded(name: &str) -> String {
    format!("{}/tests/facts/{name}.json", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn help_names_every_command_and_every_exit_code() {
    let output = run(&["--help"]);
    assert_eq!(code(&output), 0);
    for word in ["check", "configure", "events", "checks", "  10  ", "  11  ", "  21  ", "130 "] {
        assert!(said(&output).contains(word), "{word}: {}", said(&output));
    }
    for command in ["check", "configure", "events", "stream"] {
        let output = run(&[command, "--help"]);
        assert_eq!(code(&output), 0);
        assert!(said(&output).contains("Examples:"), "{command}");
    }
}

#[test]
fn wrong_usage_exits_with_2() {
    let cases: [&[&str]; 10] = [
        &[],
        &["check"],
        &["chekc"],
        &["check", "no-such-file.yaml"],
        &["check", "r.yaml", "--report", "jsn"],
        &["check", "r.yaml", "--report", "json", "--report", "human"],
        &["checks", "explain", "postgres/wal-levle"],
        &["check", "r.yaml", "--probe", "sometimes"],
        &["check", "r.yaml", "--probe", "safe", "--no-probe"],
        &["serve", "--allow-target", "2130706433"],
    ];
    for arguments in cases {
        let output = run(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", said(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    assert!(said(&run(cases[6])).contains("did you mean postgres/wal-level?"));
}

#[test]
fn a_typo_in_a_key_is_placed_and_a_better_key_suggested() {
    let folder = folder();
    let path = manifest(folder.path(), "TableNmaes");
    let output = run(&["check", path.to_str().unwrap()]);
    assert_eq!(code(&output), 2);
    let said = said(&output);
    assert!(said.contains("request.yaml:9:7"), "{said}");
    assert!(said.contains("Did you mean TableNames?"), "{said}");
}

#[test]
fn a_missing_variable_is_named() {
    let folder = folder();
    let path = folder.path().join("request.json");
    let text = json!({ "RegionId": "cn-hangzhou", "HostName": "h", "Port": 5432, "User": "u",
                       "Password": "${NO_SUCH_SECRET}", "DatabaseName": "d" });
    std::fs::write(&path, text.to_string()).unwrap();
    let action = "configurePostgreSQLSource";
    let output = run(&["check", path.to_str().unwrap(), "--action", action]);
    assert_eq!(code(&output), 2);
    assert!(said(&output).contains("NO_SUCH_SECRET"), "{}", said(&output));
}

#[test]
fn a_server_that_cannot_be_reached_is_undetermined() {
    let folder = folder();
    let path = manifest(folder.path(), "TableNames");
    let output = run(&["check", path.to_str().unwrap(), "--report", "json"]);
    assert_eq!(code(&output), 11);
    let report: Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
    assert_eq!(report["format_version"], "1.1");
    assert_eq!(report["exit"]["code"], 11);
    let target = &report["targets"][0];
    assert_eq!(target["gate"]["state"], "closed");
    assert_eq!(target["engine"], "postgres");
    assert_eq!(target["server_version"], Value::Null);
    let outcomes = |id: &str| {
        let all = target["results"].as_array().unwrap().iter();
        all.filter(|one| one["id"] == id).map(|one| one["outcome"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(outcomes("connection/reachable"), ["undetermined"]);
    assert_eq!(outcomes("postgres/wal-level"), ["blocked"]);
    assert_eq!(outcomes("request/parameters"), ["pass"]);
}

#[test]
fn the_format_never_changes_the_code() {
    let folder = folder();
    let path = manifest(folder.path(), "TableNames");
    let json = folder.path().join("report.json");
    let to_file = format!("json={}", json.display());
    for sinks in [vec!["human"], vec!["short"], vec!["json"], vec!["short", &to_file]] {
        let mut arguments = vec!["check", path.to_str().unwrap()];
        arguments.extend(sinks.iter().flat_map(|sink| ["--report", sink]));
        assert_eq!(code(&run(&arguments)), 11, "{sinks:?}");
    }
    let written = std::fs::read_to_string(json).expect("the file is there");
    assert!(!written.contains(PASSWORD));
    serde_json::from_str::<Value>(&written).expect("JSON");
}

#[test]
fn saved_facts_are_judged_without_a_database() {
    let folder = folder();
    let good = recorded("postgres");
    assert_eq!(code(&run(&["check", "--facts", &good])), 0);
    assert_eq!(code(&run(&["check", "--facts", &recorded("mysql")])), 0);

    let mut facts: Value = serde_json::from_str(&std::fs::read_to_string(&good).unwrap()).unwrap();
    let settings = &mut facts["source"]["postgres"]["server"]["known"]["settings"];
    settings["wal_level"]["value"] = json!("replica");
    let broken = folder.path().join("broken.json");
    std::fs::write(&broken, facts.to_string()).unwrap();
    let output = run(&["check", "--facts", broken.to_str().unwrap(), "--report", "short"]);
    assert_eq!(code(&output), 10);
    assert!(said(&output).contains("fail required postgres/wal-level"), "{}", said(&output));
}

#[test]
fn facts_that_cannot_be_judged_are_refused() {
    let folder = folder();
    let path = folder.path().join("facts.json");
    for text in ["", "[]", "{}", "{\"format_version\": 99}", "{\"format_version\": 1}", "\u{0}"] {
        std::fs::write(&path, text).unwrap();
        let output = run(&["check", "--facts", path.to_str().unwrap()]);
        assert_eq!(code(&output), 2, "{text}: {}", said(&output));
    }
}

#[test]
fn a_visit_saves_what_it_found_and_the_recording_gives_the_same_report() {
    let folder = folder();
    let path = manifest(folder.path(), "TableNames");
    let facts = folder.path().join("facts.json");
    let facts = facts.to_str().unwrap();
    let first = run(&["check", path.to_str().unwrap(), "--save-facts", facts, "--report", "json"]);
    let second = run(&["check", "--facts", facts, "--report", "json"]);
    assert_eq!((code(&first), code(&second)), (11, 11));
    assert_eq!(first.stdout, second.stdout);
    assert!(!std::fs::read_to_string(facts).unwrap().contains(PASSWORD));
}

#[test]
fn fail_on_makes_warnings_count() {
    let old = recorded("postgres-13");
    assert_eq!(code(&run(&["check", "--facts", &old])), 0);
    let output = run(&["check", "--facts", &old, "--fail-on", "recommended"]);
    assert_eq!(code(&output), 12, "{}", said(&output));
}

#[test]
fn strict_mode_closes_the_gate_on_warnings_of_lost_data() {
    let folder = folder();
    let mut facts: Value =
        serde_json::from_str(&std::fs::read_to_string(recorded("mysql")).unwrap()).unwrap();
    let variables = &mut facts["source"]["my_sql"]["variables"]["known"];
    variables["max_execution_time"]["value"] = json!("3600000");
    let path = folder.path().join("limited.json");
    std::fs::write(&path, facts.to_string()).unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(code(&run(&["check", "--facts", path])), 0);
    let output = run(&["check", "--facts", path, "--strict", "--report", "short"]);
    assert_eq!(code(&output), 10, "{}", said(&output));
    assert!(said(&output).contains("fail required mysql/statement-limit"), "{}", said(&output));
}

#[test]
fn configure_wants_a_key_before_it_visits_anything() {
    let folder = folder();
    let path = manifest(folder.path(), "TableNames");
    let output = run(&["configure", path.to_str().unwrap()]);
    assert_eq!(code(&output), 2);
    assert!(said(&output).contains("EVENTBRIDGE_API_KEY"), "{}", said(&output));
}

#[test]
fn a_dry_run_shows_the_request_without_its_secrets_and_needs_no_key() {
    let folder = folder();
    let path = manifest(folder.path(), "TableNames");
    let output = run(&["configure", "--dry-run", path.to_str().unwrap()]);
    assert_eq!(code(&output), 11);
    let said = said(&output);
    let address = "POST https://eventbridge.cn-hangzhou.aliyuncs.com/configurePostgreSQLSource";
    for part in [address, "\"Password\": \"***\"", "nothing was sent"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn the_examples_are_well_formed() {
    let folder = folder();
    for (name, variable) in [
        ("postgres", "PG_PASSWORD"),
        ("mysql", "MYSQL_PASSWORD"),
        ("stream-postgres", "PG_PASSWORD"),
        ("stream-mysql", "MYSQL_PASSWORD"),
    ] {
        let path = format!("{}/examples/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        // Nobody is asked for the names of examples.
        let hosts = ["pg.example.com", "mysql.internal"];
        let text = hosts.iter().fold(text, |text, host| text.replace(host, "127.0.0.1"));
        let local = folder.path().join(name);
        std::fs::write(&local, text).unwrap();
        let arguments = ["configure", "--dry-run", local.to_str().unwrap()];
        let output = program(&arguments).env(variable, PASSWORD).output().unwrap();
        assert_ne!(code(&output), 2, "{name}: {}", said(&output));
        assert!(said(&output).contains("nothing was sent"), "{name}: {}", said(&output));
    }
}

#[test]
fn a_url_can_be_checked_but_not_configured() {
    let url = format!("postgres://cdc_user:{PASSWORD}@127.0.0.1:1/inventory");
    let output = run(&["check", &url, "--table", "public.orders"]);
    assert_eq!(code(&output), 11, "{}", said(&output));
    let mut command = program(&["configure", &url, "--table", "public.orders"]);
    let output = command.env("EVENTBRIDGE_API_KEY", KEY).output().unwrap();
    assert_eq!(code(&output), 2, "{}", said(&output));
    assert!(!said(&output).contains(PASSWORD) && !said(&output).contains(KEY));
}

#[test]
fn the_catalogue_is_listed_and_explained() {
    let output = run(&["checks", "list", "--format", "json"]);
    let list: Vec<Value> = serde_json::from_slice(&output.stdout).expect("a JSON array");
    assert!(list.len() >= 30, "{}", list.len());
    for check in &list {
        let id = check["id"].as_str().unwrap();
        let page = run(&["checks", "explain", id]);
        assert_eq!(code(&page), 0, "{id}");
        assert!(said(&page).contains("\nWhy\n"), "{id}");
    }
}

#[test]
fn events_are_told_from_saved_facts() {
    let folder = folder();
    let schemas = folder.path().join("schemas");
    let facts = recorded("postgres");
    let output = run(&["events", "--facts", &facts]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("Table public.orders"), "{}", said(&output));
    let to = schemas.to_str().unwrap();
    let output = run(&["events", "--facts", &facts, "--format", "json-schema", "--output-dir", to]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let text = std::fs::read_to_string(schemas.join("public.orders.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = program(&["check", "--facts", &recorded("postgres"), "--verbose"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut complaint = String::new();
    child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{complaint}");
    assert_eq!(complaint, "");
}

#[cfg(unix)]
#[test]
fn an_interruption_ends_at_once_and_says_that_nothing_was_sent() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = format!("postgres://cdc_user@127.0.0.1:{port}/inventory");
    let child = program(&["check", &url, "--table", "public.orders", "--connect-timeout", "60"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (stream, _) = silent.accept().expect("the program connects");
    let interrupt = ["-INT", &child.id().to_string()];
    assert!(Command::new("kill").args(interrupt).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    drop(stream);
    assert_eq!(code(&output), 130, "{}", said(&output));
    assert!(said(&output).contains("nothing was sent"), "{}", said(&output));
}

#[test]
fn what_is_said_of_the_connector_is_judged_and_checked() {
    let facts = recorded("postgres");
    let check = |more: &[&str]| {
        let arguments = [&["check", "--facts", facts.as_str(), "--report", "short"], more].concat();
        run(&arguments)
    };
    let debezium = check(&["--connector", "debezium"]);
    assert_eq!(code(&debezium), 10);
    assert!(said(&debezium).contains("postgres/publication-create-privilege"));
    let filtered = "publication.autocreate.mode=disabled";
    let named = check(&["--publication", "cdc", "--property", filtered]);
    assert!(said(&named).contains("postgres/publication-exists"), "{}", said(&named));
    for (flag, value, hint) in [
        ("--property", "decimal.handling.mod=string", "did you mean decimal.handling.mode?"),
        ("--property", "decimal.handling.mode=float", "expected one of precise, double, string"),
        ("--property", "bigint.unsigned.handling.mode=long", "the connector of mysql"),
        ("--threshold", "wal_keep_warn_hour=1", "did you mean wal_keep_warn_hours?"),
        ("--snapshot-mode", "once", "expected one of"),
        ("--connector", "canal", "possible values: eventbridge, debezium"),
    ] {
        let output = check(&[flag, value]);
        assert_eq!(code(&output), 2, "{flag} {value}");
        assert!(said(&output).contains(hint), "{flag} {value}: {}", said(&output));
    }
}

#[test]
fn the_journal_is_where_the_environment_says_and_holds_no_intent_without_a_sending() {
    let folder = folder();
    let manifest = manifest(folder.path(), "TableNames");
    let configure = |state: &Path, more: &[&str]| {
        let mut command = program(&["configure", manifest.to_str().unwrap()]);
        command.args(more).env("EVENTBRIDGE_API_KEY", KEY).env("XDG_STATE_HOME", state);
        command.output().expect("it starts")
    };
    let state = folder.path().join("state");
    let output = configure(&state, &[]);
    assert_eq!(code(&output), 11, "{}", said(&output));
    let journal = state.join("cdc-preflight/journal");
    for file in std::fs::read_dir(journal).expect("a folder") {
        assert_eq!(
            std::fs::read(file.unwrap().path()).unwrap(),
            b"",
            "an intent without a sending"
        );
    }
    let output = configure(&state, &["--resolve", "accepted"]);
    assert_eq!(code(&output), 2, "{}", said(&output));
    assert!(said(&output).contains("no submission has an unknown outcome"), "{}", said(&output));

    let occupied = folder.path().join("occupied");
    std::fs::write(&occupied, "").unwrap();
    let output = configure(&occupied, &[]);
    assert_eq!(code(&output), 1, "{}", said(&output));
    assert!(said(&output).contains("cannot be made"), "{}", said(&output));
}

#[test]
fn plans_and_resolutions_that_make_no_sense_are_wrong_usage() {
    let folder = folder();
    let manifest = manifest(folder.path(), "TableNames");
    for more in [
        &["--resolve", "perhaps"][..],
        &["--plan", "p", "--apply", "p"],
        &["--plan", "p", "--dry-run"],
        &["--apply", "p", "--dry-run"],
        &["--apply", "p", "--valid-for", "5"],
        &["--plan", "p", "--valid-for", "0"],
        &["--plan", "p", "--again"],
    ] {
        let mut command = program(&["configure", manifest.to_str().unwrap()]);
        let output = command.args(more).output().expect("it starts");
        assert_eq!(code(&output), 2, "{more:?}: {}", said(&output));
    }
    // A plan takes no key, and there is none to be had from a closed gate.
    let plan = folder.path().join("plan.json");
    let arguments = ["configure", "--plan", plan.to_str().unwrap(), manifest.to_str().unwrap()];
    let output = run(&arguments);
    assert_eq!(code(&output), 11, "{}", said(&output));
    assert!(!plan.exists());
}

#[test]
fn what_if_is_told_and_judged() {
    let facts = recorded("postgres");
    let output = run(&["check", "--facts", &facts, "--assume", "wal_level=replica"]);
    assert_eq!(code(&output), 10, "{}", said(&output));
    let said = said(&output);
    assert!(said.starts_with("WHAT IF"), "{said}");
    assert!(said.contains("wal_level = replica; assumed, not read"), "{said}");

    let arguments = ["check", "--facts", &facts, "--assume", "wal_level=replica", "--report"];
    let json = run(&[&arguments[..], &["json"]].concat());
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["what_if"], json!(["wal_level = replica"]));

    for (format, words) in [("html", "<strong>What if:</strong>"), ("markdown", "**What if:**")] {
        let told = crate::said(&run(&[&arguments[..], &[format]].concat()));
        assert!(told.contains(words), "{format}: {told}");
    }
    let sarif = run(&[&arguments[..], &["sarif"]].concat());
    assert_eq!(code(&sarif), 2, "what is assumed is no finding");

    for (assumption, words) in [
        ("wal_levl=replica", "did you mean wal_level?"),
        ("wal_level", "write NAME=VALUE"),
        ("intent.strict=true", "said by flags"),
    ] {
        let output = run(&["check", "--facts", &facts, "--assume", assumption]);
        assert_eq!(code(&output), 2, "{assumption}: {}", crate::said(&output));
        assert!(crate::said(&output).contains(words), "{assumption}: {}", crate::said(&output));
    }
    let output = run(&["check", "postgres://u@127.0.0.1:1/d", "--assume", "wal_level=logical"]);
    assert_eq!(code(&output), 2, "a server is asked, not assumed");
}

#[test]
fn a_remedy_is_a_script_or_json_or_two_files() {
    let facts = recorded("postgres");
    let broken = ["remedy", "--facts", &facts, "--assume", "wal_level=replica"];
    let with = |more: &[&str]| run(&[&broken[..], more].concat());
    let script = with(&[]);
    assert_eq!(code(&script), 0, "{}", said(&script));
    assert!(said(&script).contains("\nALTER SYSTEM SET wal_level = 'logical';\n"));
    assert!(said(&with(&["--undo"])).contains("\nALTER SYSTEM RESET wal_level;\n"));
    let live = said(&with(&["--max-cost", "live"]));
    assert!(!live.contains("ALTER SYSTEM") && live.contains("left out"), "{live}");
    let json: Value = serde_json::from_slice(&with(&["--format", "json"]).stdout).unwrap();
    assert_eq!(json["plans"][0]["restarts"], 1);

    let folder = folder();
    let path = folder.path().join("new/remedies");
    assert_eq!(code(&with(&["--output-dir", path.to_str().unwrap()])), 0);
    let mut files: Vec<_> =
        std::fs::read_dir(&path).unwrap().map(|it| it.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["remedy-localhost-5432.sql", "undo-localhost-5432.sql"]);

    let unread = run(&["remedy", "--facts", &facts, "--assume", "server=denied"]);
    assert_eq!(code(&unread), 11, "what was not read has no remedy: {}", said(&unread));
}
