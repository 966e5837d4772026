//! Signatures of webhooks, as [Standard Webhooks](https://www.standardwebhooks.com) says:
//! HMAC-SHA256 over `id.timestamp.body`. Pure.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;
use thiserror::Error;

/// What every secret begins with.
const PREFIX: &str = "whsec_";
/// How long a secret may be, in bytes.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// The secret that the sender and the receiver of a webhook share.
#[derive(Clone, Debug)]
pub struct SigningSecret(SecretSlice<u8>);

/// Why a text is no such secret. It repeats nothing of it.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error(
    "the webhook's secret is not `whsec_` and 24 to 64 bytes in base64; `openssl rand -base64 32` \
     makes what stands behind the prefix"
)]
pub struct SecretError;

impl FromStr for SigningSecret {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, SecretError> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(SecretError)?;
        let bytes = BASE64.decode(encoded).map_err(|_| SecretError)?;
        match LENGTHS.contains(&bytes.len()) {
            true => Ok(Self(bytes.into())),
            false => Err(SecretError),
        }
    }
}

impl SigningSecret {
    /// The value of `webhook-signature` for a message that is sent at this second.
    pub(super) fn signature(&self, id: &str, timestamp: i64, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret())
            .expect("HMAC takes keys of every length");
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_specification() {
        // The vector that the libraries of the specification test themselves with.
        let secret: SigningSecret =
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().expect("a secret");
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signature = secret.signature(id, 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_is_no_secret_is_refused_and_not_repeated() {
        let short = format!("whsec_{}", BASE64.encode([7; 23]));
        let long = format!("whsec_{}", BASE64.encode([7; 65]));
        for text in ["", "whsec_", "hunter2", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &short, &long] {
            let error = text.parse::<SigningSecret>().expect_err("no secret").to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
        let right = format!("whsec_{}\n", BASE64.encode([7; 32]));
        let shown = format!("{:?}", right.parse::<SigningSecret>().expect("a secret"));
        assert!(shown.contains("REDACTED"), "{shown}");
    }
}
