//! Streams are changed once, wherever a run is killed and whatever the service makes of it.

use std::future::Future;
use std::time::Duration;

use eventbridge_simulator::FaultSpec;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::stage::{EXAMPLE, Stage};

/// How long anything may take that has to happen.
const DEADLINE: Duration = Duration::from_secs(60);

/// A command that changes the stream `housekeeping`.
struct Change {
    action: &'static str,
    arguments: &'static [&'static str],
    /// Whether there is such a stream before.
    prepared: bool,
    is_done: fn(Option<&Value>) -> bool,
}

const CHANGES: [Change; 6] = [
    Change {
        action: "CreateEventStreaming",
        arguments: &["stream", "create", EXAMPLE],
        prepared: false,
        is_done: |stream| stream.is_some(),
    },
    Change {
        action: "UpdateEventStreaming",
        arguments: &["stream", "update", EXAMPLE],
        prepared: true,
        is_done: |stream| stream.is_some_and(|it| !it["Sink"]["SinkHttpsParameters"].is_null()),
    },
    Change {
        action: "DeleteEventStreaming",
        arguments: &["stream", "delete", "housekeeping", "--yes"],
        prepared: true,
        is_done: |stream| stream.is_none(),
    },
    Change {
        action: "StartEventStreaming",
        arguments: &["stream", "start", "housekeeping"],
        prepared: true,
        is_done: |stream| stream.is_some_and(|it| it["Status"] == "RUNNING"),
    },
    Change {
        action: "PauseEventStreaming",
        arguments: &["stream", "pause", "housekeeping"],
        prepared: true,
        is_done: |stream| stream.is_some_and(|it| it["Status"] == "PAUSED"),
    },
    Change {
        action: "UpdateEventStreamingBusinessOption",
        arguments: &[
            "stream",
            "billing",
            "housekeeping",
            "--mode=CapacityUnitMode",
            "--min=2",
            "--yes",
        ],
        prepared: true,
        is_done: |stream| {
            stream.is_some_and(|it| it["RunOptions"]["BusinessOption"]["MinCapacityUnitCount"] == 2)
        },
    },
];

/// A stage, with the stream where there has to be one.
async fn stage(change: &Change) -> Stage {
    let stage = Stage::new().await;
    if change.prepared {
        let definition = json!({
            "EventStreamingName": "housekeeping", "FilterPattern": "{}",
            "Source": {"SourceMNSParameters": {"QueueName": "q"}},
            "Sink": {"SinkMNSParameters": {"QueueName": {"Form": "CONSTANT", "Value": "q"}}},
        });
        stage.directly("createEventStreaming", &definition).await;
    }
    assert!(!is_done(&stage, change), "{}", change.action);
    stage
}

fn is_done(stage: &Stage, change: &Change) -> bool {
    (change.is_done)(stage.simulator.streams().first())
}

/// Runs the command: how it ends, and how often the change was received in all.
async fn ends(stage: &Stage, change: &Change, more: &[&str], code: i32, received: usize) -> String {
    let arguments = [change.arguments, more].concat();
    let run = stage.run(&arguments).await;
    let said = format!("{arguments:?}: {}{}", run.out, run.err);
    assert_eq!((run.code, stage.received(change.action)), (code, received), "{said}");
    assert!(code != 0 || is_done(stage, change), "{said}");
    said
}

fn fault(spec: &str) -> FaultSpec {
    spec.parse().unwrap()
}

async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, work).await.unwrap_or_else(|_| panic!("never {what}"))
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    within(what, wait).await;
}

/// Kills a program where it stands: nothing of it runs any more when this returns.
async fn kill(mut child: Child) {
    child.kill().await.unwrap();
}

async fn until_said(child: &mut Child, words: &str) {
    let mut stderr = child.stderr.take().unwrap();
    let (mut said, mut buffer) = (String::new(), [0; 4096]);
    while !said.contains(words) {
        let read = within(words, stderr.read(&mut buffer)).await.unwrap();
        assert_ne!(read, 0, "it never said {words}: {said}");
        said.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    child.stderr = Some(stderr);
}

/// An address in front of the simulator that swallows the first connection.
async fn swallowing_the_first(stage: &Stage) -> (String, tokio::sync::oneshot::Receiver<()>) {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let behind = stage.simulator.url().replace("http://", "");
    let (told, swallowed) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let first = socket.accept().await.unwrap();
        told.send(()).unwrap();
        while let Ok((mut connection, _)) = socket.accept().await {
            let mut service = TcpStream::connect(&behind).await.unwrap();
            // Whoever hangs up first ends it.
            let _ = copy_bidirectional(&mut connection, &mut service).await;
        }
        drop(first);
    });
    (url, swallowed)
}

#[tokio::test]
async fn killed_before_the_intent_is_recorded() {
    for change in &CHANGES {
        let stage = stage(change).await;
        let held = stage.hold("housekeeping").await;
        let mut child = stage.start(change.arguments);
        until_said(&mut child, "waiting for another run").await;
        kill(child).await;
        drop(held);
        assert_eq!(stage.journal(), "", "{}", change.action);
        ends(&stage, change, &[], 0, 1).await;
    }
}

#[tokio::test]
async fn killed_before_the_service_reads() {
    for change in &CHANGES {
        let stage = stage(change).await;
        let (url, swallowed) = swallowing_the_first(&stage).await;
        let there = ["--endpoint", url.as_str()];
        let child = stage.start(&[change.arguments, &there].concat());
        within("connected", swallowed).await.unwrap();
        kill(child).await;
        let lines = stage.journal();
        assert_eq!(lines.matches("\"event\":\"intent\"").count(), 1, "{lines}");
        assert_eq!(lines.matches("\"event\"").count(), 1, "{lines}");
        let said = ends(&stage, change, &there, 0, 1).await;
        assert!(said.contains("the service says that it was not done"), "{said}");
        ends(&stage, change, &there, 0, 1).await;
    }
}

#[tokio::test]
async fn killed_while_the_answer_is_out() {
    for change in &CHANGES {
        let stage = stage(change).await;
        stage.simulator.inject(fault("slow:60000"));
        let child = stage.start(change.arguments);
        until("received", || stage.received(change.action) == 1).await;
        kill(child).await;
        let said = ends(&stage, change, &[], 0, 1).await;
        assert!(said.contains("the service says that it was done"), "{said}");
        assert!(said.contains("Accepted before"), "{said}");
        ends(&stage, change, &[], 0, 1).await;
    }
}

#[tokio::test]
async fn killed_before_the_answer_is_read() {
    for change in &CHANGES {
        let stage = stage(change).await;
        stage.simulator.inject(fault("slow:300"));
        let child = stage.start(change.arguments);
        until("received", || stage.received(change.action) == 1).await;
        let id = child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-STOP", &id]).status().await.unwrap().success());
        tokio::time::sleep(Duration::from_millis(500)).await;
        kill(child).await;
        assert!(!stage.journal().contains("outcome"), "{}", stage.journal());
        ends(&stage, change, &[], 0, 1).await;
    }
}

#[tokio::test]
async fn killed_after_the_outcome_is_recorded() {
    for change in &CHANGES {
        let stage = stage(change).await;
        let child = stage.start(change.arguments);
        until("recorded", || stage.journal().contains("\"event\":\"outcome\"")).await;
        kill(child).await;
        let said = ends(&stage, change, &["--format", "json"], 0, 1).await;
        assert!(said.contains("Accepted before") && said.contains("\"request_id\""), "{said}");
    }
}

/// What the first run cannot know, the second one asks for.
#[tokio::test]
async fn after_an_unknown_outcome_the_next_run_asks_and_compares() {
    for change in &CHANGES {
        // How often the service receives it: in the first run, and in all.
        for (spec, first, all) in
            [("drop", 1, 1), ("truncated", 1, 1), ("drop-before", 0, 1), ("html", 1, 2)]
        {
            let stage = stage(change).await;
            stage.simulator.inject(fault(spec));
            let said = ends(&stage, change, &[], 21, first).await;
            assert!(said.contains("nobody can tell whether it was done"), "{spec} {said}");
            ends(&stage, change, &[], 0, all).await;
            ends(&stage, change, &[], 0, all).await;
        }
    }
}

#[tokio::test]
async fn of_two_runs_at_once_the_second_waits() {
    let [create, _, _, start, pause, _] = &CHANGES;
    let stage = Stage::new().await;
    stage.simulator.inject(fault("slow:700"));
    let runs = tokio::join!(stage.run(create.arguments), stage.run(create.arguments));
    assert_eq!((runs.0.code, runs.1.code), (0, 0), "{}{}", runs.0.err, runs.1.err);
    assert_eq!(stage.received(create.action), 1);
    let before = [runs.0, runs.1].map(|run| run.out.contains("Accepted before"));
    assert!(before[0] != before[1], "{before:?}");

    // Whatever they do to the stream.
    stage.simulator.inject(fault("slow:700:on=StartEventStreaming"));
    let mut child = stage.start(start.arguments);
    until("received", || stage.received(start.action) == 1).await;
    ends(&stage, pause, &[], 0, 1).await;
    assert!(within("ended", child.wait()).await.unwrap().success());
    let entries = stage.simulator.journal();
    let at = |action: &str| {
        let entry = entries.iter().find(|entry| entry.operation.as_deref() == Some(action));
        entry.unwrap().received_at
    };
    let between = at(pause.action).duration_since(at(start.action));
    assert!(between.as_millis() >= 700, "{between:?}");
}

#[tokio::test]
async fn where_the_service_does_not_tell_the_user_does() {
    for (resolution, creations) in [("accepted", 1), ("not-accepted", 2)] {
        let create = &CHANGES[0];
        let stage = Stage::new().await;
        stage.simulator.inject(fault(if creations == 1 { "drop" } else { "html" }));
        ends(&stage, create, &[], 21, 1).await;
        stage.simulator.inject(fault("reject:Forbidden.RAM:on=GetEventStreaming"));
        let said = ends(&stage, create, &[], 21, 1).await;
        assert!(said.contains("--resolve not-accepted"), "{said}");
        let asked = stage.received("GetEventStreaming");
        ends(&stage, create, &["--resolve", resolution], 0, creations).await;
        assert_eq!(stage.received("GetEventStreaming"), asked, "the user is believed");
        let run = stage.run(&[create.arguments, &["--resolve", resolution]].concat()).await;
        assert_eq!(run.code, 2, "{}", run.err);
        let run = stage.run(&[create.arguments, &["--again"]].concat()).await;
        assert_eq!((run.code, stage.received(create.action)), (20, creations + 1), "{}", run.err);
    }
}

#[tokio::test]
async fn another_stream_of_the_name_is_nobodys_answer() {
    let [create, update, ..] = &CHANGES;
    let stage = stage(update).await;
    stage.simulator.inject(fault("drop-before"));
    let run = stage.run(create.arguments).await;
    assert_eq!(run.code, 21, "{}", run.err);
    let run = stage.run(create.arguments).await;
    assert_eq!((run.code, stage.received(create.action)), (21, 1), "{}", run.err);
    assert!(run.err.contains("and it is another"), "{}", run.err);
}

/// The journal remembers, but the service decides.
#[tokio::test]
async fn what_is_no_longer_so_is_sent_again() {
    let [create, _, delete, start, ..] = &CHANGES;
    let stage = Stage::new().await;
    ends(&stage, create, &[], 0, 1).await;
    ends(&stage, start, &[], 0, 1).await;
    let said = ends(&stage, create, &[], 0, 1).await;
    assert!(said.contains("Accepted before"), "{said}");
    let named = json!({"EventStreamingName": "housekeeping"});
    stage.directly("pauseEventStreaming", &named).await;
    ends(&stage, start, &[], 0, 2).await;
    stage.directly("deleteEventStreaming", &named).await;
    let said = ends(&stage, create, &[], 0, 2).await;
    assert!(said.contains("no longer has it"), "{said}");
    ends(&stage, delete, &[], 0, 2).await;
    ends(&stage, create, &[], 0, 3).await;
}

#[tokio::test]
async fn deleting_what_is_gone_is_done() {
    let delete = &CHANGES[2];
    let stage = Stage::new().await;
    let said = ends(&stage, delete, &[], 0, 1).await;
    assert!(said.contains("housekeeping is gone already."), "{said}");
    // An address without that operation says nothing about the stream.
    stage.simulator.inject(fault("404:InvalidAction.NotFound"));
    let run = stage.run(&["stream", "delete", "another", "--yes"]).await;
    assert_eq!(run.code, 20, "{}", run.err);
}

#[tokio::test]
async fn a_deletion_is_waited_for() {
    for (delay, code, said) in [(1_500, 0, "is gone"), (600_000, 21, "is still there")] {
        let delay = Duration::from_millis(delay);
        let stage = Stage::with(|config| config.delete_delay(delay)).await;
        stage.good(CHANGES[0].arguments).await;
        let seconds = if code == 0 { "60" } else { "1" };
        let wait = [CHANGES[2].arguments, &["--wait", seconds]].concat();
        let run = stage.run(&wait).await;
        assert_eq!(run.code, code, "{}{}", run.out, run.err);
        assert!(run.err.contains(said), "{}", run.err);
    }
}
