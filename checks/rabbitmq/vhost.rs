//! The virtual host is there, and the account may enter it.

use super::queues::{code, words};
use crate::facts::RabbitMq;
use crate::quote::{rabbitmq, shell};
use crate::{
    Check, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Subject, Text, Verdict,
};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/vhost",
    title: "the account may enter the virtual host",
    level: Level::Required,
    tags: &["connection", "privileges"],
    doc: include_str!("vhost.md"),
    judge,
    remedy,
};

/// The broker's code for what it does not allow.
const NOT_ALLOWED: &str = "530";

fn judge(broker: &RabbitMq, _: &Intent) -> Result<Verdict, Missing> {
    let finding = |outcome| Finding::of(Subject::Database(broker.vhost.clone()), outcome);
    let missing = match broker.entered.get() {
        Ok(_) => return Ok(finding(Outcome::Pass).into()),
        Err(missing) => missing,
    };
    if code(&missing) != Some(NOT_ALLOWED) {
        return Err(missing);
    }
    if is_limit(&missing) {
        return Err(Missing::NotReached { because: super::connection_limit::ID.into() });
    }
    Ok(finding(Outcome::Fail).observed(words(&missing)).into())
}

/// Whether the broker refused one connection more, and not the account.
pub(super) fn is_limit(missing: &Missing) -> bool {
    words(missing).contains("limit")
}

fn is_absent(broker: &RabbitMq) -> bool {
    broker.entered.get().is_err_and(|missing| words(&missing).contains("not found"))
}

fn remedy(_: &Finding, broker: &RabbitMq, want: &Intent) -> Remedy {
    let vhost = shell::word(broker.vhost.untrusted());
    let mut remedy = Remedy::none();
    if is_absent(broker) {
        remedy = remedy.then(
            Step::command(format!("rabbitmqctl add_vhost {vhost}"))
                .undo(format!("rabbitmqctl delete_vhost {vhost}"))
                .note("or write the name of another one in VirtualHostName"),
        );
    }
    remedy.then(grant(broker, want))
}

/// The least that lets the account in and consume: it may read the queues, and change nothing.
pub(super) fn grant(broker: &RabbitMq, want: &Intent) -> Step {
    let (vhost, user) = (shell::word(broker.vhost.untrusted()), shell::word(want.user.untrusted()));
    let names = want.consumption.queues.iter().map(Text::untrusted);
    let read = names.map(rabbitmq::exactly).collect::<Vec<_>>().join("|");
    let read = if read.is_empty() { ".*".to_owned() } else { read };
    let undo = format!("rabbitmqctl clear_permissions --vhost {vhost} {user}");
    let (configure, write, read, undo) = match broker.permissions.known() {
        Some(now) => {
            let nothing = ["", "^$"].contains(&now.read.untrusted());
            let wider = if nothing { read } else { format!("{}|{read}", now.read.untrusted()) };
            let words =
                [&now.configure, &now.write, &now.read].map(|it| shell::word(it.untrusted()));
            let undo =
                format!("rabbitmqctl set_permissions --vhost {vhost} {user} {}", words.join(" "));
            (now.configure.untrusted().to_owned(), now.write.untrusted().to_owned(), wider, undo)
        }
        None => ("^$".into(), "^$".into(), read, undo),
    };
    let words = [configure, write, read].map(|word| shell::word(&word)).join(" ");
    let step = Step::command(format!("rabbitmqctl set_permissions --vhost {vhost} {user} {words}"));
    match broker.permissions.known() {
        Some(_) => step.undo(undo),
        None => step.undo(undo).note(
            "it takes the place of what the account may do there now: `rabbitmqctl \
                   list_permissions`",
        ),
    }
}
