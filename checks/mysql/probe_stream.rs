//! The binary log really streams to the account.

use super::trial::{self, Stage};
use crate::facts::MySql;
use crate::facts::mysql::{Probe, Streamed};
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/probe-stream",
    title: "the binary log streams to the account",
    level: Level::Required,
    tags: &["probe", "binlog"],
    doc: include_str!("probe_stream.md"),
    judge,
    remedy,
};

fn judge(db: &MySql, _: &Intent) -> Result<Verdict, Missing> {
    let probe = match trial::tried(&db.probe, Stage::Login)? {
        Ok(probe) => probe,
        Err(left_out) => return Ok(left_out),
    };
    if let Err(refused) = trial::tried(&probe.login, Stage::Login)? {
        return Ok(refused);
    }
    Ok(match trial::tried(&probe.stream, Stage::Request)? {
        Ok(streamed) => Finding::server(Outcome::Pass).observed(words(streamed)).into(),
        Err(refused) => refused,
    })
}

fn words(streamed: &Streamed) -> String {
    let end = if streamed.at_end { ", which is the end" } else { ", and more events" };
    format!("{} from {} on{end}", streamed.file.untrusted(), streamed.position)
}

fn remedy(finding: &Finding, db: &MySql, intent: &Intent) -> Remedy {
    let of_step = |probe: &Probe| {
        trial::remedy(&probe.login, Stage::Login, finding, db, intent)
            .or_else(|| trial::remedy(&probe.stream, Stage::Request, finding, db, intent))
    };
    db.probe.known().and_then(of_step).unwrap_or_default()
}
