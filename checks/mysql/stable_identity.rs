//! Every connection reaches the same server.

use super::opt_in::asked;
use crate::facts::MySql;
use crate::facts::mysql::Instance;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/stable-identity",
    title: "every connection reaches the same server",
    level: Level::Required,
    tags: &["topology"],
    doc: include_str!("stable_identity.md"),
    judge,
    remedy,
};

const FILES: &str = "a position in the files of one server means something else on the other: changes \
                     are skipped or repeated without a word";
const IDS: &str =
    "with global ids a reader can go on at the other server, if that one has them all";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let instances = match asked(&db.instances)? {
        Ok(instances) => instances,
        Err(not_asked) => return Ok(not_asked),
    };
    let mut names: Vec<String> = instances.iter().map(describe).collect();
    names.dedup();
    let finding =
        |outcome| Finding::server(outcome).expected("one server").observed(names.join(", then "));
    if names.len() < 2 {
        return Ok(finding(Outcome::Pass).into());
    }
    Ok(match has_ids(db)? {
        true => finding(Outcome::Warn).because(IDS),
        false => finding(Outcome::Fail).because(FILES),
    }
    .into())
}

/// Whether positions are those of transactions, which all servers of a topology share.
fn has_ids(db: &MySql) -> Result<bool, Missing> {
    Ok(db.optional_variable("gtid_mode")? == Some("ON"))
}

fn describe(one: &Instance) -> String {
    let (host, id, uuid) =
        (one.hostname.untrusted(), one.server_id.untrusted(), one.server_uuid.untrusted());
    format!("{host} (server_id {id}{}{uuid})", if uuid.is_empty() { "" } else { ", " })
}

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    let instruction = "Name one server in HostName, not a reader endpoint, a balancer or a name with \
                       several addresses.";
    Step::manual(Actor::Requester, instruction).into()
}
