//! `TableNames` can carry the tables' names.

use super::selected::judge_each;
use crate::facts::Postgres;
use crate::facts::postgres::AbsentTable;
use crate::{
    Check, Finding, Intent, Level, Missing, Outcome, Remedy, Selection, Step, Subject, Text,
    Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/table-encodable",
    title: "TableNames can carry the names",
    level: Level::Required,
    tags: &["request", "tables"],
    doc: include_str!("table_encodable.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let mut verdict = judge_each(db, |table| {
        let finding = |outcome| Finding::table(table.name.display(), outcome);
        let Some(sign) = peculiar_sign(table.name.schema.untrusted(), table.name.name.untrusted())
        else {
            return finding(Outcome::Pass);
        };
        finding(Outcome::Warn).observed(sign).because(match &want.selection {
            Selection::Tables(_) => {
                "Connectors read such names as patterns, fold their case, or change them in the \
                 names of events: what the service does is not published."
            }
            Selection::Schemas(_) => {
                "It is selected with its schema. TableNames could not name it for certain."
            }
        })
    })?;
    verdict.findings.extend(cut_in_two(&db.tables.get()?.absent));
    Ok(verdict)
}

/// What of a name a list of names, or a pattern, does not carry for certain.
fn peculiar_sign(schema: &str, name: &str) -> Option<&'static str> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let peculiar = [schema, name].iter().flat_map(|part| part.chars()).find(|c| !is_plain(*c))?;
    Some(match peculiar {
        ',' => "a comma",
        '.' => "a dot",
        '"' | '\'' | '`' => "a quote",
        'A'..='Z' => "an upper-case letter",
        c if c.is_whitespace() => "white space",
        c if !c.is_ascii() => "a letter outside ASCII",
        _ => "a sign that patterns use",
    })
}

/// Quotes do not keep a comma from ending a name.
fn cut_in_two(absent: &[AbsentTable]) -> Option<Finding> {
    let name = |table: &AbsentTable| table.name.name.untrusted().to_owned();
    let opens = |table: &&AbsentTable| name(table).starts_with('"') && !name(table).ends_with('"');
    let first = absent.iter().find(opens)?;
    let finding = Finding::of(Subject::Field(Text::new("TableNames")), Outcome::Fail);
    Some(finding.observed(name(first)).because(
        "A name with a comma is cut in two at the comma, with quotes or without: TableNames cannot \
         name such a table.",
    ))
}

fn remedy(finding: &Finding, _: &Postgres, _: &Intent) -> Remedy {
    match finding.outcome {
        Outcome::Fail => Step::request(
            "Select the table with its whole schema: leave TableNames out. Or rename it.",
        ),
        _ => Step::request(
            "After the first events, look whether they come from this table and no other.",
        ),
    }
    .into()
}
