//! Levels that the user gives to checks, above their floor.

use std::collections::BTreeMap;

use cdc_checks::{CheckInfo, Level, catalogue};
use thiserror::Error;

use super::selection::UnknownCheck;

/// The levels that the user gives to checks, by id.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Levels(BTreeMap<&'static str, Level>);

/// Why a check cannot be given a level.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum LevelError {
    /// Without this check the gate would not be one.
    #[error("{id} is required: a level cannot be lowered below that (a waiver can accept it)")]
    BelowFloor {
        /// The check's id.
        id: &'static str,
    },
    /// There is no such check.
    #[error(transparent)]
    Unknown(#[from] UnknownCheck),
}

impl Levels {
    /// Gives a check a level.
    ///
    /// # Errors
    /// When there is no check of that id, or when it is required and would be less.
    pub fn set(&mut self, id: &str, level: Level) -> Result<(), LevelError> {
        let check = catalogue::find(id).ok_or_else(|| UnknownCheck::new(id))?;
        if level < floor(&check) {
            return Err(LevelError::BelowFloor { id: check.id });
        }
        self.0.insert(check.id, level);
        Ok(())
    }

    /// The level that a check is given.
    pub fn of(&self, id: &str) -> Option<Level> {
        self.0.get(id).copied()
    }

    /// Takes over what others say, on top of what is said here.
    pub fn extend(&mut self, others: &Self) {
        self.0.extend(&others.0);
    }
}

/// The least level that a check can be given: one that closes the gate goes on to do so.
fn floor(check: &CheckInfo) -> Level {
    match check.level {
        Level::Required => Level::Required,
        Level::Recommended | Level::Informational => Level::Informational,
    }
}

/// The level of that name.
pub fn parse_level(word: &str) -> Option<Level> {
    match word {
        "required" => Some(Level::Required),
        "recommended" => Some(Level::Recommended),
        "informational" | "info" => Some(Level::Informational),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_moves_freely_above_its_floor() {
        let required = "postgres/wal-level";
        let lesser = catalogue::all().find(|check| check.level == Level::Recommended);
        let lesser = lesser.expect("a recommended check").id;
        let mut levels = Levels::default();
        for level in [Level::Informational, Level::Recommended, Level::Required] {
            assert_eq!(levels.set(lesser, level), Ok(()));
            assert_eq!(levels.of(lesser), Some(level));
        }
        assert_eq!(levels.set(required, Level::Required), Ok(()));
        for level in [Level::Informational, Level::Recommended] {
            let error = levels.set(required, level);
            assert_eq!(error, Err(LevelError::BelowFloor { id: required }));
        }
    }

    #[test]
    fn an_unknown_id_is_named_with_what_is_near() {
        let error = Levels::default().set("postgres/wal-levle", Level::Required);
        let error = error.expect_err("no such check").to_string();
        assert!(error.ends_with("did you mean postgres/wal-level?"), "{error}");
    }
}
