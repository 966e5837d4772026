//! The account may create the publication that the connector creates.

use super::published::{create, has_to_create, listed};
use crate::facts::Postgres;
use crate::facts::postgres::{Server, Table};
use crate::privileges::postgres::{Need, missing_grants};
use crate::{
    Check, Finding, Intent, Level, Missing, Outcome, PublicationCreation, Remedy, Step, Subject,
    Text, Verdict,
};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/publication-create-privilege",
    title: "the account may create the publication",
    level: Level::Required,
    tags: &["privileges", "publication"],
    doc: include_str!("publication_create_privilege.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let tables = db.tables.get()?;
    let all = tables.publications()?;
    let plan = &want.profile.publications;
    let is_there = |name: &Text| all.iter().any(|one| one.name == *name);
    if server.in_recovery && has_to_create(db, want)? {
        return Ok(on_standby().into());
    }
    if !plan.named.is_empty() && plan.named.iter().all(is_there) {
        return Ok(Verdict::not_applicable("The publication is there already."));
    }
    Ok(match plan.creates {
        PublicationCreation::Never => Verdict::not_applicable("The connector creates none."),
        PublicationCreation::AllTables => of_all_tables(db, server).into(),
        PublicationCreation::SelectedTables => {
            Verdict::each([on_database(server), on_tables(server, &foreign(db))])
        }
        PublicationCreation::Assumed => assumed(db, server, want),
    })
}

fn on_standby() -> Finding {
    Finding::server(Outcome::Fail)
        .expected("a primary")
        .observed("a standby")
        .because("No publication can be created on a standby (SQLSTATE 25006).")
}

fn on_database(server: &Server) -> Finding {
    let subject = Subject::Database(server.database.name.clone());
    let outcome = if server.database.may_create { Outcome::Pass } else { Outcome::Fail };
    Finding::of(subject, outcome).expected("CREATE on the database")
}

fn on_tables(server: &Server, foreign: &[&Table]) -> Finding {
    let finding = |outcome| {
        let subject = Subject::Account(server.current_user.clone());
        Finding::of(subject, outcome).expected("the rights of the tables' owners")
    };
    if foreign.is_empty() {
        return finding(Outcome::Pass);
    }
    let names: Vec<Text> = foreign.iter().map(|table| table.name.display()).collect();
    finding(Outcome::Fail).observed(format!("none on {}", listed(&names)))
}

fn of_all_tables(db: &Postgres, server: &Server) -> Finding {
    let superuser = server.role.as_ref().is_some_and(|role| role.superuser);
    let subject = Subject::Account(server.current_user.clone());
    let finding = |outcome| Finding::of(subject, outcome).expected("superuser");
    if superuser {
        finding(Outcome::Pass)
    } else if db.platform().is_managed() {
        finding(Outcome::Warn)
            .because("Whether this platform lets an account that is none do it is not settled.")
    } else {
        finding(Outcome::Fail)
            .because("A publication of all tables is created by a superuser (SQLSTATE 42501).")
    }
}

/// What is only assumed is told and not demanded: the account that is documented for the service
/// has none of it.
fn assumed(db: &Postgres, server: &Server, want: &Intent) -> Verdict {
    let foreign = foreign(db);
    if server.database.may_create && foreign.is_empty() {
        return Verdict::each([on_database(server), on_tables(server, &foreign)]);
    }
    Verdict::not_applicable(format!(
        "Assumption: {} does not publish how it gets its publication, and documents no more than \
         REPLICATION. A Debezium connector that creates one would need CREATE on the database and \
         the rights of the tables' owners, which this account lacks.",
        want.profile.name
    ))
}

/// The selected tables whose owner's rights the session has not.
fn foreign(db: &Postgres) -> Vec<&Table> {
    let found = db.tables.known().map(|tables| tables.found.as_slice()).unwrap_or_default();
    found.iter().filter(|table| table.kind.is_table() && !table.is_owner).collect()
}

fn remedy(finding: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let plan = &want.profile.publications;
    if finding.subject == Subject::Server {
        return Step::request(
            "In HostName, name the primary. Or create the publication there, and have the \
             connector read that one.",
        )
        .into();
    }
    if plan.creates == PublicationCreation::AllTables {
        let steps = plan.named.iter().map(|name| create(name, db, want));
        let steps: Vec<Step> = steps.collect();
        let let_select = "Have the connector create a publication of the selected tables only.";
        return if steps.is_empty() { Step::request(let_select).into() } else { Remedy { steps } };
    }
    let foreign = foreign(db);
    let need = match &finding.subject {
        Subject::Database(_) => Need::CreateInDatabase,
        _ => Need::Ownership(&foreign),
    };
    Remedy { steps: missing_grants(db, want, &[need]) }
}
