//! Plans: what was cleared, written to a file, to be sent later and once.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::Stopped;
use super::args::ConfigureArgs;
use super::configure::Submission;
use super::given;
use super::once::Once;
use super::tell::Terminal;
use crate::Exit;
use crate::gate::{Clearance, Drift, Plan, PlanError, Policy};

/// The largest plan that is read, in bytes: it names every required check for every table.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Deciding now and sending later.
#[derive(Args, Debug)]
#[command(next_help_heading = "Plans")]
pub(crate) struct PlanArgs {
    /// When the gate is open, write to this file what would be sent and why it may be; send
    /// nothing. It holds no secrets
    #[arg(long, value_name = "FILE",
          conflicts_with_all = ["dry_run", "apply", "receipt", "again", "resolve"])]
    pub(crate) plan: Option<PathBuf>,
    /// Send what this plan says, once: verify again, and send only where nothing has changed. The
    /// request and the flags are to be given again, for the plan holds no secrets
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub(crate) apply: Option<PathBuf>,
    /// How many minutes the plan is good for
    #[arg(long, value_name = "MINUTES", requires = "plan", default_value_t = 60,
          value_parser = clap::value_parser!(u32).range(1..=10_080))]
    pub(crate) valid_for: u32,
}

impl PlanArgs {
    /// A plan lasts longer than a clearance that is used at once.
    pub(super) fn policy(&self) -> Policy {
        let default = Policy::default();
        match self.plan {
            Some(_) => {
                Policy { valid_for: SignedDuration::from_mins(self.valid_for.into()), ..default }
            }
            None => default,
        }
    }
}

/// A plan that is carried out.
pub(super) struct Applied {
    plan: Plan,
    path: PathBuf,
    /// Whether this run has used it up.
    is_ours: bool,
}

impl Applied {
    /// Reads the plan that is to be carried out, if one is, and refuses what can be refused before
    /// a database is visited.
    pub(super) fn read(
        args: &PlanArgs,
        submissions: &[Submission],
        once: &Once<'_>,
        terminal: &Terminal,
    ) -> Result<Option<Self>, Stopped> {
        let Some(path) = &args.apply else { return Ok(None) };
        let text = given::file(path, LARGEST, terminal)?;
        let refused = |error| refused(path, &error, terminal);
        let plan = Plan::parse(&text).map_err(refused)?;
        let calls: Vec<_> = submissions.iter().map(Submission::planned).collect();
        plan.admit(Timestamp::now(), &calls).map_err(refused)?;
        let applied = Self { plan, path: path.clone(), is_ours: false };
        applied.refuse_used(once, terminal)?;
        Ok(Some(applied))
    }

    /// Whether the proof still holds.
    pub(super) fn bear_out(&self, clearances: &[Clearance]) -> Result<(), Drift> {
        self.plan.bear_out(clearances)
    }

    /// Stops where another run has used the plan.
    pub(super) fn refuse_used(&self, once: &Once<'_>, terminal: &Terminal) -> Result<(), Stopped> {
        if !self.is_ours && once.state().is_used(self.plan.nonce()) {
            return Err(refused(&self.path, &PlanError::Used, terminal));
        }
        Ok(())
    }

    /// Uses the plan up, unless another run was faster. Gives its nonce.
    pub(super) fn use_up(&mut self, once: &Once<'_>, terminal: &Terminal) -> Result<Uuid, Stopped> {
        let nonce = self.plan.nonce();
        if self.is_ours {
            return Ok(nonce);
        }
        if !once.state().use_plan(nonce).map_err(|error| once.broken(&error))? {
            return Err(refused(&self.path, &PlanError::Used, terminal));
        }
        self.is_ours = true;
        self.plan.mark_used(Timestamp::now());
        if let Err(error) = save(&self.path, &self.plan) {
            // A copy on another machine would not be known as used; here, the journal knows.
            terminal.note(&format!("note: {:?} cannot be marked as used: {error}", self.path));
        }
        Ok(nonce)
    }
}

/// Writes the plan that was asked for, and says how to carry it out.
pub(super) fn write(
    args: &ConfigureArgs,
    submissions: &[Submission],
    clearances: Vec<Clearance>,
    terminal: &Terminal,
) -> Result<String, Stopped> {
    let path = args.plan.plan.as_deref().unwrap_or(Path::new("plan.json"));
    let cleared = submissions.iter().zip(clearances).map(|(submission, clearance)| {
        let (digest, destination) = submission.planned();
        (clearance, digest, destination)
    });
    let plan = Plan::new(Uuid::new_v4(), Timestamp::now(), cleared);
    save(path, &plan).map_err(|error| {
        terminal.error(&format!("cannot write the plan to {path:?}: {error}"));
        Exit::Internal
    })?;
    Ok(format!(
        "\nPlan written to {path:?}; nothing was sent. Until {}, with the same flags:\n  \
         cdc-preflight configure --apply {} {}\n",
        plan.expires_at(),
        path.display().to_string().escape_debug(),
        args.source.shown()
    ))
}

fn save(path: &Path, plan: &Plan) -> io::Result<()> {
    let text = serde_json::to_string_pretty(plan)? + "\n";
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

fn refused(path: &Path, error: &PlanError, terminal: &Terminal) -> Exit {
    terminal.error(&format!("nothing was sent: {path:?}: {error}"));
    match error {
        PlanError::NotAPlan => Exit::Usage,
        _ => Exit::Stale,
    }
}
