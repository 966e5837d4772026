//! `--assume NAME=VALUE`: what if the server had said something else?

use std::fmt;
use std::str::FromStr;

use cdc_checks::facts::assume;
use cdc_checks::{Facts, Text};

/// A value to judge by, in place of what was read.
#[derive(Clone, Debug)]
pub(crate) struct Assumption {
    path: String,
    value: String,
}

impl FromStr for Assumption {
    type Err = &'static str;

    fn from_str(words: &str) -> Result<Self, Self::Err> {
        let (path, value) = words.split_once('=').ok_or("write NAME=VALUE")?;
        let (path, value) = (path.trim().to_owned(), value.trim().to_owned());
        if path.is_empty() { Err("write NAME=VALUE") } else { Ok(Self { path, value }) }
    }
}

impl fmt::Display for Assumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.path, self.value)
    }
}

/// Lays the assumptions over every document to which they apply.
///
/// # Errors
/// The first assumption that applies to none, and why.
pub(super) fn lay_over(facts: &mut [Facts], assumptions: &[Assumption]) -> Result<(), String> {
    for Assumption { path, value } in assumptions {
        let mut refusal = None;
        let mut applied = false;
        for one in facts.iter_mut() {
            match assume(one, path, value) {
                Ok(assumed) => {
                    *one = assumed;
                    applied = true;
                }
                Err(reason) => refusal = Some(reason),
            }
        }
        if let Some(reason) = refusal.filter(|_| !applied) {
            return Err(format!("--assume {path}={value}: {reason}"));
        }
    }
    Ok(())
}

/// The assumptions as a report tells them.
pub(super) fn told(assumptions: &[Assumption]) -> Vec<Text> {
    assumptions.iter().map(|one| Text::new(one.to_string())).collect()
}
