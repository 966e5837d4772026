//! Sends a call, again where that is safe, and gives the receipt.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use cdc_checks::Text;
use jiff::Timestamp;
use reqwest::header::HeaderMap;
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use thiserror::Error;

use super::limits::Limits;
use super::receipt::{self, Attempt, AttemptResult, Outcome, Receipt, Stop};
use super::reply::{Raw, Reply};
use super::retry::{self, GiveUp, Waits};
use super::scrub::Scrubber;
use super::wire::{Sending, Wire, WireError, Written};
use super::{Call, Clock, Credentials, Endpoint, Meaning, RetryPolicy, SystemClock};
use crate::gate::Confirmed;
use crate::request::{Operation, redact};

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

/// The service at one address, in one dialect, with one key.
#[derive(Debug)]
pub struct Client<C = SystemClock> {
    http: reqwest::Client,
    wire: Wire,
    endpoint: Endpoint,
    credentials: Credentials,
    timeouts: Timeouts,
    retry: RetryPolicy,
    limits: Arc<Limits>,
    clock: C,
}

/// Why there is no client. Nothing has been sent.
#[derive(Debug, Error)]
#[error("the HTTP client cannot be set up")]
pub struct ClientError(#[source] reqwest::Error);

/// Why a submission did not begin. Nothing has been sent.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum SubmitError {
    /// The dialect has no such operation, or takes other credentials.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Too much time went by since the gate opened.
    #[error("the clearance expired at {expired_at}")]
    Expired {
        /// Since when it is worth nothing.
        expired_at: Timestamp,
    },
    /// The clearance is for another request.
    #[error("the request is not the one that was cleared")]
    NotCleared,
    /// The operation configures a source, and nothing has cleared it.
    #[error("{0} is sent only with a clearance")]
    NeedsClearance(Operation),
}

/// From when on no attempt begins, and why.
#[derive(Clone, Copy)]
struct TimeLimit {
    latest: Timestamp,
    stop: Stop,
}

/// One attempt's result, and the wait that the service asks for.
struct Tried {
    result: AttemptResult,
    hint: Option<Duration>,
    again: bool,
    data: Option<Value>,
}

/// What came of a call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exchange {
    /// The address of the last attempt.
    pub url: String,
    /// Every attempt, in order; at least one.
    pub attempts: Vec<Attempt>,
    /// Why no further attempt was made, where one would have been safe.
    pub stopped: Option<Stop>,
    /// The service's own id of the last answer that has one.
    pub request_id: Option<Text>,
    /// What the last answer carries. It is the server's word: hostile until escaped.
    pub data: Option<Value>,
}

impl Exchange {
    /// What came of it in the end.
    pub fn outcome(&self) -> Outcome {
        Outcome::of(&self.attempts)
    }

    /// What an answer means that another client has received, whole: how the status (100 to 999)
    /// and the body of an operation's answer are read here. What is kept of the server's words
    /// holds none of the `secrets`. `None` where there is no such status.
    pub fn of_answer(
        operation: Operation,
        status: u16,
        body: Vec<u8>,
        secrets: Vec<SecretString>,
    ) -> Option<Self> {
        let status = StatusCode::from_u16(status).ok()?;
        let raw = Raw { status, headers: HeaderMap::new(), body, complete: true };
        let Tried { result, data, .. } = answered(&raw, operation, &Scrubber::new(secrets), None);
        let request_id = result.request_id().cloned();
        let (number, started_at, wait_before_ms) = (1, Timestamp::UNIX_EPOCH, 0);
        let attempts = vec![Attempt { number, started_at, wait_before_ms, result }];
        Some(Self { attempts, request_id, data, ..Self::default() })
    }

    /// What came of it as a document, without secrets.
    pub fn answer(&self, operation: Operation) -> Value {
        json!({
            "operation": operation,
            "url": self.url,
            "outcome": self.outcome(),
            "done": self.outcome().is_done(operation),
            "request_id": self.request_id,
            "data": self.data.as_ref().map(redact),
        })
    }
}

impl Client {
    /// A client for one address, with the clock of this machine.
    ///
    /// # Errors
    /// When TLS cannot be set up, for example because this machine has no trusted certificates.
    pub fn new(
        wire: Wire,
        endpoint: Endpoint,
        credentials: Credentials,
        timeouts: Timeouts,
        retry: RetryPolicy,
    ) -> Result<Self, ClientError> {
        let http = http(&endpoint, timeouts).map_err(ClientError)?;
        let (limits, clock) = (Limits::of_process(), SystemClock);
        Ok(Self { http, wire, endpoint, credentials, timeouts, retry, limits, clock })
    }
}

impl<C: Clock> Client<C> {
    /// The same client with another clock, and with rate limits of its own: the process's are
    /// those of its time.
    pub fn with_clock<D: Clock>(self, clock: D) -> Client<D> {
        let Self { http, wire, endpoint, credentials, timeouts, retry, limits: _, clock: _ } = self;
        let limits = Arc::default();
        Client { http, wire, endpoint, credentials, timeouts, retry, limits, clock }
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
        self.wire.check(call.operation(), &self.credentials)?;
        let clearance = confirmed.clearance();
        let limit = TimeLimit { latest: clearance.expires_at(), stop: Stop::ClearanceExpires };
        let exchange = self.exchange(call, limit).await;
        Ok(Receipt {
            format_version: receipt::FORMAT_VERSION,
            operation: call.operation(),
            url: exchange.url,
            request: call.redacted_body().clone(),
            clearance: clearance.into(),
            outcome: Outcome::of(&exchange.attempts),
            request_id: exchange.request_id,
            attempts: exchange.attempts,
            stopped: exchange.stopped,
            finished_at: self.clock.now(),
        })
    }

    /// Makes a call that needs no clearance: one that configures no source.
    ///
    /// A call that only reads is made again also where no answer came. What the definition of a
    /// stream holds is not looked at: where its source is a database, [`Self::submit`] is meant.
    ///
    /// # Errors
    /// When the operation is one that a clearance is for, the dialect does not have it, or takes
    /// other credentials.
    pub async fn call(&self, call: &Call) -> Result<Exchange, SubmitError> {
        let operation = call.operation();
        if operation.source().is_some() {
            return Err(SubmitError::NeedsClearance(operation));
        }
        self.wire.check(operation, &self.credentials)?;
        let latest = self.clock.now().checked_add(self.retry.budget).unwrap_or(Timestamp::MAX);
        Ok(self.exchange(call, TimeLimit { latest, stop: Stop::TimeUsedUp }).await)
    }

    /// Attempts, with waits between them that end before the limit.
    async fn exchange(&self, call: &Call, limit: TimeLimit) -> Exchange {
        let scrubber = call.scrubber(self.credentials.secrets());
        let mut waits = self.retry.waits();
        let mut exchange = Exchange::default();
        let (mut wait, mut misspelt) = (Duration::ZERO, false);
        loop {
            self.limits.admit(call).await;
            let (number, started_at) = (exchange.attempts.len() + 1, self.clock.now());
            let nonce = self.clock.nonce();
            let written = self.wire.write(&Sending {
                endpoint: &self.endpoint,
                credentials: &self.credentials,
                call,
                now: started_at,
                nonce,
                misspelt,
            });
            exchange.url = written.url.to_string();
            let Tried { result, hint, again, data } =
                self.attempt(written, call.operation(), &scrubber).await;
            tracing::debug!(number, again, "attempt finished");
            let wait_before_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            let not_found = result.status() == Some(404);
            exchange.request_id = result.request_id().cloned().or(exchange.request_id);
            exchange.attempts.push(Attempt { number, started_at, wait_before_ms, result });
            exchange.data = data;
            if not_found && !misspelt && self.has_misspelling(call.operation()) {
                (misspelt, wait) = (true, Duration::ZERO);
                continue;
            }
            if !again {
                return exchange;
            }
            match self.next_wait(&mut waits, hint, limit) {
                Ok(next) => wait = next,
                Err(stop) => {
                    exchange.stopped = Some(stop);
                    return exchange;
                }
            }
            tracing::info!(?wait, "waiting before the next attempt");
            self.clock.sleep(wait).await;
        }
    }

    /// Whether the documents spell the operation's path in two ways.
    fn has_misspelling(&self, operation: Operation) -> bool {
        self.wire == Wire::Rest && operation == Operation::CreateEventStreaming
    }

    fn next_wait(
        &self,
        waits: &mut Waits,
        hint: Option<Duration>,
        limit: TimeLimit,
    ) -> Result<Duration, Stop> {
        let wait = waits.next(hint, self.clock.jitter()).map_err(|reason| match reason {
            GiveUp::AttemptsUsedUp => Stop::AttemptsUsedUp,
            GiveUp::WaitTooLong => Stop::WaitTooLong,
        })?;
        match self.clock.now().checked_add(wait) {
            Ok(next) if next < limit.latest => Ok(wait),
            _ => Err(limit.stop),
        }
    }

    async fn attempt(&self, written: Written, operation: Operation, scrubber: &Scrubber) -> Tried {
        let request = self
            .http
            .request(written.method, written.url)
            .headers(written.headers)
            .body(written.body.expose_secret().to_owned());
        let tried = match request.send().await {
            Ok(response) => {
                let raw = raw(response).await;
                let hint = retry::hint(&raw.headers, self.clock.now());
                answered(&raw, operation, scrubber, hint)
            }
            Err(error) => self.failed(&error, scrubber),
        };
        // What only reads may be asked twice.
        let is_lost = match tried.result {
            AttemptResult::Answered { meaning, .. } => meaning == Meaning::Unclear,
            AttemptResult::NoAnswer { .. } => true,
            AttemptResult::NotSent { .. } => false,
        };
        Tried { again: tried.again || is_lost && !operation.is_write(), ..tried }
    }

    fn failed(&self, error: &reqwest::Error, scrubber: &Scrubber) -> Tried {
        let detail = |text: String| scrubber.scrub(&text, LONGEST_DETAIL);
        if error.is_connect() {
            let text = format!("no connection to {}: {}", self.endpoint, root_cause(error));
            let result = AttemptResult::NotSent { detail: detail(text) };
            return Tried { result, hint: None, again: !is_tls(error), data: None };
        }
        let text = if error.is_timeout() {
            format!("no answer within {} ms", self.timeouts.answer.as_millis())
        } else {
            format!("the connection broke before the answer: {}", root_cause(error))
        };
        let result = AttemptResult::NoAnswer { detail: detail(text) };
        Tried { result, hint: None, again: false, data: None }
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

fn answered(raw: &Raw, operation: Operation, scrubber: &Scrubber, hint: Option<Duration>) -> Tried {
    let Reply { meaning, status, code, message, request_id, excerpt, data } = raw.read(scrubber);
    // Who asks to read something has no answer without it.
    let is_silent = meaning == Meaning::Accepted && data.is_none() && !operation.is_write();
    let meaning = if is_silent { Meaning::Unclear } else { meaning };
    // A nonce that was seen before is refused before anything is done; the next one is another.
    let is_nonce = code.as_ref().is_some_and(|code| code.untrusted() == "SignatureNonceUsed");
    let again = is_nonce || matches!(meaning, Meaning::Throttled | Meaning::Unavailable);
    let body_excerpt = excerpt;
    let result =
        AttemptResult::Answered { meaning, status, code, message, request_id, body_excerpt };
    Tried { result, hint, again, data }
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
