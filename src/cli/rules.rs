//! The user's rules: which checks are run, at which level, and what is accepted of their findings.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cdc_checks::Level;
use clap::Args;

use super::exit::Exit;
use super::tell::Terminal;
use super::{Stopped, given};
use crate::gate::{self, CheckSelection, LevelError, Levels, Rules, Selector, Waiver};
use crate::report::Saved;
use crate::request::MAX_INPUT;

/// The user's rules.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Rules")]
pub(crate) struct RulesArgs {
    /// Accept what the waivers of this file (TOML) accept; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) waivers: Vec<PathBuf>,
    /// How many days ahead the end of a waiver is told
    #[arg(long, value_name = "DAYS", default_value_t = 14)]
    pub(crate) waiver_warn_days: u16,
    /// Accept the warnings that this JSON report of before has; --report json=FILE writes one
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Run these checks only: ids, patterns (mysql/*), areas (mysql) or tags (privileges). A
    /// required check that is not run keeps the gate closed; may be repeated
    #[arg(long, value_name = "CHECK,...", value_delimiter = ',')]
    pub(crate) select: Vec<Selector>,
    /// Do not run these checks; as --select, and stronger
    #[arg(long, value_name = "CHECK,...", value_delimiter = ',')]
    pub(crate) skip: Vec<Selector>,
    /// Give a check another level: required, recommended or informational. What becomes required
    /// fails where it warned; a required check cannot become less; may be repeated
    #[arg(long = "level", value_name = "ID=LEVEL", value_parser = level)]
    pub(crate) levels: Vec<(String, Level)>,
}

fn level(text: &str) -> Result<(String, Level), String> {
    let (id, word) = text.split_once('=').ok_or("it has the form ID=LEVEL")?;
    let level = gate::parse_level(word.trim());
    let level = level.ok_or("the level is one of required, recommended, informational")?;
    let id = id.trim().to_owned();
    Levels::default().set(&id, level).map_err(|error| error.to_string())?;
    Ok((id, level))
}

impl RulesArgs {
    /// The rules that are given.
    ///
    /// # Errors
    /// What is wrong with them, as told to the user.
    pub(crate) fn rules(&self, terminal: &Terminal) -> Result<Rules, Stopped> {
        let mut rules = Rules {
            selection: CheckSelection { select: self.select.clone(), skip: self.skip.clone() },
            waivers: waivers(&self.waivers, terminal)?,
            warn_days: self.waiver_warn_days,
            baseline: match &self.baseline {
                Some(path) => Some(saved_report(path, terminal)?.baseline().into()),
                None => None,
            },
            ..Rules::default()
        };
        let mut set = |(id, level): &(String, Level)| rules.levels.set(id, *level);
        self.levels.iter().try_for_each(&mut set).map_err(|error: LevelError| {
            terminal.error(&format!("--level: {error}"));
            Exit::Usage
        })?;
        Ok(rules)
    }
}

/// The waivers of several files, in the order of the files.
pub(super) fn waivers(paths: &[PathBuf], terminal: &Terminal) -> Result<Vec<Arc<Waiver>>, Stopped> {
    let mut waivers = Vec::new();
    for path in paths {
        let text = given::file(path, MAX_INPUT, terminal)?;
        let read = Waiver::read_file(&path.display().to_string(), &text);
        waivers.extend(read.map_err(|problems| {
            terminal.problems(&problems);
            Exit::Usage
        })?);
    }
    Ok(waivers)
}

/// The largest report that is read, in bytes.
const LARGEST_REPORT: u64 = 256 * 1024 * 1024;

/// A report that was saved as JSON.
pub(super) fn saved_report(path: &Path, terminal: &Terminal) -> Result<Saved, Stopped> {
    let text = given::file(path, LARGEST_REPORT, terminal)?;
    Saved::parse(&text).map_err(|error| {
        terminal.error(&format!("{path:?} is no report that can be read: {error}"));
        Exit::Usage
    })
}
