//! The server's clock is right.

use crate::facts::MySql;
use crate::{Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Verdict};

pub(crate) const CHECK: Check<MySql> = Check {
    id: "mysql/clock",
    title: "the clock is right",
    level: Level::Required,
    tags: &["connection", "time"],
    doc: include_str!("clock.md"),
    judge,
    remedy,
};

const OFF: &str =
    "events carry the server's time: figures of delay, and a start at a time, are wrong";
const FAR: &str = "certificates and tokens that are valid here are not valid there, or the reverse";

fn judge(db: &MySql, intent: &Intent) -> Result<Verdict, Missing> {
    let clock = db.identity.get()?.clock.ok_or_else(|| Missing::NotAsked {
        what: "the server's clock".into(),
        why: "the answer had none to compare".into(),
    })?;
    // What the round trip may account for is not held against the server.
    let off_ms = clock.ahead_ms.unsigned_abs().saturating_sub(clock.within_ms);
    let warn = u64::from(intent.thresholds.clock_warn_seconds);
    let side = if clock.ahead_ms < 0 { "behind" } else { "ahead" };
    let finding = |outcome| {
        Finding::server(outcome)
            .expected(format!("within {warn} s of this machine's"))
            .observed(format!("{}.{:03} s {side}", off_ms / 1000, off_ms % 1000))
    };
    let over = |seconds: u32| off_ms > u64::from(seconds) * 1000;
    Ok(if over(intent.thresholds.clock_fail_seconds) {
        finding(Outcome::Fail).because(FAR)
    } else if over(intent.thresholds.clock_warn_seconds) {
        finding(Outcome::Warn).because(OFF)
    } else {
        finding(Outcome::Pass)
    }
    .into())
}

fn remedy(_: &Finding, _: &MySql, _: &Intent) -> Remedy {
    let instruction = "Let both machines take their time from the network (NTP), and take SET \
                       timestamp out of init_connect if it is there.";
    Step::manual(Actor::Dba, instruction).into()
}
