//! Where the service is, in which dialect it is spoken to, and as whom.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use super::Stopped;
use super::progress;
use super::tell::{Terminal, env};
use crate::Exit;
use crate::eventbridge::{
    Call, Client, Credentials, Endpoint, Exchange, KeyChain, PlainHttp, RetryPolicy, Timeouts, Wire,
};
use crate::request::Operation;
use crate::serve::sending::Sending;

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Service")]
pub(crate) struct ServiceArgs {
    /// The dialect: openapi (access key), rest (access key or API key) or seed (API key; only the
    /// configure operations) [default: by the operation and the keys that are set]
    #[arg(long, value_name = "WIRE")]
    pub(crate) wire: Option<Wire>,
    /// Send to this address instead of the region's own (plain http only to this machine)
    #[arg(long, value_name = "URL", env = "EVENTBRIDGE_ENDPOINT")]
    pub(crate) endpoint: Option<String>,
    /// Allow plain http to an --endpoint that is not this machine: keys and passwords cross the
    /// network in the clear
    #[arg(long, requires = "endpoint")]
    pub(crate) allow_plain_http: bool,
    /// The account's id, which is a part of the address in the wire rest
    #[arg(long, value_name = "ID", env = "ALIBABA_CLOUD_ACCOUNT_ID")]
    pub(crate) account_id: Option<String>,
    /// The access key of this profile in ~/.aliyun/config.json or ~/.alibabacloud/credentials,
    /// whatever key the environment holds
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
}

const NO_REGION: &str = "the region is not known: set ALIBABA_CLOUD_REGION_ID, or give --region to \
                         a command of `stream`";

/// Who is called, and how.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) wire: Wire,
    pub(super) endpoint: Endpoint,
    /// `None` where nothing will be sent.
    pub(super) credentials: Option<Credentials>,
}

impl ServiceArgs {
    /// Everything that can be wrong with a call before the network is used. Without `is_sent`,
    /// no key is needed.
    pub(super) fn service(
        &self,
        operation: Operation,
        region: Option<&str>,
        is_sent: bool,
        terminal: &Terminal,
    ) -> Result<Service, Stopped> {
        let usage = |reason: String| {
            terminal.error(&reason);
            Exit::Usage
        };
        let asked = self.wire.or(operation.source().map(|_| Wire::Seed));
        // A dialect without the operation is wrong whatever the key.
        asked
            .map_or(Ok(()), |wire| wire.has(operation))
            .map_err(|error| usage(error.to_string()))?;
        let chain = KeyChain { lookup: &env, home: home(), profile: self.profile.as_deref() };
        let credentials = match chain.find(asked) {
            Ok(credentials) => Some(credentials),
            Err(_) if !is_sent && self.profile.is_none() => None,
            Err(error) => return Err(usage(error.to_string())),
        };
        let suited = credentials.as_ref().map(|it| Wire::suited(operation, it));
        let wire = asked.or(suited).unwrap_or(Wire::Openapi);
        if let Some(credentials) = &credentials {
            wire.check(operation, credentials).map_err(|error| usage(error.to_string()))?;
        }
        if let Some(note) = credentials.as_ref().and_then(Credentials::note).filter(|_| is_sent) {
            terminal.note(&format!("note: {note}"));
        }
        let endpoint = self.endpoint(wire, region).map_err(usage)?;
        Ok(Service { wire, endpoint, credentials: credentials.filter(|_| is_sent) })
    }

    /// The same, for the service that this program can be.
    pub(super) fn sending(&self) -> Sending {
        Sending {
            wire: self.wire,
            endpoint: self.endpoint.clone(),
            plain_http: self.plain_http(),
            account_id: self.account_id.clone(),
            home: home(),
            profile: self.profile.clone(),
        }
    }

    pub(super) fn plain_http(&self) -> PlainHttp {
        if self.allow_plain_http { PlainHttp::Anywhere } else { PlainHttp::LoopbackOnly }
    }

    fn endpoint(&self, wire: Wire, region: Option<&str>) -> Result<Endpoint, String> {
        let endpoint = match (&self.endpoint, region) {
            (Some(address), _) => Endpoint::parse(address, self.plain_http()),
            (None, Some(region)) => Endpoint::of_region(wire, region, self.account_id.as_deref()),
            (None, None) => return Err(NO_REGION.into()),
        };
        endpoint.map_err(|error| error.to_string())
    }
}

impl Service {
    /// A client; nothing is sent yet.
    pub(super) fn client(&self, terminal: &Terminal) -> Result<Client, Stopped> {
        let Some(credentials) = self.credentials.clone() else {
            terminal.error("there is no key to send with");
            return Err(Exit::Usage);
        };
        let (timeouts, retry) = (Timeouts::default(), RetryPolicy::default());
        let client = Client::new(self.wire, self.endpoint.clone(), credentials, timeouts, retry);
        client.map_err(|error| {
            terminal.error(&error.to_string());
            Exit::Internal
        })
    }
}

/// Where the files of the vendor's programs are.
fn home() -> Option<PathBuf> {
    env("HOME").or_else(|| env("USERPROFILE")).map(PathBuf::from)
}

/// Calls an operation that configures no database and whose body holds no secret.
pub(super) async fn call(
    client: &Client,
    operation: Operation,
    body: &Value,
    terminal: &Terminal,
) -> Result<Exchange, Stopped> {
    send(client, &plain(operation, body, terminal)?, terminal).await
}

/// A call whose body holds no secret.
pub(super) fn plain(
    operation: Operation,
    body: &Value,
    terminal: &Terminal,
) -> Result<Call, Stopped> {
    Call::new(operation, body, body.clone()).map_err(|error| {
        terminal.error(&error.to_string());
        Exit::Internal
    })
}

/// Calls an operation that needs no clearance.
pub(super) async fn send(
    client: &Client,
    call: &Call,
    terminal: &Terminal,
) -> Result<Exchange, Stopped> {
    let operation = call.operation();
    terminal.set_sending(operation.is_write());
    let exchange = progress::watch(&format!("calling {operation}"), client.call(call)).await;
    terminal.set_sending(false);
    exchange.map_err(|error| {
        terminal.error(&error.to_string());
        Exit::Usage
    })
}
