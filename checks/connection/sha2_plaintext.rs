//! A password of the newer kind does not cross the network without encryption.

use crate::facts::Source;
use crate::{Actor, Check, Facts, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<Facts> = Check {
    id: "connection/sha2-plaintext",
    title: "the password does not depend on a warm cache",
    level: Level::Recommended,
    tags: &["connection", "tls"],
    doc: include_str!("sha2_plaintext.md"),
    judge,
    remedy,
};

const PLUGIN: &str = "caching_sha2_password";
const WHY: &str = "without encryption many drivers log in only while the server has the password \
                   in its cache: after a restart, FLUSH PRIVILEGES or a new password they fail";

fn judge(facts: &Facts, _: &Intent) -> Result<Verdict, Missing> {
    let Source::MySql(db) = &facts.source else {
        return Ok(Verdict::not_applicable("only MySQL has such a cache"));
    };
    let plugins = &db.account.get()?.plugins;
    if !plugins.iter().any(|plugin| plugin.untrusted() == PLUGIN) {
        return Ok(Verdict::not_applicable("the account logs in by another method"));
    }
    if facts.connection.tls.get()?.encrypted {
        return Ok(Finding::server(Outcome::Pass).into());
    }
    let finding = Finding::server(Outcome::Warn).expected("TLS").observed(PLUGIN);
    Ok(finding.because(WHY).into())
}

fn remedy(_: &Finding, _: &Facts, _: &Intent) -> Remedy {
    let instruction = "Turn on encryption at the server and in the connector, or allow the driver \
                       to fetch the server's public key (allowPublicKeyRetrieval).";
    Step::manual(Actor::Dba, instruction).into()
}
