//! The server takes the connector for the account that was meant.

use crate::facts::MySql;
use crate::quote::mysql as quote;
use crate::{Actor, Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/matched-account",
    title: "the account is the one that was meant",
    level: Level::Recommended,
    tags: &["connection", "privileges"],
    doc: include_str!("matched_account.md"),
    judge,
    remedy,
};

const ANONYMOUS: &str =
    "an account without a name comes first for this host, with its own privileges";
const OTHER: &str = "the server maps the account to another one, whose privileges count";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let identity = db.identity.get()?;
    let (sent, _) = split(identity.user.untrusted());
    let (matched, _) = split(identity.current_user.untrusted());
    let finding =
        |outcome| Finding::server(outcome).expected(sent).observed(identity.current_user.clone());
    Ok(if matched == sent {
        finding(Outcome::Pass)
    } else if matched.is_empty() {
        finding(Outcome::Warn).because(ANONYMOUS)
    } else {
        finding(Outcome::Warn).because(OTHER)
    }
    .into())
}

fn split(account: &str) -> (&str, &str) {
    account.rsplit_once('@').unwrap_or((account, ""))
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let Some(identity) = db.identity.known() else { return Remedy::none() };
    let (matched, _) = split(identity.current_user.untrusted());
    let account = quote::account(identity.current_user.untrusted());
    if matched.is_empty() {
        let note = "Look first whether anybody needs it: SHOW GRANTS FOR it tells what it may do.";
        return Step::dba(format!("DROP USER {account};")).note(note).costs(Cost::Reconnect).into();
    }
    let instruction = format!("Grant to {account}, or end the mapping to it.");
    Step::manual(Actor::Dba, instruction).into()
}
