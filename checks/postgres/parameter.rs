//! How a server parameter is changed where the server runs.

use crate::facts::Postgres;
use crate::facts::postgres::Setting;
use crate::{Cost, Flavour, Step};

/// The step that gives a parameter a value which takes a restart.
pub(super) fn set(db: &Postgres, name: &str, value: &str) -> Step {
    let setting = db.server().ok().and_then(|server| server.settings.get(name));
    if setting.is_some_and(is_on_command_line) {
        return Step::config("the server's command line", "", format!("{name} = {value}")).note(
            format!(
                "The value comes from the command line, where ALTER SYSTEM has no effect: start \
                 the server with -c {name}={value}. In Docker that is the container's command."
            ),
        );
    }
    let change = match flavour(db) {
        Flavour::Aurora => {
            format!("Set {name} to {value} in the cluster parameter group, then reboot the writer.")
        }
        Flavour::Rds => {
            format!("Set {name} to {value} in the instance's parameter group, then reboot it.")
        }
        Flavour::CloudSql | Flavour::AlloyDb => {
            format!("Set the flag {name} to {value} on the instance, which restarts it.")
        }
        Flavour::Azure => {
            format!("Set the server parameter {name} to {value}, then restart the server.")
        }
        Flavour::AlibabaRds | Flavour::PolarDb => {
            format!("Set {name} to {value} on the console's parameter page, which restarts it.")
        }
        Flavour::Supabase => {
            format!("Run `supabase postgres-config update --config {name}={value}`.")
        }
        Flavour::Neon => {
            format!("Ask Neon's support for {name} = {value}: the project settings lack it.")
        }
        _ => return alter_system(name, value),
    };
    Step::console(change).costs(Cost::Restart)
}

fn alter_system(name: &str, value: &str) -> Step {
    Step::dba(format!("ALTER SYSTEM SET {name} = '{value}';"))
        .costs(Cost::Restart)
        .undo(format!("ALTER SYSTEM RESET {name};"))
        .note("As superuser. In force after a restart of the server.")
}

fn is_on_command_line(setting: &Setting) -> bool {
    setting.source == "command line"
}

/// The platform as the server's own settings tell it. The host's name is not at hand here, and a
/// private name would hide it.
pub(super) fn flavour(db: &Postgres) -> Flavour {
    db.flavour("").unwrap_or(Flavour::Postgres)
}
