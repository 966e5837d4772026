//! The server lets the connector's output plugin be loaded.

use super::{parameter, trial};
use crate::facts::Postgres;
use crate::quote::postgres::literal;
use crate::{Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/output-plugin",
    title: "the output plugin may be loaded",
    level: Level::Required,
    tags: &["slot"],
    doc: include_str!("output_plugin.md"),
    judge,
    remedy,
};

/// What decides on plugins, from certain minor versions on; hidden from ordinary accounts.
const LIST: &str = "output_plugin_libraries";

/// The plugin that every server since PostgreSQL 10 brings and allows.
const BUILT_IN: &str = "pgoutput";

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let plugin = want.profile.output_plugin.as_str();
    let finding = |outcome| Finding::server(outcome).expected(plugin);
    let list = server.setting_text(LIST);
    if let Ok(list) = list
        && !elements(list).iter().any(|name| name == plugin)
    {
        return Ok(finding(Outcome::Fail).observed(format!("{LIST} = {list}")).into());
    }
    // The list is hidden from most accounts, and does not tell what is installed. A slot does.
    match trial::with_plugin(db, plugin) {
        Some(Ok(_)) => {
            return Ok(finding(Outcome::Pass).observed("a slot was made with it").into());
        }
        Some(Err(words)) => return Ok(finding(Outcome::Fail).observed(words).into()),
        None => {}
    }
    let Ok(list) = list else {
        if plugin == BUILT_IN {
            return Ok(finding(Outcome::Pass).observed("every server has it").into());
        }
        return Err(Missing::Denied {
            what: format!("whether {plugin} is installed and allowed").into(),
            needs: "membership in pg_read_all_settings, or the live probe,".into(),
        });
    };
    if plugin == BUILT_IN {
        return Ok(finding(Outcome::Pass).observed(list).into());
    }
    Err(Missing::NotAsked {
        what: format!("whether {plugin} is installed").into(),
        why: "only a slot of the live probe tells".into(),
    })
}

/// The elements of a list as the server shows it: those with anything but letters, digits and
/// underscores are in double quotes.
fn elements(list: &str) -> Vec<String> {
    let mut elements = vec![String::new()];
    let mut quoted = false;
    for c in list.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => elements.push(String::new()),
            ' ' if !quoted => {}
            c => elements.iter_mut().rev().take(1).for_each(|last| last.push(c)),
        }
    }
    elements.retain(|element| !element.is_empty());
    elements
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let list = db.server().and_then(|server| server.setting_text(LIST)).unwrap_or_default();
    let mut names = elements(list);
    names.push(want.profile.output_plugin.clone());
    if db.platform().is_managed() {
        return parameter::reload(db, LIST, &names.join(", "));
    }
    // One literal for each: a literal with a comma would be one name.
    let names: Vec<String> = names.iter().map(|name| literal(name)).collect();
    Remedy::from(
        Step::dba(format!("ALTER SYSTEM SET {LIST} = {};", names.join(", ")))
            .costs(Cost::Reload)
            .undo(format!("ALTER SYSTEM RESET {LIST};"))
            .note("As superuser. Any account with REPLICATION can load what is in the list."),
    )
    .then(Step::dba("SELECT pg_reload_conf();").costs(Cost::Reload))
}

#[cfg(test)]
mod tests {
    use super::elements;

    #[test]
    fn a_quoted_comma_separates_nothing() {
        assert_eq!(elements("pgoutput, test_decoding"), ["pgoutput", "test_decoding"]);
        assert_eq!(elements("\"pgoutput, test_decoding\""), ["pgoutput, test_decoding"]);
        assert!(elements("\"\"").is_empty());
    }
}
