//! The operator's webhook: whoever is to be told of drift.
//!
//! Messages are CloudEvents, signed as [Standard Webhooks](https://www.standardwebhooks.com) says,
//! and kept in the store until they are taken. Each is sent at least once, by one node at a time,
//! with the same `webhook-id` every time: a receiver that must not act twice remembers it.

mod deliver;
mod signature;

use std::fmt;

use thiserror::Error;
use url::{Host, Url};

pub use signature::{SecretError, SigningSecret};

pub(super) use deliver::deliver;

use crate::eventbridge::PlainHttp;

/// Who is told, and with which secret that is signed.
#[derive(Clone)]
pub struct Webhook {
    url: Url,
    secret: SigningSecret,
}

/// Why an address cannot be a webhook's. The message repeats nothing of it: it may hold a token.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum WebhookError {
    /// It is none.
    #[error("the webhook is not a URL that begins with https:// or http://")]
    Url,
    /// It would cross the network in the clear.
    #[error("plain http to another machine would show what drifts to the network: use https")]
    PlainHttp,
}

impl Webhook {
    /// A webhook at this address.
    ///
    /// # Errors
    /// When that is no address, or one to which nothing is sent in the clear.
    pub fn new(
        address: &str,
        secret: SigningSecret,
        plain_http: PlainHttp,
    ) -> Result<Self, WebhookError> {
        let url = Url::parse(address).map_err(|_| WebhookError::Url)?;
        let is_here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return Err(WebhookError::Url),
        };
        match url.scheme() {
            "https" => {}
            "http" if is_here || plain_http == PlainHttp::Anywhere => {}
            "http" => return Err(WebhookError::PlainHttp),
            _ => return Err(WebhookError::Url),
        }
        Ok(Self { url, secret })
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        f.debug_struct("Webhook").field("host", &host).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_drifts_crosses_the_network_encrypted() {
        let secret: SigningSecret =
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().expect("a secret");
        let new = |address: &str, plain| Webhook::new(address, secret.clone(), plain).map(drop);
        for address in
            ["https://hooks.example.com/t0ken?x=1", "http://[::1]:9/", "http://localhost/"]
        {
            assert_eq!(new(address, PlainHttp::LoopbackOnly), Ok(()), "{address}");
        }
        let plain = "http://hooks.example.com/";
        assert_eq!(new(plain, PlainHttp::LoopbackOnly), Err(WebhookError::PlainHttp));
        assert_eq!(new(plain, PlainHttp::Anywhere), Ok(()));
        for address in ["", "hooks.example.com", "ftp://hooks.example.com/", "file:///etc/passwd"] {
            assert_eq!(new(address, PlainHttp::Anywhere), Err(WebhookError::Url), "{address}");
        }
        let shown = Webhook::new("https://h.example/t0ken", secret.clone(), PlainHttp::Anywhere);
        let shown = format!("{shown:?}");
        assert!(shown.contains("h.example") && !shown.contains("t0ken"), "{shown}");
    }
}
