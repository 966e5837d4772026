//! One call of an operation: the body to send, and the same body for people to see.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use thiserror::Error;

use super::scrub::{REDACTED, Scrubber};
use crate::gate::Digest;
use crate::request::Operation;

/// One call of an operation. It holds secrets: it cannot be serialised, and `Debug` shows the
/// redacted body.
pub struct Call {
    operation: Operation,
    /// The text of the body, in a form that is wiped when it is dropped.
    body: SecretString,
    redacted_body: Value,
    secrets: Vec<SecretString>,
}

/// The redacted body is not the body with its secrets replaced by `***`.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the redacted request does not have the fields of the request")]
pub struct BodyMismatch;

impl Call {
    /// A call with the caller's fields and nothing else. Where `redacted_body` has `***` for a text
    /// of the body, that is a secret.
    ///
    /// # Errors
    /// When the two bodies differ in anything else: what was cleared would not be what is sent.
    pub fn new(
        operation: Operation,
        body: &Value,
        redacted_body: Value,
    ) -> Result<Self, BodyMismatch> {
        let mut secrets = Vec::new();
        collect_secrets(body, &redacted_body, &mut secrets)?;
        Ok(Self { operation, body: body.to_string().into(), redacted_body, secrets })
    }

    /// The operation that is called.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The body with its secrets replaced.
    pub fn redacted_body(&self) -> &Value {
        &self.redacted_body
    }

    /// Tells this call from others that differ in more than their secrets.
    pub fn digest(&self) -> Digest {
        let operation = Value::from(self.operation.as_str());
        Digest::of(&Value::Array(vec![operation, self.redacted_body.clone()]))
    }

    /// The text that goes over the wire.
    pub(super) fn secret_body(&self) -> &str {
        self.body.expose_secret()
    }

    /// Takes the secrets of this call, and these, out of texts.
    pub(super) fn scrubber<'a>(&'a self, more: impl Iterator<Item = &'a SecretString>) -> Scrubber {
        Scrubber::new(self.secrets.iter().chain(more).cloned().collect())
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation)
            .field("redacted_body", &self.redacted_body)
            .finish_non_exhaustive()
    }
}

fn collect_secrets(
    body: &Value,
    redacted: &Value,
    found: &mut Vec<SecretString>,
) -> Result<(), BodyMismatch> {
    match (body, redacted) {
        (Value::Object(fields), Value::Object(shown)) if fields.len() == shown.len() => {
            fields.iter().try_for_each(|(name, value)| {
                collect_secrets(value, shown.get(name).ok_or(BodyMismatch)?, found)
            })
        }
        (Value::Array(items), Value::Array(shown)) if items.len() == shown.len() => items
            .iter()
            .zip(shown)
            .try_for_each(|(item, shown)| collect_secrets(item, shown, found)),
        _ if body == redacted => Ok(()),
        (Value::String(secret), Value::String(mark)) if mark == REDACTED => {
            found.push(secret.as_str().into());
            Ok(())
        }
        _ => Err(BodyMismatch),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(body: &Value, redacted: Value) -> Result<Call, BodyMismatch> {
        Call::new(Operation::ConfigureMySqlSource, body, redacted)
    }

    #[test]
    fn what_is_redacted_is_secret_and_debug_does_not_tell_it() {
        let body = json!({"User": "cdc", "Password": "hunter22", "List": [{"Key": "abcdef"}]});
        let redacted = json!({"User": "cdc", "Password": "***", "List": [{"Key": "***"}]});
        let call = call(&body, redacted).expect("the same fields");
        let secrets: Vec<&str> = call.secrets.iter().map(ExposeSecret::expose_secret).collect();
        assert_eq!(secrets, ["hunter22", "abcdef"]);
        assert_eq!(call.secret_body(), body.to_string());
        let debug = format!("{call:?}");
        assert!(debug.contains("cdc") && !debug.contains("hunter22") && !debug.contains("abcdef"));
    }

    #[test]
    fn the_digest_knows_no_order_and_no_secrets() {
        let digest = |body: Value, shown: Value| call(&body, shown).expect("a call").digest();
        let one = digest(json!({"A": 1, "P": "hunter22"}), json!({"A": 1, "P": "***"}));
        let same = digest(json!({"P": "another1", "A": 1}), json!({"P": "***", "A": 1}));
        let other = digest(json!({"A": 2, "P": "hunter22"}), json!({"A": 2, "P": "***"}));
        assert_eq!(one, same);
        assert_ne!(one, other);
        assert_eq!(one.to_string().parse(), Ok(one));
    }

    #[test]
    fn another_request_is_no_redaction() {
        let body = json!({"User": "cdc", "Port": 1});
        for other in [
            json!({"User": "cdc"}),
            json!({"User": "other", "Port": 1}),
            json!({"User": "cdc", "Port": 2}),
            json!({"User": "cdc", "Prt": 1}),
            json!(null),
        ] {
            assert_eq!(call(&body, other).map(drop), Err(BodyMismatch));
        }
    }
}
