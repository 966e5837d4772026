//! The account may open a replication connection.

use crate::facts::Postgres;
use crate::facts::postgres::Server;
use crate::privileges::postgres::{
    Need, RDS_REPLICATION, is_amazon, membership, missing_grants, replicates_by,
};
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Subject, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/replication-role",
    title: "the account may replicate",
    level: Level::Required,
    tags: &["privileges", "replication"],
    doc: include_str!("replication_role.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, _: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    server.role.as_ref().ok_or_else(|| Missing::Denied {
        what: "the login role's row in pg_roles".into(),
        needs: "SELECT on pg_roles".into(),
    })?;
    let finding = |outcome| Finding::of(Subject::Account(server.session_user.clone()), outcome);
    let Some(by) = replicates_by(server, db.platform()) else {
        return Ok(refusal(db, server, finding).into());
    };
    Ok(finding(Outcome::Pass).observed(by).into())
}

fn refusal(db: &Postgres, server: &Server, finding: impl Fn(Outcome) -> Finding) -> Finding {
    let expected =
        if is_amazon(db.platform()) { "membership in rds_replication" } else { "REPLICATION" };
    let found = finding(Outcome::Fail).expected(expected).observed("neither it nor SUPERUSER");
    if is_amazon(db.platform()) && membership(server, RDS_REPLICATION) == Some(false) {
        return found
            .because("The account is a member of rds_replication but does not inherit it.");
    }
    if server.member_of.as_ref().is_some_and(|roles| !roles.is_empty()) {
        return found.because("REPLICATION is never inherited from a role that the account is in.");
    }
    found
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    Remedy { steps: missing_grants(db, want, &[Need::Replication]) }
}
