//! Waits for databases that come up late: looks again, anew each time, until every gate is open or
//! the time is over.

use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;

use super::Stopped;
use super::args::ReportArgs;
use super::progress;
use super::tell::Terminal;
use crate::Exit;
use crate::eventbridge::{Clock, SystemClock};
use crate::preflight::{self, Examined};
use crate::report::{RunReport, escape_terminal};

/// The first pause between two looks; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What is left of the time for the last look.
const LAST_LOOK: Duration = Duration::from_secs(1);

#[derive(Args, Clone, Debug)]
pub(crate) struct WaitArgs {
    /// Look again until every gate is open, for so long: 60s, 5m, or a number of seconds
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "facts")]
    wait_for_source: Option<Duration>,
}

fn duration(text: &str) -> Result<Duration, String> {
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
    let seconds = text.parse().map(Duration::from_secs).ok();
    let friendly = || Duration::try_from(text.parse::<SignedDuration>().ok()?).ok();
    seconds
        .or_else(friendly)
        .filter(|duration| (Duration::from_secs(1)..=LONGEST).contains(duration))
        .ok_or_else(|| "a duration from 1s to 24h, for example 90s or 5m".into())
}

impl WaitArgs {
    /// Examines once; where waiting was asked for, until every gate is open or the time is over.
    pub(super) async fn examined(
        &self,
        report: &ReportArgs,
        terminal: &Terminal,
        examine: impl AsyncFnMut() -> Result<Vec<Examined>, Stopped>,
    ) -> Result<Vec<Examined>, Stopped> {
        let Some(patience) = self.wait_for_source else {
            let mut examine = examine;
            return examine().await;
        };
        let mut said = String::new();
        let is_open = |examined: &Vec<Examined>| {
            let (run, exit) = preflight::run_report(examined, &report.policy());
            let words = not_yet(&run, exit);
            if exit != Exit::Open && words != said {
                terminal.note(&format!("note: waiting: {words}"));
                said = words;
            }
            exit == Exit::Open
        };
        until(patience, &SystemClock, examine, is_open).await
    }
}

/// What is being waited for, in a line.
fn not_yet(run: &RunReport, exit: Exit) -> String {
    let closed: Vec<_> = run.targets.iter().filter(|target| !target.gate.open).collect();
    let reason = closed.first().and_then(|target| target.gate.reasons.first());
    match (reason, closed.len()) {
        (Some(reason), 1) => escape_terminal(reason),
        (Some(reason), closed) => format!("{closed} gates are closed: {}", escape_terminal(reason)),
        (None, _) => exit.reason().into(),
    }
}

/// Tries until `is_done` or the time is over; the last outcome. No try begins after that, and one
/// that is under way then is dropped, but for the first.
async fn until<T, E>(
    patience: Duration,
    clock: &impl Clock,
    mut attempt: impl AsyncFnMut() -> Result<T, E>,
    mut is_done: impl FnMut(&T) -> bool,
) -> Result<T, E> {
    let started = clock.now();
    let left = || {
        let passed = Duration::try_from(clock.now().duration_since(started)).unwrap_or_default();
        patience.saturating_sub(passed)
    };
    let mut last = attempt().await?;
    let mut pause = FIRST_PAUSE;
    while !is_done(&last) {
        let nap = pause.min(left().saturating_sub(LAST_LOOK));
        if nap.is_zero() {
            break;
        }
        progress::watch("waiting", clock.sleep(nap)).await;
        pause = LONGEST_PAUSE.min(pause * 2);
        tokio::select! {
            outcome = attempt() => last = outcome?,
            () = clock.sleep(left()) => break,
        }
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::convert::Infallible;
    use std::sync::Mutex;
    use std::time::Duration;

    use jiff::Timestamp;

    use super::{Clock, duration, until};

    #[test]
    fn durations_are_written_as_people_write_them() {
        for (text, seconds) in [("60", 60), ("60s", 60), ("5m", 300), ("1m 30s", 90)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "0", "-5s", "soon", "2d", "25h", "99999999999999999999"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    /// A clock that jumps ahead whenever somebody sleeps.
    #[derive(Default)]
    struct Leaping(Mutex<Vec<Duration>>);

    impl Leaping {
        fn slept(&self) -> Vec<u64> {
            let naps = self.0.lock().expect("nobody panics with it");
            naps.iter().map(|nap| nap.as_millis().try_into().expect("it is short")).collect()
        }
    }

    impl Clock for Leaping {
        fn now(&self) -> Timestamp {
            let slept: u64 = self.slept().into_iter().sum();
            Timestamp::from_millisecond(slept.try_into().expect("it is short")).expect("in range")
        }

        async fn sleep(&self, duration: Duration) {
            // Whoever else is ready comes first, as with a real clock.
            tokio::task::yield_now().await;
            self.0.lock().expect("nobody panics with it").push(duration);
        }
    }

    async fn looks(patience: u64, opens_at: usize, clock: &Leaping) -> (usize, usize) {
        let looks = RefCell::new(0);
        let look = async || {
            *looks.borrow_mut() += 1;
            Ok::<usize, Infallible>(*looks.borrow())
        };
        let last = until(Duration::from_secs(patience), clock, look, |n| *n >= opens_at).await;
        let Ok(last) = last;
        let looks = *looks.borrow();
        (looks, last)
    }

    #[tokio::test]
    async fn what_is_open_at_once_is_not_waited_for() {
        let clock = Leaping::default();
        assert_eq!(looks(60, 1, &clock).await, (1, 1));
        assert!(clock.slept().is_empty());
    }

    #[tokio::test]
    async fn it_looks_again_after_longer_and_longer_pauses() {
        let clock = Leaping::default();
        assert_eq!(looks(600, 7, &clock).await, (7, 7));
        assert_eq!(clock.slept(), [500, 1000, 2000, 4000, 5000, 5000]);
    }

    #[tokio::test]
    async fn when_the_time_is_over_the_last_look_counts() {
        let clock = Leaping::default();
        assert_eq!(looks(10, 1000, &clock).await, (6, 6));
        assert_eq!(clock.slept(), [500, 1000, 2000, 4000, 1500]);
    }

    #[tokio::test]
    async fn a_look_that_outlasts_the_time_is_dropped() {
        let (clock, looks) = (Leaping::default(), RefCell::new(0));
        let look = async || {
            *looks.borrow_mut() += 1;
            if *looks.borrow() > 1 {
                std::future::pending::<()>().await;
            }
            Ok::<u32, Infallible>(*looks.borrow())
        };
        let Ok(last) = until(Duration::from_secs(30), &clock, look, |_| false).await;
        assert_eq!((last, *looks.borrow()), (1, 2));
        assert_eq!(clock.slept().iter().sum::<u64>(), 30_000);
    }

    #[tokio::test]
    async fn an_error_ends_it() {
        let clock = Leaping::default();
        let look = async || Err::<(), &str>("usage");
        let ended = until(Duration::from_secs(30), &clock, look, |()| false).await;
        assert_eq!(ended, Err("usage"));
    }
}
