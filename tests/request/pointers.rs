//! The paths of what is wrong with a document.

use cdc_preflight::request::Problems;

use super::{document, url};

fn pointers(problems: &Problems) -> Vec<Option<&str>> {
    problems.iter().map(|problem| problem.pointer.as_deref()).collect()
}

#[test]
fn every_problem_of_a_document_has_its_path() {
    let yaml = "\
requests:
  - configureMySQLSource:
      HostName: db
      Prot: 3306
      Port: many
      User: ${NOT_SET}
      Password: ${PG_PASSWORD}
      DatabaseName: a
      TableNames: a.b
  - frobnicate: {}
  - seven
";
    let json = r#"{"requests": [{"configureMySQLSource": {"HostName": "db", "Prot": 3306,
        "Port": "many", "User": "${NOT_SET}", "Password": "${PG_PASSWORD}",
        "DatabaseName": "a", "TableNames": "a.b"}}, {"frobnicate": {}}, "seven"]}"#;
    for text in [yaml, json] {
        let problems = document(text, None).expect_err("it is wrong");
        let found = pointers(&problems);
        let mut found: Vec<&str> = found.into_iter().map(|it| it.expect("a path")).collect();
        found.dedup();
        let within = |field: &str| format!("/requests/0/configureMySQLSource{field}");
        let expected = ["", "/Prot", "/Port", "/User"].map(within);
        let expected = expected.iter().map(String::as_str);
        let expected: Vec<&str> =
            expected.chain(["/requests/1/frobnicate", "/requests/2"]).collect();
        assert_eq!(found, expected, "{problems}");
    }
}

#[test]
fn signs_of_a_path_are_escaped_and_a_payload_begins_at_its_root() {
    let problems = document("{\"a/b~c\": 1, RegionId: 5}", Some("configureMySQLSource"));
    let problems = problems.expect_err("it is wrong");
    let found = pointers(&problems);
    assert!(found.contains(&Some("/a~1b~0c")) && found.contains(&Some("")), "{found:?}");
    let problems = document("[1]", None).expect_err("it is wrong");
    assert_eq!(pointers(&problems), [Some("")]);
}

#[test]
fn a_path_shows_no_more_than_the_message_does() {
    let text = "requests: [configureMySQLSource: {Password: half,other-half}]";
    let problems = document(text, None).expect_err("it is wrong");
    assert!(!format!("{problems:?}").contains("other-half"), "{problems:?}");
    assert!(problems.iter().all(|it| it.pointer.is_some()), "{problems:?}");

    let long = format!("requests: [{{configureMySQLSource: {{{}: 1}}}}]", "k".repeat(900));
    let problems = document(long, None).expect_err("it is wrong");
    let longest = pointers(&problems).into_iter().flatten().map(str::len).max();
    assert_eq!(longest, Some("/requests/0/configureMySQLSource".len()));
}

#[test]
fn what_cannot_be_read_has_no_path() {
    let problems = document("requests: [", None).expect_err("it is wrong");
    assert_eq!(pointers(&problems), [None]);
    let problems = url("mysql://u@h/d?x=1", &[]).expect_err("it is wrong");
    assert!(pointers(&problems).iter().all(Option::is_none), "{problems:?}");
}
