//! When the store, the network or a caller misbehaves: what is asked for is served or refused
//! clearly, nothing is lost, and nobody waits for ever.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use cdc_preflight::serve::Config;
use futures_util::future::join_all;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};

use crate::app::{Answer, App, referring, request};
use crate::node::{self, Node};
use crate::proxy::{Network, Proxy};

/// How long anything may take that has to happen. Machines are slow.
const DEADLINE: Duration = Duration::from_secs(120);

/// Waits until something holds.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !holds().await {
        assert!(Instant::now() < deadline, "{what}");
        sleep(Duration::from_millis(100)).await;
    }
}

/// A service whose PostgreSQL is behind a network that can fail.
async fn behind_a_network(name: &str, config: Config) -> (App, Proxy) {
    let server = node::server().await;
    node::store(&server, name).await;
    let proxy = Proxy::to(server.host(), server.port()).await;
    let (user, password) = (server.admin_user(), server.admin_password());
    let store = format!("postgres://{user}:{password}@{}/{name}", proxy.address);
    let app = App::on(&store, config).await;
    app.service.start_jobs();
    (app, proxy)
}

async fn enqueue(app: &App) -> Answer {
    app.post("/v1/preflights", &referring(), None).await
}

fn is_unavailable(answer: &Answer) -> bool {
    if answer.status != 503 {
        return false;
    }
    answer.problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), "5");
    // What the driver says names hosts and tables.
    assert!(!answer.text.contains("sqlx") && !answer.text.contains("127.0.0.1"), "{}", answer.text);
    true
}

/// Every preflight that was accepted has ended.
async fn all_end(app: &App, accepted: &BTreeSet<String>) {
    until("every accepted preflight ends", async || {
        let list = app.get("/v1/preflights?state=finished&limit=200").await;
        if list.status != 200 {
            return false;
        }
        let list = list.json();
        let ended = list["preflights"].as_array().unwrap();
        let ended: BTreeSet<&str> = ended.iter().map(|it| it["id"].as_str().unwrap()).collect();
        accepted.iter().all(|id| ended.contains(id.as_str()))
    })
    .await;
}

fn id(accepted: &Answer) -> String {
    // A worker may have ended it before the answer was written.
    assert!(matches!(accepted.status.as_u16(), 200 | 202), "{}", accepted.text);
    accepted.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_connections_break_is_found_again() {
    let (app, proxy) = behind_a_network("store_cut", Config::default()).await;
    let mut accepted = BTreeSet::new();
    for _ in 0..3 {
        accepted.insert(id(&enqueue(&app).await));
        proxy.is(Network::Cut);
        let refused = join_all((0..12).map(|_| enqueue(&app))).await;
        assert!(refused.iter().all(is_unavailable));
        assert!(is_unavailable(&app.get("/v1/preflights").await));
        app.get("/readyz").await.problem(503, "unavailable");
        assert_eq!(app.get("/livez").await.status, 200);
        proxy.is(Network::Good);
        until("the store is found again", async || app.get("/readyz").await.status == 200).await;
    }
    accepted.insert(id(&enqueue(&app).await));
    all_end(&app, &accepted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_falls_silent_is_given_up_and_found_again() {
    let config = Config { lease: Duration::from_secs(4), ..Config::default() };
    let (app, proxy) = behind_a_network("store_silent", config).await;
    let mut accepted = BTreeSet::from([id(&enqueue(&app).await)]);
    proxy.is(Network::Silent);
    // More than there are connections: none of them may stay taken.
    let paths = ["/v1/preflights", "/v1/sources", "/v1/waivers", "/v1/tokens", "/v1/audit"];
    let silent = join_all(paths.repeat(4).into_iter().map(|path| app.get(path)));
    let refused = timeout(DEADLINE, silent).await.expect("nobody waits for ever");
    assert!(refused.iter().all(is_unavailable));
    proxy.is(Network::Good);
    until("the store is found again", async || app.get("/readyz").await.status == 200).await;
    until("work is accepted", async || {
        let answer = enqueue(&app).await;
        let is_accepted = answer.status.is_success();
        if is_accepted {
            accepted.insert(id(&answer));
        }
        is_accepted
    })
    .await;
    all_end(&app, &accepted).await;
    let slots = Config::default().workers;
    let document = request("a-password");
    let at_once = (0..slots).map(|_| app.post("/v1/preflights", &document, Some("wait=60")));
    for answer in join_all(at_once).await {
        assert_eq!(answer.status, 200, "no worker is stuck: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_store_is_slow_and_nothing_more() {
    let (app, proxy) = behind_a_network("store_slow", Config::default()).await;
    proxy.is(Network::Slow(Duration::from_millis(100)));
    let queued = (0..6).map(|_| enqueue(&app));
    let accepted: BTreeSet<String> = join_all(queued).await.iter().map(id).collect();
    // Workers that look for jobs are slow as well, and hold the places for it.
    for _ in 0..3 {
        let ran = app.post("/v1/preflights", &request("p"), Some("wait=60")).await;
        assert!(matches!(ran.status.as_u16(), 200 | 202), "{}", ran.text);
    }
    all_end(&app, &accepted).await;
}

/// The program with a limit on the size of its files, in blocks of 512 bytes, that behaves like a
/// full disk: without the `trap` the system would end the process.
fn on_a_small_disk(blocks: u32) -> Command {
    let script = format!("trap '' XFSZ; ulimit -S -f {blocks}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.env_clear().args(["-c", &script, env!("CARGO_BIN_EXE_cdc-preflight")]);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_what_is_new_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("preflights.db");
    let nobody = "http://127.0.0.1:9";
    let program = on_a_small_disk(3000);
    let node = Node::start_by(program, store.to_str().unwrap(), nobody, &[]).await;
    let (client, url) = (Client::new(), format!("{}/v1/preflights", node.url));
    let document = json!({ "requests": [{ "configurePostgreSQLSource": {
        "RegionId": "cn-hangzhou", "HostName": "127.0.0.1", "Port": 1, "User": "cdc_user",
        "Password": "${CDC_PASSWORD}", "DatabaseName": "inventory", "SchemaName": "public",
        "TableNames": "orders", "SnapshotMode": "initial",
    } }] });
    let post = async || client.post(&url).json(&document).send().await.unwrap();
    let mut accepted = BTreeSet::new();
    let problem = loop {
        let answer = post().await;
        match answer.status() {
            StatusCode::ACCEPTED => {
                let preflight: Value = answer.json().await.unwrap();
                accepted.insert(preflight["id"].as_str().unwrap().to_owned());
                assert!(accepted.len() < 5000, "the disk is never full");
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                assert_eq!(answer.headers()["retry-after"], "5");
                break answer.json::<Value>().await.unwrap();
            }
            other => panic!("{other}: {}", answer.text().await.unwrap()),
        }
    };
    assert_eq!(problem["type"], "/problems/unavailable", "{problem}");
    assert!(accepted.len() > 10, "{accepted:?}");
    let get = async |path: &str| client.get(format!("{}{path}", node.url)).send().await.unwrap();
    assert_eq!(get("/livez").await.status(), StatusCode::OK);
    assert_eq!(get("/v1/preflights").await.status(), StatusCode::OK, "what is there is read");

    let limit = ["--pid", &node.id().to_string(), "--fsize=unlimited"].map(str::to_owned);
    assert!(Command::new("prlimit").args(limit).status().await.unwrap().success());
    until("there is room again", async || post().await.status() == StatusCode::ACCEPTED).await;
    for id in &accepted {
        until("every accepted preflight ends", async || {
            let answer = get(&format!("/v1/preflights/{id}")).await;
            assert_eq!(answer.status(), StatusCode::OK, "it is not lost");
            answer.json::<Value>().await.unwrap()["state"] == "finished"
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_that_do_not_read_hold_up_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("preflights.db");
    let more = ["--max-requests", "4", "--drain", "1"];
    let mut node = Node::start(store.to_str().unwrap(), "http://127.0.0.1:9", &more).await;
    let address = node.url.strip_prefix("http://").unwrap().to_owned();
    let mut idle = Vec::new();
    for path in ["/v1/checks", "/openapi.json"].repeat(10) {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        // Many answers, more than the buffers between here and there take.
        let wanted = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").repeat(60);
        stream.write_all(wanted.as_bytes()).await.unwrap();
        idle.push(stream);
    }
    let client = Client::new();
    until("others are served", async || {
        let answer = client.get(format!("{}/v1/checks", node.url)).send().await.unwrap();
        assert!(matches!(answer.status(), StatusCode::OK | StatusCode::TOO_MANY_REQUESTS));
        answer.status() == StatusCode::OK
    })
    .await;
    assert!(node.stop().await, "it ends although they do not read");
    let mut rest = Vec::new();
    // What was under way arrives, or the connection is reset.
    let _ = idle.swap_remove(0).read_to_end(&mut rest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_made_to_blow_up_are_refused() {
    let app = App::idle(Config::default()).await;
    let aliases = (1..30).fold("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, level| {
        let alias = format!("*a{}", level - 1);
        text + &format!("a{level}: &a{level} [{}]\n", vec![alias; 10].join(","))
    });
    let texts = format!("a: &a {}\nb: [{}]\n", "x".repeat(500_000), vec!["*a"; 9000].join(","));
    let keys: String = (0..90_000).map(|n| format!("k{n}: 1\n")).collect();
    let bombs = [
        aliases,
        texts,
        keys,
        "[".repeat(1_000_000),
        format!("{}1{}", "[".repeat(400_000), "]".repeat(400_000)),
        "{\"a\":".repeat(200_000),
        "- ".repeat(400_000),
        "? ".repeat(400_000),
        "&a ".repeat(300_000),
        "!".repeat(1_000_000),
        "#".repeat(1_000_000),
        format!("requests: {}", "'".repeat(900_001)),
        "\u{0}".repeat(1_000_000),
    ];
    for bomb in &bombs {
        let what = &bomb[..bomb.len().min(20)];
        let refusal = timeout(DEADLINE, app.post("/v1/preflights", bomb, Some("wait"))).await;
        let refusal = refusal.unwrap_or_else(|_| panic!("{what:?} takes for ever"));
        refusal.problem(422, "invalid-document");
        assert!(refusal.text.len() < 200_000, "{what:?}: {} bytes", refusal.text.len());
        for (method, path, member) in
            [("PUT", "/v1/sources/orders", "document"), ("POST", "/v1/patterns/test", "pattern")]
        {
            let body = json!({ member: bomb, "events": [] });
            let request = Request::builder().method(method).uri(path);
            let request = request.header("content-type", "application/json");
            let call = app.call(request.body(body.to_string().into()).unwrap());
            let answer = timeout(DEADLINE, call).await.expect("an answer");
            assert!(matches!(answer.status.as_u16(), 400 | 413 | 422), "{what:?}: {}", answer.text);
        }
    }
    let deep = format!("{}{}", "{\"pattern\":".repeat(80_000), "}".repeat(80_000));
    for path in ["/v1/patterns/test", "/v1/preflights"] {
        let request = Request::post(path).header("content-type", "application/json");
        let answer = app.call(request.body(deep.clone().into()).unwrap()).await;
        assert!(matches!(answer.status.as_u16(), 400 | 422), "{path}: {}", answer.status);
    }
    let large = Request::post("/v1/preflights").header("content-type", "application/json");
    let large = large.body(Body::from(vec![b' '; 64 << 20])).unwrap();
    app.call(large).await.problem(413, "too-large");
    id(&enqueue(&app).await);
}
