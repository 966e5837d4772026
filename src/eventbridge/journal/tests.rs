//! Torn, hostile and contended journals.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::request::Operation;

fn target() -> Target {
    let names = [("HostName", "pg.example.com".to_owned()), ("Port", "5432".to_owned())];
    Target::source(Operation::ConfigurePostgreSqlSource, "https://eb.example".into(), names)
}

fn call_of(operation: Operation, number: u8) -> Call {
    let body = json!({ "Number": number });
    Call::new(operation, &body, body.clone()).expect("a call")
}

fn call(number: u8) -> Call {
    call_of(Operation::ConfigurePostgreSqlSource, number)
}

fn digest(number: u8) -> Digest {
    call(number).digest()
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn state(&self) -> StateDir {
        StateDir::find(Some(self.0.path()), |_| None).expect("a folder")
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("journal").join(target().file_name())
    }

    async fn try_open(&self) -> Result<Journal, JournalError> {
        Journal::open(&self.state(), target(), || panic!("nobody else has it")).await
    }

    async fn open(&self) -> Journal {
        self.try_open().await.expect("a journal")
    }

    /// Opens a journal that holds this.
    async fn holding(&self, content: &[u8]) -> Result<Journal, JournalError> {
        self.state().folder("journal").expect("a folder");
        fs::write(self.path(), content).expect("a file");
        self.try_open().await
    }
}

fn words(standing: Standing<'_>) -> (&'static str, &str) {
    match standing {
        Standing::Accepted(past) => ("accepted", &past.id),
        Standing::Free => ("free", ""),
        Standing::Unknown(past) => ("unknown", &past.id),
    }
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

#[tokio::test]
async fn an_intent_without_an_outcome_is_unknown_until_resolved() {
    let place = Place::new();
    let mut journal = place.open().await;
    assert_eq!(words(journal.standing(digest(1))), ("free", ""));
    let nothing = journal.resolve(Resolution::Accepted, Witness::User).await;
    assert!(matches!(nothing, Err(JournalError::NothingUnknown)), "{nothing:?}");
    journal.begin("a", &call(1), None).await.expect("recorded");
    drop(journal);

    let mut journal = place.open().await;
    for number in [1, 2] {
        assert_eq!(words(journal.standing(digest(number))), ("unknown", "a"));
    }
    let second = journal.begin("b", &call(2), None).await;
    assert!(matches!(second, Err(JournalError::Unresolved)), "{second:?}");
    journal.settle(async |_| None).await.expect("nothing to record");
    assert_eq!(words(journal.standing(digest(1))), ("unknown", "a"));
    journal.resolve(Resolution::NotAccepted, Witness::User).await.expect("recorded");
    journal.begin("c", &call(1), None).await.expect("recorded");
    drop(journal);

    let mut journal = place.open().await;
    let ask = async |past: &Past| (past.id == "c").then_some(Resolution::Accepted);
    journal.settle(ask).await.expect("recorded");
    drop(journal);
    let journal = place.open().await;
    assert_eq!(words(journal.standing(digest(1))), ("accepted", "c"));
    assert_eq!(words(journal.standing(digest(2))), ("free", ""));
}

#[tokio::test]
async fn the_last_accepted_request_counts() {
    let place = Place::new();
    let mut journal = place.open().await;
    let steps = [
        ("a", 1, State::Accepted, ["a", ""]),
        ("b", 2, State::NotAccepted, ["a", ""]),
        ("c", 2, State::Accepted, ["", "c"]),
        ("d", 1, State::Accepted, ["d", ""]),
    ];
    for (id, number, state, expected) in steps {
        journal.begin(id, &call(number), None).await.expect("recorded");
        journal.end(id, state, Some(json!({"of": id}))).await.expect("recorded");
        drop(journal);
        journal = place.open().await;
        let found = [1, 2].map(|number| words(journal.standing(digest(number))).1);
        assert_eq!(found, expected, "after {id}");
    }
    let Standing::Accepted(past) = journal.standing(digest(1)) else { panic!("not accepted") };
    assert_eq!(past.receipt, Some(json!({"of": "d"})));
}

/// That a stream is started, paused and billed does not make its creation another one; that it is
/// deleted does.
#[tokio::test]
async fn of_each_aspect_the_last_accepted_call_counts() {
    use Operation as Op;

    let place = Place::new();
    let mut journal = place.open().await;
    let created = call_of(Op::CreateEventStreaming, 1).digest();
    let started = call_of(Op::StartEventStreaming, 1).digest();
    for (operation, is_created, is_started) in [
        (Op::CreateEventStreaming, true, false),
        (Op::StartEventStreaming, true, true),
        (Op::UpdateEventStreamingBusinessOption, true, true),
        (Op::PauseEventStreaming, true, false),
        (Op::StartEventStreaming, true, true),
        (Op::UpdateEventStreaming, false, true),
        (Op::CreateEventStreaming, true, true),
        (Op::DeleteEventStreaming, false, true),
    ] {
        let call = call_of(operation, 1);
        journal.begin("x", &call, None).await.expect("recorded");
        journal.end("x", State::Accepted, None).await.expect("recorded");
        drop(journal);
        journal = place.open().await;
        let standing = [created, started].map(|digest| words(journal.standing(digest)).0);
        let expected = [is_created, is_started].map(|is| if is { "accepted" } else { "free" });
        assert_eq!(standing, expected, "{operation}");
    }
}

#[test]
fn deleting_what_is_gone_is_done() {
    let gone = Outcome::Rejected {
        status: 404,
        code: Some("EventStreamingNotExisted".into()),
        message: None,
    };
    assert_eq!(State::of(Operation::DeleteEventStreaming, &gone), State::Accepted);
    assert_eq!(State::of(Operation::StartEventStreaming, &gone), State::NotAccepted);
}

#[tokio::test]
async fn a_line_torn_anywhere_was_never_written() {
    let place = Place::new();
    let mut journal = place.open().await;
    journal.begin("a", &call(1), None).await.expect("recorded");
    let intent = fs::read(place.path()).expect("a file").len();
    journal.end("a", State::Accepted, None).await.expect("recorded");
    drop(journal);
    let whole = fs::read(place.path()).expect("a file");
    for length in 0..=whole.len() {
        let mut journal = place.holding(&whole[..length]).await.expect("a torn line is no error");
        let expected = match length {
            _ if length == whole.len() => ("accepted", "a"),
            _ if length >= intent => ("unknown", "a"),
            _ => ("free", ""),
        };
        assert_eq!(words(journal.standing(digest(1))), expected, "{length} bytes");
        if length < intent {
            journal.begin("b", &call(2), None).await.expect("it replaces the torn line");
            drop(journal);
            let journal = place.open().await;
            assert_eq!(words(journal.standing(digest(1))), ("unknown", "b"), "{length} bytes");
        }
    }
}

#[tokio::test]
async fn what_this_program_did_not_write_is_an_error_and_stays() {
    let place = Place::new();
    let mut journal = place.open().await;
    journal.begin("a", &call(1), None).await.expect("recorded");
    journal.end("a", State::Accepted, None).await.expect("recorded");
    drop(journal);
    let good = fs::read_to_string(place.path()).expect("text");
    let (intent, outcome) = good.split_once('\n').expect("two lines");
    let nested = "[".repeat(100_000);
    for (content, line) in [
        ("\n".to_owned(), 1),
        ("{}\n".to_owned(), 1),
        (format!("{nested}\n"), 1),
        ("\0\0\0\n".to_owned(), 1),
        ("\u{1b}[2J\n".to_owned(), 1),
        (intent.replace("_version\":1", "_version\":2") + "\n", 1),
        (intent.replace("5432", "5433") + "\n", 1),
        (outcome.to_owned(), 1),
        (format!("{intent}\n{intent}\n"), 2),
        (format!("{intent}\n{}", outcome.replace("\"a\"", "\"b\"")), 2),
        (format!("{good}{outcome}"), 3),
        (format!("{good}{}\n", intent.replace("intent", "\u{1b}[2J")), 3),
    ] {
        let error = place.holding(content.as_bytes()).await.expect_err("no journal");
        let JournalError::Content { line: at, .. } = &error else { panic!("{error:?}") };
        assert_eq!(*at, line, "{content:.200}");
        assert!(!error.to_string().contains('\u{1b}'), "{error}");
        assert_eq!(fs::read_to_string(place.path()).expect("text"), content, "it was changed");
    }
}

#[tokio::test]
async fn what_is_no_file_or_too_large_is_an_error() {
    let place = Place::new();
    drop(place.open().await);
    let file = fs::File::create(place.path()).expect("a file");
    file.set_len(file::LARGEST + 1).expect("a sparse file");
    let error = place.try_open().await.expect_err("too large");
    assert!(matches!(error, JournalError::TooLarge { .. }), "{error}");

    fs::remove_file(place.path()).expect("removed");
    fs::create_dir(place.path()).expect("a folder");
    let error = place.try_open().await.expect_err("a folder");
    assert!(matches!(error, JournalError::Io { .. }), "{error}");
    fs::remove_dir(place.path()).expect("removed");
    std::os::unix::fs::symlink("/dev/null", place.path()).expect("a link");
    let error = place.try_open().await.expect_err("a device");
    assert!(matches!(error, JournalError::NotAFile { .. }), "{error}");

    fs::remove_dir_all(place.0.path().join("journal")).expect("removed");
    fs::File::create(place.0.path().join("journal")).expect("a file").write_all(b"x").expect("x");
    let error = place.try_open().await.expect_err("a file in place of the folder");
    assert!(matches!(error, JournalError::Io { .. }), "{error}");
}

#[tokio::test]
async fn it_is_the_owners_alone() {
    let place = Place::new();
    drop(place.open().await);
    let folder = place.path().parent().expect("a folder").to_owned();
    assert_eq!((mode(&place.path()), mode(&folder)), (0o600, 0o700));
}

#[tokio::test]
async fn the_second_run_waits_and_finds_what_the_first_one_did() {
    let place = Place::new();
    let mut first = place.open().await;
    let (told, mut waits) = tokio::sync::mpsc::channel(1);
    let state = place.state();
    let second = tokio::spawn(async move {
        let waiting = move || told.try_send(()).expect("told once");
        let journal = Journal::open(&state, target(), waiting).await.expect("a journal");
        words(journal.standing(digest(1))).0
    });
    waits.recv().await.expect("it waits");
    first.begin("a", &call(1), None).await.expect("recorded");
    tokio::time::sleep(Duration::from_millis(120)).await;
    assert!(!second.is_finished(), "it did not wait");
    first.end("a", State::Accepted, None).await.expect("recorded");
    drop(first);
    assert_eq!(second.await.expect("it ends"), "accepted");
}

#[test]
fn targets_have_files_of_their_own() {
    let of = |service: &str, host: &str| {
        let names = [("HostName", host.to_owned())];
        Target::source(Operation::ConfigureMySqlSource, service.into(), names).file_name()
    };
    let name = of("https://a", "../../etc/passwd\0");
    assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte)));
    assert!(name.starts_with("configureMySQLSource-") && !name.contains(".."), "{name}");
    assert_ne!(of("https://a", "b"), of("https://b", "a"));
}
