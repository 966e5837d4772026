//! The list of all checks.

use crate::report::{CheckResult, run_check};
use crate::{
    CheckInfo, Facts, Intent, connection, facts::Source, mysql, postgres, rabbitmq, request,
};

/// Every check, in the order in which they are reported.
pub fn all() -> impl Iterator<Item = CheckInfo> {
    let general = request::CHECKS.iter().map(crate::Check::info);
    let general = general.chain(connection::CHECKS.iter().map(crate::Check::info));
    let postgres = postgres::CHECKS.iter().map(crate::Check::info);
    let mysql = mysql::CHECKS.iter().map(crate::Check::info);
    let rabbitmq = rabbitmq::CHECKS.iter().map(crate::Check::info);
    general.chain(postgres).chain(mysql).chain(rabbitmq)
}

/// The check of that id.
pub fn find(id: &str) -> Option<CheckInfo> {
    all().find(|check| check.id == id)
}

/// Runs every check that belongs to this kind of source.
pub(crate) fn run(facts: &Facts, intent: &Intent) -> Vec<CheckResult> {
    let mut results = request::judge(&facts.request, intent);
    results.extend(connection::CHECKS.iter().map(|check| run_check(check, facts, intent)));
    match &facts.source {
        Source::MySql(db) => {
            results.extend(mysql::CHECKS.iter().map(|check| run_check(check, &**db, intent)));
        }
        Source::Postgres(db) => {
            results.extend(postgres::CHECKS.iter().map(|check| run_check(check, &**db, intent)));
        }
        Source::RabbitMq(broker) => {
            let run = |check| run_check(check, &**broker, intent);
            results.extend(rabbitmq::CHECKS.iter().map(run));
        }
    }
    results
}
