//! Commits do not come to wait for the connector.

use crate::facts::Postgres;
use crate::facts::postgres::Server;
use crate::{
    Actor, Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict,
};

use super::session::is_attached;

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/sync-capture",
    title: "commits do not wait for the connector",
    level: Level::Required,
    tags: &["replication", "settings"],
    doc: include_str!("sync_capture.md"),
    judge,
    remedy,
};

fn judge(db: &Postgres, want: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let names = server.setting_text("synchronous_standby_names")?;
    let application = want.profile.application_name.as_ref().map_or("", Text::untrusted);
    let is_captured = standbys(names)
        .iter()
        .any(|name| name == "*" || !name.is_empty() && name.eq_ignore_ascii_case(application));
    if !is_captured {
        let observed = if names.is_empty() { "no synchronous standby" } else { names };
        return Ok(Finding::server(Outcome::Pass).observed(observed).into());
    }
    let finding =
        |outcome| Finding::server(outcome).expected("names of standbys").observed(names.to_owned());
    if waits_for_nobody(server)? {
        let message = "synchronous_commit lets no commit wait for a standby, by default.";
        return Ok(finding(Outcome::Pass).because(message).into());
    }
    Ok(finding(Outcome::Fail)
        .because(
            "The connector counts as a synchronous standby after its first acknowledgement: from \
             then on every commit of the cluster waits for it.",
        )
        .into())
}

/// Whether commits wait for no standby, unless a session asks for it. What is attached to this role
/// or this database says nothing of others.
fn waits_for_nobody(server: &Server) -> Result<bool, Missing> {
    let setting = server.setting("synchronous_commit")?;
    let value = setting.value.as_ref().map_or("", Text::untrusted);
    Ok(matches!(value, "off" | "local") && !is_attached(setting))
}

/// The names in `a, b`, `2 (a, b)`, `FIRST 1 (a, b)` or `ANY 2 (a, "b c")`.
fn standbys(names: &str) -> Vec<String> {
    let inner = match (names.split_once('('), names.starts_with('"')) {
        (Some((_, rest)), false) => rest.strip_suffix(')').unwrap_or(rest),
        _ => names,
    };
    let bare = |name: &str| name.trim().trim_matches('"').replace("\"\"", "\"");
    inner.split(',').map(bare).collect()
}

fn remedy(_: &Finding, _: &Postgres, _: &Intent) -> Remedy {
    Step::manual(
        Actor::Dba,
        "In synchronous_standby_names, name the real standbys by their application_name, for \
         example FIRST 1 (standby1, standby2), and reload the configuration.",
    )
    .costs(Cost::Reload)
    .into()
}

#[cfg(test)]
mod tests {
    use super::standbys;

    #[test]
    fn standbys_are_read_from_every_form() {
        assert_eq!(standbys("a, b"), ["a", "b"]);
        assert_eq!(standbys("2 (a, *)"), ["a", "*"]);
        assert_eq!(standbys("ANY 1 (\"Debezium Streaming\")"), ["Debezium Streaming"]);
        assert_eq!(standbys("\"a (b)\""), ["a (b)"]);
        assert_eq!(standbys(""), [""]);
    }
}
