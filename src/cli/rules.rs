//! The user's rules: which checks are run, at which level, and what is accepted of their findings.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::config::{self, Setting};
use super::tell::Terminal;
use super::{Stopped, given};
use crate::Exit;
use crate::gate::{self, CheckSelection, Levels, Rules, Selector, Waiver};
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
    pub(crate) levels: Vec<(String, String)>,
    /// The waivers of the configuration file.
    #[arg(skip)]
    configured: Vec<Arc<Waiver>>,
}

fn level(text: &str) -> Result<(String, String), String> {
    let (id, word) = text.split_once('=').ok_or("it has the form ID=LEVEL")?;
    set(&mut Levels::default(), id, word)?;
    Ok((id.into(), word.into()))
}

fn set(levels: &mut Levels, id: &str, word: &str) -> Result<(), String> {
    let level = gate::parse_level(word.trim());
    let level = level.ok_or("the level is one of required, recommended, informational")?;
    levels.set(id.trim(), level).map_err(|error| error.to_string())
}

impl RulesArgs {
    /// Puts what the configuration file says beneath what the flags say.
    pub(crate) fn beneath<'a>(
        &mut self,
        levels: impl Iterator<Item = &'a Setting>,
        waivers: &[Arc<Waiver>],
    ) {
        self.levels.splice(0..0, config::pairs(levels));
        self.configured = waivers.to_vec();
    }

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
        let mut given = self.levels.iter();
        given.try_for_each(|(id, word)| set(&mut rules.levels, id, word)).map_err(|error| {
            terminal.error(&format!("--level: {error}"));
            Exit::Usage
        })?;
        rules.waivers.extend(self.configured.iter().cloned());
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
