//! The publications that the connector reads have every operation.

use super::published::{none_is_known, read};
use crate::facts::Postgres;
use crate::facts::postgres::Publication;
use crate::quote::postgres::ident;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/publication-operations",
    title: "the publication has every operation",
    level: Level::Required,
    tags: &["publication"],
    doc: include_str!("publication_operations.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let read = read(db, want)?;
    if read.is_empty() {
        return Ok(none_is_known());
    }
    Ok(Verdict::each(read.into_iter().map(|publication| {
        let finding =
            |outcome| Finding::of(Subject::Publication(publication.name.clone()), outcome);
        match missed(publication, want).as_str() {
            "" => finding(Outcome::Pass),
            _ if !(publication.insert || publication.update || publication.delete) => {
                finding(Outcome::Fail)
                    .expected("insert, update, delete")
                    .observed(published(publication, true))
                    .because("No event of a row ever comes, and nothing reports an error.")
            }
            left_out => finding(Outcome::Warn)
                .expected("insert, update, delete, truncate")
                .observed(published(publication, true))
                .because(format!("Of {left_out} no event ever comes.")),
        }
    })))
}

/// The operations that a publication leaves out and that the connector would pass on.
fn missed(publication: &Publication, want: &Intent) -> String {
    let skips = &want.profile.skips;
    let operations = [
        ("insert", publication.insert || skips.create),
        ("update", publication.update || skips.update),
        ("delete", publication.delete || skips.delete),
        ("truncate", publication.truncate || skips.truncate),
    ];
    let missed = operations.iter().filter(|(_, is_there)| !is_there);
    missed.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// The operations that a publication has, or those that it leaves out.
fn published(publication: &Publication, included: bool) -> String {
    let operations = [
        ("insert", publication.insert),
        ("update", publication.update),
        ("delete", publication.delete),
        ("truncate", publication.truncate),
    ];
    let wanted = operations.iter().filter(|(_, is_in)| *is_in == included);
    wanted.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let read = read(db, want).unwrap_or_default();
    let name = finding.subject.name();
    let Some(publication) = read.into_iter().find(|one| one.name == name) else {
        return Remedy::none();
    };
    let before = published(publication, true);
    let name = ident(name.untrusted());
    let set = |to: &str| format!("ALTER PUBLICATION {name} SET (publish = '{to}');");
    Step::owner(set("insert, update, delete, truncate"))
        .in_database(want.database.clone())
        .undo(set(&before))
        .note(
            "From then on updates and deletes of its tables need a replica identity, or they fail.",
        )
        .into()
}
