//! Where requests stand in their files.

use cdc_preflight::checks::Subject;
use cdc_preflight::request::{Input, Origin};

use super::{document, load, url};

/// The text at the place of a subject.
fn text_at<'a>(text: &'a str, origin: &Origin, subject: &Subject) -> &'a str {
    let region = origin.region(subject).expect("a region");
    let line = text.lines().nth(region.start_line - 1).expect("a line");
    let end = if region.end_line == region.start_line { region.end_column } else { usize::MAX };
    let column = |column: usize| line.char_indices().nth(column - 1).map_or(line.len(), |it| it.0);
    &line[column(region.start_column)..column(end.min(line.chars().count() + 1))]
}

const YAML: &str = "\
# 订单
requests:
  - configureMySQLSource: {HostName: db, RegionId: cn-hangzhou, Port: 3306,
      \"User\": \"cdc\", Password: \"${PG_PASSWORD}\", DatabaseName: ö, TableNames: 'ab,a, ö.b'}
";

#[test]
fn every_part_of_a_request_has_its_place() {
    let loaded = document(YAML, None).expect("a good manifest");
    let origin = loaded.requests[0].origin().expect("it is in a file");
    assert_eq!(origin.file(), "r.yaml");
    let cases = [
        (Subject::Server, "db"),
        (Subject::Account("whoever".into()), "\"cdc\""),
        (Subject::Database("ö".into()), "ö"),
        (Subject::Field("Port".into()), "3306"),
        (Subject::Field("VpcId".into()), "configureMySQLSource"),
        (Subject::Publication("p".into()), "configureMySQLSource"),
        (Subject::Table("ö.ab".into()), "ab"),
        (Subject::Table("ö.a".into()), "a"),
        (Subject::Table("ö.B".into()), "ö.b"),
        (Subject::Table("ö.partition".into()), "'ab,a, ö.b'"),
    ];
    for (subject, expected) in cases {
        assert_eq!(text_at(YAML, origin, &subject), expected, "{subject:?}");
    }
    let b = origin.region(&Subject::Table("ö.b".into())).expect("a region");
    assert_eq!((b.start_line, b.end_line), (4, 4));
    assert_eq!(b.end_column - b.start_column, "ö.b".chars().count());
}

#[test]
fn what_comes_from_a_variable_stands_where_the_field_does() {
    let text = YAML.replace("'ab,a, ö.b'", "'ab,${PG_PASSWORD}'");
    let loaded = document(&text, None).expect("a good manifest");
    let origin = loaded.requests[0].origin().expect("it is in a file");
    let at = |table: &str| text_at(&text, origin, &Subject::Table(table.into()));
    assert_eq!((at("ö.ab"), at("ö.hunter2")), ("ab", "'ab,${PG_PASSWORD}'"));
}

#[test]
fn what_is_in_no_file_has_no_origin() {
    let quick = url("postgres://u@h/db", &["a.b"]).expect("a good URL");
    assert!(quick.requests[0].origin().is_none());
    let read = load(Input::text("<stdin>", YAML), &super::env).expect("a good manifest");
    assert!(read.requests[0].origin().is_none());
}
