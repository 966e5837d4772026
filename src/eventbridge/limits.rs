//! How many requests are made in a time: what the service grants an account.
//!
//! A process has one account. Several processes know nothing of each other: what they ask for too
//! much together, the service throttles, and each waits as it is told.

use std::num::NonZeroU32;
use std::sync::{Arc, LazyLock};

use governor::clock::{Clock, DefaultClock, ReasonablyRealtime};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use serde_json::Value;

use super::Call;
use crate::request::Operation;

const HUNDRED: NonZeroU32 = NonZeroU32::new(100).expect("a hundred is not zero");

static PROCESS: LazyLock<Arc<Limits>> = LazyLock::new(Arc::default);

type Limiter<C> = RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// What the service grants an account: 100 requests in a second, and of those that set a RabbitMQ
/// source 100 in a minute.
#[derive(Debug)]
pub(super) struct Limits<C: Clock = DefaultClock> {
    account: Limiter<C>,
    rabbitmq: Limiter<C>,
}

impl Limits {
    /// Those of this process.
    pub(super) fn of_process() -> Arc<Self> {
        Arc::clone(&PROCESS)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::by(DefaultClock::default())
    }
}

impl<C: Clock + Clone> Limits<C> {
    fn by(clock: C) -> Self {
        Self {
            account: RateLimiter::direct_with_clock(Quota::per_second(HUNDRED), clock.clone()),
            rabbitmq: RateLimiter::direct_with_clock(Quota::per_minute(HUNDRED), clock),
        }
    }
}

impl<C: ReasonablyRealtime> Limits<C> {
    /// Waits until this call may be made.
    pub(super) async fn admit(&self, call: &Call) {
        if sets_rabbitmq_source(call) {
            self.rabbitmq.until_ready().await;
        }
        self.account.until_ready().await;
    }
}

fn sets_rabbitmq_source(call: &Call) -> bool {
    let defines = [Operation::CreateEventStreaming, Operation::UpdateEventStreaming];
    let source = call.redacted_body().get("Source").and_then(Value::as_object);
    defines.contains(&call.operation())
        && source.is_some_and(|kinds| kinds.keys().any(|kind| kind.contains("RabbitMQ")))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;
    use serde_json::json;

    use super::*;

    fn call(operation: Operation, source: &str) -> Call {
        let body = json!({ "EventStreamingName": "s", "Source": { source: {} } });
        Call::new(operation, &body, body.clone()).expect("a call")
    }

    /// How many of so many are admitted at once.
    fn admitted(limiter: &Limiter<FakeRelativeClock>, asked: usize) -> usize {
        (0..asked).filter(|_| limiter.check().is_ok()).count()
    }

    #[test]
    fn a_hundred_in_a_second_and_of_rabbitmq_a_hundred_in_a_minute() {
        let clock = FakeRelativeClock::default();
        let limits = Limits::by(clock.clone());
        for limiter in [&limits.account, &limits.rabbitmq] {
            assert_eq!(admitted(limiter, 150), 100);
        }
        clock.advance(Duration::from_secs(1));
        assert_eq!(admitted(&limits.account, 150), 100);
        assert_eq!(admitted(&limits.rabbitmq, 150), 1, "one every 600 ms");
        clock.advance(Duration::from_secs(60));
        assert_eq!(admitted(&limits.rabbitmq, 150), 100);
    }

    #[test]
    fn the_limit_of_a_minute_is_for_what_sets_a_rabbitmq_source() {
        use Operation as Op;

        for (operation, source, is_limited) in [
            (Op::CreateEventStreaming, "SourceRabbitMQParameters", true),
            (Op::CreateEventStreaming, "SourceRabbitMQMsgSyncParameters", true),
            (Op::UpdateEventStreaming, "SourceOpenSourceRabbitMQParameters", true),
            (Op::UpdateEventStreaming, "SourceRocketMQParameters", false),
            (Op::CreateEventStreaming, "SourceMySQLParameters", false),
            (Op::StartEventStreaming, "SourceRabbitMQParameters", false),
        ] {
            let call = call(operation, source);
            assert_eq!(sets_rabbitmq_source(&call), is_limited, "{operation} {source}");
        }
    }

    #[tokio::test]
    async fn a_call_beyond_the_limit_waits() {
        let limits = Limits::default();
        let limited = call(Operation::UpdateEventStreaming, "SourceRabbitMQParameters");
        let other = call(Operation::UpdateEventStreaming, "SourceMNSParameters");
        while limits.rabbitmq.check().is_ok() {}
        let began = std::time::Instant::now();
        limits.admit(&other).await;
        let others = began.elapsed();
        limits.admit(&limited).await;
        assert!(began.elapsed() - others > Duration::from_millis(300), "it did not wait");
    }
}
