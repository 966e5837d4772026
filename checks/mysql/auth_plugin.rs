//! The account logs in by a method that connectors know.

use super::account;
use crate::facts::MySql;
use crate::facts::mysql::Line;
use crate::quote::mysql as quote;
use crate::{
    Actor, Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict,
};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/auth-plugin",
    title: "connectors know the way the account logs in",
    level: Level::Required,
    tags: &["connection", "privileges"],
    doc: include_str!("auth_plugin.md"),
    judge,
    remedy,
};

/// What the drivers of connectors bring along.
const KNOWN: [&str; 2] = ["caching_sha2_password", "mysql_native_password"];
/// What can be said of others.
const OTHERS: [(&str, &str); 5] = [
    ("AWSAuthenticationPlugin", "its tokens expire after 15 minutes"),
    ("ed25519", "few drivers have it, and those of Java connectors not all"),
    ("parsec", "hardly any driver has it yet"),
    ("sha256_password", "it is deprecated, and many drivers have never had it"),
    ("unix_socket", "it lets in users of the server's own machine only"),
];
const UNUSUAL: &str = "this program's client knows it, which says nothing of a connector's";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let plugins = match db.account.get() {
        Ok(account) => &account.plugins,
        // The login worked: only what other clients make of it stays open.
        Err(missing @ (Missing::Denied { .. } | Missing::Unsupported { .. })) => {
            let finding = Finding::of(account::subject(db), Outcome::Warn);
            return Ok(finding.observed("not shown").because(missing.sentence()).into());
        }
        Err(missing) => return Err(missing),
    };
    let names: Vec<&str> = plugins.iter().map(Text::untrusted).collect();
    let finding = |outcome| {
        Finding::of(account::subject(db), outcome)
            .expected(KNOWN.join(" or "))
            .observed(names.join(" or "))
    };
    if names.is_empty() {
        return Err(Missing::Malformed {
            what: "SHOW CREATE USER".into(),
            detail: "it names no authentication plugin".into(),
        });
    }
    if names.iter().any(|name| KNOWN.contains(name)) {
        return Ok(finding(Outcome::Pass).into());
    }
    let why = OTHERS.iter().find(|(name, _)| names.contains(name));
    Ok(finding(Outcome::Fail).because(why.map_or(UNUSUAL, |(_, why)| why)).into())
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let (Some(identity), Ok(_)) = (db.identity.known(), db.account.get()) else {
        return Remedy::none();
    };
    let account = quote::account(identity.current_user.untrusted());
    let how = match identity.line() {
        Line::MariaDb => "IDENTIFIED VIA mysql_native_password USING PASSWORD('...')",
        Line::MySql => "IDENTIFIED WITH caching_sha2_password BY '...'",
    };
    let instruction =
        format!("Give the account a password that drivers know: ALTER USER {account} {how};");
    Step::manual(Actor::Dba, instruction).costs(Cost::Reconnect).into()
}
