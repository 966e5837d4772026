//! How a server parameter is changed where the server runs.

use crate::facts::Postgres;
use crate::facts::postgres::Setting;
use crate::quote::postgres::literal;
use crate::{Cost, Flavour, Remedy, Step};

/// The step that gives a parameter a value which takes a restart.
pub(super) fn set(db: &Postgres, name: &str, value: &str) -> Step {
    if let Some((change, then)) = on_platform(db.platform(), name, value) {
        return Step::console(format!("{change}{then}.")).costs(Cost::Restart);
    }
    let setting = db.server().ok().and_then(|server| server.settings.get(name));
    if setting.is_some_and(is_on_command_line) {
        return Step::config("the server's command line", "", format!("{name} = {value}")).note(
            format!(
                "The value comes from the command line, where ALTER SYSTEM has no effect: start \
                 the server with -c {name}={value}. In Docker that is the container's command."
            ),
        );
    }
    alter_system(name, value)
}

/// The steps that give a parameter a value which takes no restart.
pub(super) fn reload(db: &Postgres, name: &str, value: &str) -> Remedy {
    if let Some((change, _)) = on_platform(db.platform(), name, value) {
        let step = Step::console(format!("{change}.")).costs(Cost::Reload);
        return step.note("It takes no restart.").into();
    }
    let setting = db.server().ok().and_then(|server| server.settings.get(name));
    if setting.is_some_and(is_on_command_line) {
        return set(db, name, value).into();
    }
    Remedy::from(
        Step::dba(format!("ALTER SYSTEM SET {name} = {};", literal(value)))
            .costs(Cost::Reload)
            .undo(format!("ALTER SYSTEM RESET {name};"))
            .note("As superuser. In force once the configuration is read again."),
    )
    .then(Step::dba("SELECT pg_reload_conf();").costs(Cost::Reload))
}

/// What to do where a provider runs the server, and what has to follow where it takes a restart;
/// `None` where a statement changes parameters.
fn on_platform(flavour: Flavour, name: &str, value: &str) -> Option<(String, &'static str)> {
    Some(match flavour {
        Flavour::Aurora => (
            format!("Set {name} to {value} in the cluster parameter group"),
            ", then reboot the writer",
        ),
        Flavour::Rds => (
            format!("Set {name} to {value} in the instance's parameter group"),
            ", then reboot it: until then no statement shows that a value is pending",
        ),
        Flavour::CloudSql | Flavour::AlloyDb => {
            (format!("Set the flag {name} to {value} on the instance"), ", which restarts it")
        }
        Flavour::Azure => (
            format!("Set the server parameter {name} to {value}"),
            ", then restart the server: until then no statement shows that a value is pending",
        ),
        Flavour::AlibabaRds | Flavour::PolarDb => (
            format!("Set {name} to {value} on the console's parameter page"),
            ", which restarts it",
        ),
        Flavour::Supabase => {
            (format!("Run `supabase postgres-config update --config {name}={value}`"), "")
        }
        Flavour::Neon => {
            (format!("Ask Neon's support for {name} = {value}: the project settings lack it"), "")
        }
        _ => return None,
    })
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

#[cfg(test)]
mod tests {
    use crate::facts::postgres::Setting;
    use crate::facts::{Facts, Postgres, Source};
    use crate::{Action, Cost, Fact, Step, Text};

    /// The recorded server, with one more setting on it.
    fn server_with(name: &str, source: &str) -> Postgres {
        let recorded = include_str!("../../tests/facts/postgres.json");
        let facts: Facts = serde_json::from_str(recorded).expect("a recording");
        let Source::Postgres(mut db) = facts.source else { panic!("a PostgreSQL recording") };
        let Fact::Known(server) = &mut db.server else { panic!("a server") };
        let setting = Setting {
            value: Some(Text::new("1")),
            unit: None,
            source: source.into(),
            pending_restart: false,
        };
        server.settings.insert(name.into(), setting);
        *db
    }

    fn set_on(name: &str, source: &str) -> Step {
        super::set(&server_with(name, source), "max_wal_senders", "20")
    }

    #[test]
    fn a_platform_is_changed_where_the_platform_says() {
        let platforms = [
            ("aurora.version", "cluster parameter group"),
            ("rds.extensions", "parameter group"),
            ("cloudsql.logical_decoding", "flag"),
            ("alloydb.logical_decoding", "flag"),
            ("azure.extensions", "server parameter"),
            ("polar_version", "parameter page"),
            ("rds_failover_slot_mode", "parameter page"),
            ("supautils.reserved_roles", "supabase"),
            ("neon.tenant_id", "support"),
        ];
        for (mark, words) in platforms {
            let step = set_on(mark, "default");
            let Action::Console { change } = &step.action else { panic!("{mark}: {step:?}") };
            assert!(change.untrusted().contains(words), "{mark}: {change:?}");
            assert_eq!(step.cost, Cost::Restart);
        }
    }

    #[test]
    fn what_takes_no_restart_is_changed_in_the_same_places() {
        for (mark, words) in [("aurora.version", "cluster"), ("azure.extensions", "server param")] {
            let remedy = super::reload(&server_with(mark, "default"), "wal_keep_size", "1GB");
            let [step] = remedy.steps.as_slice() else { panic!("{mark}: {remedy:?}") };
            let Action::Console { change } = &step.action else { panic!("{mark}: {step:?}") };
            assert!(change.untrusted().contains(words), "{mark}: {change:?}");
            assert!(!change.untrusted().contains("reboot"), "{mark}: {change:?}");
            assert_eq!(step.cost, Cost::Reload);
        }
    }

    #[test]
    fn a_server_of_ones_own_is_changed_by_a_statement_that_can_be_undone() {
        let step = set_on("max_connections", "default");
        let Action::Sql { sql, .. } = &step.action else { panic!("{step:?}") };
        assert_eq!(sql.untrusted(), "ALTER SYSTEM SET max_wal_senders = '20';");
        assert_eq!(step.undo, Some(Text::new("ALTER SYSTEM RESET max_wal_senders;")));
    }

    #[test]
    fn a_value_on_the_command_line_is_changed_there() {
        let step = set_on("max_wal_senders", "command line");
        let Action::Config { line, .. } = &step.action else { panic!("{step:?}") };
        assert_eq!(line.untrusted(), "max_wal_senders = 20");
    }
}
