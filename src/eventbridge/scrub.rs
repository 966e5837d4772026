//! Takes known secrets out of a server's words: a server may repeat what it was sent.

use cdc_checks::Text;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// What stands in place of a secret, as in a request that is shown.
pub(super) const REDACTED: &str = "***";
/// Shorter secrets are left alone: replacing every "a" would make the text unreadable, and tell
/// the secret by what is missing.
const SHORTEST: usize = 3;

/// Makes untrusted words fit to be kept: without the secrets it knows, and not longer than asked.
pub(super) struct Scrubber(Vec<SecretString>);

impl Scrubber {
    /// A scrubber for these secrets, also in the form that they have inside JSON text.
    pub(super) fn new(secrets: Vec<SecretString>) -> Self {
        let escaped = secrets.iter().map(|secret| {
            let quoted = Value::from(secret.expose_secret()).to_string();
            SecretString::from(quoted.trim_matches('"'))
        });
        let mut all: Vec<SecretString> = escaped.collect();
        all.extend(secrets);
        all.retain(|secret| secret.expose_secret().chars().count() >= SHORTEST);
        // The longest first: one secret may be part of another.
        all.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
        Self(all)
    }

    /// The text without secrets, cut to so many characters.
    pub(super) fn scrub(&self, text: &str, most: usize) -> Text {
        let clean = self
            .0
            .iter()
            .fold(text.to_owned(), |text, secret| text.replace(secret.expose_secret(), REDACTED));
        Text::new(cut(clean, most))
    }
}

fn cut(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrub(text: &str, most: usize) -> String {
        let secrets = ["p\"w\\1", "key-1", "key-123", "ab"].map(SecretString::from);
        Scrubber::new(secrets.into()).scrub(text, most).untrusted().to_owned()
    }

    #[test]
    fn secrets_go_in_every_form_and_whole() {
        assert_eq!(scrub("x p\"w\\1 y", 99), "x *** y");
        assert_eq!(scrub(r#"{"m":"p\"w\\1"}"#, 99), r#"{"m":"***"}"#);
        assert_eq!(scrub("key-123 key-1", 99), "*** ***");
        assert_eq!(scrub("able", 99), "able");
    }

    #[test]
    fn the_cut_comes_after_the_scrubbing_and_between_characters() {
        assert_eq!(scrub("ab key-123", 4), "ab *…");
        assert_eq!(scrub("äöü", 2), "äö…");
        assert_eq!(scrub("äöü", 3), "äöü");
    }
}
