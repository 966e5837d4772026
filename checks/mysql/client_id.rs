//! No other reader uses the server id of the connector.

use crate::facts::MySql;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/client-id",
    title: "no other reader has the id of the connector",
    level: Level::Required,
    tags: &["topology"],
    doc: include_str!("client_id.md"),
    judge,
    remedy,
};

const WHY: &str = "the server throws out the older of two readers with one id, again and again";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let Some(own) = intent.profile.server_id else {
        return Ok(Verdict::not_applicable("the service chooses the id and does not say which"));
    };
    let finding = |outcome| Finding::server(outcome).expected(format!("{own} is free"));
    if db.variable("server_id")? == own.to_string() {
        return Ok(finding(Outcome::Fail).observed("the server itself has it").because(WHY).into());
    }
    Ok(match db.replicas.get() {
        Ok(ids) if ids.contains(&own) => {
            finding(Outcome::Fail).observed("another reader has it").because(WHY)
        }
        Ok(_) => finding(Outcome::Pass),
        // MariaDB shows its readers to those only who administer them.
        Err(missing @ Missing::Denied { .. }) => {
            finding(Outcome::Warn).observed("unknown").because(missing.sentence())
        }
        Err(missing) => return Err(missing),
    }
    .into())
}

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    Step::request("Give the connector a server id that nothing else in this topology has.").into()
}
