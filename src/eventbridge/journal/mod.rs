//! What was sent, on disk: nothing is sent twice, and nothing that was sent is forgotten, wherever
//! a run stops.
//!
//! Each target has a [`Ledger`] of JSON lines: on the command line a file, in the service rows of
//! its store. A line is written, and the disk made to keep it, before a request is sent; another
//! one when it is known what came of it. The ledger is locked meanwhile, so that of two runs the
//! second finds what the first one did. A run that was killed in between leaves an intent without
//! an outcome: nothing more is sent to that target until somebody says what came of it, the
//! service ([`Journal::settle`]) or the user ([`Journal::resolve`]).
//!
//! A stream has one journal for all that is done to it; [`inquire`] asks the service whether it is
//! as a call asked for.

mod file;
mod inquiry;
mod ledger;
mod record;
mod state_dir;

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::Value;
use thiserror::Error;
use uuid::Uuid;

use super::{Call, Client, Clock, Exchange, Outcome, Receipt, SubmitError};
use crate::gate::{Confirmed, Digest};
use crate::request::Operation;
use file::JournalFile;
use record::{Event, History, Line, State};

pub use inquiry::{Found, inquire};
pub use ledger::Ledger;
pub use record::{Asked, Past, Resolution, Target, Witness};
pub use state_dir::StateDir;

/// What was sent to one target. Nobody else can open it meanwhile.
#[derive(Debug)]
pub struct Journal {
    ledger: Box<dyn Ledger>,
    target: Target,
    history: History,
}

/// What the journal says about sending a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing<'a> {
    /// This very request, apart from its secrets, was the last of its kind that the service
    /// accepted.
    Accepted(&'a Past),
    /// Nothing speaks against sending it.
    Free,
    /// Nobody knows what came of the last request, this one or another.
    Unknown(&'a Past),
}

/// A call that took place, and its receipt.
#[derive(Debug)]
pub struct Submitted<T = Receipt> {
    /// What came of it.
    pub receipt: T,
    /// Whether the journal knows, too. Where it does not, the next run takes the outcome for
    /// unknown.
    pub recorded: Result<(), JournalError>,
}

/// Why a submission did not begin. Nothing has been sent.
#[derive(Debug, Error)]
pub enum NotSubmitted {
    /// The intent could not be recorded.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The clearance is not good for it.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

/// What is wrong with the journal. The message repeats nothing of what is in it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JournalError {
    /// A line is not what this program writes, or does not follow from those before.
    #[error("{path:?}, line {line}: {reason}; nothing is sent while the journal cannot be read")]
    Content {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The operating system refuses something.
    #[error("{path:?} cannot be {done}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What cannot be done with it.
        done: &'static str,
        /// Why.
        source: io::Error,
    },
    /// There is no folder to keep it in.
    #[error("nothing can be sent without a journal: name its folder by --state-dir or HOME")]
    NoFolder,
    /// Something else stands in its place.
    #[error("{path:?} is not a regular file")]
    NotAFile {
        /// What is not one.
        path: PathBuf,
    },
    /// There is no outcome to be told.
    #[error("no submission has an unknown outcome")]
    NothingUnknown,
    /// It is larger than any that this program writes.
    #[error("{path:?} is larger than {most} bytes; move it away once nothing in it is needed")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read, in bytes.
        most: u64,
    },
    /// The database that keeps it does not, and this is what it says.
    #[error("the journal cannot be kept: {0}")]
    Store(String),
    /// Something was sent, and nobody knows what came of it.
    #[error("nobody knows what came of the submission before")]
    Unresolved,
}

impl Journal {
    /// Opens the journal of a target; waits while another run has it, and calls `waiting` once if
    /// it has to.
    ///
    /// # Errors
    /// When the file cannot be made, locked or read, or holds what this program did not write.
    pub async fn open(
        state: &StateDir,
        target: Target,
        waiting: impl FnOnce(),
    ) -> Result<Self, JournalError> {
        let path = state.folder("journal")?.join(target.file_name());
        let file = JournalFile::open(path).await_lock(waiting).await?;
        Self::of(Box::new(file), target).await
    }

    /// The journal of a target that is kept elsewhere.
    ///
    /// # Errors
    /// When it cannot be read, or holds what this program did not write.
    pub async fn of(mut ledger: Box<dyn Ledger>, target: Target) -> Result<Self, JournalError> {
        let text = ledger.read().await?;
        let mut history = History::default();
        for (index, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let wrong =
                |reason| JournalError::Content { path: ledger.name(), line: index + 1, reason };
            let followed = Line::parse(line).and_then(|line| history.follow(line, &target));
            followed.map_err(wrong)?;
        }
        Ok(Self { ledger, target, history })
    }

    /// What it says about sending a request with this digest.
    pub fn standing(&self, digest: Digest) -> Standing<'_> {
        match (&self.history.unknown, self.history.accepted(digest)) {
            (Some(past), _) => Standing::Unknown(past),
            (None, Some(past)) => Standing::Accepted(past),
            (None, None) => Standing::Free,
        }
    }

    /// The last submission, while nobody knows what came of it.
    pub fn unknown(&self) -> Option<&Past> {
        self.history.unknown.as_ref()
    }

    /// Records the intent, sends the call, and records what came of it.
    ///
    /// Dropping the future while the call is on its way leaves its outcome unknown.
    ///
    /// # Errors
    /// When the outcome before is unknown, when the intent cannot be recorded, and when the
    /// clearance is not good for the call. What happens from the first attempt on is in the
    /// receipt.
    pub async fn submit<C: Clock>(
        &mut self,
        client: &Client<C>,
        confirmed: Confirmed,
        call: &Call,
        plan: Option<Uuid>,
    ) -> Result<Submitted, NotSubmitted> {
        let id = confirmed.clearance().nonce().to_string();
        self.begin(&id, call, plan).await?;
        let sent = client.submit(confirmed, call).await;
        self.finish(&id, call, sent, |receipt| {
            (receipt.outcome.clone(), serde_json::to_value(receipt).ok())
        })
        .await
    }

    /// As [`Self::submit`], for what needs no clearance.
    ///
    /// # Errors
    /// As [`Self::submit`], but for the clearance.
    pub async fn call<C: Clock>(
        &mut self,
        client: &Client<C>,
        call: &Call,
    ) -> Result<Submitted<Exchange>, NotSubmitted> {
        let id = Uuid::new_v4().to_string();
        self.begin(&id, call, None).await?;
        let sent = client.call(call).await;
        self.finish(&id, call, sent, |exchange| {
            (exchange.outcome(), Some(exchange.answer(call.operation())))
        })
        .await
    }

    /// Records what came of a call, if it was made.
    async fn finish<T>(
        &mut self,
        id: &str,
        call: &Call,
        sent: Result<T, SubmitError>,
        told: impl FnOnce(&T) -> (Outcome, Option<Value>),
    ) -> Result<Submitted<T>, NotSubmitted> {
        match sent {
            Ok(receipt) => {
                let (outcome, kept) = told(&receipt);
                let recorded = self.end(id, State::of(call.operation(), &outcome), kept).await;
                Ok(Submitted { receipt, recorded })
            }
            Err(error) => {
                self.end(id, State::NotAccepted, None).await?;
                Err(error.into())
            }
        }
    }

    /// Has somebody asked what came of the submission whose outcome is unknown, if there is one,
    /// and records the answer; `None` leaves it unknown.
    ///
    /// # Errors
    /// When the answer cannot be recorded.
    pub async fn settle(
        &mut self,
        ask: impl AsyncFnOnce(&Past) -> Option<Resolution>,
    ) -> Result<(), JournalError> {
        let Some(past) = &self.history.unknown else { return Ok(()) };
        match ask(past).await {
            Some(resolution) => self.resolve(resolution, Witness::Service).await,
            None => Ok(()),
        }
    }

    /// Records what came of the submission whose outcome is unknown.
    ///
    /// # Errors
    /// When there is none, or this cannot be recorded.
    pub async fn resolve(
        &mut self,
        resolution: Resolution,
        witness: Witness,
    ) -> Result<(), JournalError> {
        let past = self.history.unknown.as_ref().ok_or(JournalError::NothingUnknown)?;
        let id = past.id.clone();
        self.record(&id, Event::Resolution { resolution, witness }).await
    }

    async fn begin(
        &mut self,
        id: &str,
        call: &Call,
        plan: Option<Uuid>,
    ) -> Result<(), JournalError> {
        if self.history.unknown.is_some() {
            return Err(JournalError::Unresolved);
        }
        let request = call.redacted_body().clone();
        let event = Event::Intent {
            target: self.target.clone(),
            digest: call.digest(),
            asked: Asked { operation: call.operation(), request },
            plan: plan.map(|nonce| nonce.to_string()),
        };
        self.record(id, event).await
    }

    async fn end(
        &mut self,
        id: &str,
        state: State,
        receipt: Option<Value>,
    ) -> Result<(), JournalError> {
        self.record(id, Event::Outcome { state, receipt }).await
    }

    async fn record(&mut self, id: &str, event: Event) -> Result<(), JournalError> {
        let line = Line::new(Timestamp::now(), id, event);
        let text =
            serde_json::to_string(&line).map_err(|error| JournalError::Store(error.to_string()))?;
        self.ledger.append(text).await?;
        let followed = self.history.follow(line, &self.target);
        debug_assert_eq!(followed, Ok(()), "what is written can be read");
        Ok(())
    }
}

impl State {
    fn of(operation: Operation, outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Unknown { .. } => Self::Unknown,
            _ if outcome.is_done(operation) => Self::Accepted,
            Outcome::Accepted | Outcome::NotSent { .. } | Outcome::Rejected { .. } => {
                Self::NotAccepted
            }
        }
    }
}

#[cfg(test)]
mod tests;
