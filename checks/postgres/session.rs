//! Settings as the connector's sessions get them, and how they are changed for those alone.

use crate::facts::Postgres;
use crate::facts::postgres::Setting;
use crate::quote::postgres::{ident, literal};
use crate::{Cost, Intent, Step, Text};

/// Whether a setting was attached to the role or to the database, and not made for the server.
pub(super) fn is_attached(setting: &Setting) -> bool {
    matches!(setting.source.as_str(), "user" | "database" | "database user" | "global")
}

/// The login role, in a statement.
pub(super) fn login_role(db: &Postgres, want: &Intent) -> String {
    let server = db.server().ok();
    ident(server.map_or(&want.user, |server| &server.session_user).untrusted())
}

/// The step that gives a setting a value for the login role's sessions, whatever the server and the
/// database say.
pub(super) fn attach(db: &Postgres, want: &Intent, name: &str, value: &str) -> Step {
    let setting = db.server().ok().and_then(|server| server.settings.get(name));
    let source = setting.map_or("", |setting| setting.source.as_str());
    let role = login_role(db, want);
    let place = match source {
        "database user" => {
            format!("ALTER ROLE {role} IN DATABASE {}", ident(want.database.untrusted()))
        }
        _ => format!("ALTER ROLE {role}"),
    };
    let before = setting.and_then(|setting| setting.value.as_ref()).map(Text::untrusted);
    let undo = match (source, before) {
        ("user" | "database user", Some(before)) => {
            format!("{place} SET {name} = {};", literal(before))
        }
        _ => format!("{place} RESET {name};"),
    };
    Step::dba(format!("{place} SET {name} = {};", literal(value)))
        .undo(undo)
        .costs(Cost::Reconnect)
        .note("The account may set it for itself, too.")
}
