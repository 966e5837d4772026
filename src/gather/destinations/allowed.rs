//! One entry of the list of targets that an operator allows.

use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;

use ipnet::IpNet;
use thiserror::Error;
use url::Host;

use super::meaning::Meaning;
use super::normal;

/// A target that an operator allows: `HOST`, `*.SUFFIX`, an address or a network, and perhaps
/// `:PORT` or `:PORT-PORT`. Networks of IPv6 with ports stand in brackets: `[2001:db8::/32]:5432`.
///
/// A name vouches for public and private addresses, whichever it is resolved to. This machine is
/// allowed by `localhost`, or by its address, alone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AllowedTarget {
    place: Place,
    ports: RangeInclusive<u16>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Place {
    Name(String),
    /// Everything below it, with a dot at the beginning.
    Below(String),
    Net(IpNet),
}

/// Why a text names no target.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum NotATarget {
    /// The ports.
    #[error("a port is a number from 1 to 65535, and a range is two of them, the lower one first")]
    Ports,
    /// The network.
    #[error("no network is written like this: write 10.0.0.0/8 or 2001:db8::/32")]
    Network,
    /// The name.
    #[error("no host is written like this: write db.example.com, *.example.com or 192.0.2.7")]
    Name,
}

impl AllowedTarget {
    /// Whether connections to this port are allowed.
    pub(super) fn has_port(&self, port: u16) -> bool {
        self.ports.contains(&port)
    }

    /// Whether the addresses of a name have to be known to tell whether it is allowed.
    pub(super) fn could_be(&self, name: &str) -> bool {
        matches!(self.place, Place::Net(_)) || self.names(name)
    }

    /// Whether it is this name.
    pub(super) fn names(&self, name: &str) -> bool {
        match &self.place {
            Place::Name(own) => own == name,
            Place::Below(suffix) => name.len() > suffix.len() && name.ends_with(suffix),
            Place::Net(_) => false,
        }
    }

    /// Whether a name that has this address is allowed.
    pub(super) fn allows(&self, name: &str, address: Meaning) -> bool {
        match (&self.place, address) {
            (_, Meaning::Forbidden) => false,
            (Place::Net(net), address) => address.is_within(net),
            (Place::Name(own), Meaning::Loopback(_)) => own == "localhost" && own == name,
            (Place::Below(_), Meaning::Loopback(_)) => false,
            (Place::Name(_) | Place::Below(_), Meaning::Machine(_)) => self.names(name),
        }
    }
}

impl FromStr for AllowedTarget {
    type Err = NotATarget;

    fn from_str(text: &str) -> Result<Self, NotATarget> {
        let (place, ports) = split(text.trim())?;
        let ports = ports.map_or(Ok(1..=u16::MAX), read_ports)?;
        Ok(Self { place: place.parse()?, ports })
    }
}

impl FromStr for Place {
    type Err = NotATarget;

    fn from_str(text: &str) -> Result<Self, NotATarget> {
        if text.contains('/') {
            return text
                .parse()
                .map(|net: IpNet| Self::Net(net.trunc()))
                .map_err(|_| NotATarget::Network);
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Net(address.into()));
        }
        let below = text.strip_prefix("*.");
        match Host::parse(below.unwrap_or(text)) {
            Ok(Host::Domain(name)) if is_name(normal(&name).as_str()) => {
                let name = normal(&name);
                Ok(if below.is_some() { Self::Below(format!(".{name}")) } else { Self::Name(name) })
            }
            // What else is read as an address is written so that nobody misreads it.
            _ => Err(NotATarget::Name),
        }
    }
}

fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        !label.is_empty() && label.chars().all(is_part)
    };
    text.split('.').all(is_label)
}

/// The place and the ports.
fn split(text: &str) -> Result<(&str, Option<&str>), NotATarget> {
    if let Some(rest) = text.strip_prefix('[') {
        let (place, ports) = rest.split_once(']').ok_or(NotATarget::Name)?;
        return match ports.strip_prefix(':') {
            Some(ports) => Ok((place, Some(ports))),
            None if ports.is_empty() => Ok((place, None)),
            None => Err(NotATarget::Ports),
        };
    }
    // An address of IPv6 without brackets has no port.
    match text.split_once(':') {
        Some((_, rest)) if rest.starts_with("//") => Err(NotATarget::Name),
        Some((place, ports)) if !ports.contains(':') => Ok((place, Some(ports))),
        _ => Ok((text, None)),
    }
}

fn read_ports(text: &str) -> Result<RangeInclusive<u16>, NotATarget> {
    let port = |text: &str| {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|port| is_number && *port > 0).ok_or(NotATarget::Ports)
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let ports = port(first)?..=port(last)?;
    if ports.is_empty() { Err(NotATarget::Ports) } else { Ok(ports) }
}

impl fmt::Display for AllowedTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Name(name) => f.write_str(name)?,
            Place::Below(suffix) => write!(f, "*{suffix}")?,
            Place::Net(net) => write!(f, "[{net}]")?,
        }
        match (self.ports.start(), self.ports.end()) {
            (1, &u16::MAX) => Ok(()),
            (first, last) if first == last => write!(f, ":{first}"),
            (first, last) => write!(f, ":{first}-{last}"),
        }
    }
}
