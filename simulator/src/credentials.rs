//! What callers are known by: API keys, and access keys that sign.

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

/// Which API keys are accepted. Bearer without a key is refused under every policy.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum KeyPolicy {
    /// Any Bearer key that is not empty.
    Any,
    /// No key: callers sign.
    Nobody,
    /// This key alone.
    Require(SecretString),
}

impl KeyPolicy {
    /// Accepts this key alone.
    pub fn require(key: impl Into<SecretString>) -> Self {
        Self::Require(key.into())
    }

    /// Whether this key is accepted.
    pub(crate) fn admits(&self, presented: &[u8]) -> bool {
        match self {
            Self::Any => true,
            Self::Nobody => false,
            Self::Require(key) => same(presented, key),
        }
    }
}

/// An access key: its id, the secret that signs, and the token of a temporary key.
#[derive(Clone, Debug)]
pub struct AccessKey {
    pub(crate) id: String,
    pub(crate) secret: SecretString,
    token: Option<SecretString>,
}

impl AccessKey {
    /// A permanent key.
    pub fn new(id: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        Self { id: id.into(), secret: secret.into(), token: None }
    }

    /// Makes it a temporary key of STS, whose callers have to send this token.
    #[must_use]
    pub fn security_token(self, token: impl Into<SecretString>) -> Self {
        Self { token: Some(token.into()), ..self }
    }

    /// Whether this is the token of this key, or there is none for a key that has none.
    pub(crate) fn admits(&self, presented: Option<&str>) -> bool {
        match (&self.token, presented) {
            (None, None) => true,
            (Some(token), Some(presented)) => same(presented.as_bytes(), token),
            _ => false,
        }
    }
}

/// Only the length of a secret can be told from the time this takes.
fn same(presented: &[u8], secret: &SecretString) -> bool {
    presented.ct_eq(secret.expose_secret().as_bytes()).into()
}

/// Everyone who is known.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) api_keys: KeyPolicy,
    pub(crate) access_keys: Vec<AccessKey>,
}

impl Credentials {
    pub(crate) fn access_key(&self, id: &str) -> Option<&AccessKey> {
        self.access_keys.iter().find(|key| key.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_required_key_is_admitted() {
        let policy = KeyPolicy::require("k-123");
        assert!(policy.admits(b"k-123"));
        for wrong in ["k-12", "k-1234", "K-123", ""] {
            assert!(!policy.admits(wrong.as_bytes()), "{wrong}");
        }
        assert!(KeyPolicy::Any.admits(b"whatever") && !KeyPolicy::Nobody.admits(b"whatever"));
    }

    #[test]
    fn a_token_belongs_to_a_temporary_key_and_to_no_other() {
        let key = AccessKey::new("id", "secret");
        assert!(key.admits(None) && !key.admits(Some("t-1")));
        let temporary = key.security_token("t-1");
        assert!(temporary.admits(Some("t-1")));
        assert!(!temporary.admits(None) && !temporary.admits(Some("t-2")));
    }

    #[test]
    fn secrets_are_not_in_the_debug_text() {
        let key = AccessKey::new("id", "s-123").security_token("t-123");
        let text = format!("{:?} {key:?}", KeyPolicy::require("k-123"));
        assert!(!text.contains("-123"), "{text}");
    }
}
