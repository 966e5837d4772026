//! How a server variable is changed, on each product and platform.

use crate::facts::MySql;
use crate::facts::mysql::{Line, Version};
use crate::quote::mysql::literal;
use crate::{Cost, Finding, Flavour, Missing, Outcome, Remedy, Step, Text, Verdict};

/// Compares a variable that not every version has with its one good value; any other comes to
/// `bad`, because of `why`.
pub(super) fn compare(
    db: &MySql,
    name: &str,
    good: &str,
    bad: Outcome,
    why: &'static str,
) -> Result<Verdict, Missing> {
    Ok(match db.optional_variable(name)? {
        None => Verdict::not_applicable(format!("this server has no {name}")),
        Some(value) if value.eq_ignore_ascii_case(good) => {
            finding(name, value, Outcome::Pass).into()
        }
        Some(value) => finding(name, value, bad).expected(good).because(why).into(),
    })
}

/// A finding that names the variable that it is about, for checks that look at several.
pub(super) fn finding(name: &str, value: &str, outcome: Outcome) -> Finding {
    Finding::server(outcome).observed(format!("{name} = {value}"))
}

/// The variable that a finding of [`finding`] is about.
pub(super) fn name_in(finding: &Finding) -> &str {
    let observed = finding.observed.as_ref().map_or("", Text::untrusted);
    observed.split_once(" = ").map_or("", |(name, _)| name)
}

/// A variable's value as a whole number; `None` where the version has no such variable. Fractions,
/// which MariaDB has, are rounded up, so that what is above 0 stays so.
pub(super) fn number(db: &MySql, name: &str) -> Result<Option<u64>, Missing> {
    let Some(value) = db.optional_variable(name)? else { return Ok(None) };
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let malformed = || Missing::Malformed { what: name.into(), detail: Text::new(value) };
    let whole: u64 = whole.parse().map_err(|_| malformed())?;
    let more = fraction.chars().any(|digit| digit != '0');
    Ok(Some(whole.saturating_add(u64::from(more))))
}

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
    let is_number = value.starts_with(|c: char| c.is_ascii_digit())
        && value.chars().all(|c| c.is_ascii_digit() || c == '.');
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
        Flavour::HeatWave => "the configuration of the DB system",
        Flavour::PolarDb => "the parameters of the PolarDB cluster",
        Flavour::Rds => "the DB parameter group",
        _ => "the platform's console",
    }
}
