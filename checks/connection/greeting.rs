//! The server greets the host that connects.

use super::refusal::{self, GREETING};
use crate::facts::Source;
use crate::{Actor, Check, Facts, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Facts> = Check {
    id: "connection/greeting",
    title: "the server takes connections from here",
    level: Level::Required,
    tags: &["connection"],
    doc: include_str!("greeting.md"),
    judge,
    remedy,
};

fn judge(facts: &Facts, _: &Intent) -> Result<Verdict, Missing> {
    let Source::MySql(_) = &facts.source else {
        return Ok(Verdict::not_applicable("only MySQL speaks before its client does"));
    };
    let Some((code, detail)) = refusal::about(facts, GREETING) else {
        return match facts.connection.login.get() {
            Ok(_) => Ok(Finding::server(Outcome::Pass).into()),
            // It said something else, so it has greeted.
            Err(Missing::Refused { code: Some(_), .. }) => {
                Ok(Finding::server(Outcome::Pass).into())
            }
            Err(Missing::Refused { .. }) => Err(refusal::elsewhere(facts)),
            Err(missing) => Err(missing),
        };
    };
    let finding = Finding::server(Outcome::Fail).observed(format!("error {code}: {detail}"));
    Ok(finding.because(why(&code)).into())
}

fn why(code: &str) -> &'static str {
    match code {
        "1040" => "all sessions are taken: the connector would meet the same",
        "1129" => "too many connections from this host were broken off before login",
        _ => "no account of the server lets this host in, whoever logs in",
    }
}

fn remedy(_: &Finding, facts: &Facts, _: &Intent) -> Remedy {
    let code = refusal::of(facts).map(|(code, _)| code);
    let instruction = match code.as_deref() {
        Some("1040") => {
            "End sessions that nobody needs, or raise max_connections; the server keeps one \
             session for its administrator."
        }
        Some("1129") => {
            "Find out what breaks connections off (a port check does), then run FLUSH HOSTS, or \
             TRUNCATE TABLE performance_schema.host_cache."
        }
        _ => "Create the account for the host that the service comes from, not for localhost only.",
    };
    Step::manual(Actor::Dba, instruction).into()
}
