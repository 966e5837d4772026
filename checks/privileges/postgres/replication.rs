//! Who may open a replication connection.

use super::Account;
use crate::facts::postgres::Server;
use crate::{Cost, Flavour, Step};

/// The role whose members may replicate on Amazon's services, where the attribute cannot be set.
pub const RDS_REPLICATION: &str = "rds_replication";

/// Since this major version each membership says by itself whether it is in force.
const INHERITS_BY_GRANT: u32 = 16;

/// What lets the login role replicate, or `None`.
pub fn replicates_by(server: &Server, flavour: Flavour) -> Option<&'static str> {
    let role = server.role.as_ref()?;
    let is_member = |name: &&str| membership(server, name) == Some(true);
    if role.replication {
        Some("REPLICATION")
    } else if role.superuser {
        Some("SUPERUSER")
    } else if is_amazon(flavour) {
        [RDS_REPLICATION, "rds_superuser"].into_iter().find(is_member)
    } else {
        None
    }
}

/// Whether the login role is a member of a role: `Some(true)` where the membership is in force,
/// `Some(false)` where it takes `SET ROLE`.
pub fn membership(server: &Server, name: &str) -> Option<bool> {
    server.member_of.as_ref()?.get(name).copied()
}

/// Whether it is one of Amazon's services.
pub fn is_amazon(flavour: Flavour) -> bool {
    matches!(flavour, Flavour::Aurora | Flavour::Rds)
}

impl Account<'_> {
    pub(super) fn replication(&self) -> Vec<Step> {
        if self.server.is_some_and(|server| replicates_by(server, self.flavour).is_some()) {
            return Vec::new();
        }
        let role = self.login();
        let steps = match self.flavour {
            flavour if is_amazon(flavour) => self.rds_replication(&role),
            Flavour::Neon => {
                let user = self.server.map_or(&self.want.user, |server| &server.session_user);
                vec![Step::console(format!(
                    "Create {} in the console or by the API: only such roles may replicate.",
                    user.untrusted()
                ))]
            }
            flavour => vec![
                Step::dba(format!("ALTER ROLE {role} REPLICATION;"))
                    .undo(format!("ALTER ROLE {role} NOREPLICATION;"))
                    .note(who_may_set_it(flavour)),
            ],
        };
        steps.into_iter().map(|step| step.costs(Cost::Reconnect)).collect()
    }

    /// A membership that is in force. One that is not may be there already.
    fn rds_replication(&self, role: &str) -> Vec<Step> {
        let is_member = self.server.is_some_and(|s| membership(s, RDS_REPLICATION).is_some());
        let grant = Step::dba(format!("GRANT {RDS_REPLICATION} TO {role}{};", self.in_force()));
        let note = "As the master user. The attribute REPLICATION cannot be set here.";
        let grant = match self.major() >= INHERITS_BY_GRANT && is_member {
            true => grant.undo(format!("GRANT {RDS_REPLICATION} TO {role} WITH INHERIT FALSE;")),
            false => grant.undo(format!("REVOKE {RDS_REPLICATION} FROM {role};")),
        };
        let inherit = self.inherits_nothing().then(|| self.inherit(role));
        // Where memberships are not in force one and all, this one needs no more than that.
        let grant = (!is_member || inherit.is_none()).then(|| grant.note(note));
        grant.into_iter().chain(inherit).collect()
    }

    /// Brings all memberships of a role into force, before PostgreSQL 16.
    pub(super) fn inherit(&self, role: &str) -> Step {
        Step::dba(format!("ALTER ROLE {role} INHERIT;"))
            .undo(format!("ALTER ROLE {role} NOINHERIT;"))
    }

    /// The clause that brings a membership into force whatever the member's own attribute is.
    pub(super) fn in_force(&self) -> &'static str {
        if self.major() >= INHERITS_BY_GRANT { " WITH INHERIT TRUE" } else { "" }
    }

    /// Whether the login role uses no privilege of its groups, before PostgreSQL 16.
    pub(super) fn inherits_nothing(&self) -> bool {
        let Some(server) = self.server else { return false };
        let inherits = server.role.as_ref().and_then(|role| role.inherit);
        server.major() < INHERITS_BY_GRANT && inherits == Some(false)
    }
}

fn who_may_set_it(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::AlibabaRds | Flavour::PolarDb => "As the privileged account of the console.",
        Flavour::AlloyDb => "As a member of alloydbsuperuser.",
        Flavour::Azure => "As the server's administrator.",
        Flavour::CloudSql => "As a member of cloudsqlsuperuser.",
        Flavour::Supabase => "As the role postgres.",
        _ => {
            "As superuser. A replication role can read every table of a database through a slot, \
             and drop inactive slots: give it to this account only."
        }
    }
}
