//! The streams that the simulated service keeps, and how their states change.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::content::Fields;
use crate::reply::Refusal;

/// How many streams a region holds.
const QUOTA: usize = 50;

/// How long changes take that the service makes after its answer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Delays {
    pub(crate) start: Duration,
    pub(crate) pause: Duration,
    pub(crate) delete: Duration,
}

/// Where a stream stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Status {
    Paused,
    Ready,
    Running,
    RunningFailed,
    Starting,
    StartingFailed,
}

impl Status {
    /// The word of the interface.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "PAUSED",
            Self::Ready => "READY",
            Self::Running => "RUNNING",
            Self::RunningFailed => "RUNNING_FAILED",
            Self::Starting => "STARTING",
            Self::StartingFailed => "STARTING_FAILED",
        }
    }
}

/// A stream: what was asked for, without secrets, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) definition: Fields,
    pub(crate) status: Status,
    change: Option<Change>,
}

/// A change that is to come.
#[derive(Clone, Copy, Debug)]
struct Change {
    at: Timestamp,
    /// What the stream becomes; none when it goes.
    to: Option<Status>,
}

/// All streams, for one request at a time.
#[derive(Debug)]
pub(crate) struct Streams(Mutex<Book>);

impl Streams {
    pub(crate) fn new(delays: Delays) -> Self {
        Self(Mutex::new(Book { streams: BTreeMap::new(), delays }))
    }

    /// Uses the streams as they are at this moment.
    pub(crate) fn at<T>(&self, now: Timestamp, use_them: impl FnOnce(&mut Book) -> T) -> T {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        book.settle(now);
        use_them(&mut book)
    }
}

/// The streams by name, and the rules of their states.
///
/// The documents name the states and some ways between them. Where they are silent, the rule is
/// ours: a stream that starts is not updated, everything else may be; whatever it does, it may be
/// deleted.
#[derive(Debug)]
pub(crate) struct Book {
    streams: BTreeMap<String, Stream>,
    delays: Delays,
}

impl Book {
    /// Makes the changes whose time has come.
    fn settle(&mut self, now: Timestamp) {
        self.streams.retain(|_, stream| match stream.change {
            Some(change) if change.at <= now => {
                stream.change = None;
                stream.status = change.to.unwrap_or(stream.status);
                change.to.is_some()
            }
            _ => true,
        });
    }

    /// The streams in the order of their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Stream)> {
        self.streams.iter().map(|(name, stream)| (name.as_str(), stream))
    }

    pub(crate) fn get(&self, name: &str) -> Result<&Stream, Refusal> {
        self.streams.get(name).ok_or_else(|| not_existed(name))
    }

    /// A stream that is not about to go.
    fn get_mut(&mut self, name: &str) -> Result<&mut Stream, Refusal> {
        let stream = self.streams.get_mut(name).ok_or_else(|| not_existed(name))?;
        match stream.change {
            Some(Change { to: None, .. }) => Err(status_invalid(name, "is being deleted")),
            _ => Ok(stream),
        }
    }

    pub(crate) fn create(&mut self, name: &str, definition: Fields) -> Result<(), Refusal> {
        if self.streams.contains_key(name) {
            let message = format!("The event streaming [{name}] already existed!");
            return Err(Refusal::conflict("EventStreamingAlreadyExisted", message));
        }
        if self.streams.len() >= QUOTA {
            let message = format!("A region holds {QUOTA} event streamings.");
            return Err(Refusal::conflict("EventStreamingCountExceedLimit", message));
        }
        let stream = Stream { definition, status: Status::Ready, change: None };
        self.streams.insert(name.to_owned(), stream);
        Ok(())
    }

    /// Replaces a definition. A stream that runs starts again.
    pub(crate) fn update(
        &mut self,
        name: &str,
        mut definition: Fields,
        now: Timestamp,
        end: Status,
    ) -> Result<(), Refusal> {
        let at = later(now, self.delays.start);
        let stream = self.get_mut(name)?;
        match stream.status {
            Status::Starting => return Err(status_invalid(name, "is STARTING")),
            Status::Running => {
                stream.status = Status::Starting;
                stream.change = Some(Change { at, to: Some(end) });
            }
            Status::Paused | Status::Ready | Status::RunningFailed | Status::StartingFailed => {}
        }
        // An update knows no tags.
        if let Some(tags) = stream.definition.remove("Tags") {
            definition.entry("Tags").or_insert(tags);
        }
        stream.definition = definition;
        Ok(())
    }

    /// Changes a part of a definition, which does not disturb the stream.
    pub(crate) fn amend(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut Fields),
    ) -> Result<(), Refusal> {
        change(&mut self.get_mut(name)?.definition);
        Ok(())
    }

    /// Starts a stream, which ends `RUNNING` or, when that was asked for, in a failure.
    pub(crate) fn start(&mut self, name: &str, now: Timestamp, end: Status) -> Result<(), Refusal> {
        let at = later(now, self.delays.start);
        let stream = self.get_mut(name)?;
        match stream.status {
            Status::Running | Status::Starting => {
                return Err(status_invalid(name, &format!("is {}", stream.status.as_str())));
            }
            Status::Paused | Status::Ready | Status::RunningFailed | Status::StartingFailed => {}
        }
        stream.status = Status::Starting;
        stream.change = Some(Change { at, to: Some(end) });
        Ok(())
    }

    /// Pauses a stream that runs, starts or has never done either.
    pub(crate) fn pause(&mut self, name: &str, now: Timestamp) -> Result<(), Refusal> {
        let at = later(now, self.delays.pause);
        let stream = self.get_mut(name)?;
        match stream.status {
            Status::Ready | Status::Running | Status::Starting => {
                stream.change = Some(Change { at, to: Some(Status::Paused) });
                Ok(())
            }
            Status::Paused | Status::RunningFailed | Status::StartingFailed => {
                Err(status_invalid(name, &format!("is {}", stream.status.as_str())))
            }
        }
    }

    /// Deletes a stream in whatever state.
    pub(crate) fn delete(&mut self, name: &str, now: Timestamp) -> Result<(), Refusal> {
        let at = later(now, self.delays.delete);
        self.get_mut(name)?.change = Some(Change { at, to: None });
        Ok(())
    }
}

fn later(now: Timestamp, delay: Duration) -> Timestamp {
    let delay = SignedDuration::try_from(delay).unwrap_or(SignedDuration::MAX);
    now.checked_add(delay).unwrap_or(Timestamp::MAX)
}

fn not_existed(name: &str) -> Refusal {
    let message = format!("The event streaming [{name}] not existed!");
    Refusal::not_found("EventStreamingNotExisted", message)
}

fn status_invalid(name: &str, why: &str) -> Refusal {
    let message = format!("The event streaming [{name}] {why}.");
    Refusal::conflict("EventStreamingStatusInvalid", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn second(number: i64) -> Timestamp {
        Timestamp::from_second(number).expect("a time")
    }

    fn streams(delay: Duration) -> Streams {
        let streams = Streams::new(Delays { start: delay, pause: delay, delete: delay });
        streams.at(second(0), |book| book.create("s", Fields::new())).expect("a stream");
        streams
    }

    fn status(streams: &Streams, at: i64) -> &'static str {
        streams.at(second(at), |book| book.get("s").map_or("GONE", |found| found.status.as_str()))
    }

    /// A stream brought into a state.
    fn in_state(state: Status) -> Streams {
        let streams = streams(Duration::ZERO);
        let book = |change: &dyn Fn(&mut Book) -> Result<(), Refusal>| {
            streams.at(second(0), change).expect("allowed");
        };
        match state {
            Status::Ready => {}
            Status::Paused => book(&|book| book.pause("s", second(0))),
            Status::Starting => book(&|book| book.start("s", second(9), Status::Running)),
            end => book(&|book| book.start("s", second(0), end)),
        }
        assert_eq!(status(&streams, 0), state.as_str());
        streams
    }

    #[test]
    fn changes_take_their_time() {
        let streams = streams(2 * SECOND);
        assert_eq!(status(&streams, 0), "READY");
        streams.at(second(0), |book| book.start("s", second(0), Status::Running)).expect("started");
        assert_eq!((status(&streams, 1), status(&streams, 2)), ("STARTING", "RUNNING"));
        streams.at(second(3), |book| book.pause("s", second(3))).expect("paused");
        assert_eq!((status(&streams, 4), status(&streams, 5)), ("RUNNING", "PAUSED"));
        streams.at(second(6), |book| book.delete("s", second(6))).expect("deleted");
        let again = streams.at(second(7), |book| book.start("s", second(7), Status::Running));
        assert_eq!(again.expect_err("it goes").code, "EventStreamingStatusInvalid");
        assert_eq!((status(&streams, 7), status(&streams, 8)), ("PAUSED", "GONE"));
    }

    #[test]
    fn what_a_state_allows() {
        type Attempt = fn(&mut Book) -> Result<(), Refusal>;
        let attempts: [(&str, Attempt); 4] = [
            ("start", |book| book.start("s", second(0), Status::Running)),
            ("pause", |book| book.pause("s", second(0))),
            ("update", |book| book.update("s", Fields::new(), second(0), Status::Running)),
            ("delete", |book| book.delete("s", second(0))),
        ];
        for (state, allowed) in [
            (Status::Ready, &["start", "pause", "update", "delete"][..]),
            (Status::Starting, &["pause", "delete"]),
            (Status::StartingFailed, &["start", "update", "delete"]),
            (Status::Running, &["pause", "update", "delete"]),
            (Status::RunningFailed, &["start", "update", "delete"]),
            (Status::Paused, &["start", "update", "delete"]),
        ] {
            for (name, attempt) in attempts {
                let outcome = in_state(state).at(second(0), attempt);
                assert_eq!(outcome.is_ok(), allowed.contains(&name), "{state:?} {name}");
                if let Err(refusal) = outcome {
                    assert_eq!(refusal.code, "EventStreamingStatusInvalid");
                }
            }
        }
    }

    #[test]
    fn an_update_restarts_what_runs_and_nothing_else() {
        let update = |book: &mut Book| book.update("s", Fields::new(), second(1), Status::Running);
        let streams = streams(SECOND);
        streams.at(second(0), |book| book.start("s", second(0), Status::Running)).expect("started");
        streams.at(second(1), update).expect("updated");
        assert_eq!((status(&streams, 1), status(&streams, 2)), ("STARTING", "RUNNING"));
        let paused = in_state(Status::Paused);
        paused.at(second(1), update).expect("updated");
        assert_eq!(status(&paused, 9), "PAUSED");
    }

    #[test]
    fn names_are_taken_once_and_fifty_at_most() {
        let streams = streams(Duration::ZERO);
        let create = |name: &str| streams.at(second(0), |book| book.create(name, Fields::new()));
        assert_eq!(create("s").expect_err("taken").code, "EventStreamingAlreadyExisted");
        for number in 1..QUOTA {
            create(&format!("s{number}")).expect("room");
        }
        assert_eq!(create("last").expect_err("full").code, "EventStreamingCountExceedLimit");
    }

    #[test]
    fn nothing_is_done_to_a_stream_that_is_not_there() {
        let streams = streams(Duration::ZERO);
        let refusal = streams.at(second(0), |book| book.pause("other", second(0)));
        let refusal = refusal.expect_err("not there");
        assert_eq!((refusal.status.as_u16(), &*refusal.code), (404, "EventStreamingNotExisted"));
    }
}
