//! The server asks the account for a method that it can have.

use super::refusal::{self, DECOY};
use crate::facts::Source;
use crate::{
    Actor, Check, Facts, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict,
};

pub(crate) const CHECK: Check<Facts> = Check {
    id: "connection/auth-decoy",
    title: "the server asks for a method that can be had",
    level: Level::Required,
    tags: &["connection"],
    doc: include_str!("auth_decoy.md"),
    judge,
    remedy,
};

const WHY: &str = "MySQL 8 and newer ask for a method chosen by the name when there is no such account \
                   for this host, so that nobody can tell: the account is missing for this host, or \
                   it really uses that method";

fn judge(facts: &Facts, want: &Intent) -> Result<Verdict, Missing> {
    let Source::MySql(_) = &facts.source else {
        return Ok(Verdict::not_applicable("only MySQL gives each account a method of its own"));
    };
    let finding = |outcome| Finding::of(Subject::Account(want.user.clone()), outcome);
    if let Some((code, detail)) = refusal::about(facts, DECOY) {
        let observed = format!("error {code}: {detail}");
        return Ok(finding(Outcome::Fail).observed(observed).because(WHY).into());
    }
    match facts.connection.login.known() {
        Some(_) => Ok(finding(Outcome::Pass).into()),
        None => Err(refusal::elsewhere(facts)),
    }
}

fn remedy(_: &Finding, _: &Facts, want: &Intent) -> Remedy {
    let user = want.user.untrusted();
    let instruction = format!(
        "Look with SELECT user, host, plugin FROM mysql.user WHERE user = '{user}' which hosts it is \
         for: create it for this host, or give it the method caching_sha2_password."
    );
    Step::manual(Actor::Dba, instruction).into()
}
