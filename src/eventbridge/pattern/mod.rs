//! Filter patterns: which events of a stream reach its target.
//!
//! The syntax and the operators are those of the vendor's page on event patterns; where it is silent
//! about an event's value, [`Pattern::mismatch`] does what the vendor's open-source service does.

mod evaluate;
mod json;
mod lint;
mod parse;
mod test;
#[cfg(test)]
mod tests;

pub use evaluate::Mismatch;

use std::ops::Range;

use crate::request::{Problem, Problems};
use test::Test;

/// The largest pattern that is read, in bytes.
const MAX_PATTERN: usize = 1024 * 1024;

/// A filter pattern. Every field that it names has to match.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    fields: Vec<Field>,
}

/// A field of the event, and what its value may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The names that lead to it, from the outside in.
    path: Vec<String>,
    /// Where the list of alternatives stands in the text.
    span: Range<usize>,
    /// One of them has to match.
    alternatives: Vec<Alternative>,
}

/// One element of a field's list.
#[derive(Clone, Debug, PartialEq)]
struct Alternative {
    /// Where it stands in the text.
    span: Range<usize>,
    /// All of them have to hold. The vendor documents one.
    tests: Vec<Test>,
}

impl Pattern {
    /// Understands a pattern, and says what deserves a look.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place. `name` is what the user calls the
    /// text: a file, a field or a flag.
    pub fn parse(name: &str, text: &str) -> Result<(Self, Problems), Problems> {
        if text.len() > MAX_PATTERN {
            let message = format!("the pattern is larger than {MAX_PATTERN} bytes");
            return Err(Problem::nowhere(name, message, "").into());
        }
        let source = crate::request::Source::shown(name, text);
        match parse::fields(text) {
            Ok(fields) => {
                let pattern = Self { fields };
                let warnings = source.problems(lint::complaints(&pattern));
                Ok((pattern, warnings))
            }
            Err(complaints) => Err(source.problems(complaints)),
        }
    }
}

impl Pattern {
    /// The fields that it names, in the order of the text.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter()
    }
}

impl Field {
    /// The names that lead to it, from the outside in.
    pub fn path(&self) -> &[String] {
        &self.path
    }

    /// Whether its value does not matter, but only that it is there or not.
    pub fn asks_only_for_presence(&self) -> bool {
        let tests = self.alternatives.iter().flat_map(|alternative| &alternative.tests);
        tests.into_iter().all(|test| matches!(test, Test::Exists(_)))
    }

    /// `data.after.id`, for people.
    fn name(&self) -> String {
        self.path.join(".")
    }
}
