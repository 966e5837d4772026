//! The configuration file, the variables of flags, and what shows where a value comes from.

use std::path::Path;

use cdc_preflight::request::{self, Input};
use serde_json::{Value, json};

use super::{code, folder, program, recorded, run, said};

/// Runs in a folder, with these variables.
fn run_in(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> std::process::Output {
    let mut program = program(arguments);
    program.current_dir(folder).envs(variables.iter().copied()).output().expect("it starts")
}

fn with_file(text: &str) -> tempfile::TempDir {
    let folder = folder();
    std::fs::write(folder.path().join("cdc-preflight.toml"), text).unwrap();
    folder
}

/// What a file that nobody can use is answered with.
fn complaints(text: &str) -> String {
    let folder = with_file(text);
    let output = run_in(folder.path(), &[], &["config", "show"]);
    assert_eq!((code(&output), output.stdout.len()), (2, 0), "{text}: {}", said(&output));
    said(&output)
}

#[test]
fn everything_wrong_is_placed_and_answered() {
    let said = complaints(
        "version = 1\n\
         tls_mode = \"require\"\n\
         timeout = \"soon\"\n\
         strict = \"yes\"\n\
         fail-on = \"recomended\"\n\
         tls-cert = \"c.pem\"\n\
         facts = \"facts.json\"\n\
         envelope = \"dts\"\n\
         [threshold]\n\
         wal_keep_warn_hour = 1\n\
         [property]\n\
         decimal.handling.mod = \"string\"\n",
    );
    for expected in [
        "cdc-preflight.toml:2:1",
        "there is no key tls_mode",
        "Did you mean tls-mode?",
        "cdc-preflight.toml:3:11",
        "invalid digit found in string",
        "cdc-preflight.toml:4:10",
        "strict takes true or false",
        "one of required, recommended, informational is needed",
        "tls-cert stands without tls-key",
        "--facts is about one run",
        "It stands in [events].",
        "did you mean wal_keep_warn_hours?",
        "cdc-preflight.toml:12:24",
        "did you mean decimal.handling.mode?",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn a_file_of_another_layout_is_refused() {
    assert!(complaints("strict = true\n").contains("Write version = 1 at the top."));
    assert!(complaints("version = 2\n").contains("this program reads version = 1"));
    assert!(complaints("version = 1\nversion = 1\n").contains("cdc-preflight.toml:2:1"));
    assert!(complaints("version = 1\n[check]\nstrict = [true]\n").contains(":3:10"));
}

#[test]
fn what_may_be_a_secret_is_not_repeated() {
    let unknown = complaints("version = 1\npassword = \"p4ss-that-must-not-be-seen\"\n");
    assert!(unknown.contains("there is no key password") && !unknown.contains("p4ss"), "{unknown}");
    let broken = complaints("version = 1\npassword = \"p4ss-that-must-not-be-seen\n");
    assert!(broken.contains("cdc-preflight.toml:2:") && !broken.contains("p4ss"), "{broken}");
}

#[test]
fn a_named_file_has_to_be_there() {
    let output = run(&["--config", "no-such.toml", "check", "r.yaml"]);
    assert_eq!(code(&output), 2);
    assert!(said(&output).contains("no-such.toml"), "{}", said(&output));
}

/// What holds for a flag, and who says so.
fn shown(output: &std::process::Output, key: &str) -> (Value, Value) {
    let rows: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let rows: Vec<Value> = rows.as_array().expect("a list").clone();
    let row = rows.into_iter().find(|row| row["key"] == key).expect("a row");
    (row["values"].clone(), row["origin"]["kind"].clone())
}

#[test]
fn a_flag_beats_its_variable_the_variable_the_file_and_the_file_the_default() {
    let folder = with_file("version = 1\nstatement-timeout = 30\n[check]\nstrict = true\n");
    let show = |variables: &[(&str, &str)], flags: &[&str], key| {
        let mut arguments = vec!["config", "show", "--origin", "--format", "json", "check"];
        arguments.extend(flags);
        shown(&run_in(folder.path(), variables, &arguments), key)
    };
    let variable = [("CDC_PREFLIGHT_STATEMENT_TIMEOUT", "40")];
    let flag = ["--statement-timeout", "50"];
    let key = "statement-timeout";
    assert_eq!(show(&variable, &flag, key), (json!(["50"]), json!("flag")));
    assert_eq!(show(&variable, &[], key), (json!(["40"]), json!("variable")));
    assert_eq!(show(&[], &[], key), (json!(["30"]), json!("file")));
    let empty = [("CDC_PREFLIGHT_STATEMENT_TIMEOUT", "")];
    assert_eq!(show(&empty, &[], key), (json!(["30"]), json!("file")));
    assert_eq!(show(&[], &["--no-config"], key), (json!(["15"]), json!("default")));
    assert_eq!(show(&[], &[], "strict"), (json!(["true"]), json!("file")));
    let off = [("CDC_PREFLIGHT_STRICT", "false")];
    assert_eq!(show(&off, &[], "strict"), (json!(["false"]), json!("variable")));
    assert_eq!(show(&[], &[], "tls-ca"), (json!([]), json!("not-set")));
    // A table speaks to its own command.
    let arguments = ["config", "show", "--format", "json", "configure"];
    let configure = run_in(folder.path(), &[], &arguments);
    assert_eq!(shown(&configure, "strict"), (json!(["false"]), json!("default")));
    assert_eq!(shown(&configure, key), (json!(["30"]), json!("file")));
}

#[test]
fn the_variable_of_the_vendor_holds_where_ours_is_not_set() {
    let folder = folder();
    let show = |variables: &[(&str, &str)]| {
        let arguments = ["config", "show", "--format", "json", "configure"];
        shown(&run_in(folder.path(), variables, &arguments), "endpoint").0
    };
    let vendors = ("EVENTBRIDGE_ENDPOINT", "https://a.example");
    let ours = ("CDC_PREFLIGHT_ENDPOINT", "https://b.example");
    assert_eq!(show(&[vendors]), json!(["https://a.example"]));
    assert_eq!(show(&[vendors, ours]), json!(["https://b.example"]));
}

#[test]
fn an_unusable_variable_is_named() {
    let folder = folder();
    let facts = recorded("postgres");
    let variable = [("CDC_PREFLIGHT_TIMEOUT", "soon")];
    let output = run_in(folder.path(), &variable, &["check", "--facts", &facts]);
    assert_eq!(code(&output), 2);
    assert!(said(&output).contains("CDC_PREFLIGHT_TIMEOUT"), "{}", said(&output));
}

#[test]
fn the_file_in_the_working_directory_comes_before_the_users() {
    let users = folder();
    let place = users.path().join("cdc-preflight");
    std::fs::create_dir(&place).unwrap();
    std::fs::write(place.join("config.toml"), "version = 1\ntimeout = 7\n").unwrap();
    let xdg = [("XDG_CONFIG_HOME", users.path().to_str().unwrap())];
    let arguments = ["config", "show", "--format", "json"];
    let timeout = |folder: &Path| shown(&run_in(folder, &xdg, &arguments), "timeout").0;
    assert_eq!(timeout(folder().path()), json!(["7"]));
    assert_eq!(timeout(with_file("version = 1\ntimeout = 8\n").path()), json!(["8"]));
}

#[test]
fn relative_paths_start_at_the_file() {
    let (place, elsewhere) = (folder(), folder());
    let text = "version = 1\nreport = [\"short\", \"json=out.json\"]\ntls-ca = \"ca.pem\"\n";
    let file = place.path().join("c.toml");
    std::fs::write(&file, text).unwrap();
    let (file, facts) = (file.to_str().unwrap(), recorded("postgres"));
    let output = run_in(elsewhere.path(), &[], &["check", "--config", file, "--facts", &facts]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("warn"), "{}", said(&output));
    assert!(place.path().join("out.json").is_file());
    let show = ["config", "show", "--config", file, "--format", "json"];
    let ca = shown(&run_in(elsewhere.path(), &[], &show), "tls-ca").0;
    assert_eq!(ca, json!([place.path().join("ca.pem")]));
}

#[test]
fn thresholds_of_the_file_and_of_flags_add_up() {
    let folder = with_file(
        "version = 1\n[threshold]\nwal_keep_warn_hours = 1\ntables_warn = 2\n\
         [check.threshold]\ntables_warn = 3\n",
    );
    let arguments = ["config", "show", "check", "--threshold", "wal_keep_warn_hours=4"];
    let output = run_in(folder.path(), &[], &arguments);
    let said = said(&output);
    assert!(said.contains("threshold.\"wal_keep_warn_hours\" = 4"), "{said}");
    assert!(said.contains("threshold.\"tables_warn\" = 3"), "{said}");
    // And they are obeyed: a healthy database with one table too many.
    let folder = with_file("version = 1\nfail-on = \"recommended\"\nthreshold.tables_warn = 0\n");
    let facts = recorded("postgres");
    let output = run_in(folder.path(), &[], &["check", "--facts", &facts, "--report", "short"]);
    assert_eq!(code(&output), 12, "{output:?}");
}

#[test]
fn commands_that_take_no_defaults_read_no_file() {
    let folder = with_file("this is no TOML");
    for arguments in [&["checks", "list"][..], &["--version"], &["completions", "bash"]] {
        assert_eq!(code(&run_in(folder.path(), &[], arguments)), 0, "{arguments:?}");
    }
}

#[test]
fn init_writes_once() {
    let folder = folder();
    let init = |arguments: &[&str]| run_in(folder.path(), &[], arguments);
    assert_eq!(code(&init(&["init"])), 0);
    let path = folder.path().join("cdc-preflight.toml");
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written.contains("\nversion = 1\n"));
    std::fs::write(&path, "version = 1\n").unwrap();
    let refused = init(&["init"]);
    assert_eq!(code(&refused), 2);
    assert!(said(&refused).contains("--force"), "{}", said(&refused));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "version = 1\n");
    assert_eq!(code(&init(&["init", "--force"])), 0);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), written);
    assert_eq!(init(&["init", "-"]).stdout, written.as_bytes());
}

#[test]
fn the_manifest_to_begin_with_is_read() {
    let output = run(&["init", "--manifest", "-"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let env = |name: &str| name.ends_with("PASSWORD").then(|| "p".to_owned());
    let loaded = request::load(Input::text("request.yaml", text.as_str()), &env);
    assert_eq!(loaded.expect("it is read").requests.len(), 1);
    // The other request is one as well, without the signs that make it a comment.
    let (_, other) = text.split_once("\n  # - ").unwrap();
    let other = format!("requests:\n  # - {other}").replace("  # ", "  ");
    let loaded = request::load(Input::text("request.yaml", other), &env);
    assert_eq!(loaded.expect("it is read").requests.len(), 1);
}

#[test]
fn the_schema_takes_what_init_shows() {
    let schema = run(&["config", "schema"]);
    let schema: Value = serde_json::from_slice(&schema.stdout).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let template = String::from_utf8(run(&["init", "-"]).stdout).unwrap();
    let lines = template.lines().map(|line| match line.strip_prefix("# ") {
        Some(rest) if rest.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')) => {
            format!("{rest}\n").replace("\"<SECONDS>\"", "5")
        }
        _ => format!("{line}\n"),
    });
    let text: String = lines.collect();
    let mut document: Value = toml::from_str(&text).expect("TOML");
    // Where one of some words is needed, the placeholder is none of them.
    let is_open = |value: &Value| !value.as_str().is_some_and(|text| text.starts_with('<'));
    let members = document.as_object_mut().unwrap();
    members.retain(|_, value| is_open(value));
    for table in members.values_mut().filter_map(Value::as_object_mut) {
        table.retain(|_, value| is_open(value));
    }
    assert!(document.as_object().unwrap().len() > 15, "{document:#}");
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    for wrong in [
        json!({}),
        json!({ "version": 1, "tls_mode": "require" }),
        json!({ "version": 1, "tls-mode": "x" }),
        json!({ "version": 1, "tls-key": "k" }),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

/// `UPDATE_SCHEMAS=1 cargo test --test cli` writes it anew.
#[test]
fn the_published_schema_is_the_one_that_is_printed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schemas/config-v1.json");
    let printed = String::from_utf8(run(&["config", "schema"]).stdout).unwrap();
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(path, &printed).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), printed, "{path}");
}
