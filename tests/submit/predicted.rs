//! `pattern test` and `transform test` on the events of a source, as a user runs them.

use std::process::{Command, Stdio};

const FACTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/facts/postgres.json");

/// The exit code, and what was printed.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_cdc-preflight"))
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn pattern(pattern: &str) -> (i32, String, String) {
    run(&["pattern", "test", "--facts", FACTS, "--pattern", pattern])
}

#[test]
fn a_pattern_says_which_operations_of_which_tables_pass() {
    let (code, out, err) = pattern(r#"{"data": {"op": ["c", "d"]}}"#);
    assert_eq!(code, 0, "{out}{err}");
    for line in [
        "public.products insert: passes\n",
        "public.products update: no match: data.op is \"u\"; wanted: \"c\" or \"d\"\n",
        "public.products delete: passes\n",
    ] {
        assert!(out.contains(line), "{line}: {out}");
    }
    assert!(out.ends_with("kinds of events may pass\n") && err.is_empty(), "{out}{err}");
}

#[test]
fn what_cannot_be_relied_on_is_warned_of_and_nothing_passing_is_a_failure() {
    let (code, out, err) = pattern(r#"{"data": {"op": ["d"], "before": {"name": ["x"]}}}"#);
    assert_eq!(code, 10, "{out}{err}");
    assert!(err.contains("data.before.name of public.products, delete: a value stands there"));
    let (code, out, err) = pattern(r#"{"data": {"after": {"nmae": ["x"]}}}"#);
    assert_eq!(code, 10, "{out}{err}");
    assert!(err.contains("data.after.nmae is in no event that will come"), "{err}");
    assert!(out.starts_with("public.products insert: no match: data.after.nmae"), "{out}");
}

#[test]
fn a_transform_is_shown_on_every_kind_of_event() {
    let path = r#"{"Form": "JSONPATH", "Value": "$.data.op"}"#;
    let (code, out, err) = run(&["transform", "test", "--transform", path, "--facts", FACTS]);
    assert_eq!(code, 0, "{err}");
    for lines in
        ["inventory.public.products insert\n  c\n", "inventory.public.orders delete\n  d\n"]
    {
        assert!(out.contains(lines), "{lines}: {out}");
    }
}

#[test]
fn something_to_try_it_on_is_needed() {
    let (code, _, err) = run(&["pattern", "test", "--pattern", "{}"]);
    assert_eq!(code, 2);
    assert!(err.contains("REQUEST"), "{err}");
    let event = r#"{"source": "a"}"#;
    let (code, out, _) =
        run(&["pattern", "test", "--pattern", r#"{"source": ["a"]}"#, "--event", event]);
    assert_eq!((code, out.as_str()), (0, "--event: matches\n"));
}
