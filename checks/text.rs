//! Text that may have come from a database, a server or a user: never printed as it stands.

use serde::{Deserialize, Serialize};

/// Untrusted text.
///
/// It has no `Display` on purpose: a renderer takes [`Text::untrusted`] and escapes it for its own
/// format (terminal control characters, Markdown, XML, workflow commands). JSON needs no more than
/// the serialiser's own escaping, so `Text` serialises as a plain string.
#[derive(Clone, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    /// Wraps text from anywhere.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as it came. Escape it before it reaches a person or another program.
    pub fn untrusted(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for Text {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}
