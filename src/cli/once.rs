//! Sends no request twice: asks the journal before, and tells it after.

use std::path::PathBuf;

use cdc_checks::Text;
use clap::Args;
use uuid::Uuid;

use super::Stopped;
use super::configure::Submission;
use super::exit::Exit;
use super::tell::{Terminal, env};
use crate::eventbridge::journal::{
    Journal, JournalError, NotSubmitted, Past, Resolution, Standing, StateDir, Submitted, Target,
    Witness,
};
use crate::eventbridge::{Call, Client};
use crate::gate::Confirmed;
use crate::report::escape_terminal;

/// What makes a request be sent no more than once.
#[derive(Args, Debug)]
#[command(next_help_heading = "Sending once")]
pub(crate) struct OnceArgs {
    /// Send the request although the very same was accepted before, for example because its
    /// password is another
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) again: bool,
    /// Say what came of a submission whose outcome is unknown, once you have looked: accepted (it
    /// is not sent again) or not-accepted (it is)
    #[arg(long, value_name = "OUTCOME", conflicts_with = "dry_run")]
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
}

/// A variable; the user's home as the system knows it where the environment does not say.
pub(super) fn own(name: &str) -> Option<String> {
    let home = || std::env::home_dir()?.into_os_string().into_string().ok();
    env(name).or_else(|| (name == "HOME").then(home).flatten())
}

/// What was to be sent, and was or was not.
pub(super) enum Sent {
    /// It was accepted before.
    Before(Past),
    /// It was sent now.
    Now(Box<Submitted>),
}

impl<'a> Once<'a> {
    pub(super) fn new(args: &'a OnceArgs, terminal: &'a Terminal) -> Result<Self, Stopped> {
        let state = StateDir::find(args.state_dir.as_deref(), own).map_err(|error| {
            terminal.error(&error.to_string());
            Exit::Usage
        })?;
        Ok(Self { state, args, terminal })
    }

    /// Stops where nobody knows what came of an earlier submission to one of these targets, the
    /// service cannot be asked, and the user does not say it. No database needs to be visited to
    /// find that out.
    pub(super) async fn settle(&self, submissions: &[Submission]) -> Result<(), Stopped> {
        let mut unknown = Vec::new();
        for submission in submissions {
            let target = submission.target();
            let mut journal = self.open(target.clone()).await?;
            if self.args.resolve.is_none() {
                let asked = journal.settle(async |past| submission.ask(past, self.terminal).await);
                asked.await.map_err(|error| self.broken(&error))?;
            }
            if let Some(past) = journal.unknown().filter(|_| !unknown.contains(&target)) {
                self.tell_unknown(&target, past);
                unknown.push(target);
            }
        }
        match (self.args.resolve, unknown.pop()) {
            (None, None) => Ok(()),
            (None, Some(_)) => Err(Exit::Unknown),
            (Some(_), None) => Err(self.usage("--resolve: no submission has an unknown outcome")),
            (Some(resolution), Some(target)) if unknown.is_empty() => {
                let mut journal = self.open(target).await?;
                let resolved = journal.resolve(resolution, Witness::User);
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

    /// What is known of an earlier run that sent the very same request: it is not sent again.
    pub(super) fn before(
        &self,
        journal: &Journal,
        target: &Target,
        call: &Call,
    ) -> Result<Option<Past>, Stopped> {
        match journal.standing(call.digest()) {
            Standing::Free => Ok(None),
            Standing::Accepted(_) if self.args.again => Ok(None),
            Standing::Accepted(past) => Ok(Some(past.clone())),
            // Another run has failed since this one began.
            Standing::Unknown(past) => {
                self.tell_unknown(target, past);
                Err(Exit::Unknown)
            }
        }
    }

    /// Sends, with a line in the journal before and after.
    pub(super) async fn submit(
        &self,
        journal: &mut Journal,
        client: &Client,
        confirmed: Confirmed,
        call: &Call,
        plan: Option<Uuid>,
    ) -> Result<Sent, Stopped> {
        self.terminal.set_sending(true);
        let submitted = journal.submit(client, confirmed, call, plan).await;
        self.terminal.set_sending(false);
        match submitted {
            Ok(submitted) => Ok(Sent::Now(Box::new(submitted))),
            Err(NotSubmitted::Submit(error)) => {
                self.terminal.error(&error.to_string());
                Err(Exit::Stale)
            }
            Err(NotSubmitted::Journal(error)) => Err(self.broken(&error)),
        }
    }

    fn tell_unknown(&self, target: &Target, past: &Past) {
        let target = escape_terminal(&Text::new(target.to_string()));
        let began_at = past.began_at;
        self.terminal
            .error(&format!("nobody knows what came of the request sent at {began_at}: {target}"));
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
