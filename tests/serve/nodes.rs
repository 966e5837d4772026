//! Several nodes on one store, which die: every preflight ends, and nothing is sent twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cdc_preflight::serve::store::{self, State};
use eventbridge_simulator::Running;
use futures_util::{StreamExt, stream};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::sync::{Mutex, RwLock};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::node::{self, Node, post};

/// How long anything may take that has to happen.
const DEADLINE: Duration = Duration::from_secs(180);

/// How many preflights there are.
const JOBS: usize = 1000;
/// How many of them are submitted, each to a target of its own.
const SUBMITTED: usize = 20;
/// How many nodes are killed meanwhile.
const KILLS: usize = 12;
/// How many callers ask for preflights at the same time.
const CALLERS: usize = 16;

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
async fn a_thousand_preflights_end_and_are_sent_once_although_nodes_are_killed() {
    let server = node::server().await;
    let schemas: Vec<String> = (0..SUBMITTED).map(|n| format!("many_{n}")).collect();
    for schema in &schemas {
        node::schema(&server, schema).await;
    }
    let address = node::store(&server, "many_nodes").await;
    let simulator = Arc::new(node::simulator().await);
    (0..SUBMITTED).for_each(|_| simulator.inject("slow:300".parse().unwrap()));
    let cluster = Cluster::start(address.clone(), simulator.url()).await;
    let store = store::open(&address).await.unwrap();
    let (killer, deadline) = (kill_one_after_the_other(cluster.clone()), Instant::now() + DEADLINE);

    // Most are about a port on which nobody listens, which is soon said.
    let real = |n: usize| n.is_multiple_of(JOBS / SUBMITTED).then_some(n * SUBMITTED / JOBS);
    let mut nowhere = node::request(&server, "none");
    nowhere["requests"][0]["configurePostgreSQLSource"]["Port"] = json!(1);
    let documents = (0..JOBS).map(|n| match real(n) {
        Some(at) => node::request(&server, &schemas[at]),
        None => nowhere.clone(),
    });
    let asked = documents.enumerate().map(|(n, document)| {
        let cluster = cluster.clone();
        async move { enqueue(&cluster, n, &document).await }
    });
    let ids: Vec<Uuid> = stream::iter(asked).buffered(CALLERS).collect().await;

    let looking = Arc::new(Mutex::new(()));
    let callers = ids.iter().enumerate().filter_map(|(n, id)| Some((real(n)?, *id)));
    let callers = callers.map(|(at, id)| {
        let (cluster, simulator, looking) = (cluster.clone(), simulator.clone(), looking.clone());
        let (store, schema) = (store.clone(), schemas[at].clone());
        tokio::spawn(async move {
            while !store.preflight(id).await.unwrap().unwrap().state.is_final() {
                assert!(Instant::now() < deadline, "{id} is stuck");
                sleep(Duration::from_millis(100)).await;
            }
            submit(&cluster, &simulator, &looking, at, &id.to_string(), &schema).await;
        })
    });
    let callers = futures_util::future::try_join_all(callers.collect::<Vec<_>>());
    tokio::time::timeout(DEADLINE, callers).await.expect("all are sent").unwrap();
    while store.backlog().await.unwrap() > 0 {
        assert!(Instant::now() < deadline, "{} are stuck", store.backlog().await.unwrap());
        sleep(Duration::from_millis(100)).await;
    }
    killer.abort();

    let mut again = 0;
    for (n, id) in ids.into_iter().enumerate() {
        let preflight = store.preflight(id).await.unwrap().unwrap();
        let ended = (preflight.state, preflight.is_open);
        let expected = (State::Finished, Some(real(n).is_some()));
        assert_eq!(ended, expected, "{:?}", preflight.result);
        again += u64::from(preflight.attempts > 1);
    }
    assert!(again > 0, "no node was killed at work");
    assert_eq!(sent(&simulator), schemas.into_iter().map(|schema| (schema, 1)).collect());
}

/// Kills so many nodes, or until it is told to stop.
fn kill_one_after_the_other(cluster: Arc<Cluster>) -> JoinHandle<()> {
    tokio::spawn(async move {
        for n in 0..KILLS {
            sleep(Duration::from_secs(1)).await;
            cluster.replace(n).await;
        }
    })
}

/// How often each schema was sent.
fn sent(simulator: &Running) -> BTreeMap<String, usize> {
    let mut sent = BTreeMap::new();
    for entry in simulator.journal() {
        let body = entry.body.unwrap();
        *sent.entry(body["SchemaName"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    sent
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

    assert_eq!(sent(&simulator), schemas.into_iter().map(|schema| (schema, 1)).collect());
}

/// Queues a preflight on a node, or on the next where that one dies just then.
async fn enqueue(cluster: &Cluster, n: usize, document: &Value) -> Uuid {
    for attempt in n..n + 20 {
        let url = cluster.url(attempt).await;
        let Ok((status, body)) = post(&url, "/v1/preflights", document, &[]).await else {
            continue;
        };
        if status.is_server_error() {
            sleep(Duration::from_millis(200)).await;
            continue;
        }
        // One that is quick may have ended by now.
        assert!(status.is_success(), "{body}");
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
