//! Where the service answers, and which addresses may not be given a key.

use std::fmt;

use thiserror::Error;
use url::{Host, Url};

use super::Wire;

/// Where the service answers: the address without the path of the operation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Endpoint(Url);

/// Where a key and a password may be sent without encryption.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum PlainHttp {
    /// Only to this machine.
    #[default]
    LoopbackOnly,
    /// Anywhere, because the user insists: for example to a simulator in a container network.
    Anywhere,
}

/// Why an address cannot be used. The message repeats no more of it than the host.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum EndpointError {
    /// The account cannot be part of a host name.
    #[error("the account id can only hold digits")]
    Account,
    /// The address begins with the account's id.
    #[error("the wire rest has an address for each account: give its id, or an endpoint")]
    NoAccount,
    /// The web page for trying out the API.
    #[error(
        "{host} is the vendor's API Explorer, a web page: it does not take API requests; leave the \
         endpoint out to use https://eventbridge.<region>.aliyuncs.com"
    )]
    ApiExplorer {
        /// The host.
        host: String,
    },
    /// It is no address.
    #[error("the endpoint is not a URL: {0}")]
    NotAUrl(url::ParseError),
    /// Plain http to another machine.
    #[error(
        "plain http to {host} would show the API key and the password to the network: use https"
    )]
    PlainHttp {
        /// The host.
        host: String,
    },
    /// The region cannot be part of a host name.
    #[error("the region can only hold small letters, digits and hyphens")]
    Region,
    /// Neither http nor https.
    #[error("the endpoint must begin with https:// or http://")]
    Scheme,
    /// More than scheme, host, port and path.
    #[error("the endpoint must not hold {0}")]
    Surplus(&'static str),
}

/// Pages that the vendor's documents show in place of an endpoint.
const EXPLORERS: [&str; 2] = ["api.aliyun.com", "api.alibabacloud.com"];

impl Endpoint {
    /// The service's own address for a dialect in a region. The documented paths stand below the
    /// account's own name.
    ///
    /// # Errors
    /// When the region holds anything but small letters, digits and hyphens, or the account
    /// anything but digits: they would lead the key to another host. When the account is needed
    /// and missing.
    pub fn of_region(
        wire: Wire,
        region: &str,
        account: Option<&str>,
    ) -> Result<Self, EndpointError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if region.is_empty() || !region.bytes().all(allowed) {
            return Err(EndpointError::Region);
        }
        let host = match wire {
            Wire::Openapi => format!("eventbridge-console.{region}"),
            Wire::Seed => format!("eventbridge.{region}"),
            Wire::Rest => {
                let account = account.ok_or(EndpointError::NoAccount)?;
                if account.is_empty() || !account.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(EndpointError::Account);
                }
                format!("{account}.eventbridge.{region}")
            }
        };
        Self::parse(&format!("https://{host}.aliyuncs.com"), PlainHttp::default())
    }

    /// The address that the user gives, for example of a simulator. A path is kept as a prefix.
    ///
    /// # Errors
    /// When it is no http or https address, holds a user, a query or a fragment, is the vendor's
    /// API Explorer, or would send secrets in the clear.
    pub fn parse(address: &str, plain_http: PlainHttp) -> Result<Self, EndpointError> {
        let url = Url::parse(address).map_err(EndpointError::NotAUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(EndpointError::Scheme);
        }
        surplus(&url)?;
        let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
        if EXPLORERS.contains(&host.as_str()) {
            return Err(EndpointError::ApiExplorer { host });
        }
        if url.scheme() == "http" && plain_http == PlainHttp::LoopbackOnly && !is_loopback(&url) {
            return Err(EndpointError::PlainHttp { host });
        }
        Ok(Self(url))
    }

    /// Whether what is sent there is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The address as it is.
    pub(super) fn root(&self) -> Url {
        self.0.clone()
    }

    /// The host, with the port where it is not the scheme's own: what the `Host` header says.
    pub(super) fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The address with one more part of the path.
    pub(super) fn join(&self, part: &str) -> Url {
        let mut url = self.0.clone();
        let path = format!("{}/{part}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

fn surplus(url: &Url) -> Result<(), EndpointError> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(EndpointError::Surplus("a user or a password"));
    }
    if url.query().is_some() {
        return Err(EndpointError::Surplus("a query (`?`)"));
    }
    if url.fragment().is_some() {
        return Err(EndpointError::Surplus("a fragment (`#`)"));
    }
    Ok(())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(address: &str) -> Result<String, EndpointError> {
        let endpoint = Endpoint::parse(address, PlainHttp::LoopbackOnly)?;
        Ok(endpoint.join("op").into())
    }

    #[test]
    fn a_region_gives_the_services_address() {
        let of = |wire, region, account| {
            Endpoint::of_region(wire, region, account).map(|endpoint| endpoint.to_string())
        };
        for (wire, account, host) in [
            (Wire::Seed, None, "eventbridge.cn-hangzhou.aliyuncs.com"),
            (Wire::Openapi, None, "eventbridge-console.cn-hangzhou.aliyuncs.com"),
            (Wire::Rest, Some("123"), "123.eventbridge.cn-hangzhou.aliyuncs.com"),
        ] {
            assert_eq!(of(wire, "cn-hangzhou", account), Ok(format!("https://{host}")));
        }
        for region in ["", "x.evil.example/", "a@evil", "CN", "a b", "a\n"] {
            assert_eq!(of(Wire::Seed, region, None), Err(EndpointError::Region), "{region}");
        }
        assert_eq!(of(Wire::Rest, "cn-hangzhou", None), Err(EndpointError::NoAccount));
        for account in ["", "evil.example/", "1@evil"] {
            let found = of(Wire::Rest, "cn-hangzhou", Some(account));
            assert_eq!(found, Err(EndpointError::Account), "{account}");
        }
    }

    #[test]
    fn a_given_address_keeps_its_path() {
        for (address, url) in [
            ("https://gate.example", "https://gate.example/op"),
            ("https://gate.example:8443/base/", "https://gate.example:8443/base/op"),
            ("http://127.0.0.1:1234", "http://127.0.0.1:1234/op"),
            ("http://[::1]:1234/", "http://[::1]:1234/op"),
            ("http://localhost", "http://localhost/op"),
        ] {
            assert_eq!(parse(address).as_deref(), Ok(url));
        }
    }

    #[test]
    fn the_api_explorer_is_refused_with_an_explanation() {
        for address in ["https://api.aliyun.com", "https://API.alibabacloud.com./api/EventBridge"] {
            let error = parse(address).expect_err("no endpoint");
            assert!(error.to_string().contains("API Explorer"), "{error}");
        }
    }

    #[test]
    fn secrets_do_not_travel_in_the_clear() {
        for address in ["http://simulator:8080", "http://localhost.evil.example", "http://10.0.0.1"]
        {
            assert!(matches!(parse(address), Err(EndpointError::PlainHttp { .. })), "{address}");
            assert!(Endpoint::parse(address, PlainHttp::Anywhere).is_ok(), "{address}");
        }
    }

    #[test]
    fn surplus_parts_are_refused_without_repeating_them() {
        for address in
            ["https://a:secret@b", "https://secret@b", "https://b?secret", "https://b#secret"]
        {
            let error = parse(address).expect_err("surplus");
            assert!(matches!(error, EndpointError::Surplus(_)));
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
        assert_eq!(parse("ftp://b"), Err(EndpointError::Scheme));
        assert!(matches!(parse("not a url"), Err(EndpointError::NotAUrl(_))));
    }
}
