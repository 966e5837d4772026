//! Cases in which checks of this kind are known to be wrong: privileges found by searching for
//! words, refusals taken for answers, and variables taken for the truth.

use serde_json::{Value, json};

use crate::{Facts, Intent, Outcome, judge};

const MYSQL: &str = include_str!("../../tests/facts/mysql.json");
const MARIADB: &str = include_str!("../../tests/facts/mariadb-10.11.json");

/// The outcome of a check on recorded facts, with other values at some places.
fn outcome(recording: &str, places: &[(&str, Value)], id: &str) -> Outcome {
    let facts = with(recording, places);
    let report = judge(&facts, &Intent::of(&facts.request));
    report.results.iter().find(|one| one.check.id == id).expect("it is there").outcome
}

fn with(recording: &str, places: &[(&str, Value)]) -> Facts {
    let mut document: Value = serde_json::from_str(recording).expect("JSON");
    let source = document.pointer_mut("/source/my_sql").expect("a source");
    for (place, value) in places {
        let (parent, name) = place.rsplit_once('/').expect("a place");
        let parent = source.pointer_mut(parent).expect("a parent");
        parent[name] = value.clone();
    }
    serde_json::from_value(document).expect("facts")
}

fn known(value: Value) -> Value {
    json!({ "known": value })
}

fn denied() -> Value {
    json!({ "missing": { "reason": "denied", "what": "it", "needs": "a privilege" } })
}

fn variable(value: &str) -> Value {
    json!({ "value": value })
}

#[test]
fn a_word_in_a_name_is_no_privilege() {
    let id = "mysql/replication-slave";
    let lines = [
        "GRANT ALL PRIVILEGES ON `allinone`.* TO `cdc_user`@`%`",
        "GRANT SELECT ON `replication slave`.* TO `cdc_user`@`%`",
        "GRANT SELECT (`REPLICATION SLAVE`) ON `d`.`t` TO `cdc_user`@`%`",
        "REVOKE REPLICATION SLAVE ON `d`.* FROM `cdc_user`@`%`",
        "GRANT REPLICATION_SLAVE_ADMIN ON *.* TO `cdc_user`@`%`",
    ];
    for line in lines {
        let maria = [("/grants", known(json!([line])))];
        assert_eq!(outcome(MARIADB, &maria, id), Outcome::Fail, "{line}");
        let mysql = [("/grants", known(json!([line]))), ("/replicas", denied())];
        assert_eq!(outcome(MYSQL, &mysql, id), Outcome::Fail, "{line}");
    }
}

#[test]
fn privileges_of_roles_and_of_everybody_count() {
    let lines = json!([
        "GRANT `r_cdc` TO `cdc_user`@`%`",
        "GRANT USAGE ON *.* TO `cdc_user`@`%` IDENTIFIED BY PASSWORD <redacted>",
        "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO `r_cdc`",
        "GRANT SELECT ON `inventory`.* TO PUBLIC",
        "SET DEFAULT ROLE `r_cdc` FOR `cdc_user`@`%`",
    ]);
    let places = [("/grants", known(lines)), ("/identity/known/current_role", json!("r_cdc"))];
    for id in ["mysql/replication-slave", "mysql/table-select", "mysql/roles-inactive"] {
        assert_eq!(outcome(MARIADB, &places, id), Outcome::Pass, "{id}");
    }
}

#[test]
fn names_that_are_patterns_are_read_as_such() {
    for pattern in ["inventor\\\\_", "inventory", "invent%", "inventor_"] {
        let line = format!("GRANT SELECT ON `{pattern}`.* TO `cdc_user`@`%`");
        let places = [("/grants", known(json!([line])))];
        // The server's own answer for each column decides; the pattern only explains.
        assert_eq!(outcome(MYSQL, &places, "mysql/table-select"), Outcome::Pass, "{pattern}");
    }
}

#[test]
fn the_documented_account_of_mariadb_is_enough() {
    let facts = with(MARIADB, &[]);
    let report = judge(&facts, &Intent::of(&facts.request));
    let closing: Vec<&str> =
        report.results.iter().filter(|one| one.closes_gate()).map(|one| one.check.id).collect();
    assert!(closing.is_empty(), "{closing:?}");
    assert_eq!(outcome(MARIADB, &[], "mysql/replica-health"), Outcome::Undetermined);
}

#[test]
fn a_hidden_table_of_amazon_does_not_make_it_another_platform() {
    let amazon = ("/variables/known/basedir", variable("/rdsdbbin/mysql-8.4.5"));
    let places = [amazon.clone(), ("/rds_retention", denied())];
    assert_eq!(outcome(MYSQL, &places, "mysql/retention"), Outcome::Warn);
    let places = [amazon, ("/rds_retention", known(Value::Null))];
    assert_eq!(outcome(MYSQL, &places, "mysql/retention"), Outcome::Fail);
}

#[test]
fn kept_forever_is_not_believed_where_something_else_deletes() {
    let forever = ("/variables/known/binlog_expire_logs_seconds", variable("0"));
    assert_eq!(outcome(MYSQL, std::slice::from_ref(&forever), "mysql/retention"), Outcome::Pass);
    let capped = ("/variables/known/binlog_space_limit", variable("10737418240"));
    assert_eq!(
        outcome(MYSQL, &[forever.clone(), capped], "mysql/retention-size-cap"),
        Outcome::Warn
    );
    let managed = ("/variables/known/rds_version", variable("20240731"));
    assert_eq!(outcome(MYSQL, &[forever, managed], "mysql/retention"), Outcome::Warn);
}

#[test]
fn one_passing_variable_proves_little() {
    let off = ("/variables/known/log_bin", variable("OFF"));
    assert_eq!(outcome(MYSQL, std::slice::from_ref(&off), "mysql/binlog-format"), Outcome::Pass);
    assert_eq!(outcome(MYSQL, &[off], "mysql/log-bin"), Outcome::Fail);
}

#[test]
fn what_does_no_harm_is_not_held_against_a_server() {
    let places = [
        ("/variables/known/binlog_encryption", variable("ON")),
        ("/tables/known/found/0/options", json!("ENCRYPTION='Y'")),
    ];
    let (before, after) = (with(MYSQL, &[]), with(MYSQL, &places));
    let outcomes = |facts: &Facts| -> Vec<Outcome> {
        let report = judge(facts, &Intent::of(&facts.request));
        report.results.iter().map(|result| result.outcome).collect()
    };
    assert_eq!(outcomes(&before), outcomes(&after));
}

#[test]
fn the_server_compares_names_by_its_own_rule() {
    let found = |rule: u8, name: &str| {
        let facts = with(MYSQL, &[("/identity/known/lower_case_table_names", json!(rule))]);
        let crate::facts::Source::MySql(db) = &facts.source else { panic!("MySQL") };
        db.identity.known().expect("an identity").same_name("Orders", name)
    };
    assert!(found(0, "Orders") && !found(0, "orders"));
    assert!(found(1, "orders") && found(2, "ORDERS"));
    // Other letters than those of English have two cases as well.
    let facts = with(MYSQL, &[("/identity/known/lower_case_table_names", json!(1))]);
    let crate::facts::Source::MySql(db) = &facts.source else { panic!("MySQL") };
    assert!(db.identity.known().expect("an identity").same_name("Ünïts", "ünïts"));
}
