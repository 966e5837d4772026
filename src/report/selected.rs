//! What a source is read for: tables, schemas or queues.

use cdc_checks::{CheckResult, Engine, Selection, Subject, Text};

use super::TargetReport;

/// A noun, and the names that it stands for; `every table` and none where nothing is named.
pub(super) fn names(target: &TargetReport) -> (&'static str, Vec<Text>) {
    let named = match target.engine {
        Engine::RabbitMq => return queues(&target.report.results),
        Engine::MySql | Engine::Postgres => &target.target.selection,
    };
    match named {
        Selection::Schemas(schemas) if schemas.is_empty() => ("every table", Vec::new()),
        Selection::Schemas(schemas) => ("every table of schema", schemas.clone()),
        Selection::Tables(tables) => ("table", tables.iter().map(|it| it.display()).collect()),
    }
}

/// The queues that were looked for.
fn queues(results: &[CheckResult]) -> (&'static str, Vec<Text>) {
    let subjects = results.iter().flat_map(|result| &result.subjects);
    let mut names: Vec<Text> = Vec::new();
    for subject in subjects {
        if let Subject::Queue(name) = &subject.finding.subject
            && !names.contains(name)
        {
            names.push(name.clone());
        }
    }
    if names.is_empty() { ("every queue", names) } else { ("queue", names) }
}
