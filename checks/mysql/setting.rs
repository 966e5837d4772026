//! How a server variable is changed, on each product and platform.

use crate::facts::MySql;
use crate::facts::mysql::{Line, Version};
use crate::quote::mysql::literal;
use crate::{Cost, Flavour, Remedy, Step};

/// The steps that give a variable a value, now and after every restart.
pub(super) fn change(db: &MySql, name: &str, value: &str) -> Remedy {
    let platform = db.platform();
    if platform.is_managed() {
        return console(platform, name, value).into();
    }
    let old = db.optional_variable(name).ok().flatten();
    let set = |verb: &str| {
        let step = Step::dba(format!("{verb} {name} = {};", sql(value)));
        match old {
            Some(old) => step.undo(format!("{verb} {name} = {};", sql(old))),
            None => step,
        }
    };
    if has_persist(db) {
        return set("SET PERSIST").into();
    }
    let line = Step::config("my.cnf", "[mysqld]", format!("{name} = {value}"))
        .costs(Cost::Live)
        .note("Keeps the value over a restart; none is needed now.");
    Remedy::from(set("SET GLOBAL")).then(line)
}

/// As [`change`], for a variable that every session copies when it begins.
pub(super) fn change_for_sessions(db: &MySql, name: &str, value: &str) -> Remedy {
    let mut remedy = change(db, name, value);
    if let Some(first) = remedy.steps.first_mut() {
        first.cost = first.cost.max(Cost::Reconnect);
        first.note = Some(
            "Open sessions keep the old value: reconnect the applications, and restart the \
             applier threads of a replica."
                .into(),
        );
    }
    remedy
}

/// Whether `SET PERSIST` exists.
pub(super) fn has_persist(db: &MySql) -> bool {
    db.identity.known().is_none_or(|identity| {
        let version = identity.version_number();
        identity.line() == Line::MySql && version.is_ok_and(|own| own >= Version::new(8, 0, 0))
    })
}

fn sql(value: &str) -> String {
    let is_number = !value.is_empty() && value.chars().all(|c| c.is_ascii_digit());
    if is_number { value.to_owned() } else { literal(value) }
}

fn console(platform: Flavour, name: &str, value: &str) -> Step {
    let value = if value.is_empty() { "nothing" } else { value };
    let place = place(platform);
    let step = Step::console(format!("Set {name} to {value} in {place}."));
    match platform {
        Flavour::Aurora => step.costs(Cost::Restart).note("Reboot the writer afterwards."),
        _ => step,
    }
}

/// Where a platform keeps server variables.
pub(super) fn place(platform: Flavour) -> &'static str {
    match platform {
        Flavour::AlibabaRds => "the parameter settings of the ApsaraDB RDS instance",
        Flavour::Aurora => "the DB cluster parameter group",
        Flavour::Azure => "the server parameters",
        Flavour::CloudSql => "the instance's database flags",
        Flavour::PolarDb => "the parameters of the PolarDB cluster",
        Flavour::Rds => "the DB parameter group",
        _ => "the platform's console",
    }
}
