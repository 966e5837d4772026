//! The account is not `guest`, which brokers let in from their own machine only.

use crate::facts::RabbitMq;
use crate::{
    Actor, Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict,
};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/guest-account",
    title: "the account may log in from elsewhere",
    level: Level::Recommended,
    tags: &["connection", "privileges"],
    doc: include_str!("guest_account.md"),
    judge,
    remedy,
};

const GUEST: &str = "guest";
const LOCAL: &str = "guest may log in from the broker's own machine only, unless loopback_users in \
                     rabbitmq.conf says otherwise; the service comes from elsewhere";

fn judge(_: &RabbitMq, want: &Intent) -> Result<Verdict, Missing> {
    let finding = |outcome| Finding::of(Subject::Account(want.user.clone()), outcome);
    if want.user.untrusted() != GUEST {
        return Ok(finding(Outcome::Pass).into());
    }
    Ok(finding(Outcome::Warn).expected("an account of the stream's own").because(LOCAL).into())
}

fn remedy(_: &Finding, _: &RabbitMq, _: &Intent) -> Remedy {
    Step::manual(
        Actor::Admin,
        "Make an account that may read the queues and nothing else, and name it in the request: \
         rabbitmqctl add_user, rabbitmqctl set_permissions.",
    )
    .into()
}
