//! Several nodes on one store, which die: every preflight ends, and nothing is sent twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cdc_preflight::serve::store::{self, State};
use eventbridge_simulator::Running;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::sync::{Mutex, RwLock};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::node::{self, Node, post};

/// How long anything may take that has to happen.
const DEADLINE: Duration = Duration::from_secs(180);

/// How many preflights there are: `CDC_PREFLIGHT_NODE_JOBS=1000` is the long run.
fn jobs() -> usize {
    let jobs = std::env::var("CDC_PREFLIGHT_NODE_JOBS").ok();
    jobs.map_or(60, |jobs| jobs.parse().expect("a number"))
}

/// Nodes, of which one after the other dies and is replaced.
struct Cluster {
    store: String,
    eventbridge: String,
    nodes: RwLock<Vec<Node>>,
}

impl Cluster {
    async fn start(store: String, eventbridge: String) -> Arc<Self> {
        let start = (0..3).map(|_| Node::start(&store, &eventbridge, &[]));
        let nodes = RwLock::new(futures_util::future::join_all(start).await);
        Arc::new(Self { store, eventbridge, nodes })
    }

    async fn url(&self, n: usize) -> String {
        let nodes = self.nodes.read().await;
        nodes[n % nodes.len()].url.clone()
    }

    /// Kills one, and starts another in its place.
    async fn replace(&self, n: usize) {
        let fresh = Node::start(&self.store, &self.eventbridge, &[]).await;
        let mut nodes = self.nodes.write().await;
        let place = n % nodes.len();
        nodes[place].kill().await;
        nodes[place] = fresh;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_preflight_ends_although_nodes_are_killed() {
    let server = node::server().await;
    node::schema(&server, "many").await;
    let address = node::store(&server, "many_nodes").await;
    let cluster = Cluster::start(address.clone(), "http://127.0.0.1:9".into()).await;
    let store = store::open(&address).await.unwrap();

    let document = node::request(&server, "many");
    let mut ids = Vec::new();
    for n in 0..jobs() {
        ids.push(enqueue(&cluster, n, &document).await);
        if n % (jobs() / 5) == jobs() / 10 {
            let cluster = cluster.clone();
            tokio::spawn(async move { cluster.replace(n).await });
        }
    }
    let deadline = Instant::now() + DEADLINE;
    let mut kills = 0;
    while store.backlog().await.unwrap() > 0 {
        assert!(Instant::now() < deadline, "{} are stuck", store.backlog().await.unwrap());
        if kills < 6 {
            cluster.replace(kills).await;
            kills += 1;
        }
        sleep(Duration::from_millis(500)).await;
    }
    let mut again = 0;
    for id in ids {
        let preflight = store.preflight(id).await.unwrap().unwrap();
        let ended = (preflight.state, preflight.is_open);
        assert_eq!(ended, (State::Finished, Some(true)), "{:?}", preflight.result);
        again += u64::from(preflight.attempts > 1);
    }
    assert!(again > 0, "no node was killed at work");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_twice_although_nodes_are_killed_while_they_send() {
    let server = node::server().await;
    let address = node::store(&server, "sending_nodes").await;
    let simulator = Arc::new(node::simulator().await);
    let cluster = Cluster::start(address, simulator.url()).await;

    let schemas: Vec<String> = (0..9).map(|n| format!("sent_{n}")).collect();
    let looking = Arc::new(Mutex::new(()));
    let mut callers = Vec::new();
    for (n, schema) in schemas.iter().enumerate() {
        node::schema(&server, schema).await;
        let (url, document) = (cluster.url(n).await, node::request(&server, schema));
        let proven = post(&url, "/v1/preflights", &document, &[("prefer", "wait=60")]).await;
        let proven = proven.unwrap().1;
        assert_eq!(proven["gate"], "open", "{proven}");
        simulator.inject("slow:700".parse().unwrap());
        let id = proven["id"].as_str().unwrap().to_owned();
        callers.push((n, id, schema.clone()));
    }
    let callers = callers.into_iter().map(|(n, id, schema)| {
        let (cluster, simulator) = (cluster.clone(), simulator.clone());
        let looking = looking.clone();
        tokio::spawn(async move { submit(&cluster, &simulator, &looking, n, &id, &schema).await })
    });
    let callers: Vec<_> = callers.collect();
    for n in 0..4 {
        sleep(Duration::from_millis(600)).await;
        cluster.replace(n).await;
    }
    let ended = futures_util::future::try_join_all(callers);
    tokio::time::timeout(DEADLINE, ended).await.expect("all end").unwrap();

    let mut sent: BTreeMap<String, usize> = BTreeMap::new();
    for entry in simulator.journal() {
        let body = entry.body.unwrap();
        *sent.entry(body["SchemaName"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let once: BTreeMap<String, usize> = schemas.into_iter().map(|schema| (schema, 1)).collect();
    assert_eq!(sent, once);
}

/// Queues a preflight on a node, or on the next where that one dies just then.
async fn enqueue(cluster: &Cluster, n: usize, document: &Value) -> Uuid {
    for attempt in n..n + 20 {
        let url = cluster.url(attempt).await;
        let Ok((status, body)) = post(&url, "/v1/preflights", document, &[]).await else {
            continue;
        };
        assert_eq!(status, StatusCode::ACCEPTED, "{body}");
        return body["id"].as_str().unwrap().parse().unwrap();
    }
    panic!("no node takes a preflight");
}

/// A caller that does what the documentation says until it has an answer.
async fn submit(
    cluster: &Cluster,
    simulator: &Running,
    looking: &Mutex<()>,
    n: usize,
    id: &str,
    schema: &str,
) {
    let key = ("idempotency-key", format!("key of {schema}"));
    let mut path = format!("/v1/preflights/{id}/submission");
    for attempt in n.. {
        let url = cluster.url(attempt).await;
        let answer = post(&url, &path, &Value::Null, &[(key.0, &key.1)]).await;
        let Ok((status, body)) = answer else {
            sleep(Duration::from_millis(200)).await;
            continue;
        };
        if status == StatusCode::OK {
            let state = body["state"].as_str().unwrap();
            assert!(matches!(state, "accepted" | "accepted-before"), "{body}");
            return;
        }
        if body["type"] == "/problems/outcome-unknown" {
            let _one_at_a_time = looking.lock().await;
            // Whatever was on its way is there by now.
            sleep(Duration::from_secs(1)).await;
            let was_sent = simulator
                .journal()
                .iter()
                .any(|entry| entry.body.as_ref().is_some_and(|body| body["SchemaName"] == schema));
            let word = if was_sent { "accepted" } else { "not-accepted" };
            let attempt = body["attempt"].as_str().unwrap();
            path = format!("/v1/preflights/{id}/submission?attempt={attempt}&resolve={word}");
            continue;
        }
        let may_be_repeated = [StatusCode::CONFLICT, StatusCode::TOO_MANY_REQUESTS]
            .contains(&status)
            || status.is_server_error();
        assert!(may_be_repeated && body["type"] != "/problems/drifted", "{status} {body}");
        sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_goes_through_the_gate_once_for_a_key() {
    let server = node::server().await;
    node::schema(&server, "once").await;
    let simulator = node::simulator().await;
    let address = node::store(&server, "one_node").await;
    let mut node = Node::start(&address, &simulator.url(), &[]).await;
    let wait = [("prefer", "wait=60")];

    let mut broken = node::request(&server, "once");
    broken["requests"][0]["configurePostgreSQLSource"]["TableNames"] = json!("none");
    let (_, closed) = post(&node.url, "/v1/preflights", &broken, &wait).await.unwrap();
    assert_eq!((&closed["state"], &closed["gate"]), (&json!("finished"), &json!("closed")));
    let path = format!("/v1/preflights/{}/submission", closed["id"].as_str().unwrap());
    let (status, problem) =
        post(&node.url, &path, &Value::Null, &[("idempotency-key", "one")]).await.unwrap();
    assert_eq!((status.as_u16(), &problem["type"]), (409, &json!("/problems/gate-closed")));
    let reasons = problem["reasons"].to_string();
    assert!(reasons.contains("postgres/table-exists"), "{problem}");

    let document = node::request(&server, "once");
    let (_, open) = post(&node.url, "/v1/preflights", &document, &wait).await.unwrap();
    let path = format!("/v1/preflights/{}/submission", open["id"].as_str().unwrap());
    let (status, _) = post(&node.url, &path, &Value::Null, &[]).await.unwrap();
    assert_eq!(status, 400, "a key is needed");
    let half = format!("{path}?resolve=accepted");
    let (status, _) =
        post(&node.url, &half, &Value::Null, &[("idempotency-key", "half")]).await.unwrap();
    assert_eq!(status, 400, "of which sending?");
    assert!(simulator.journal().is_empty(), "nothing was sent so far");
    let key = [("idempotency-key", "two")];
    let (status, sent) = post(&node.url, &path, &Value::Null, &key).await.unwrap();
    assert_eq!((status.as_u16(), &sent["state"]), (200, &json!("accepted")), "{sent}");
    assert_eq!(post(&node.url, &path, &Value::Null, &key).await.unwrap(), (status, sent));
    let another = [("idempotency-key", "three")];
    let (_, before) = post(&node.url, &path, &Value::Null, &another).await.unwrap();
    assert_eq!(before["state"], "accepted-before", "{before}");
    assert_eq!(simulator.journal().len(), 1);

    // What was proven is no longer so.
    let (_, open) = post(&node.url, "/v1/preflights", &document, &wait).await.unwrap();
    server.execute_in("inventory", "drop table once.orders").await.unwrap();
    let path = format!("/v1/preflights/{}/submission?again=true", open["id"].as_str().unwrap());
    let (_, problem) =
        post(&node.url, &path, &Value::Null, &[("idempotency-key", "four")]).await.unwrap();
    assert_eq!(problem["type"], "/problems/drifted", "{problem}");
    assert_eq!(simulator.journal().len(), 1);
    let log: Value =
        reqwest::get(format!("{}/v1/audit", node.url)).await.unwrap().json().await.unwrap();
    let entries = log["entries"].as_array().unwrap().iter().rev();
    let submissions = entries.filter(|entry| entry["action"] == "submit");
    let outcomes: Vec<&str> = submissions.map(|entry| entry["outcome"].as_str().unwrap()).collect();
    let (bad, done) = ("bad-request", "accepted");
    assert_eq!(
        outcomes,
        ["gate-closed", bad, bad, done, done, "accepted-before", "drifted"],
        "{log}"
    );
    assert!(node.stop().await, "it ends well");
}
