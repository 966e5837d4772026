//! Sends a call, again where that is safe, and gives the receipt.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Response;
use thiserror::Error;

use super::receipt::{self, Attempt, AttemptResult, Outcome, Receipt, Stop};
use super::reply::{Raw, Reply};
use super::retry::{self, GiveUp, Waits};
use super::scrub::Scrubber;
use super::wire::{self, Written};
use super::{ApiKey, Call, Clock, Endpoint, Meaning, RetryPolicy, SystemClock};
use crate::gate::{Clearance, Confirmed};

/// The most of an answer that is read, in bytes. A confirmation is far shorter.
const LONGEST_BODY: usize = 1024 * 1024;
/// The most characters that are kept of a network error.
const LONGEST_DETAIL: usize = 300;

/// How long one attempt may take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timeouts {
    /// For name resolution, TCP and TLS together.
    pub connect: Duration,
    /// For the whole attempt, to the end of the answer. The service connects to the database
    /// before it answers.
    pub answer: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), answer: Duration::from_secs(60) }
    }
}

/// The service at one address, with one key.
#[derive(Debug)]
pub struct Client<C = SystemClock> {
    http: reqwest::Client,
    endpoint: Endpoint,
    key: ApiKey,
    timeouts: Timeouts,
    retry: RetryPolicy,
    clock: C,
}

/// Why there is no client. Nothing has been sent.
#[derive(Debug, Error)]
#[error("the HTTP client cannot be set up")]
pub struct ClientError(#[source] reqwest::Error);

/// Why a submission did not begin. Nothing has been sent.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum SubmitError {
    /// Too much time went by since the gate opened.
    #[error("the clearance expired at {expired_at}")]
    Expired {
        /// Since when it is worth nothing.
        expired_at: Timestamp,
    },
    /// The clearance is for another request.
    #[error("the request is not the one that was cleared")]
    NotCleared,
}

/// One attempt's result, and the wait that the service asks for.
struct Tried {
    result: AttemptResult,
    hint: Option<Duration>,
    again: bool,
}

impl Client {
    /// A client for one address, with the clock of this machine.
    ///
    /// # Errors
    /// When TLS cannot be set up, for example because this machine has no trusted certificates.
    pub fn new(
        endpoint: Endpoint,
        key: ApiKey,
        timeouts: Timeouts,
        retry: RetryPolicy,
    ) -> Result<Self, ClientError> {
        let http = http(&endpoint, timeouts).map_err(ClientError)?;
        Ok(Self { http, endpoint, key, timeouts, retry, clock: SystemClock })
    }
}

impl<C: Clock> Client<C> {
    /// The same client with another clock.
    pub fn with_clock<D: Clock>(self, clock: D) -> Client<D> {
        let Self { http, endpoint, key, timeouts, retry, clock: _ } = self;
        Client { http, endpoint, key, timeouts, retry, clock }
    }

    /// Sends a call that an open gate has cleared. It uses up the clearance, whatever comes of it.
    ///
    /// A call is sent again only where the service certainly has not accepted it, and never after
    /// the clearance has expired. Once begun, dropping the future leaves the outcome unknown.
    ///
    /// # Errors
    /// When the clearance has expired or is for another request. All that happens from the first
    /// attempt on is told by the receipt.
    pub async fn submit(&self, confirmed: Confirmed, call: &Call) -> Result<Receipt, SubmitError> {
        let expires_at = confirmed.clearance().expires_at();
        if !confirmed.covers(call.operation(), call.redacted_body()) {
            return Err(SubmitError::NotCleared);
        }
        if self.clock.now() >= expires_at {
            return Err(SubmitError::Expired { expired_at: expires_at });
        }
        let written = wire::write(&self.endpoint, call, self.key.bearer());
        let (attempts, stopped) = self.attempts(&written, call, confirmed.clearance()).await;
        Ok(Receipt {
            format_version: receipt::FORMAT_VERSION,
            operation: call.operation(),
            url: written.url.into(),
            request: call.redacted_body().clone(),
            clearance: confirmed.clearance().into(),
            outcome: Outcome::of(&attempts),
            request_id: attempts.iter().rev().find_map(|a| a.result.request_id()).cloned(),
            attempts,
            stopped,
            finished_at: self.clock.now(),
        })
    }

    async fn attempts(
        &self,
        written: &Written,
        call: &Call,
        clearance: &Clearance,
    ) -> (Vec<Attempt>, Option<Stop>) {
        let scrubber = call.scrubber(self.key.secret());
        // The nonce differs from run to run, and that is all that jitter needs.
        let mut waits = self.retry.waits(clearance.nonce().as_u64_pair().1);
        let mut attempts = Vec::new();
        let mut wait = Duration::ZERO;
        loop {
            let (number, started_at) = (attempts.len() + 1, self.clock.now());
            let Tried { result, hint, again } = self.attempt(written, call, &scrubber).await;
            tracing::debug!(number, again, "attempt finished");
            let wait_before_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            attempts.push(Attempt { number, started_at, wait_before_ms, result });
            if !again {
                return (attempts, None);
            }
            match self.next_wait(&mut waits, hint, clearance.expires_at()) {
                Ok(next) => wait = next,
                Err(stop) => return (attempts, Some(stop)),
            }
            tracing::info!(?wait, "waiting before the next attempt");
            self.clock.sleep(wait).await;
        }
    }

    fn next_wait(
        &self,
        waits: &mut Waits,
        hint: Option<Duration>,
        expires_at: Timestamp,
    ) -> Result<Duration, Stop> {
        let wait = waits.next(hint).map_err(|reason| match reason {
            GiveUp::AttemptsUsedUp => Stop::AttemptsUsedUp,
            GiveUp::WaitTooLong => Stop::WaitTooLong,
        })?;
        match self.clock.now().checked_add(wait) {
            Ok(next) if next < expires_at => Ok(wait),
            _ => Err(Stop::ClearanceExpires),
        }
    }

    async fn attempt(&self, written: &Written, call: &Call, scrubber: &Scrubber) -> Tried {
        let request = self
            .http
            .request(written.method.clone(), written.url.clone())
            .headers(written.headers.clone())
            .body(call.secret_body().to_owned());
        match request.send().await {
            Ok(response) => {
                let raw = raw(response).await;
                let hint = retry::hint(&raw.headers, self.clock.now());
                answered(raw.read(scrubber), hint)
            }
            Err(error) => self.failed(&error, scrubber),
        }
    }

    fn failed(&self, error: &reqwest::Error, scrubber: &Scrubber) -> Tried {
        let detail = |text: String| scrubber.scrub(&text, LONGEST_DETAIL);
        if error.is_connect() {
            let text = format!("no connection to {}: {}", self.endpoint, root_cause(error));
            let result = AttemptResult::NotSent { detail: detail(text) };
            return Tried { result, hint: None, again: !is_tls(error) };
        }
        let text = if error.is_timeout() {
            format!("no answer within {} ms", self.timeouts.answer.as_millis())
        } else {
            format!("the connection broke before the answer: {}", root_cause(error))
        };
        Tried { result: AttemptResult::NoAnswer { detail: detail(text) }, hint: None, again: false }
    }
}

/// What is sent once must arrive once: no redirects, no silent repetition below us, no connection
/// that was used before and may be dead.
fn http(endpoint: &Endpoint, timeouts: Timeouts) -> reqwest::Result<reqwest::Client> {
    let builder = reqwest::Client::builder()
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.answer)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .pool_max_idle_per_host(0)
        .tls_backend_rustls();
    if endpoint.is_encrypted() {
        return builder.https_only(true).tls_version_min(reqwest::tls::Version::TLS_1_2).build();
    }
    // A proxy would see the key. And without https a machine needs no trusted certificates.
    builder.no_proxy().tls_certs_only([]).build()
}

async fn raw(mut response: Response) -> Raw {
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    let complete = loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LONGEST_BODY => {
                body.extend_from_slice(&chunk);
            }
            Ok(None) => break true,
            Ok(Some(_)) | Err(_) => break false,
        }
    };
    Raw { status, headers, body, complete }
}

fn answered(reply: Reply, hint: Option<Duration>) -> Tried {
    let Reply { meaning, status, code, message, request_id, excerpt } = reply;
    let again = matches!(meaning, Meaning::Throttled | Meaning::Unavailable);
    let body_excerpt = excerpt;
    let result =
        AttemptResult::Answered { meaning, status, code, message, request_id, body_excerpt };
    Tried { result, hint, again }
}

fn chain<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error as &(dyn StdError + 'static)), |&error| inner(error))
}

/// The next error inside. An I/O error gives the source of what it wraps as its own, and so hides
/// what it wraps.
fn inner<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// The innermost error: those around it only repeat that something failed.
fn root_cause(error: &reqwest::Error) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

/// Whether the TLS handshake failed: it fails the same way the next time.
fn is_tls(error: &reqwest::Error) -> bool {
    chain(error).any(|error| error.is::<rustls::Error>())
}
