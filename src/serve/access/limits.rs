//! How many requests a caller may make.
//!
//! The holders of tokens and certificates are as many as the operator made. Addresses are as many
//! as there are: those are counted one by one up to a number, and beyond that together.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

use governor::clock::Clock;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::caller::{Caller, Identity};
use crate::serve::problem::{Kind, Problem};

/// Addresses that are counted one by one.
const MOST_ADDRESSES: usize = 10_000;

/// What each caller has left. A node counts for itself.
pub(in crate::serve) struct Limits(Option<Buckets>);

struct Buckets {
    callers: DefaultKeyedRateLimiter<String>,
    addresses: DefaultKeyedRateLimiter<Option<IpAddr>>,
}

impl Limits {
    /// So many requests a minute, at once or one after the other; `None`: as many as they like.
    pub(in crate::serve) fn new(rate: Option<NonZeroU32>) -> Self {
        Self(rate.map(|rate| Buckets {
            callers: RateLimiter::keyed(Quota::per_minute(rate)),
            addresses: RateLimiter::keyed(Quota::per_minute(rate)),
        }))
    }

    /// Counts a request of somebody who is known.
    ///
    /// # Errors
    /// That it was one too many, and when to come back.
    pub(super) fn count(&self, caller: &Caller) -> Result<(), Problem> {
        match caller.identity {
            Identity::Anybody => self.count_unknown(caller.address),
            _ => self
                .0
                .as_ref()
                .map_or(Ok(()), |buckets| take(&buckets.callers, &caller.identity.actor())),
        }
    }

    /// Counts a request of somebody who is not known, or not yet.
    ///
    /// # Errors
    /// As [`Self::count`].
    pub(super) fn count_unknown(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        let Some(Buckets { addresses, .. }) = &self.0 else { return Ok(()) };
        if addresses.len() >= MOST_ADDRESSES {
            // Those that have everything left need not be remembered.
            addresses.retain_recent();
        }
        let has_room = addresses.len() < MOST_ADDRESSES;
        take(addresses, &address.filter(|_| has_room).map(network))
    }
}

fn take<K: Clone + Eq + std::hash::Hash>(
    buckets: &DefaultKeyedRateLimiter<K>,
    key: &K,
) -> Result<(), Problem> {
    buckets.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(buckets.clock().now());
        let detail = "You make more requests than the operator allows.";
        Problem::new(Kind::RateLimited, detail).retry_after(wait.as_secs() + 1)
    })
}

/// What one subscriber has: of IPv6 that is a whole network.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) & (u128::MAX << 64)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::access::Scopes;

    fn limits(rate: u32) -> Limits {
        Limits::new(NonZeroU32::new(rate))
    }

    fn holder(id: &str) -> Caller {
        let identity = Identity::Token { id: id.into(), name: "ci".into() };
        Caller::new(identity, Scopes::all())
    }

    #[test]
    fn each_caller_has_its_own_number_of_requests() {
        let limits = limits(2);
        for id in ["one", "two"] {
            assert!(limits.count(&holder(id)).is_ok() && limits.count(&holder(id)).is_ok());
            assert!(limits.count(&holder(id)).is_err(), "{id}");
        }
        let address = |text: &str| Some(text.parse().expect("an address"));
        assert!(limits.count_unknown(address("192.0.2.7")).is_ok());
        assert!(limits.count_unknown(address("::ffff:192.0.2.7")).is_ok());
        assert!(limits.count_unknown(address("192.0.2.7")).is_err());
        assert!(limits.count_unknown(address("192.0.2.8")).is_ok());
        for text in ["2001:db8::1", "2001:db8::2:3"] {
            assert!(limits.count_unknown(address(text)).is_ok(), "{text}");
        }
        assert!(limits.count_unknown(address("2001:db8::ffff")).is_err(), "the same network");
    }

    #[test]
    fn without_a_rate_nothing_is_counted() {
        let limits = Limits::new(None);
        assert!((0..10_000).all(|_| limits.count(&holder("one")).is_ok()));
    }

    #[test]
    fn however_many_addresses_call_what_is_remembered_has_an_end() {
        let limits = limits(1);
        let all = (0..MOST_ADDRESSES as u32 + 200).map(|n| Some(IpAddr::from(n.to_be_bytes())));
        let admitted = all.filter(|address| limits.count_unknown(*address).is_ok()).count();
        assert_eq!(admitted, MOST_ADDRESSES + 1, "the others share one");
        let Some(buckets) = &limits.0 else { panic!("there is a rate") };
        assert_eq!(buckets.addresses.len(), MOST_ADDRESSES + 1);
        assert!(limits.count(&holder("one")).is_ok(), "whoever is known is not in that crowd");
    }
}
