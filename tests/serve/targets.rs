//! A service that dials what callers name is a port scanner: attempts at that get nowhere.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use cdc_preflight::gather::{Deadlines, Resolve};
use cdc_preflight::serve::Config;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::app::{Answer, App, referring};
use crate::node::Node;

/// A port that counts who connects to it.
struct Door {
    address: SocketAddr,
    knocks: Arc<AtomicUsize>,
}

impl Door {
    async fn at(address: impl Into<IpAddr>) -> Self {
        let listener = TcpListener::bind((address.into(), 0)).await.unwrap();
        let (address, knocks) = (listener.local_addr().unwrap(), Arc::<AtomicUsize>::default());
        let counter = knocks.clone();
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, knocks }
    }

    fn knocks(&self) -> usize {
        self.knocks.load(Ordering::SeqCst)
    }
}

/// A name server that a caller controls: it gives one address so often, and then this machine's.
#[derive(Debug)]
struct Rebinding {
    first: IpAddr,
    times: usize,
    questions: AtomicUsize,
}

impl Rebinding {
    fn after(times: usize, first: impl Into<IpAddr>) -> Arc<Self> {
        Arc::new(Self { first: first.into(), times, questions: AtomicUsize::new(0) })
    }
}

impl Resolve for Rebinding {
    fn resolve(&self, host: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        assert!(host.ends_with("example.com"), "{host} is no name to be asked for");
        let is_over = self.questions.fetch_add(1, Ordering::SeqCst) >= self.times;
        let address = if is_over { Ipv4Addr::LOCALHOST.into() } else { self.first };
        Box::pin(async move { Ok(vec![SocketAddr::new(address, 0)]) })
    }
}

/// A second address of this machine, which stands for another machine.
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

fn config(targets: &[&str]) -> Config {
    let limit = Duration::from_secs(30);
    Config {
        targets: targets.iter().map(|one| one.parse().expect(one)).collect(),
        deadlines: Deadlines { connect: limit, statement: limit, total: limit },
        ..Config::default()
    }
}

/// A request for a source of each engine at this place.
fn requests(host: &str, port: u16) -> [Value; 3] {
    let of = |operation: &str| {
        json!({ operation: {
            "RegionId": "cn-hangzhou", "HostName": host, "Port": port, "User": "cdc_user",
            "Password": "a-password", "DatabaseName": "inventory", "TableNames": "orders",
        } })
    };
    let mut postgres = of("configurePostgreSQLSource");
    postgres["configurePostgreSQLSource"]["SchemaName"] = json!("public");
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let broker = json!({ "createEventStreaming": {
        "EventStreamingName": "orders",
        "FilterPattern": "{}",
        "Source": { "SourceOpenSourceRabbitMQParameters": {
            "Endpoint": format!("amqp://{host}:{port}"), "VirtualHostName": "shop",
            "QueueName": "orders", "Username": "cdc_user", "Password": "a-password",
            "BodyDataType": "JSON",
        } },
        "Sink": { "SinkMNSParameters": {
            "QueueName": {"Form": "CONSTANT", "Value": "orders"}, "Body": {"Form": "ORIGINAL"},
        } },
    } });
    [postgres, of("configureMySQLSource"), broker].map(|one| json!({ "requests": [one] }))
}

async fn prove(app: &App, document: &Value) -> Answer {
    app.post("/v1/preflights", &document.to_string(), Some("wait=60")).await
}

/// The refusal, with whatever differs from case to case taken out of it.
fn refusal(answer: &Answer, port: u16) -> Value {
    let mut problem = answer.problem(403, "target-refused");
    let detail = problem["detail"].as_str().unwrap();
    problem["detail"] = json!(detail.replace(&port.to_string(), "PORT"));
    problem["instance"] = Value::Null;
    problem
}

#[tokio::test]
async fn a_port_scan_gets_nowhere_and_learns_nothing() {
    let open = Door::at(Ipv4Addr::LOCALHOST).await;
    let open_v6 = Door::at(std::net::Ipv6Addr::LOCALHOST).await;
    let closed = Door::at(Ipv4Addr::LOCALHOST).await.address.port();
    let app = App::idle(config(&["*.example.com", "198.51.100.0/24"])).await;
    for host in [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "0.0.0.0",
        "0",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "::127.0.0.1",
        "64:ff9b::127.0.0.1",
        "2002:7f00:1::",
        "fe80::1",
        "fd00:ec2::254",
    ] {
        for kind in 0..3 {
            let ports = [open.address.port(), open_v6.address.port(), closed];
            let mut told = Vec::new();
            for port in ports {
                let answer = prove(&app, &requests(host, port)[kind]).await;
                told.push(refusal(&answer, port));
            }
            assert!(told.iter().all(|one| *one == told[0]), "{host}: {told:?}");
        }
    }
    assert_eq!((open.knocks(), open_v6.knocks()), (0, 0));
}

#[tokio::test]
async fn a_host_with_something_hidden_in_it_leads_nowhere() {
    let door = Door::at(Ipv4Addr::LOCALHOST).await;
    let port = door.address.port();
    let resolver = Rebinding::after(0, Ipv4Addr::LOCALHOST);
    let app = App::idle(Config { resolver, ..config(&["*.example.com"]) }).await;
    for host in [
        "db.example.com@127.0.0.1",
        "127.0.0.1#.example.com",
        "127.0.0.1/.example.com",
        "127.0.0.1?.example.com",
        "127.0.0.1\u{0}.example.com",
        "127.0.0.1:22,db.example.com",
        "127.0.0.1,db.example.com",
        "db.example.com,127.0.0.1",
        "postgres://127.0.0.1/.example.com",
        "[127.0.0.1]",
        "[::1]",
        "::1%lo",
        "/var/run/postgresql",
        "/tmp/.example.com",
        "@socket.example.com",
        "１２７.０.０.１",
        "xn--127.example.com",
    ] {
        for document in requests(host, port) {
            let answer = prove(&app, &document).await;
            assert!(matches!(answer.status.as_u16(), 403 | 422), "{host:?}: {}", answer.text);
        }
    }
    assert_eq!(door.knocks(), 0);
}

#[tokio::test]
async fn ports_that_are_not_listed_are_not_reached() {
    let (door, other) = (Door::at(Ipv4Addr::LOCALHOST).await, Door::at(Ipv4Addr::LOCALHOST).await);
    let app = App::idle(config(&[&format!("127.0.0.1:{}", door.address.port())])).await;
    for (n, document) in requests("127.0.0.1", other.address.port()).iter().enumerate() {
        prove(&app, document).await.problem(403, "target-refused");
        let allowed = prove(&app, &requests("127.0.0.1", door.address.port())[n]).await;
        assert_eq!(allowed.json()["state"], "finished", "{}", allowed.text);
    }
    assert_eq!(other.knocks(), 0);
    assert!(door.knocks() >= 3, "what is allowed is visited");
}

#[tokio::test]
async fn a_name_that_is_bound_anew_leads_nowhere_else() {
    for (times, expected) in [(0, 403), (1, 200), (2, 200), (3, 200)] {
        let inside = Door::at(Ipv4Addr::LOCALHOST).await;
        let port = inside.address.port();
        let outside = TcpListener::bind((ELSEWHERE, port)).await.unwrap();
        let visits = Arc::<AtomicUsize>::default();
        let counter = visits.clone();
        tokio::spawn(async move {
            while outside.accept().await.is_ok() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        for document in requests("db.example.com", port) {
            let resolver = Rebinding::after(times, ELSEWHERE);
            let list = config(&["127.0.0.2", "*.example.com"]);
            let app = App::idle(Config { resolver, ..list }).await;
            let before = visits.load(Ordering::SeqCst);
            let answer = prove(&app, &document).await;
            assert_eq!(answer.status, expected, "{times}: {}", answer.text);
            let is_visited = visits.load(Ordering::SeqCst) > before;
            // Asked for by the call and by the worker; what the worker heard is the visit's.
            assert_eq!(is_visited, times >= 2, "{times}: {}", answer.text);
            if times == 1 {
                let preflight = answer.json();
                assert_eq!(preflight["state"], "failed", "{preflight}");
                assert_eq!(preflight["problem"]["type"], "/problems/target-refused");
            }
        }
        assert_eq!(inside.knocks(), 0, "{times}");
    }
}

#[tokio::test]
async fn names_that_are_not_listed_are_not_looked_up() {
    let resolver = Rebinding::after(9, Ipv4Addr::new(192, 0, 2, 7));
    let app = App::idle(Config { resolver: resolver.clone(), ..config(&["db.example.com"]) }).await;
    for document in requests("other.example.com", 5432) {
        prove(&app, &document).await.problem(403, "target-refused");
    }
    assert_eq!(resolver.questions.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_service_that_others_can_call_goes_nowhere_unless_it_is_told() {
    let door = Door::at(Ipv4Addr::LOCALHOST).await;
    let listen = "0.0.0.0:8460".parse().unwrap();
    let app = App::idle(Config { listen, ..config(&[]) }).await;
    assert!(app.service.config.destinations().is_nowhere());
    for host in ["127.0.0.1", "192.0.2.7", "db.example.com"] {
        for document in requests(host, door.address.port()) {
            prove(&app, &document).await.problem(403, "target-refused");
        }
    }
    // This machine's own service does, but not where no database is.
    let own = App::idle(config(&[])).await;
    for document in requests("169.254.169.254", 80) {
        prove(&own, &document).await.problem(403, "target-refused");
    }
    assert_eq!(door.knocks(), 0);
    let allowed = prove(&own, &requests("127.0.0.1", door.address.port())[0]).await;
    assert_eq!((allowed.status.as_u16(), door.knocks() > 0), (200, true));
}

#[tokio::test]
async fn nothing_is_stored_or_sent_for_a_target_that_is_refused() {
    let app = App::idle(config(&["db.example.com"])).await;
    let put = Request::put("/v1/sources/orders").header("content-type", "application/json");
    let body = json!({ "document": referring() }).to_string();
    app.call(put.body(body.into()).unwrap()).await.problem(403, "target-refused");
    assert_eq!(app.get("/v1/sources").await.json(), json!([]));

    let id = app.finished(include_str!("../facts/postgres.json")).await;
    let submit = Request::post(format!("/v1/preflights/{id}/submission"));
    let submit = submit.header("idempotency-key", "one").body(Body::empty()).unwrap();
    app.call(submit).await.problem(403, "target-refused");
}

#[tokio::test]
async fn the_operator_says_it_by_flags_and_by_the_environment() {
    let door = Door::at(Ipv4Addr::LOCALHOST).await;
    let folder = tempfile::tempdir().unwrap();
    let port = door.address.port();
    let allowed = format!("127.0.0.1:{port}");
    let mut by_environment = Command::new(env!("CARGO_BIN_EXE_cdc-preflight"));
    by_environment
        .env_clear()
        .env("CDC_PREFLIGHT_ALLOW_TARGET", format!("db.example.com\n{allowed}"));
    let mut by_flags = Command::new(env!("CARGO_BIN_EXE_cdc-preflight"));
    by_flags.env_clear();
    let flags = ["--allow-target", "db.example.com", "--allow-target", &allowed];
    for (n, (program, more)) in
        [(by_environment, &[] as &[&str]), (by_flags, &flags)].into_iter().enumerate()
    {
        let store = folder.path().join(format!("{n}.db"));
        let store = store.to_str().unwrap();
        let node = Node::start_by(program, store, "http://127.0.0.1:9", more).await;
        for (port, status) in [(port, 200), (port ^ 1, 403)] {
            let post = reqwest::Client::new().post(format!("{}/v1/preflights", node.url));
            let post = post.header("prefer", "wait=60").json(&requests("127.0.0.1", port)[0]);
            assert_eq!(post.send().await.unwrap().status().as_u16(), status, "{more:?}");
        }
        assert!(door.knocks() > n, "it was visited");
    }
}
