//! What a source is read for: tables, schemas or queues.

use cdc_checks::{CheckResult, Engine, Language, Selection, Subject, Text};

use super::translate::{say, say_of};
use super::{NAME_LIMIT, TargetReport, text};

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

/// What a source is read for, in words: so many names at most, more are counted.
pub(super) fn phrase(target: &TargetReport, most: usize, language: Language) -> String {
    let (noun, names) = names(target);
    let [one, several, many] = match noun {
        "every table of schema" => {
            ["every table of schema {}", "every table of schemas {}", "every table of {} schemas"]
        }
        "queue" => ["queue {}", "queues {}", "{} queues"],
        _ => ["table {}", "tables {}", "{} tables"],
    };
    if names.len() > most {
        return say_of(language, many, names.len());
    }
    let shown: Vec<String> = names.iter().map(|name| text::shorten(name, NAME_LIMIT)).collect();
    match shown.as_slice() {
        [] if noun == "table" => say(language, "no table").to_owned(),
        [] => say(language, noun).to_owned(),
        [only] => say_of(language, one, only),
        shown => say_of(language, several, shown.join(", ")),
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
