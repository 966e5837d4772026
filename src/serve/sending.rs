//! Where cleared requests are sent, in which dialect, and as whom: the operator says so, never a
//! caller.

use crate::eventbridge::{Client, Credentials, Endpoint, PlainHttp, RetryPolicy, Timeouts, Wire};
use crate::request::Operation;

/// What the operator says of the service to send to.
#[derive(Clone, Debug)]
pub struct Sending {
    /// The dialect; `None`: by the operation and the key.
    pub wire: Option<Wire>,
    /// The address; `None`: the region's own.
    pub endpoint: Option<String>,
    /// To which addresses plain http may go.
    pub plain_http: PlainHttp,
    /// The account's id, a part of the address in one dialect.
    pub account_id: Option<String>,
}

impl Default for Sending {
    fn default() -> Self {
        let plain_http = PlainHttp::LoopbackOnly;
        Self { wire: None, endpoint: None, plain_http, account_id: None }
    }
}

impl Sending {
    /// A client for an operation in a region, and the address that it calls.
    ///
    /// # Errors
    /// What is missing or does not fit, for the operator.
    pub(super) fn client(
        &self,
        operation: Operation,
        region: &str,
    ) -> Result<(Client, Endpoint), String> {
        let asked = self.wire.or(operation.source().map(|_| Wire::Seed));
        let said = |error: &dyn std::fmt::Display| error.to_string();
        asked.map_or(Ok(()), |wire| wire.has(operation)).map_err(|error| said(&error))?;
        let variable = |name: &str| std::env::var(name).ok();
        let credentials =
            Credentials::from_lookup(variable, asked).map_err(|error| said(&error))?;
        let wire = asked.unwrap_or_else(|| Wire::suited(operation, &credentials));
        wire.check(operation, &credentials).map_err(|error| said(&error))?;
        let endpoint = match &self.endpoint {
            Some(address) => Endpoint::parse(address, self.plain_http),
            None => Endpoint::of_region(wire, region, self.account_id.as_deref()),
        };
        let endpoint = endpoint.map_err(|error| said(&error))?;
        let (timeouts, retry) = (Timeouts::default(), RetryPolicy::default());
        let client = Client::new(wire, endpoint.clone(), credentials, timeouts, retry);
        Ok((client.map_err(|error| said(&error))?, endpoint))
    }
}
