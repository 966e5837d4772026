//! The management API: read with GET only, as the account of the request.

mod answer;

use std::fmt::Display;
use std::time::Duration;

use cdc_checks::facts::Fact;
use cdc_checks::facts::rabbitmq::{Limits, Management as Access, QueueDetails, RabbitMq};
use cdc_checks::{Missing, Text};
use futures_util::future::join4;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::timeout;

use super::address;
use crate::gather::reach::millis;
use crate::gather::{Deadlines, NoAddress, Target, tls};

/// The most of an answer that is read, in bytes.
const LONGEST_BODY: usize = 4 * 1024 * 1024;

/// Queues of a virtual host that are listed.
const MOST_QUEUES: usize = 500;

/// How long a connection may take: the broker, on the same machine as a rule, has just answered.
const PATIENCE: Duration = Duration::from_secs(3);

const API: &str = "the management API";

/// The management API of a broker.
pub(super) struct Management {
    /// Its address and a client, or why it is not asked.
    way: Result<(String, reqwest::Client), Missing>,
    user: String,
    password: SecretString,
    deadlines: Deadlines,
}

impl Management {
    pub(super) async fn of(target: &Target, encrypted: bool) -> Self {
        let way = match address::of(target, encrypted) {
            None => {
                Err(Missing::NotAsked { what: API.into(), why: "an option turns it off".into() })
            }
            Some(address) => client(target, &address).await.map(|client| (address, client)),
        };
        let (user, password) = (target.user.clone(), target.password.clone());
        Self { way, user, password, deadlines: target.deadlines }
    }

    /// What it says of itself, the account, its limits, and alarms.
    pub(super) async fn read(&self, vhost: &str, user: &str, broker: &mut RabbitMq) {
        let access = self.access().await;
        if let Err(missing) = access {
            broker.management = Fact::Missing(missing.clone());
            broker.permissions = Fact::Missing(missing.clone());
            broker.limits = Fact::Missing(missing.clone());
            broker.alarms = Fact::Missing(missing);
            return;
        }
        broker.management = access.into();
        let (vhost, user) = (segment(vhost), segment(user));
        let permissions = format!("permissions/{vhost}/{user}");
        let (of_vhost, of_user) = (format!("vhost-limits/{vhost}"), format!("user-limits/{user}"));
        let (permissions, of_vhost, of_user, alarms) = join4(
            self.get(&permissions, "the permissions"),
            self.get(&of_vhost, "the limits"),
            self.get(&of_user, "the limits"),
            self.alarms(),
        )
        .await;
        broker.permissions =
            permissions.and_then(|answer| answer::permissions("the permissions", &answer)).into();
        broker.limits = of_vhost.and_then(|vhost| Ok(limits(&vhost, &of_user?))).into();
        broker.alarms = alarms.into();
    }

    /// What it says of a queue.
    pub(super) async fn queue(&self, vhost: &str, name: &str) -> Result<QueueDetails, Missing> {
        const WHAT: &str = "the queue's settings";
        let path = format!("queues/{}/{}", segment(vhost), segment(name));
        answer::queue(WHAT, self.get(&path, WHAT).await?)
    }

    /// The queues of a virtual host that the account may see.
    pub(super) async fn queue_names(&self, vhost: &str) -> Result<Vec<Text>, Missing> {
        const WHAT: &str = "the list of queues";
        let vhost = segment(vhost);
        let path = format!("queues/{vhost}?page=1&page_size={MOST_QUEUES}&columns=name");
        let answer = self.get(&path, WHAT).await?;
        let items = answer.get("items").unwrap_or(&answer).as_array();
        let items = items.ok_or_else(|| answer::malformed(WHAT, "it is no list"))?;
        let name = |item: &Value| item.get("name").and_then(Value::as_str).map(Text::new);
        Ok(items.iter().filter_map(name).collect())
    }

    async fn access(&self) -> Result<Access, Missing> {
        let answer = self.get("whoami", API).await?;
        let address = self.way.as_ref().map_err(Missing::clone)?.0.as_str();
        Ok(Access { address: Text::new(address), tags: answer::tags(&answer) })
    }

    /// The resources whose alarm is in effect: a check that fails lists them.
    async fn alarms(&self) -> Result<Vec<Text>, Missing> {
        const WHAT: &str = "alarms";
        let (status, answer) = self.ask("health/checks/alarms", WHAT).await?;
        match status {
            StatusCode::OK => Ok(Vec::new()),
            StatusCode::SERVICE_UNAVAILABLE => Ok(answer::alarms(&answer)),
            StatusCode::NOT_FOUND => {
                Err(Missing::Unsupported { what: WHAT.into(), since: "RabbitMQ 3.8.10".into() })
            }
            other => Err(refused(WHAT, other, &answer)),
        }
    }

    async fn get(&self, path: &str, what: &str) -> Result<Value, Missing> {
        let (status, answer) = self.ask(path, what).await?;
        if status.is_success() { Ok(answer) } else { Err(refused(what, status, &answer)) }
    }

    async fn ask(&self, path: &str, what: &str) -> Result<(StatusCode, Value), Missing> {
        let (address, client) = self.way.as_ref().map_err(Missing::clone)?;
        let request = client
            .get(format!("{address}/api/{path}"))
            .basic_auth(&self.user, Some(self.password.expose_secret()));
        let exchange = async {
            let mut response = request.send().await?;
            let status = response.status();
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                body.extend_from_slice(&chunk);
                if body.len() > LONGEST_BODY {
                    break;
                }
            }
            Ok::<_, reqwest::Error>((status, body))
        };
        let (status, body) = exchange.await.map_err(|error| self.failed(what, &error))?;
        match serde_json::from_slice(&body) {
            Ok(answer) => Ok((status, answer)),
            // Errors of a proxy, or of whatever else answers there, are no JSON.
            Err(_) if !status.is_success() => Ok((status, Value::Null)),
            Err(error) => Err(answer::malformed(what, &error.to_string())),
        }
    }

    fn failed(&self, what: &str, error: &reqwest::Error) -> Missing {
        if error.is_timeout() {
            let after_ms = millis(self.deadlines.connect);
            return Missing::TimedOut { what: API.into(), after_ms };
        }
        let mut cause: &dyn std::error::Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        let at = self.way.as_ref().map(|(address, _)| address.as_str()).unwrap_or_default();
        silent(what, at, cause)
    }
}

fn silent(what: &str, address: &str, cause: impl Display) -> Missing {
    let detail = format!("nothing answers at {address}: {cause}");
    Missing::Refused { what: what.into(), detail: Text::new(detail), code: None }
}

/// No proxy, which would see the password, no redirect, and the encryption that was asked for.
async fn client(target: &Target, address: &str) -> Result<reqwest::Client, Missing> {
    let failed = |detail: String| Missing::Refused {
        what: API.into(),
        detail: Text::new(detail),
        code: None,
    };
    let (config, _) = tls::client_config(&target.tls).map_err(|error| failed(error.to_string()))?;
    let patience = PATIENCE.min(target.deadlines.connect);
    let client = reqwest::Client::builder()
        .connect_timeout(patience)
        .timeout(target.deadlines.connect)
        .referer(false)
        .tls_backend_preconfigured(config);
    let url = Url::parse(address).map_err(|error| silent(API, address, error))?;
    let client = match timeout(patience, target.destinations.pin(client, &url)).await {
        Ok(Ok(client)) => client,
        Ok(Err(NoAddress::NotAllowed)) => {
            let why = "it is not allowed to connect there";
            return Err(Missing::NotAsked { what: API.into(), why: why.into() });
        }
        Ok(Err(NoAddress::Unresolved(error))) => return Err(silent(API, address, error)),
        Err(_) => return Err(Missing::TimedOut { what: API.into(), after_ms: millis(patience) }),
    };
    client.build().map_err(|error| failed(error.to_string()))
}

/// A refusal. What an account may see is a question of its tags.
fn refused(what: &str, status: StatusCode, answer: &Value) -> Missing {
    let reason = answer.get("reason").and_then(Value::as_str).unwrap_or_default();
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        let tag = match reason {
            reason if reason.contains("administrator") => "administrator",
            reason if reason.contains("monitor") => "monitoring",
            _ => "management",
        };
        return Missing::Denied { what: what.into(), needs: format!("the tag `{tag}`").into() };
    }
    let detail = format!("{API} answers {} {reason}", status.as_u16());
    let code = Some(status.as_u16().to_string());
    Missing::Refused { what: what.into(), detail: Text::new(detail.trim_end()), code }
}

fn limits(of_vhost: &Value, of_user: &Value) -> Limits {
    Limits {
        vhost_connections: answer::limit(of_vhost, "max-connections"),
        user_connections: answer::limit(of_user, "max-connections"),
        user_channels: answer::limit(of_user, "max-channels"),
    }
}

/// One part of a path.
fn segment(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests;
