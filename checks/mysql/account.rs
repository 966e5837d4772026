//! The account as findings and remedies name it, and what its roles would give it.

use crate::facts::MySql;
use crate::privileges::mysql::{Grants, Need, Readable, Role, missing_grants};
use crate::{Missing, Remedy, Step, Subject, TableName, Text};

/// The id of the check that a privilege in an inactive role is folded under.
pub(super) const ROLES: &str = "mysql/roles-inactive";

/// The account that the server matched.
pub(super) fn subject(db: &MySql) -> Subject {
    let unknown = || Text::new("the account");
    Subject::Account(db.identity.known().map_or_else(unknown, |id| id.current_user.clone()))
}

/// The session's grants.
pub(super) fn grants(db: &MySql) -> Result<Grants, Missing> {
    parse(db, db.grants.get()?)
}

/// What the grants would be with every granted role active; `None` where none is inactive, and
/// where nobody knows.
pub(super) fn role_grants(db: &MySql) -> Option<Grants> {
    let lines = db.role_grants.known()?;
    parse(db, lines).ok()
}

fn parse(db: &MySql, lines: &[Text]) -> Result<Grants, Missing> {
    let partial_revokes = db.optional_variable("partial_revokes")? == Some("ON");
    Ok(Grants::parse(lines, db.identity.get()?).partial_revokes(partial_revokes))
}

/// The roles that were granted and are not active.
pub(super) fn inactive_roles(db: &MySql) -> Result<Vec<Role>, Missing> {
    Ok(grants(db)?.inactive_roles())
}

/// Whether an inactive role has a privilege on everything.
pub(super) fn role_has(db: &MySql, privilege: &str) -> bool {
    role_grants(db).is_some_and(|grants| grants.has_global(privilege))
}

/// Whether an inactive role may read the whole of a table.
pub(super) fn role_reads(db: &MySql, table: &TableName) -> bool {
    role_grants(db).is_some_and(|grants| grants.readable(table) == Readable::All)
}

/// The reason that points to inactive roles.
pub(super) fn sits_in_role() -> Missing {
    Missing::NotReached { because: ROLES.to_owned() }
}

/// Grants what is needed and missing, by the fewest statements.
pub(super) fn grant(db: &MySql, needs: &[Need]) -> Remedy {
    let Some(identity) = db.identity.known() else { return Remedy::none() };
    let grants = grants(db).unwrap_or_else(|_| Grants::parse(&[], identity));
    let statements = missing_grants(&grants, needs, identity.current_user.untrusted());
    let steps = statements.into_iter().map(|one| Step::dba(one.sql).undo(one.undo));
    Remedy { steps: steps.collect() }
}
