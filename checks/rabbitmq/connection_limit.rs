//! The virtual host and the account may have one connection more.

use super::queues::words;
use super::vhost::is_limit;
use crate::facts::RabbitMq;
use crate::quote::shell;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Verdict};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/connection-limit",
    title: "the account may open one connection more",
    level: Level::Required,
    tags: &["connection", "capacity"],
    doc: include_str!("connection_limit.md"),
    judge,
    remedy,
};

pub(super) const ID: &str = "rabbitmq/connection-limit";

/// What a reader needs: its connection, and one beside it while it reconnects.
const NEEDED: i64 = 2;

const FEW: &str = "a reader that reconnects meets the limit while its old connection still counts";

fn judge(broker: &RabbitMq, want: &Intent) -> Result<Verdict, Missing> {
    let account = || Subject::Account(want.user.clone());
    match broker.entered.get() {
        Err(missing) if is_limit(&missing) => {
            let finding = Finding::of(account(), Outcome::Fail).expected("one connection more");
            return Ok(finding.observed(words(&missing)).into());
        }
        entered => entered?,
    };
    // This visit was let in: what the management API knows of limits makes it a warning at most.
    let Some(limits) = broker.limits.known() else {
        return Ok(Finding::of(account(), Outcome::Pass).observed("this visit was let in").into());
    };
    let limit = |subject, limit: Option<i64>| match limit {
        Some(limit) if (0..NEEDED).contains(&limit) => Finding::of(subject, Outcome::Warn)
            .expected(format!("{NEEDED} or more, or none"))
            .observed(format!("max-connections = {limit}"))
            .because(FEW),
        Some(limit) if limit >= 0 => {
            Finding::of(subject, Outcome::Pass).observed(format!("max-connections = {limit}"))
        }
        _ => Finding::of(subject, Outcome::Pass).observed("no limit"),
    };
    let vhost = Subject::Database(broker.vhost.clone());
    Ok(Verdict::each([
        limit(vhost, limits.vhost_connections),
        limit(account(), limits.user_connections),
    ]))
}

fn remedy(finding: &Finding, broker: &RabbitMq, want: &Intent) -> Remedy {
    let (vhost, user) = (shell::word(broker.vhost.untrusted()), shell::word(want.user.untrusted()));
    let of_vhost = Step::command(format!("rabbitmqctl clear_vhost_limits --vhost {vhost}"));
    let of_user = Step::command(format!("rabbitmqctl clear_user_limits {user} max-connections"));
    let is_of_user =
        broker.entered.get().is_err_and(|missing| words(&missing).contains("per-user"))
            || broker.entered.known().is_some() && matches!(finding.subject, Subject::Account(_));
    if is_of_user {
        return of_user.into();
    }
    of_vhost.note("or end connections that are not needed: `rabbitmqctl list_connections`").into()
}
