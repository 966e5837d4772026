//! Which API keys are accepted, and how a request's key is judged.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

/// Which API keys are accepted. A request without a Bearer key is refused under either policy.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum KeyPolicy {
    /// Any Bearer key that is not empty.
    Any,
    /// This key alone.
    Require(SecretString),
}

impl KeyPolicy {
    /// Accepts this key alone.
    pub fn require(key: impl Into<SecretString>) -> Self {
        Self::Require(key.into())
    }

    pub(crate) fn judge(&self, headers: &HeaderMap) -> Authorization {
        let Some(presented) = bearer_key(headers) else { return Authorization::Missing };
        let known = match self {
            Self::Any => true,
            // Only the length of the key can be told from the time this takes.
            Self::Require(key) => presented.ct_eq(key.expose_secret().as_bytes()).into(),
        };
        if known { Authorization::Granted } else { Authorization::UnknownKey }
    }
}

/// The judgement on a request's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authorization {
    Granted,
    Missing,
    UnknownKey,
}

/// The key of a Bearer `authorization` header; none when it is absent, empty or of another scheme.
fn bearer_key(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, key) = value.split_at_checked("Bearer ".len())?;
    let key = key.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"Bearer ") && !key.is_empty()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(policy: &KeyPolicy, authorization: Option<&'static str>) -> Authorization {
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert(AUTHORIZATION, axum::http::HeaderValue::from_static(value));
        }
        policy.judge(&headers)
    }

    #[test]
    fn only_the_required_key_is_granted() {
        let policy = KeyPolicy::require("k-123");
        assert_eq!(judge(&policy, Some("Bearer k-123")), Authorization::Granted);
        assert_eq!(judge(&policy, Some("bearer k-123")), Authorization::Granted);
        for wrong in ["Bearer k-12", "Bearer k-1234", "Bearer K-123"] {
            assert_eq!(judge(&policy, Some(wrong)), Authorization::UnknownKey, "{wrong}");
        }
    }

    #[test]
    fn no_bearer_key_is_missing_under_either_policy() {
        for policy in [KeyPolicy::require("k-123"), KeyPolicy::Any] {
            assert_eq!(judge(&policy, None), Authorization::Missing);
            for value in ["", "k-123", "Basic k-123", "Bearer", "Bearer  ", "acs id:signature"] {
                assert_eq!(judge(&policy, Some(value)), Authorization::Missing, "{value}");
            }
        }
    }

    #[test]
    fn any_key_is_granted_when_told_so() {
        assert_eq!(judge(&KeyPolicy::Any, Some("Bearer whatever")), Authorization::Granted);
    }

    #[test]
    fn the_key_is_not_in_the_debug_text() {
        assert!(!format!("{:?}", KeyPolicy::require("k-123")).contains("k-123"));
    }
}
