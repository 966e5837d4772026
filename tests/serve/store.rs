//! What every store has to do, whatever database is below it.

use std::sync::Arc;
use std::time::Duration;

use cdc_preflight::serve::store::{
    self, Filter, Lease, NewPreflight, RunOptions, State, Store, Verdict,
};
use serde_json::json;
use testbed::{Options, Product};
use uuid::Uuid;

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn sqlite_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/new/folder/preflights.db");
    contract(&[store::open(path.to_str().unwrap()).await.unwrap()]).await;
}

#[tokio::test]
async fn postgres_keeps_the_contract_on_several_nodes() {
    let server = testbed::shared(Product::Postgres(17), Options::new()).await.unwrap();
    server.execute("create database preflights").await.unwrap();
    let address = address(&server, "preflights");
    // All at once: one makes the tables, the others wait for it.
    let opened = (0..8).map(|_| store::open(&address));
    let nodes = futures_util::future::try_join_all(opened).await.unwrap();
    contract(&nodes).await;
}

fn address(server: &testbed::Server, database: &str) -> String {
    let (user, password) = (server.admin_user(), server.admin_password());
    format!("postgres://{user}:{password}@{}:{}/{database}", server.host(), server.port())
}

async fn contract(nodes: &[Arc<dyn Store>]) {
    let store = nodes[0].as_ref();
    store.ping().await.unwrap();
    jobs_come_in_order_and_once(nodes).await;
    a_lease_that_is_over_lets_another_worker_in(store).await;
    what_holds_secrets_is_never_claimed(store).await;
    the_queue_has_an_end(store).await;
    lists_are_filtered_and_paged(store).await;
    progress_is_numbered(store).await;
    old_preflights_go(store).await;
}

fn new(document: Option<&str>) -> NewPreflight {
    NewPreflight::of(document.map(str::to_owned), None, RunOptions::default())
}

async fn add(store: &dyn Store) -> Uuid {
    let new = new(Some("requests: []"));
    let id = new.id;
    assert!(store.add(new, 1000, None).await.unwrap());
    id
}

fn verdict() -> Verdict {
    let result = json!({ "facts": [] }).to_string();
    Verdict { state: State::Finished, is_open: Some(true), exit_code: Some(0), result }
}

async fn jobs_come_in_order_and_once(nodes: &[Arc<dyn Store>]) {
    let mut ids = Vec::new();
    for _ in 0..40 {
        ids.push(add(nodes[0].as_ref()).await);
    }
    let workers = (0..50).map(|n| {
        let node = nodes[n % nodes.len()].clone();
        tokio::spawn(async move { node.claim(Lease::new(LONG)).await.unwrap() })
    });
    let claimed = futures_util::future::join_all(workers).await;
    let mut claimed: Vec<Uuid> =
        claimed.into_iter().filter_map(|it| Some(it.unwrap()?.id)).collect();
    claimed.sort();
    assert_eq!(claimed, ids, "each once, and none left");
}

async fn a_lease_that_is_over_lets_another_worker_in(store: &dyn Store) {
    let id = add(store).await;
    let first = Lease::new(Duration::from_millis(1));
    assert_eq!(store.claim(first).await.unwrap().unwrap().id, id);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let second = Lease::new(LONG);
    let again = store.claim(second).await.unwrap().unwrap();
    assert_eq!((again.id, again.attempts, again.state), (id, 2, State::Running));
    // The first worker was only slow. It changes nothing any more.
    assert!(!store.renew(id, first).await.unwrap());
    assert!(!store.release(id, first.worker).await.unwrap());
    assert!(!store.finish(id, first.worker, verdict()).await.unwrap());
    assert!(store.renew(id, second).await.unwrap());
    assert!(store.release(id, second.worker).await.unwrap());
    let third = Lease::new(LONG);
    assert_eq!(store.claim(third).await.unwrap().unwrap().id, id, "it was given back");
    assert!(store.finish(id, third.worker, verdict()).await.unwrap());
    assert!(!store.finish(id, third.worker, verdict()).await.unwrap(), "once");
    let done = store.preflight(id).await.unwrap().unwrap();
    assert_eq!((done.state, done.is_open, done.exit_code), (State::Finished, Some(true), Some(0)));
    assert_eq!(done.result, Some(verdict().result));
    assert!(done.created_at <= done.started_at.unwrap());
}

async fn what_holds_secrets_is_never_claimed(store: &dyn Store) {
    let secret = new(None);
    let (id, lease) = (secret.id, Lease::new(Duration::from_millis(1)));
    assert!(store.add(secret, 1000, Some(lease)).await.unwrap());
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(store.claim(Lease::new(LONG)).await.unwrap().is_none());
    assert!(!store.release(id, lease.worker).await.unwrap());
}

async fn the_queue_has_an_end(store: &dyn Store) {
    let id = add(store).await;
    assert!(!store.add(new(Some("requests: []")), 1, None).await.unwrap());
    let lease = Lease::new(LONG);
    assert_eq!(store.claim(lease).await.unwrap().unwrap().id, id);
    assert!(store.add(new(Some("requests: []")), 1, None).await.unwrap(), "there is room again");
    assert!(store.claim(lease).await.unwrap().is_some());
}

async fn lists_are_filtered_and_paged(store: &dyn Store) {
    let all = store.preflights(Filter { limit: 1000, ..Filter::default() }).await.unwrap();
    assert!(all.is_sorted_by(|one, next| one.id > next.id), "the newest first");
    assert!(all.iter().all(|one| one.result.is_none()));
    let open = Filter { is_open: Some(true), limit: 1000, ..Filter::default() };
    let open = store.preflights(open).await.unwrap();
    let states: Vec<State> = open.iter().map(|one| one.state).collect();
    assert_eq!(states, [State::Finished]);
    let page = Filter { before: Some(all[1].id), limit: 2, ..Filter::default() };
    assert_eq!(store.preflights(page).await.unwrap(), all[2..4]);
    let none = Filter { source: Some("none".into()), limit: 9, ..Filter::default() };
    assert_eq!(store.preflights(none).await.unwrap(), []);
}

async fn progress_is_numbered(store: &dyn Store) {
    let id = add(store).await;
    store.tell(id, json!({ "event": "one" })).await.unwrap();
    store.tell(id, json!({ "event": "two" })).await.unwrap();
    let all = store.progress(id, 0).await.unwrap();
    let numbers: Vec<u64> = all.iter().map(|step| step.number).collect();
    assert_eq!(numbers, [1, 2]);
    let rest = store.progress(id, 1).await.unwrap();
    assert_eq!(rest, all[1..]);
    assert_eq!(rest[0].event, json!({ "event": "two" }));
}

async fn old_preflights_go(store: &dyn Store) {
    assert_eq!(store.purge(LONG).await.unwrap(), 0);
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(store.purge(Duration::ZERO).await.unwrap(), 1, "only what has ended");
}
