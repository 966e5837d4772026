//! The account may be used, and its password does not expire behind anybody's back.

use super::refusal::{self, STATE};
use crate::facts::Source;
use crate::facts::mysql::Expiry;
use crate::quote::mysql as quote;
use crate::{
    Actor, Check, Facts, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict,
};

pub(crate) const CHECK: Check<Facts> = Check {
    id: "connection/account-state",
    title: "the account is neither locked nor expiring",
    level: Level::Required,
    tags: &["connection", "privileges"],
    doc: include_str!("account_state.md"),
    judge,
    remedy,
};

const EXPIRES: &str = "the connector stops when it logs in again after that";

fn judge(facts: &Facts, want: &Intent) -> Result<Verdict, Missing> {
    let Source::MySql(db) = &facts.source else {
        return Ok(Verdict::not_applicable("only accounts of MySQL have such a state"));
    };
    let finding = |outcome| {
        Finding::of(Subject::Account(want.user.clone()), outcome).expected("unlocked, no expiry")
    };
    if let Some((code, detail)) = refusal::about(facts, STATE) {
        let observed = format!("error {code}: {detail}");
        return Ok(finding(Outcome::Fail).observed(observed).because(why(&code)).into());
    }
    if facts.connection.login.known().is_none() {
        return Err(refusal::elsewhere(facts));
    }
    let expiry = match db.account.get() {
        Ok(account) => account.expiry,
        // The login worked: only for how long stays open.
        Err(missing @ (Missing::Denied { .. } | Missing::Unsupported { .. })) => {
            let finding = finding(Outcome::Warn).observed("unlocked; its expiry is not shown");
            return Ok(finding.because(missing.sentence()).into());
        }
        Err(missing) => return Err(missing),
    };
    let days = match expiry {
        Expiry::Never | Expiry::Now => None,
        Expiry::Days(days) => Some(days.to_string()),
        Expiry::Default => {
            let days = db.optional_variable("default_password_lifetime")?;
            days.filter(|days| *days != "0").map(str::to_owned)
        }
    };
    Ok(match days {
        Some(days) => finding(Outcome::Warn)
            .observed(format!("the password expires {days} days after it was set"))
            .because(EXPIRES),
        None => finding(Outcome::Pass),
    }
    .into())
}

fn why(code: &str) -> &'static str {
    match code {
        "3118" | "4151" => "the account is locked",
        _ => "the account's password has expired",
    }
}

fn remedy(finding: &Finding, facts: &Facts, want: &Intent) -> Remedy {
    let user = want.user.untrusted();
    if finding.outcome == Outcome::Fail {
        let instruction = format!(
            "Unlock it with ALTER USER '{user}'@'...' ACCOUNT UNLOCK, or give it a new password, \
             and look why it was locked or had to expire."
        );
        return Step::manual(Actor::Dba, instruction).into();
    }
    let Source::MySql(db) = &facts.source else { return Remedy::none() };
    let (Some(identity), Some(own)) = (db.identity.known(), db.account.known()) else {
        return Remedy::none();
    };
    let account = quote::account(identity.current_user.untrusted());
    let before = match own.expiry {
        Expiry::Days(days) => format!("INTERVAL {days} DAY"),
        _ => "DEFAULT".to_owned(),
    };
    Step::dba(format!("ALTER USER {account} PASSWORD EXPIRE NEVER;"))
        .undo(format!("ALTER USER {account} PASSWORD EXPIRE {before};"))
        .note("Or renew the password in time, at the source and in the request.")
        .into()
}
