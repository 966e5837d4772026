//! Sends no request twice: asks the journal before, and tells it after.

use std::cell::RefCell;
use std::path::PathBuf;

use cdc_checks::Text;
use clap::Args;
use uuid::Uuid;

use super::service::Service;
use super::tell::{Terminal, env};
use super::{Stopped, progress};
use crate::Exit;
use crate::eventbridge::journal::{
    Found, Journal, JournalError, NotSubmitted, Past, Resolution, Standing, StateDir, Submitted,
    Target, Witness, inquire,
};
use crate::eventbridge::{Call, Client, Exchange, Receipt, SubmitError};
use crate::gate::Confirmed;
use crate::report::escape_terminal;

/// What makes a request be sent no more than once.
#[derive(Args, Debug)]
#[command(next_help_heading = "Sending once")]
pub(crate) struct OnceArgs {
    /// Send the request although the very same was accepted before, for example because its
    /// password is another
    #[arg(long)]
    pub(crate) again: bool,
    /// Say what came of a request whose outcome is unknown, once you have looked: accepted (it is
    /// not sent again) or not-accepted (it is)
    #[arg(long, value_name = "OUTCOME")]
    pub(crate) resolve: Option<Resolution>,
    /// Folder of the journal of what was sent; it holds no secrets
    /// [default: $XDG_STATE_HOME/cdc-preflight or ~/.local/state/cdc-preflight]
    #[arg(long, value_name = "DIR", env = "CDC_PREFLIGHT_STATE_DIR")]
    pub(crate) state_dir: Option<PathBuf>,
}

/// The journals, and what the user says about them.
pub(super) struct Once<'a> {
    state: StateDir,
    args: &'a OnceArgs,
    terminal: &'a Terminal,
    /// The ids of calls of which this run has found out what came of them: nobody is asked twice.
    settled: RefCell<Vec<String>>,
}

/// A call that is to be made once: what it is about, and who is called.
pub(super) struct Due<'a> {
    pub(super) target: Target,
    pub(super) service: &'a Service,
    pub(super) call: &'a Call,
}

impl<'a> Due<'a> {
    /// A call about a stream.
    pub(super) fn stream(service: &'a Service, name: &str, call: &'a Call) -> Self {
        Self { target: Target::stream(service.endpoint.to_string(), name), service, call }
    }
}

/// A variable; the user's home as the system knows it where the environment does not say.
pub(super) fn own(name: &str) -> Option<String> {
    let home = || std::env::home_dir()?.into_os_string().into_string().ok();
    env(name).or_else(|| (name == "HOME").then(home).flatten())
}

/// What was to be sent, and was or was not.
pub(super) enum Sent<T> {
    /// It was accepted before.
    Before(Box<Past>),
    /// It was sent now.
    Now(Box<Submitted<T>>),
}

impl<'a> Once<'a> {
    pub(super) fn new(args: &'a OnceArgs, terminal: &'a Terminal) -> Result<Self, Stopped> {
        let state = StateDir::find(args.state_dir.as_deref(), own).map_err(|error| {
            terminal.error(&error.to_string());
            Exit::Usage
        })?;
        Ok(Self { state, args, terminal, settled: RefCell::default() })
    }

    /// Stops where nobody knows what came of an earlier call to one of these targets, the service
    /// cannot tell, and the user does not say it. Nothing has to be visited to find that out.
    pub(super) async fn settle(&self, dues: &[Due<'_>]) -> Result<(), Stopped> {
        let mut unknown = Vec::new();
        for due in dues {
            let mut journal = self.open(due.target.clone()).await?;
            if self.args.resolve.is_none() {
                let asked = journal.settle(async |past| {
                    let found = self.inquire(due.service, past).await;
                    self.tell_found(past, found);
                    self.settled.borrow_mut().push(past.id.clone());
                    found.resolution()
                });
                asked.await.map_err(|error| self.broken(&error))?;
            }
            if let Some(past) = journal.unknown().filter(|_| !unknown.contains(&due.target)) {
                self.tell_unknown(&due.target, past);
                unknown.push(due.target.clone());
            }
        }
        match (self.args.resolve, unknown.pop()) {
            (None, None) => Ok(()),
            (None, Some(_)) => Err(Exit::Unknown),
            (Some(_), None) => Err(self.usage("--resolve: no submission has an unknown outcome")),
            (Some(resolution), Some(target)) if unknown.is_empty() => {
                let mut journal = self.open(target).await?;
                let ids = journal.unknown().map(|past| past.id.clone());
                self.settled.borrow_mut().extend(ids);
                let resolved = journal.resolve(resolution, Witness::User).await;
                resolved.map_err(|error| self.broken(&error))?;
                self.terminal.note("note: its outcome is no longer unknown, as you say");
                Ok(())
            }
            (Some(_), Some(_)) => {
                Err(self.usage("--resolve: put the requests into files of their own"))
            }
        }
    }

    /// The folder of the journals.
    pub(super) fn state(&self) -> &StateDir {
        &self.state
    }

    /// The journal of a target. Waits while another run has it.
    pub(super) async fn open(&self, target: Target) -> Result<Journal, Stopped> {
        let waiting = || self.terminal.note("note: waiting for another run that sends there");
        let journal = Journal::open(&self.state, target, waiting).await;
        journal.map_err(|error| self.broken(&error))
    }

    /// What is known of an earlier run that sent the very same request: it is not sent again while
    /// it is so what it asked for. Where the service does not tell, the journal is believed.
    pub(super) async fn before(
        &self,
        journal: &Journal,
        due: &Due<'_>,
    ) -> Result<Option<Past>, Stopped> {
        match journal.standing(due.call.digest()) {
            Standing::Free => Ok(None),
            Standing::Accepted(_) if self.args.again => Ok(None),
            Standing::Accepted(past) if self.settled.borrow().contains(&past.id) => {
                Ok(Some(past.clone()))
            }
            Standing::Accepted(past) => match self.inquire(due.service, past).await {
                Found::AsAsked | Found::Untold => Ok(Some(past.clone())),
                Found::Another | Found::NotSo => {
                    let began_at = past.began_at;
                    self.terminal.note(&format!(
                        "note: the service no longer has it as it was accepted at {began_at}"
                    ));
                    Ok(None)
                }
            },
            // Another run has failed since this one began.
            Standing::Unknown(past) => {
                self.tell_unknown(&due.target, past);
                Err(Exit::Unknown)
            }
        }
    }

    /// Sends what an open gate has cleared, with a line in the journal before and after.
    pub(super) async fn submit(
        &self,
        journal: &mut Journal,
        client: &Client,
        confirmed: Confirmed,
        call: &Call,
        plan: Option<Uuid>,
    ) -> Result<Sent<Receipt>, Stopped> {
        self.terminal.set_sending(true);
        let submitted = journal.submit(client, confirmed, call, plan).await;
        self.sent(submitted)
    }

    /// Makes a call that needs no clearance, unless it was accepted before.
    pub(super) async fn call(&self, due: &Due<'_>) -> Result<Sent<Exchange>, Stopped> {
        let mut journal = self.open(due.target.clone()).await?;
        if let Some(past) = self.before(&journal, due).await? {
            return Ok(Sent::Before(Box::new(past)));
        }
        let client = due.service.client(self.terminal)?;
        self.terminal.set_sending(true);
        let calling = journal.call(&client, due.call);
        self.sent(progress::watch(&format!("calling {}", due.call.operation()), calling).await)
    }

    fn sent<T>(&self, sent: Result<Submitted<T>, NotSubmitted>) -> Result<Sent<T>, Stopped> {
        self.terminal.set_sending(false);
        match sent {
            Ok(submitted) => Ok(Sent::Now(Box::new(submitted))),
            Err(NotSubmitted::Submit(SubmitError::Wire(error))) => {
                Err(self.usage(&error.to_string()))
            }
            Err(NotSubmitted::Submit(error)) => {
                self.terminal.error(&error.to_string());
                Err(Exit::Stale)
            }
            Err(NotSubmitted::Journal(error)) => Err(self.broken(&error)),
        }
    }

    /// Asks the service whether it is so what a call asked for.
    async fn inquire(&self, service: &Service, past: &Past) -> Found {
        match service.client(self.terminal) {
            Ok(client) => {
                progress::watch("asking the service", inquire(&client, &past.asked)).await
            }
            Err(_) => Found::Untold,
        }
    }

    fn tell_found(&self, past: &Past, found: Found) {
        let (operation, began_at) = (past.asked.operation, past.began_at);
        let words = match found {
            Found::AsAsked => "the service says that it was done",
            Found::NotSo => "the service says that it was not done",
            Found::Another => "the service has a stream of that name, and it is another",
            Found::Untold => return,
        };
        self.terminal.note(&format!("note: {operation} was sent at {began_at}; {words}"));
    }

    fn tell_unknown(&self, target: &Target, past: &Past) {
        let target = escape_terminal(&Text::new(target.to_string()));
        let began_at = past.began_at;
        let operation = past.asked.operation;
        self.terminal.error(&format!(
            "nobody knows what came of the {operation} sent at {began_at}: {target}"
        ));
        self.terminal.note(
            "Look in the EventBridge console whether it is there, as you asked for it. Then \
             run the command\nagain with --resolve accepted (nothing is sent again) or --resolve \
             not-accepted (it is).",
        );
    }

    fn usage(&self, words: &str) -> Exit {
        self.terminal.error(words);
        Exit::Usage
    }

    pub(super) fn broken(&self, error: &JournalError) -> Exit {
        self.terminal.error(&format!("nothing was sent: {error}"));
        Exit::Internal
    }
}

/// Tells that the journal does not know what came of a call that was made.
pub(super) fn unrecorded(error: &JournalError, terminal: &Terminal) -> Exit {
    terminal.error(&format!("the journal does not know what came of it: {error}"));
    Exit::Internal
}
