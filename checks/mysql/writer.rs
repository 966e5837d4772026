//! The endpoint leads to a server that writes a binary log of its own.

use super::setting;
use crate::facts::MySql;
use crate::{Check, Finding, Flavour, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/writer",
    title: "the endpoint leads to the writer",
    level: Level::Required,
    tags: &["topology"],
    doc: include_str!("writer.md"),
    judge,
    remedy,
};

const WHY: &str = "it writes no binary log of its own, so that no change ever comes";

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let host = db.host.untrusted().to_ascii_lowercase();
    if host.contains(".cluster-ro-") {
        let finding = Finding::server(Outcome::Fail).expected("the writer");
        return Ok(finding.observed("a reader endpoint").because(WHY).into());
    }
    setting::compare(db, "innodb_read_only", "OFF", Outcome::Fail, WHY)
}

fn remedy(_: &Finding, db: &MySql, _: &Intent) -> Remedy {
    let instruction = match db.platform() {
        Flavour::Aurora => "Write the cluster endpoint, which leads to the writer, in HostName.",
        _ => "Write the host of the server that accepts changes in HostName.",
    };
    Step::request(instruction).into()
}
