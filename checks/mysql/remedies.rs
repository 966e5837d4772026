//! What is advised on platforms where an administrator has no right to change the server.

use serde_json::json;

use crate::{Action, Actor, Facts, Flavour, Intent, Outcome, Remedy, Report, judge};

const MYSQL: &str = include_str!("../../tests/facts/mysql.json");
const MARIADB: &str = include_str!("../../tests/facts/mariadb-11.8.json");

/// Values that checks complain of, for products that have the variable.
const BAD: [(&str, &str); 26] = [
    ("binlog_annotate_row_events", "OFF"),
    ("binlog_checksum", "NONE"),
    ("binlog_error_action", "IGNORE_ERROR"),
    ("binlog_expire_logs_seconds", "3600"),
    ("binlog_format", "STATEMENT"),
    ("binlog_legacy_event_pos", "OFF"),
    ("binlog_row_image", "MINIMAL"),
    ("binlog_row_value_options", "PARTIAL_JSON"),
    ("binlog_transaction_compression", "ON"),
    ("default_password_lifetime", "90"),
    ("enforce_gtid_consistency", "OFF"),
    ("gtid_mode", "OFF"),
    ("init_connect", "SET autocommit = 0"),
    ("innodb_flush_log_at_trx_commit", "2"),
    ("log_bin", "OFF"),
    ("log_bin_compress", "ON"),
    ("log_replica_updates", "OFF"),
    ("log_slave_updates", "OFF"),
    ("max_allowed_packet", "1048576"),
    ("max_connections", "2"),
    ("max_execution_time", "1000"),
    ("net_write_timeout", "1"),
    ("offline_mode", "ON"),
    ("server_id", "0"),
    ("sql_mode", "ANSI_QUOTES"),
    ("sync_binlog", "0"),
];

fn report(recording: &str, mark: (&str, &str)) -> Report {
    let mut document: serde_json::Value = serde_json::from_str(recording).expect("JSON");
    let variables = &mut document["source"]["my_sql"]["variables"]["known"];
    let variables = variables.as_object_mut().expect("variables");
    for (name, value) in BAD {
        if let Some(variable) = variables.get_mut(name) {
            variable["value"] = json!(value);
        }
    }
    variables.insert(mark.0.into(), json!({ "value": mark.1 }));
    let facts: Facts = serde_json::from_value(document).expect("facts");
    judge(&facts, &Intent::of(&facts.request))
}

fn remedies(report: &Report) -> impl Iterator<Item = (&'static str, &Remedy)> {
    report
        .results
        .iter()
        .flat_map(|result| result.subjects.iter().map(|subject| (result.check.id, &subject.remedy)))
}

#[test]
fn no_managed_platform_is_told_to_set_what_only_its_console_can() {
    let platforms = [
        (("aurora_version", "3.05.2"), Flavour::Aurora),
        (("basedir", "/rdsdbbin/mysql-8.4.5"), Flavour::Rds),
        (("polardb_version", "8.0.2.2.27"), Flavour::PolarDb),
        (("rds_version", "20240731"), Flavour::AlibabaRds),
    ];
    for (mark, flavour) in platforms {
        for recording in [MYSQL, MARIADB] {
            let report = report(recording, mark);
            assert_eq!(report.flavour, Ok(flavour));
            let failed = report.results.iter().filter(|one| one.outcome == Outcome::Fail).count();
            assert!(failed > 3, "{flavour:?}: little is wrong, so that little is advised");
            for (id, remedy) in remedies(&report) {
                for step in &remedy.steps {
                    if let Action::Sql { sql, .. } = &step.action {
                        let sql = sql.untrusted();
                        let sets = sql.starts_with("SET GLOBAL") || sql.starts_with("SET PERSIST");
                        assert!(!sets, "{flavour:?} {id}: {sql}");
                    }
                    let is_file = matches!(step.action, Action::Config { .. });
                    assert!(!is_file, "{flavour:?} {id}: {step:?}");
                }
            }
        }
    }
}

#[test]
fn every_remedy_says_who_and_what_it_costs() {
    let own = report(MYSQL, ("basedir", "/usr/"));
    let steps: Vec<_> = remedies(&own).flat_map(|(_, remedy)| &remedy.steps).collect();
    assert!(steps.iter().any(|step| step.actor == Actor::Dba && step.undo.is_some()));
    let console = report(MYSQL, ("basedir", "/rdsdbbin/mysql-8.4.5"));
    let steps: Vec<_> = remedies(&console).flat_map(|(_, remedy)| &remedy.steps).collect();
    assert!(steps.iter().any(|step| step.actor == Actor::Console));
    // A change that survives a restart is what is advised first where there is one.
    let persisted = remedies(&own).flat_map(|(_, remedy)| &remedy.steps);
    let persisted = persisted.filter(|step| match &step.action {
        Action::Sql { sql, .. } => sql.untrusted().starts_with("SET PERSIST"),
        _ => false,
    });
    assert!(persisted.count() > 10);
}
