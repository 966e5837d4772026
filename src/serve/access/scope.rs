//! What a caller may do.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

/// Something that a caller may do. No scope includes another one: whoever manages tokens need not
/// be able to read reports, and whoever submits needs `read` to see what.
#[derive(
    Clone,
    Copy,
    Debug,
    Deserialize,
    Eq,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
    ToSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Look at everything that is not about access: preflights, reports, sources, checks, metrics
    Read,
    /// Have databases visited: preflights, stored sources and their schedules
    Check,
    /// Send what was proven
    Submit,
    /// Make and revoke tokens, accept findings (waivers), read the audit log
    Admin,
}

/// No scope has this name.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
#[error("no scope is called {0:?}: read, check, submit and admin are there")]
pub struct UnknownScope(String);

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Read, Self::Check, Self::Submit, Self::Admin];

    /// The word in the API, in the store and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Check => "check",
            Self::Submit => "submit",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(word: &str) -> Result<Self, UnknownScope> {
        let found = Self::ALL.into_iter().find(|scope| scope.as_str() == word);
        found.ok_or_else(|| UnknownScope(word.chars().take(32).collect()))
    }
}

/// All that a caller may do. As a text, words with commas between them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Everything.
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// Whether this is among them.
    pub fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them, in the order of [`Scope::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<T: IntoIterator<Item = Scope>>(scopes: T) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(Scope::as_str).collect();
        f.write_str(&words.join(","))
    }
}

impl FromStr for Scopes {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        text.split(',').map(|word| word.trim().parse()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, Scopes};

    #[test]
    fn scopes_are_words_with_commas() {
        let scopes: Scopes = "submit, read".parse().expect("scopes");
        assert_eq!(scopes.to_string(), "read,submit");
        assert_eq!(Scopes::all().to_string().parse(), Ok(Scopes::all()));
        for wrong in ["", "read,", "Read", "reader", "*"] {
            assert!(wrong.parse::<Scopes>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_scope_includes_another() {
        for one in Scope::ALL {
            let scopes: Scopes = [one].into_iter().collect();
            assert!(Scope::ALL.into_iter().all(|scope| scopes.has(scope) == (scope == one)));
        }
    }
}
