//! What an address leads to, whatever form it has.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// What an address leads to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Meaning {
    /// No place that a source could be at, or one that hands out credentials.
    Forbidden,
    /// This machine.
    Loopback(IpAddr),
    /// A machine in a public or private network. An address that stands for one of IPv4 is given
    /// as that.
    Machine(IpAddr),
}

/// Networks of IPv4 that no source is at.
const FORBIDDEN_V4: [Ipv4Net; 7] = [
    v4([0, 0, 0, 0], 8),
    // Link-local, and with it the metadata services of most clouds (169.254.169.254), of tasks
    // (169.254.170.2) and of pods (169.254.170.23).
    v4([169, 254, 0, 0], 16),
    v4([224, 0, 0, 0], 4),
    // Reserved, and the broadcast address.
    v4([240, 0, 0, 0], 4),
    // The metadata services of Alibaba Cloud, Azure and (formerly) Oracle Cloud.
    v4([100, 100, 100, 200], 32),
    v4([168, 63, 129, 16], 32),
    v4([192, 0, 0, 192], 32),
];

/// Networks of IPv6 that no source is at.
const FORBIDDEN_V6: [Ipv6Net; 6] = [
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8),
    // The services beside every machine of AWS, and the metadata service of Google Cloud.
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0], 32),
    v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128),
    // Tunnels to IPv4 whose far end cannot be told: Teredo, and translators of a network's own.
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32),
    v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48),
];

const fn v4(address: [u8; 4], length: u8) -> Ipv4Net {
    let [a, b, c, d] = address;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(address: [u16; 8], length: u8) -> Ipv6Net {
    let [a, b, c, d, e, f, g, h] = address;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), length)
}

impl Meaning {
    pub(super) fn of(address: IpAddr) -> Self {
        let address = match address {
            IpAddr::V6(address) => stands_for(address).map_or(IpAddr::V6(address), IpAddr::V4),
            v4 @ IpAddr::V4(_) => v4,
        };
        let is_forbidden = match address {
            IpAddr::V4(address) => FORBIDDEN_V4.iter().any(|net| net.contains(&address)),
            IpAddr::V6(address) => {
                address.is_unspecified() || FORBIDDEN_V6.iter().any(|net| net.contains(&address))
            }
        };
        match address {
            _ if is_forbidden => Self::Forbidden,
            address if address.is_loopback() => Self::Loopback(address),
            address => Self::Machine(address),
        }
    }

    /// Whether it is within a network.
    pub(super) fn is_within(self, net: &IpNet) -> bool {
        match self {
            Self::Forbidden => false,
            Self::Loopback(address) | Self::Machine(address) => net.contains(&address),
        }
    }
}

/// The address of IPv4 that one of IPv6 leads to: written as IPv6 (`::ffff:a.b.c.d`, and formerly
/// `::a.b.c.d`), by a translator (`64:ff9b::a.b.c.d`), or by a tunnel (6to4, `2002:aabb:ccdd::`).
fn stands_for(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d] = match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => return None,
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] => parts(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => parts(high, low),
        // As mapped, with a zero after it: translators of an old kind.
        [0, 0, 0, 0, 0xffff, 0, high, low] => parts(high, low),
        [0x2002, high, low, ..] => parts(high, low),
        _ => return None,
    };
    Some(Ipv4Addr::new(a, b, c, d))
}

fn parts(high: u16, low: u16) -> [u8; 4] {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    [a, b, c, d]
}
