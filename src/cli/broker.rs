//! What the user says of a RabbitMQ, on top of the request.

use cdc_checks::{Engine, Intent, Text};
use clap::Args;

use super::Stopped;
use super::tell::{Terminal, env};
use crate::Exit;
use crate::request::{self, ManagementApi, Request};

/// Where a broker is, and which of its queues are meant.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "RabbitMQ")]
pub(crate) struct BrokerArgs {
    /// A queue, with a URL or where the request has no field for it; may be repeated
    #[arg(long = "queue", value_name = "NAME")]
    queues: Vec<String>,
    /// Visit this broker, where the request names an instance only: amqps://USER:PASSWORD@HOST, in
    /// which ${NAME} stands for a variable of the environment
    #[arg(long, value_name = "URL")]
    rabbitmq_endpoint: Option<String>,
    /// The management API's address, or `off` [default: the broker's host, port 15672, or 15671
    /// with TLS]
    #[arg(long, value_name = "URL", value_parser = management)]
    rabbitmq_management: Option<ManagementApi>,
}

fn management(text: &str) -> Result<ManagementApi, String> {
    if text == "off" {
        return Ok(ManagementApi::Off);
    }
    let url = url::Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("it is `off` or an address, for example https://mq.example.com:15671".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it is asked as the account of the request: leave the user out".into());
    }
    Ok(ManagementApi::At(url.as_str().trim_end_matches('/').into()))
}

impl BrokerArgs {
    /// The requests, with what these flags say about their brokers.
    ///
    /// # Errors
    /// What is wrong with a flag, or that there is no broker, for people.
    pub(super) fn over(
        &self,
        requests: Vec<Request>,
        terminal: &Terminal,
    ) -> Result<Vec<Request>, Stopped> {
        let is_broker = |request: &Request| request.operation().engine() == Engine::RabbitMq;
        if self.is_given() && !requests.iter().any(is_broker) {
            terminal.error("--queue and --rabbitmq-... are about RabbitMQ, and nothing here is");
            return Err(Exit::Usage);
        }
        let broker = self.rabbitmq_endpoint.as_deref().map(|text| request::broker(text, &env));
        let broker = broker.transpose().map_err(|reason| {
            terminal.error(&format!("--rabbitmq-endpoint: {reason}"));
            Exit::Usage
        })?;
        if broker.as_ref().is_some_and(|named| named.shows_password) {
            terminal.note(
                "warning: a password on the command line can be seen in the list of processes: \
                 write ${NAME} in quotes, or set RABBITMQ_PASSWORD",
            );
        }
        let with = |request: Request| {
            if !is_broker(&request) {
                return request;
            }
            let request = match &broker {
                Some(named) => request.at(named.broker.clone()),
                None => request,
            };
            match &self.rabbitmq_management {
                Some(management) => request.managed(management.clone()),
                None => request,
            }
        };
        Ok(requests.into_iter().map(with).collect())
    }

    /// What is wanted of a broker, with the queues that these flags name and the account that it is
    /// visited with.
    pub(super) fn aim(&self, intent: &mut Intent, user: Option<&str>) {
        if intent.engine != Engine::RabbitMq {
            return;
        }
        if !self.queues.is_empty() {
            intent.consumption.queues = self.queues.iter().map(Text::new).collect();
        }
        if let Some(user) = user {
            intent.user = Text::new(user);
        }
    }

    fn is_given(&self) -> bool {
        !self.queues.is_empty()
            || self.rabbitmq_endpoint.is_some()
            || self.rabbitmq_management.is_some()
    }
}
