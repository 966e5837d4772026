//! No publication takes in tables whose updates and deletes then fail.

use crate::facts::Postgres;
use crate::facts::postgres::Publication;
use crate::{
    Actor, Check, Finding, Intent, Level, Missing, Outcome, PublicationCreation, Remedy, Step,
    Subject, Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/publication-all-tables",
    title: "no publication takes in tables without an identity",
    level: Level::Recommended,
    tags: &["identity", "publication"],
    doc: include_str!("publication_all_tables.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let tables = db.tables.get()?;
    let all = tables.publications()?.iter().filter(|one| one.all_tables && one.needs_identity());
    let mut findings: Vec<Finding> =
        all.map(|publication| one(publication, tables.without_identity)).collect();
    if findings.is_empty() && want.profile.publications.creates == PublicationCreation::AllTables {
        findings.push(Finding::server(Outcome::Warn).because(
            "The connector creates a publication of all tables. From then on updates and deletes \
             of every table without an identity fail, also of tables to come and of tables that \
             nobody selected.",
        ));
    }
    if findings.is_empty() {
        return Ok(Finding::server(Outcome::Pass).observed("none of all tables").into());
    }
    Ok(Verdict::each(findings))
}

fn one(publication: &Publication, without_identity: Option<u64>) -> Finding {
    let subject = Subject::Publication(publication.name.clone());
    match without_identity {
        Some(0) => Finding::of(subject, Outcome::Pass)
            .because("It takes in every table. A new one without an identity cannot be updated."),
        count => Finding::of(subject, Outcome::Warn)
            .observed(match count {
                Some(count) => format!("{count} tables without an identity"),
                None => "tables without an identity were not counted".to_owned(),
            })
            .because(
                "It takes in every table of the database: the UPDATE and DELETE of those fail now \
                 (SQLSTATE 55000), and of every table to come that has none.",
            ),
    }
}

fn remedy(finding: &Finding, _: &Postgres, _: &Intent) -> Remedy {
    match &finding.subject {
        Subject::Publication(name) => Step::manual(
            Actor::Owner,
            format!(
                "Replace {} by a publication that lists its tables, or give every table a primary \
                 key.",
                name.untrusted()
            ),
        ),
        _ => Step::request("Have the connector create a publication of the selected tables only."),
    }
    .into()
}
