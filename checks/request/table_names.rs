//! The names in `TableNames`: separated by commas, qualified as the engine does it.

use std::collections::BTreeSet;

use super::parameters::Fault;
use crate::Engine;
use crate::facts::Request;

/// What is wrong with the names in `text`, each thing once.
pub(super) fn faults(request: &Request, text: &str) -> Vec<Fault> {
    let names: Vec<&str> = text.split(',').collect();
    let mut faults: Vec<Fault> = Vec::new();
    faults.extend(empty_name(&names));
    faults.extend(white_space(&names));
    let trimmed: Vec<&str> = names.iter().map(|name| name.trim()).collect();
    faults.extend(duplicate(&trimmed));
    faults.extend(literal_signs(&trimmed));
    for name in trimmed.iter().filter(|name| !name.is_empty()) {
        let fault = qualification(request, name);
        if fault.as_ref().is_some_and(|new| !faults.iter().any(|old| old.message == new.message)) {
            faults.extend(fault);
        }
    }
    faults
}

fn empty_name(names: &[&str]) -> Option<Fault> {
    let position = names.iter().position(|name| name.trim().is_empty())? + 1;
    Some(Fault::fail(
        format!("name {position} of {} in TableNames is empty", names.len()),
        "Write one comma between two names, and none before the first or after the last.",
    ))
}

fn white_space(names: &[&str]) -> Option<Fault> {
    let padded = names.iter().any(|name| !name.trim().is_empty() && name.trim() != *name);
    padded.then(|| {
        Fault::warn(
            "TableNames has white space around a name",
            "Remove it: whether the service ignores it is not documented.",
        )
    })
}

fn duplicate(names: &[&str]) -> Option<Fault> {
    let mut seen = BTreeSet::new();
    let twice = names.iter().find(|name| !name.is_empty() && !seen.insert(**name))?;
    Some(Fault::fail("TableNames names a table twice", format!("Write {twice} once.")))
}

/// Patterns and quotes: the tables are looked up by the very name.
fn literal_signs(names: &[&str]) -> Option<Fault> {
    const SIGNS: [char; 9] = ['*', '?', '[', ']', '(', ')', '"', '`', '\''];
    names.iter().any(|name| name.contains(SIGNS)).then(|| {
        Fault::warn(
            "TableNames has a sign that looks like a pattern or a quote, and is taken as it stands",
            "Write the tables' plain names.",
        )
    })
}

/// `schema.table` in PostgreSQL, `database.table` in MySQL, or the table alone.
fn qualification(request: &Request, name: &str) -> Option<Fault> {
    let (what, owner) = match request.operation.engine() {
        Engine::MySql => ("database", "DatabaseName"),
        Engine::Postgres => ("schema", "SchemaName"),
        // No source of a broker has the field.
        Engine::RabbitMq => return None,
    };
    let parts: Vec<&str> = name.split('.').collect();
    if parts.len() > 2 || parts.iter().any(|part| part.is_empty()) {
        return Some(Fault::fail(
            format!("a name in TableNames is neither a table nor {what}.table"),
            format!("Write at most one dot, between {what} and table."),
        ));
    }
    let [qualifier, _] = parts.as_slice() else { return None };
    let wanted = request.text(owner).filter(|wanted| !wanted.is_empty())?;
    (wanted != *qualifier).then(|| {
        Fault::fail(
            format!("a name in TableNames is in another {what} than {owner} says"),
            format!("Make {owner} and the names agree: together they select no such table."),
        )
    })
}
