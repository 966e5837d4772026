#![allow(clippy::unwrap_used, reason = "tests")]

mod model;
mod properties;

use super::line::{Grant, Line, Privilege, Scope};
use super::{Grants, Need, Readable, Role, missing_grants, redact};
use crate::facts::mysql::Identity;
use crate::{TableName, Text};

fn identity(version: &str, role: Option<&str>) -> Identity {
    Identity {
        version: version.into(),
        version_comment: "".into(),
        user: "u@h".into(),
        current_user: "u@%".into(),
        current_role: role.map(Text::new),
        hostname: "db".into(),
        max_user_connections: 0,
        lower_case_table_names: 0,
        utc_offset_seconds: 0,
        clock: None,
        session_id: None,
    }
}

fn mysql(lines: &[&str]) -> Grants {
    parse(lines, &identity("8.4.6", None))
}

fn mariadb(lines: &[&str]) -> Grants {
    parse(lines, &identity("10.11.19-MariaDB", None))
}

fn parse(lines: &[&str], identity: &Identity) -> Grants {
    let lines: Vec<Text> = lines.iter().map(|line| Text::new(*line)).collect();
    Grants::parse(&lines, identity)
}

fn table(schema: &str, name: &str) -> TableName {
    TableName::new(schema, name)
}

#[test]
fn a_partial_revoke_takes_one_database_out() {
    let grants = mysql(&[
        "GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `g1`@`%`",
        "REVOKE SELECT ON `my_db`.* FROM `g1`@`%`",
    ])
    .partial_revokes(true);
    assert!(grants.has_global("REPLICATION SLAVE") && grants.has_global("BINLOG MONITOR"));
    assert!(grants.is_revoked("my_db") && !grants.is_revoked("myXdb"));
    assert_eq!(grants.readable(&table("my_db", "t")), Readable::Nothing);
    assert_eq!(grants.readable(&table("other", "t")), Readable::All);
}

#[test]
fn roles_that_are_only_granted_give_nothing() {
    let grants =
        mysql(&["GRANT USAGE ON *.* TO `g2`@`%`", "GRANT `r_cdc`@`%`,`r_nest`@`%` TO `g2`@`%`"]);
    assert!(!grants.has_global("REPLICATION SLAVE") && !grants.has_global("SELECT"));
    let quoted: Vec<String> = grants.inactive_roles().iter().map(Role::quoted).collect();
    assert_eq!(quoted, ["`r_cdc`@`%`", "`r_nest`@`%`"]);
}

#[test]
fn active_roles_are_told_from_inactive_ones() {
    let lines = ["GRANT `r_cdc`@`%`,`r_nest`@`%` TO `g3`@`%` WITH ADMIN OPTION"];
    let grants = parse(&lines, &identity("9.7.4", Some("`r_cdc`@`%`")));
    let names: Vec<&str> = grants.granted_roles().iter().map(|role| role.name.as_str()).collect();
    assert_eq!(names, ["r_cdc", "r_nest"]);
    assert_eq!(grants.inactive_roles().len(), 1);
    let maria = parse(
        &["GRANT `r_cdc` TO `g3`@`%`", "SET DEFAULT ROLE `r_cdc` FOR `g3`@`%`"],
        &identity("11.8.9-MariaDB", Some("r_cdc")),
    );
    assert!(maria.inactive_roles().is_empty());
}

#[test]
fn column_grants_are_not_grants_on_the_table() {
    let line = "GRANT SELECT (`a`, `b`), UPDATE (`c`) ON `my_db`.`t` TO `g4`@`%`";
    let privilege = |name: &str, columns: &[&str]| Privilege {
        name: name.into(),
        columns: columns.iter().map(|&column| column.into()).collect(),
    };
    let expected = Grant {
        privileges: vec![privilege("SELECT", &["a", "b"]), privilege("UPDATE", &["c"])],
        scope: Scope::Table { schema: "my_db".into(), table: "t".into() },
        grantee: "g4@%".into(),
    };
    assert_eq!(Line::parse(line), Line::Grant(expected));
    let readable = mysql(&[line]).readable(&table("my_db", "t"));
    assert_eq!(readable, Readable::Columns(vec!["a".into(), "b".into()]));
    let old = mysql(&["GRANT SELECT (a), REFERENCES (a) ON `d`.`t` TO 'u'@'%'"]);
    assert_eq!(old.readable(&table("d", "t")), Readable::Columns(vec!["a".into()]));
}

#[test]
fn quotes_within_names_are_read() {
    let grants = mysql(&["GRANT SELECT ON `we``ird`.`ta\"ble` TO `g4`@`%`"]);
    assert_eq!(grants.readable(&table("we`ird", "ta\"ble")), Readable::All);
    assert_eq!(grants.readable(&table("we``ird", "ta\"ble")), Readable::Nothing);
}

#[test]
fn names_of_databases_are_patterns() {
    let reads = |pattern: &str, schema: &str| {
        let line = format!("GRANT SELECT ON `{pattern}`.* TO `w2`@`%`");
        mysql(&[&line]).readable(&table(schema, "t")) == Readable::All
    };
    assert!(reads("my\\_db", "my_db") && !reads("my\\_db", "myXdb"));
    assert!(reads("my_db", "my_db") && reads("my_db", "myXdb"));
    assert!(reads("%a%a%b", "xaaxab") && !reads("%a%a%b", "xaaxac") && reads("_%_", "ab"));
    assert!(reads("my%", "my") && reads("my%", "my_db") && !reads("my%", "amy"));
}

#[test]
fn partial_revokes_make_patterns_literal() {
    let escaped = mysql(&["GRANT SELECT ON `my\\_db`.* TO `w2`@`%`"]).partial_revokes(true);
    assert_eq!(escaped.readable(&table("my_db", "t")), Readable::Nothing);
    assert_eq!(escaped.disarmed_pattern("my_db"), Some("my\\_db"));
    let plain = mysql(&["GRANT SELECT ON `my_db`.* TO `w2`@`%`"]).partial_revokes(true);
    assert_eq!(plain.readable(&table("my_db", "t")), Readable::All);
    assert_eq!(plain.readable(&table("myXdb", "t")), Readable::Nothing);
    assert_eq!(plain.disarmed_pattern("my_db"), None);
}

#[test]
fn the_most_specific_pattern_decides() {
    let lines = ["GRANT SELECT ON `my%`.* TO `u`@`%`", "GRANT INSERT ON `my\\_db`.* TO `u`@`%`"];
    assert_eq!(mysql(&lines).readable(&table("my_db", "t")), Readable::Nothing);
    let other = ["GRANT SELECT ON `my%`.* TO PUBLIC", "GRANT INSERT ON `my\\_db`.* TO `u`@`%`"];
    assert_eq!(mariadb(&other).readable(&table("my_db", "t")), Readable::All);
}

#[test]
fn dynamic_privileges_have_no_blanks() {
    let grants = mysql(&["GRANT BINLOG_ADMIN,CONNECTION_ADMIN,ROLE_ADMIN ON *.* TO `root`@`%`"]);
    assert!(grants.has_global("CONNECTION_ADMIN") && !grants.has_global("SELECT"));
}

#[test]
fn all_privileges_give_everything() {
    let grants = mysql(&["GRANT ALL PRIVILEGES ON *.* TO 'w4'@'%' WITH GRANT OPTION"]);
    assert!(grants.has_global("REPLICATION SLAVE"));
    assert_eq!(grants.readable(&table("d", "t")), Readable::All);
    let local = mysql(&["GRANT ALL PRIVILEGES ON `allinone`.* TO 'w4'@'%'"]);
    assert!(!local.has_global("REPLICATION SLAVE"));
}

#[test]
fn proxies_and_routines_give_nothing() {
    let lines = [
        "GRANT PROXY ON `w1`@`%` TO `w6`@`%`",
        "GRANT EXECUTE ON PROCEDURE `d`.`p` TO `w6`@`%`",
        "SET DEFAULT ROLE `r_cdc` FOR `g3`@`%`",
        "",
        "GRANT SELECT ON `unfinished",
    ];
    for line in lines {
        assert_eq!(Line::parse(line), Line::Other, "{line}");
    }
}

#[test]
fn mariadb_names_roles_and_public_as_grantees() {
    let grants = mariadb(&[
        "GRANT `r_cdc` TO `m1`@`%`",
        "GRANT USAGE ON *.* TO `m1`@`%` IDENTIFIED BY PASSWORD <redacted>",
        "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO `r_cdc`",
        "GRANT SELECT ON `my_db`.* TO PUBLIC",
        "GRANT SELECT ON `test\\_%`.* TO PUBLIC",
    ]);
    assert!(grants.has_global("REPLICATION SLAVE") && grants.has_global("REPLICATION CLIENT"));
    assert_eq!(grants.readable(&table("my_db", "t")), Readable::All);
    assert_eq!(grants.readable(&table("test_1", "t")), Readable::All);
    assert_eq!(grants.readable(&table("test", "t")), Readable::Nothing);
}

#[test]
fn hashes_are_redacted_and_the_rest_is_kept() {
    let cases = [
        (
            "GRANT REPLICATION SLAVE ON *.* TO `m1`@`%` IDENTIFIED BY PASSWORD '*8B2A'",
            "GRANT REPLICATION SLAVE ON *.* TO `m1`@`%` IDENTIFIED BY PASSWORD <redacted>",
        ),
        (
            "GRANT USAGE ON *.* TO `w6`@`%` IDENTIFIED BY PASSWORD '*8B' REQUIRE SSL WITH \
             MAX_USER_CONNECTIONS 2",
            "GRANT USAGE ON *.* TO `w6`@`%` IDENTIFIED BY PASSWORD <redacted> REQUIRE SSL WITH \
             MAX_USER_CONNECTIONS 2",
        ),
        (
            "GRANT USAGE ON *.* TO `e`@`%` IDENTIFIED VIA ed25519 USING 'Zk' OR pam USING 'x''y'",
            "GRANT USAGE ON *.* TO `e`@`%` IDENTIFIED VIA ed25519 USING <redacted>",
        ),
        (
            "GRANT SELECT ON `IDENTIFIED BY`.* TO 'IDENTIFIED'@'%'",
            "GRANT SELECT ON `IDENTIFIED BY`.* TO 'IDENTIFIED'@'%'",
        ),
        (
            "GRANT USAGE ON *.* TO `b`@`%` IDENTIFIED BY 'cut",
            "GRANT USAGE ON *.* TO `b`@`%` IDENTIFIED BY <redacted>",
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(redact(line), expected);
    }
}

#[test]
fn limits_behind_a_hash_do_not_disturb() {
    let line = "GRANT BINLOG MONITOR ON *.* TO `w6`@`%` IDENTIFIED BY PASSWORD <redacted> REQUIRE \
                SSL WITH MAX_USER_CONNECTIONS 2";
    assert!(mariadb(&[line]).has_global("REPLICATION CLIENT"));
}

#[test]
fn what_is_needed_is_granted_and_nothing_else() {
    let needs = [
        Need::Global("REPLICATION SLAVE"),
        Need::Global("REPLICATION CLIENT"),
        Need::Select(table("my_db", "a")),
        Need::Select(table("we`ird", "b")),
    ];
    let statements = missing_grants(&mysql(&[]), &needs, "u@%");
    let told: Vec<&str> = statements.iter().map(|one| one.sql.as_str()).collect();
    let expected = [
        "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `u`@`%`;",
        "GRANT SELECT ON `my_db`.`a` TO `u`@`%`;",
        "GRANT SELECT ON `we``ird`.`b` TO `u`@`%`;",
    ];
    assert_eq!(told, expected);
    assert_eq!(statements[1].undo, "REVOKE SELECT ON `my_db`.`a` FROM `u`@`%`;");
}

#[test]
fn columns_are_granted_again_when_the_table_is_taken_back() {
    let grants = mysql(&["GRANT SELECT (`a`, `b``c`), INSERT (`d`) ON `s`.`t` TO `u`@`%`"]);
    let statements = missing_grants(&grants, &[Need::Select(table("s", "t"))], "u@%");
    assert_eq!(
        statements[0].undo,
        "REVOKE SELECT ON `s`.`t` FROM `u`@`%`; GRANT SELECT (`a`, `b``c`) ON `s`.`t` TO `u`@`%`;"
    );
}

#[test]
fn what_is_held_is_told_object_by_object() {
    let grants = mysql(&[
        "GRANT SELECT ON *.* TO `u`@`%`",
        "GRANT INSERT, DELETE ON `my_db`.* TO `u`@`%` WITH GRANT OPTION",
        "GRANT UPDATE (`a`, `b`) ON `my_db`.`t``1` TO `u`@`%`",
    ]);
    let told: Vec<String> = grants.held().iter().map(super::Held::describe).collect();
    let expected =
        ["SELECT on *.*", "INSERT, DELETE, GRANT OPTION on `my_db`.*", "UPDATE on `my_db`.`t``1`"];
    assert_eq!(told, expected);
    assert!(grants.held().iter().all(|held| held.grantee == "u@%"));
}

#[test]
fn patterns_that_fit_several_databases_are_found() {
    let lines = [
        "GRANT SELECT ON `my_db`.* TO `u`@`%`",
        "GRANT SELECT ON `your\\_db`.* TO `u`@`%`",
        "GRANT SELECT ON `shop%`.* TO `u`@`%`",
        "GRANT SELECT ON `test\\_%`.* TO PUBLIC",
    ];
    assert_eq!(mysql(&lines).wide_patterns(), ["my_db", "shop%"]);
    assert!(mysql(&lines).partial_revokes(true).wide_patterns().is_empty());
}

#[test]
fn a_privilege_on_a_database_is_granted_on_no_other() {
    let lock = |grants: &Grants| {
        let need = Need::OnSchema("LOCK TABLES", "my_db".into());
        missing_grants(grants, &[need], "u@%").remove(0).sql
    };
    assert_eq!(lock(&mysql(&[])), "GRANT LOCK TABLES ON `my\\_db`.* TO `u`@`%`;");
    let literal = mysql(&[]).partial_revokes(true);
    assert_eq!(lock(&literal), "GRANT LOCK TABLES ON `my_db`.* TO `u`@`%`;");
}

#[test]
fn a_grant_on_one_database_repeats_what_a_pattern_gave() {
    let need = [Need::OnSchema("LOCK TABLES", "my_db".into())];
    let lines = [
        "GRANT INSERT ON `my%`.* TO `u`@`%`",
        "GRANT SELECT ON `my_db`.* TO `u`@`%` WITH GRANT OPTION",
        "GRANT DELETE ON `my_db`.* TO `other`@`%`",
    ];
    let statement = missing_grants(&mysql(&lines), &need, "u@%").remove(0);
    assert_eq!(statement.sql, "GRANT SELECT, LOCK TABLES ON `my\\_db`.* TO `u`@`%`;");
    assert_eq!(statement.undo, "REVOKE SELECT, LOCK TABLES ON `my\\_db`.* FROM `u`@`%`;");
    let exact = ["GRANT SELECT ON `my\\_db`.* TO `u`@`%`"];
    let statement = missing_grants(&mysql(&exact), &need, "u@%").remove(0);
    assert_eq!(statement.sql, "GRANT LOCK TABLES ON `my\\_db`.* TO `u`@`%`;");
}
