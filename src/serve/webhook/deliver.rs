//! Sends what is in the outbox, one message after the other, until it is taken.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, redirect, retry};
use tracing::{error, info, warn};

use super::Webhook;
use crate::serve::service::Service;
use crate::serve::store::{Due, Lease, StoreError};

/// How long the receiver has for its answer.
const ANSWER: Duration = Duration::from_secs(10);
/// How long a node may be silent until another one sends.
const LEASE: Duration = Duration::from_secs(30);
/// How often it is looked for messages that other nodes left.
const LOOK: Duration = Duration::from_secs(5);
/// How long a message is sent again and again.
const GIVE_UP: SignedDuration = SignedDuration::from_hours(72);
/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(3 * 3600);

/// Sends messages until the service stops.
pub(in crate::serve) async fn deliver(service: Service) {
    let Some(webhook) = service.config.webhook.clone() else { return };
    let client = match client() {
        Ok(client) => client,
        Err(error) => return error!(%error, "nothing can be sent to the webhook"),
    };
    while !service.stopping.is_cancelled() {
        match next(&service, &webhook, &client).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => error!(%error, "the outbox cannot be read"),
        }
        tokio::select! {
            () = service.outgoing.notified() => {}
            () = tokio::time::sleep(LOOK.min(service.config.webhook_wait)) => {}
            () = service.stopping.cancelled() => {}
        }
    }
}

/// No redirects: what is signed for one receiver is for no other.
fn client() -> reqwest::Result<Client> {
    Client::builder()
        .connect_timeout(ANSWER)
        .timeout(ANSWER)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .tls_backend_rustls()
        .build()
}

/// Sends the next message, if one is due.
async fn next(service: &Service, webhook: &Webhook, client: &Client) -> Result<bool, StoreError> {
    let lease = Lease::new(LEASE);
    let Some(due) = service.store.next_due(lease).await? else { return Ok(false) };
    let (id, attempts) = (due.notice.id, due.attempts);
    let failure = match send(webhook, client, &due).await {
        Ok(()) => {
            service.metrics.count_delivery("delivered");
            info!(%id, attempts, "the webhook has taken a message");
            service.store.done(id, lease.worker).await?;
            return Ok(true);
        }
        Err(failure) => failure,
    };
    if Timestamp::now().duration_since(due.created_at) > GIVE_UP {
        service.metrics.count_delivery("given-up");
        error!(%id, attempts, failure, "the webhook does not take a message, which is given up");
        service.store.done(id, lease.worker).await?;
    } else {
        service.metrics.count_delivery("failed");
        let wait = wait(service.config.webhook_wait, attempts, id.as_u64_pair().1);
        let seconds = wait.as_secs();
        warn!(%id, attempts, failure, seconds, "the webhook does not take a message for now");
        service.store.put_back(id, lease.worker, wait).await?;
    }
    Ok(true)
}

/// Whether the receiver has taken it; else why not, without its address.
async fn send(webhook: &Webhook, client: &Client, due: &Due) -> Result<(), String> {
    let (id, body) = (due.notice.id.to_string(), &due.notice.body);
    let timestamp = Timestamp::now().as_second();
    let sent = client
        .post(webhook.url.clone())
        .header(CONTENT_TYPE, "application/cloudevents+json; charset=utf-8")
        .header("webhook-id", &id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", webhook.secret.signature(&id, timestamp, body))
        .body(body.clone())
        .send()
        .await;
    match sent {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("it answers {}", answer.status().as_u16())),
        Err(error) if error.is_timeout() => Err("it does not answer in time".into()),
        Err(error) if error.is_connect() => Err("it cannot be connected to".into()),
        Err(_) => Err("no answer came".into()),
    }
}

/// How long after this many attempts the next one waits, with jitter: nodes and messages do not
/// all come back at once.
fn wait(first: Duration, attempts: u64, seed: u64) -> Duration {
    let attempts = usize::try_from(attempts).unwrap_or(usize::MAX);
    let mut waits = ExponentialBuilder::new()
        .with_min_delay(first)
        .with_factor(3.0)
        .with_max_delay(LONGEST_WAIT)
        .without_max_times()
        .with_jitter()
        .with_jitter_seed(seed)
        .build();
    // From some attempt on they are all alike.
    waits.nth(attempts.clamp(1, 32) - 1).unwrap_or(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_hours() {
        let first = Duration::from_secs(5);
        for (attempts, least) in
            [(1, 5), (2, 15), (3, 45), (7, 3645), (9, 10_800), (u64::MAX, 10_800)]
        {
            let (wait, least) = (wait(first, attempts, 7), Duration::from_secs(least));
            assert!(wait >= least && wait <= 2 * least, "{attempts}: {wait:?}");
        }
    }
}
