//! The account may have as many sessions as a connector opens.

use super::{account, setting};
use crate::facts::MySql;
use crate::quote::mysql as quote;
use crate::{Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/account-limit",
    title: "the account may open enough sessions",
    level: Level::Required,
    tags: &["connection", "privileges"],
    doc: include_str!("account_limit.md"),
    judge,
    remedy,
};

/// Sessions beyond the least that a reconnection may need.
const SPARE: u64 = 2;
const FEW: &str = "a connector's sessions for its stream, queries and heartbeat are refused";
const SCARCE: &str =
    "a reconnection may meet the limit while the server still counts the old sessions";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let limit = db.identity.get()?.max_user_connections;
    let needed = u64::from(intent.thresholds.sessions_needed);
    let finding = |outcome| {
        Finding::of(account::subject(db), outcome)
            .expected(format!("{needed} or more, or 0 for no limit"))
    };
    let observed = format!("max_user_connections = {limit}");
    Ok(match limit {
        0 => finding(Outcome::Pass).observed("no limit"),
        _ if limit < needed => finding(Outcome::Fail).observed(observed).because(FEW),
        _ if limit < needed + SPARE => finding(Outcome::Warn).observed(observed).because(SCARCE),
        _ => finding(Outcome::Pass).observed(observed),
    }
    .into())
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let Some(identity) = db.identity.known() else { return Remedy::none() };
    let limit = identity.max_user_connections.to_string();
    // The account has the server's limit where it has none of its own.
    if db.optional_variable("max_user_connections").ok().flatten() == Some(limit.as_str()) {
        return setting::change_for_sessions(db, "max_user_connections", "0");
    }
    let account = quote::account(identity.current_user.untrusted());
    Step::dba(format!("ALTER USER {account} WITH MAX_USER_CONNECTIONS 0;"))
        .undo(format!("ALTER USER {account} WITH MAX_USER_CONNECTIONS {limit};"))
        .costs(Cost::Reconnect)
        .into()
}
