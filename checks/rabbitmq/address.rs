//! The request says where the broker is, so that it can be visited.

use crate::facts::RabbitMq;
use crate::{Check, Finding, Intent, Level, Missing, Outcome, Remedy};

pub(crate) const CHECK: Check<RabbitMq> = Check {
    id: "rabbitmq/address",
    title: "the request says where the broker is",
    level: Level::Required,
    tags: &["connection", "request"],
    doc: include_str!("address.md"),
    judge,
    remedy,
};

/// The reason of everything that an address is needed for.
pub(crate) const ID: &str = "rabbitmq/address";

fn judge(broker: &RabbitMq, _: &Intent) -> Result<crate::Verdict, Missing> {
    match broker.server.get() {
        Err(Missing::NotReached { because }) if because == ID => Err(Missing::NotAsked {
            what: "the broker".into(),
            why: "the request names an instance and no address: give one, and an account, with \
                  --rabbitmq-endpoint"
                .into(),
        }),
        _ => Ok(Finding::server(Outcome::Pass).into()),
    }
}

fn remedy(_: &Finding, _: &RabbitMq, _: &Intent) -> Remedy {
    Remedy::none()
}
