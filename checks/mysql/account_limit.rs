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

const HOURLY: &str =
    "a snapshot or a busy hour uses it up, and error 1226 ends the connector's work";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let limit = db.identity.get()?.max_user_connections;
    let needed = u64::from(intent.thresholds.sessions_needed);
    let finding = |outcome| {
        Finding::of(account::subject(db), outcome)
            .expected(format!("{needed} or more, or 0 for no limit"))
    };
    let observed = format!("max_user_connections = {limit}");
    let sessions = match limit {
        0 => finding(Outcome::Pass).observed("no limit"),
        _ if limit < needed => finding(Outcome::Fail).observed(observed).because(FEW),
        _ if limit < needed + SPARE => finding(Outcome::Warn).observed(observed).because(SCARCE),
        _ => finding(Outcome::Pass).observed(observed),
    };
    Ok(Verdict::each(std::iter::once(sessions).chain(hourly(db))))
}

/// Limits by the hour, where the server tells of them.
fn hourly(db: &MySql) -> impl Iterator<Item = Finding> {
    let limits = db.account.known().into_iter().flat_map(|account| &account.limits);
    let limits = limits.filter(|(name, _)| name.ends_with("_PER_HOUR"));
    limits.map(|(name, limit)| {
        Finding::of(account::subject(db), Outcome::Warn)
            .expected("0, no limit")
            .observed(format!("{name} = {limit}"))
            .because(HOURLY)
    })
}

fn remedy(finding: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let Some(identity) = db.identity.known() else { return Remedy::none() };
    let account = quote::account(identity.current_user.untrusted());
    if let (name, Some(limit)) = (setting::name_in(finding), number_in(finding))
        && name.ends_with("_PER_HOUR")
    {
        return Step::dba(format!("ALTER USER {account} WITH {name} 0;"))
            .undo(format!("ALTER USER {account} WITH {name} {limit};"))
            .costs(Cost::Reconnect)
            .into();
    }
    let limit = identity.max_user_connections.to_string();
    // The account has the server's limit where it has none of its own.
    if db.optional_variable("max_user_connections").ok().flatten() == Some(limit.as_str()) {
        return setting::change_for_sessions(db, "max_user_connections", "0");
    }
    Step::dba(format!("ALTER USER {account} WITH MAX_USER_CONNECTIONS 0;"))
        .undo(format!("ALTER USER {account} WITH MAX_USER_CONNECTIONS {limit};"))
        .costs(Cost::Reconnect)
        .into()
}

/// The number behind the name in a finding.
fn number_in(finding: &Finding) -> Option<u64> {
    finding.observed.as_ref()?.untrusted().rsplit_once(" = ")?.1.parse().ok()
}
