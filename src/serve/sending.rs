//! Where cleared requests are sent, in which dialect, and as whom: the operator says so, never a
//! caller.

use std::path::PathBuf;

use crate::eventbridge::{Client, Endpoint, KeyChain, PlainHttp, RetryPolicy, Timeouts, Wire};
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
    /// The home with the files of the vendor's programs; `None`: no key is looked for there.
    pub home: Option<PathBuf>,
    /// The profile of these files to take, whatever key the environment holds.
    pub profile: Option<String>,
}

impl Default for Sending {
    fn default() -> Self {
        let plain_http = PlainHttp::LoopbackOnly;
        let (wire, endpoint, account_id) = (None, None, None);
        Self { wire, endpoint, plain_http, account_id, home: None, profile: None }
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
        let (home, profile) = (self.home.clone(), self.profile.as_deref());
        let chain = KeyChain { lookup: &variable, home, profile };
        let credentials = chain.find(asked).map_err(|error| said(&error))?;
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
