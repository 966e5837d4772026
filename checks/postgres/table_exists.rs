//! The tables of the request exist.

use std::collections::HashMap;

use crate::facts::Postgres;
use crate::facts::postgres::{AbsentTable, Table, Tables};
use crate::{
    Check, Finding, Intent, Level, Missing, Outcome, Remedy, Selection, Step, Subject, TableName,
    Text, Verdict,
};

use super::published::listed;

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-exists",
    title: "the tables exist",
    level: Level::Required,
    tags: &["tables"],
    doc: include_str!("table_exists.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let tables = db.tables.get()?;
    Ok(match &want.selection {
        Selection::Schemas(schemas) => Verdict::each(
            [Some(whole_schemas(tables, schemas, want)), unread(tables, want)]
                .into_iter()
                .flatten(),
        ),
        Selection::Tables(names) => {
            let found: HashMap<&TableName, &Table> =
                tables.found.iter().map(|table| (&table.name, table)).collect();
            Verdict::each(names.iter().map(|name| one(tables, found.get(name).copied(), name)))
        }
    })
}

fn whole_schemas(tables: &Tables, schemas: &[Text], want: &Intent) -> Finding {
    let count = tables.found.len();
    if count > 0 {
        return Finding::server(Outcome::Pass).observed(format!("{count} found"));
    }
    let subject = schemas.first().map_or_else(
        || Subject::Database(want.database.clone()),
        |_| Subject::Field(Text::new("SchemaName")),
    );
    let finding = Finding::of(subject, Outcome::Fail).expected("one at least").observed("none");
    match schemas.first() {
        Some(schema) => finding.because(format!(
            "The database has no schema {}, or no table in it.",
            schema.untrusted()
        )),
        None => finding.because("No schema of the database has a table."),
    }
}

/// Tables that one visit does not read are not known to be fit.
fn unread(tables: &Tables, want: &Intent) -> Option<Finding> {
    let (total, read) = (tables.total?, tables.found.len());
    let why = format!("there are {total}, and one visit reads {read}: name those that are needed");
    (total > read as u64).then(|| {
        Finding::unknown(
            Subject::Database(want.database.clone()),
            Missing::NotAsked { what: "every table".into(), why: Text::new(why) },
        )
    })
}

fn one(tables: &Tables, exact: Option<&Table>, name: &TableName) -> Finding {
    if let Some(table) = exact.or_else(|| tables.found.iter().find(|it| it.name.is_alike(name))) {
        return there(table, name);
    }
    match tables.absent.iter().find(|table| table.name == *name) {
        Some(absent) => missing(absent),
        None => Finding::unknown(
            Subject::Table(name.display()),
            Missing::NotAsked {
                what: name.display(),
                why: "the facts were gathered for other tables".into(),
            },
        ),
    }
}

/// A connector that compares names without regard to case takes all of them for one.
fn there(table: &Table, name: &TableName) -> Finding {
    let finding = |outcome| Finding::table(name.display(), outcome);
    let twins: Vec<Text> = table.twins.iter().map(TableName::display).collect();
    if !twins.is_empty() {
        return finding(Outcome::Warn).observed(table.name.display()).because(format!(
            "Connectors compare names without regard to case, so that events of {} come too.",
            listed(&twins)
        ));
    }
    if table.name != *name {
        return finding(Outcome::Warn).observed(table.name.display()).because(
            "The names differ by case. Connectors compare without regard to it, and find the \
             table; what the service does is not published.",
        );
    }
    finding(Outcome::Pass)
}

fn missing(absent: &AbsentTable) -> Finding {
    let schema = absent.name.schema.untrusted();
    let finding = Finding::table(absent.name.display(), Outcome::Fail).observed("not there");
    if is_pattern(&absent.name) {
        return finding.because(
            "TableNames is documented as a list of names. Whether the service takes patterns is \
             not published, so that none is resolved here.",
        );
    }
    if !absent.schema_exists {
        return finding.because(format!("There is no schema {schema} in this database."));
    }
    let near: Vec<&str> = absent
        .near
        .iter()
        .filter(|near| near.schema == absent.name.schema)
        .map(|near| near.name.untrusted())
        .collect();
    let elsewhere: Vec<Text> = absent
        .near
        .iter()
        .filter(|near| near.schema != absent.name.schema)
        .map(TableName::display)
        .collect();
    match (near.as_slice(), elsewhere.first()) {
        ([], None) => finding,
        ([], Some(other)) => finding.because(format!("There is {}.", other.untrusted())),
        (names, _) => finding.because(format!("There is {} in that schema.", names.join(", "))),
    }
}

/// Whether the name has a sign by which patterns are told.
fn is_pattern(name: &TableName) -> bool {
    name.name.untrusted().contains(['*', '?', '%', '[', '(', '|', '\\', '^', '$', '+'])
}

fn remedy(finding: &Finding, db: &Postgres, _: &Intent) -> Remedy {
    let Subject::Table(name) = &finding.subject else {
        return Step::request(
            "Compare DatabaseName and SchemaName with the database, or name the tables in \
             TableNames.",
        )
        .into();
    };
    let name_text = name.untrusted();
    if finding.outcome == Outcome::Warn {
        return as_it_stands(finding, name_text).into();
    }
    let absent = db.tables.known().into_iter().flat_map(|tables| &tables.absent);
    let near = absent
        .filter(|absent| absent.name.display() == *name)
        .find_map(|absent| absent.near.first());
    Step::request(match near {
        Some(near) => format!(
            "In TableNames, write {} in place of {name_text}, if that is meant: names are taken \
             as they stand, in upper and lower case.",
            near.display().untrusted()
        ),
        None => format!(
            "Correct {name_text} in TableNames or SchemaName, create the table, or leave it out."
        ),
    })
    .into()
}

/// For a table that is there under a name that differs by case, or beside one.
fn as_it_stands(finding: &Finding, name: &str) -> Step {
    let found = finding.observed.as_ref().map_or(name, Text::untrusted);
    Step::request(if found == name {
        format!("Rename the tables whose names differ from {name} by case, or expect their events.")
    } else {
        format!("In TableNames, write {found} in place of {name}.")
    })
}
