//! What every store has to do, whatever database is below it.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use cdc_preflight::serve::access::{self, NewToken, Scopes};
use cdc_preflight::serve::store::{
    self, AuditEntry, Begun, Candidate, Filter, Lease, NamedWaiver, NewPreflight, Notice,
    RunOptions, Settled, Source, State, Store, Track, Verdict,
};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::node;

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn sqlite_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/new/folder/preflights.db");
    contract(&[store::open(path.to_str().unwrap()).await.unwrap()]).await;
    for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "its owner's alone");
    }
}

#[tokio::test]
async fn postgres_keeps_the_contract_on_several_nodes() {
    let server = node::server().await;
    let address = node::store(&server, "preflights").await;
    // All at once: one makes the tables, the others wait for it.
    let opened = (0..4).map(|_| store::open(&address));
    let nodes = futures_util::future::try_join_all(opened).await.unwrap();
    contract(&nodes).await;
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
    preflights_of_dead_nodes_end(store).await;
    a_key_is_worth_one_submission(store).await;
    a_journal_has_one_writer(nodes).await;
    sources_are_due_once(nodes).await;
    waivers_are_kept_by_name(store).await;
    a_run_is_looked_at_once(nodes).await;
    a_notice_is_sent_by_one_worker(nodes).await;
    a_token_is_taken_back_once(nodes).await;
    what_was_done_is_listed_from_the_newest_on(store).await;
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
    let (is_open, exit_code, counts) = (Some(true), Some(0), Some([("pass".into(), 7)].into()));
    Verdict { state: State::Finished, is_open, exit_code, counts, result }
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
    assert_eq!((done.result, done.counts), (Some(verdict().result), verdict().counts));
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

async fn preflights_of_dead_nodes_end(store: &dyn Store) {
    while store.claim(Lease::new(LONG)).await.unwrap().is_some() {}
    let moment = Duration::from_millis(1);
    let secret = new(None);
    assert!(store.add(secret.clone(), 1000, Some(Lease::new(moment))).await.unwrap());
    let poison = add(store).await;
    for _ in 0..store::MOST_ATTEMPTS {
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert_eq!(store.claim(Lease::new(moment)).await.unwrap().unwrap().id, poison);
    }
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert!(store.claim(Lease::new(LONG)).await.unwrap().is_none(), "not for ever");
    assert_eq!(store.abandon(json!({ "title": "gone" })).await.unwrap(), 3, "one from before");
    for id in [secret.id, poison] {
        let ended = store.preflight(id).await.unwrap().unwrap();
        let result = Some(json!({ "title": "gone" }).to_string());
        assert_eq!((ended.state, ended.result), (State::Failed, result));
    }
}

async fn a_key_is_worth_one_submission(store: &dyn Store) {
    let (id, moment) = (add(store).await, Duration::from_millis(1));
    let begin = |print: &str, lease| store.begin("key".into(), id, print.into(), lease);
    let (dead, alive) = (Lease::new(moment), Lease::new(LONG));
    assert_eq!(begin("one", dead).await.unwrap(), Begun::Yours);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(begin("two", alive).await.unwrap(), Begun::Reused);
    assert_eq!(begin("one", alive).await.unwrap(), Begun::Yours, "the first one is dead");
    assert_eq!(begin("one", Lease::new(LONG)).await.unwrap(), Begun::InProgress);
    assert!(!store.end("key".into(), dead.worker, json!(1)).await.unwrap());
    assert!(store.forget("key".into(), alive.worker).await.unwrap());
    assert_eq!(begin("two", alive).await.unwrap(), Begun::Yours, "nothing came of it");
    assert_eq!(store.submission(id).await.unwrap(), None);
    assert!(store.end("key".into(), alive.worker, json!(2)).await.unwrap());
    assert_eq!(begin("two", dead).await.unwrap(), Begun::Done(json!(2)));
    assert_eq!(store.submission(id).await.unwrap(), Some(json!(2)));
}

async fn a_journal_has_one_writer(nodes: &[Arc<dyn Store>]) {
    let (store, target) = (nodes[0].as_ref(), || "target".to_owned());
    let (dead, alive) = (Lease::new(Duration::from_millis(1)), Lease::new(LONG));
    assert!(store.lock(target(), dead).await.unwrap());
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(store.lock(target(), alive).await.unwrap());
    assert!(store.lock(target(), alive).await.unwrap(), "it is prolonged");
    assert!(!store.lock(target(), dead).await.unwrap());
    store.unlock(target(), dead.worker).await.unwrap();
    assert!(!store.lock(target(), dead).await.unwrap(), "it was not the dead one's to give back");
    store.unlock(target(), alive.worker).await.unwrap();
    assert!(store.lock(target(), dead).await.unwrap());

    let writers = (0..8).map(|n| {
        let node = nodes[n % nodes.len()].clone();
        async move { node.append("target".into(), 1, format!("line {n}")).await.unwrap() }
    });
    let written = futures_util::future::join_all(writers).await;
    assert_eq!(written.iter().filter(|is_written| **is_written).count(), 1);
    assert!(store.append(target(), 2, "next".into()).await.unwrap());
    let lines = store.lines(target()).await.unwrap();
    assert_eq!((lines.len(), lines[1].as_str()), (2, "next"));
}

fn source(name: &str, now: Timestamp) -> Source {
    Source {
        name: name.into(),
        document: "requests: []".into(),
        action: None,
        options: RunOptions::default(),
        every: None,
        next_at: None,
        created_at: now,
        updated_at: now,
    }
}

async fn waivers_are_kept_by_name(store: &dyn Store) {
    let named = |name: &str, check: &str| NamedWaiver {
        name: name.into(),
        waiver: serde_json::from_value(json!({
            "check": check, "reason": "r", "owner": "o", "expires": "2026-12-31",
        }))
        .unwrap(),
    };
    assert!(store.create_waiver(named("b", "mysql/*")).await.unwrap());
    assert!(store.create_waiver(named("a", "mysql/*")).await.unwrap());
    assert!(!store.create_waiver(named("a", "postgres/*")).await.unwrap());
    store.replace_waiver(named("a", "postgres/*")).await.unwrap();
    let kept: Vec<NamedWaiver> =
        store.waivers().await.unwrap().into_iter().map(|stored| stored.named).collect();
    assert_eq!(kept, [named("a", "postgres/*"), named("b", "mysql/*")]);
    assert_eq!(store.waiver("b".into()).await.unwrap().unwrap().named, named("b", "mysql/*"));
    assert!(store.remove_waiver("b".into()).await.unwrap());
    assert!(!store.remove_waiver("b".into()).await.unwrap());
    assert_eq!(store.waiver("b".into()).await.unwrap(), None);
}

async fn finished_run(store: &dyn Store, source: &str) -> Uuid {
    let new = NewPreflight { source: Some(source.into()), ..new(Some("requests: []")) };
    let (id, lease) = (new.id, Lease::new(LONG));
    assert!(store.add(new, 1000, Some(lease)).await.unwrap());
    assert!(store.finish(id, lease.worker, verdict()).await.unwrap());
    id
}

async fn a_run_is_looked_at_once(nodes: &[Arc<dyn Store>]) {
    let store = nodes[0].as_ref();
    // It was run before the source of that name was stored, and so is of another one.
    finished_run(store, "tracked").await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(store.create_source(source("tracked", Timestamp::now())).await.unwrap());
    assert_eq!(store.unseen().await.unwrap(), None);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let runs = [finished_run(store, "tracked").await, finished_run(store, "tracked").await];
    let (run, before) = store.unseen().await.unwrap().unwrap();
    assert_eq!((run.id, before), (runs[0], None));
    let next = Some(Candidate { mark: "m".into(), seen: 1 });
    let first = Track {
        source: "tracked".into(),
        run: runs[0],
        verdict: Some(Settled { run: runs[0], next }),
        contract: None,
    };
    let notice = || Notice { id: Uuid::now_v7(), body: "{}".into() };
    let looking = nodes.iter().cycle().take(4).map(|node| {
        let (node, track) = (node.clone(), first.clone());
        async move { node.advance(None, track, vec![notice()]).await.unwrap() }
    });
    let looked = futures_util::future::join_all(looking).await;
    assert_eq!(looked.iter().filter(|it| **it).count(), 1, "{looked:?}");
    assert_eq!(store.notices().await.unwrap(), 1, "what lost tells nothing");
    let (run, before) = store.unseen().await.unwrap().unwrap();
    assert_eq!((run.id, before.as_ref()), (runs[1], Some(&first)));
    let second = Track { run: runs[1], ..first.clone() };
    assert!(store.advance(before.clone(), second.clone(), Vec::new()).await.unwrap());
    assert!(!store.advance(before, second, Vec::new()).await.unwrap());
    assert_eq!(store.unseen().await.unwrap(), None);
}

async fn a_notice_is_sent_by_one_worker(nodes: &[Arc<dyn Store>]) {
    let store = nodes[0].as_ref();
    let dead = Lease::new(Duration::from_millis(1));
    let first = store.next_due(dead).await.unwrap().unwrap();
    assert_eq!((first.attempts, first.notice.body.as_str()), (1, "{}"));
    tokio::time::sleep(Duration::from_millis(20)).await;
    let leases: Vec<Lease> = (0..6).map(|_| Lease::new(LONG)).collect();
    let claims = leases.iter().enumerate().map(|(n, lease)| {
        let node = nodes[n % nodes.len()].clone();
        async move { Some((lease.worker, node.next_due(*lease).await.unwrap()?)) }
    });
    let claimed = futures_util::future::join_all(claims).await;
    let claimed: Vec<_> = claimed.into_iter().flatten().collect();
    let [(worker, due)] = claimed.as_slice() else { panic!("{claimed:?}") };
    assert_eq!((due.notice.id, due.attempts), (first.notice.id, 2), "the first worker is dead");
    assert!(!store.done(due.notice.id, dead.worker).await.unwrap());
    assert!(store.put_back(due.notice.id, *worker, LONG).await.unwrap());
    assert_eq!(store.next_due(Lease::new(LONG)).await.unwrap(), None, "it is not due yet");
    assert_eq!(store.notices().await.unwrap(), 1);
}

async fn sources_are_due_once(nodes: &[Arc<dyn Store>]) {
    let now = Timestamp::now();
    let source = Source {
        options: RunOptions { strict: true, ..RunOptions::default() },
        every: Some(3600),
        next_at: Some(now - Duration::from_secs(1)),
        ..source("orders", now)
    };
    let store = nodes[0].as_ref();
    assert!(store.create_source(source.clone()).await.unwrap());
    assert!(!store.create_source(source.clone()).await.unwrap());
    let due = futures_util::future::join_all(nodes.iter().map(|node| node.begin_due())).await;
    let due: Vec<String> = due.into_iter().filter_map(|it| it.unwrap()).collect();
    assert_eq!(due, ["orders"]);
    let filter = Filter { source: Some("orders".into()), limit: 9, ..Filter::default() };
    let queued = store.preflights(filter.clone()).await.unwrap();
    assert_eq!(queued.len(), 1);
    assert!(queued[0].options.strict && queued[0].state == State::Queued);
    let stored = store.source("orders".into()).await.unwrap().unwrap();
    assert!(stored.next_at.unwrap() > now);
    // Its time has come again, and its preflight still waits.
    store.replace_source(source).await.unwrap();
    assert_eq!(store.begin_due().await.unwrap(), Some("orders".into()));
    assert_eq!(store.preflights(filter).await.unwrap().len(), 1);
    assert!(store.remove_source("orders".into()).await.unwrap());
    assert_eq!(store.source("orders".into()).await.unwrap(), None);
}

async fn a_token_is_taken_back_once(nodes: &[Arc<dyn Store>]) {
    let new = NewToken { name: "ci".into(), scopes: Scopes::all(), days: 1 };
    let store = nodes[0].as_ref();
    let (token, kept) = access::create_token(store, new).await.unwrap();
    assert!(!store.add_token(kept).await.unwrap(), "there is one of that id");
    let found = async || store.token(token.id().into()).await.unwrap().unwrap();
    let known = found().await;
    assert!(known.digest.is(&token.digest()) && known.scopes == Scopes::all());
    assert_eq!(known.expires_at.duration_since(known.created_at).as_hours(), 24);
    assert_eq!((known.last_used_at, known.revoked_at), (None, None));
    let later = known.created_at + Duration::from_secs(60);
    for at in [later, known.created_at] {
        store.use_token(token.id().into(), at).await.unwrap();
    }
    assert_eq!(found().await.last_used_at, Some(later), "the latest use counts");
    let revoked = nodes.iter().map(|node| node.revoke_token(token.id().into(), later));
    let revoked = futures_util::future::join_all(revoked).await;
    assert_eq!(revoked.into_iter().filter(|it| *it.as_ref().unwrap()).count(), 1);
    assert_eq!(found().await.revoked_at, Some(later));
    assert!(store.token("none".into()).await.unwrap().is_none());
    let names: Vec<String> =
        store.tokens().await.unwrap().into_iter().map(|token| token.name).collect();
    assert_eq!(names, ["ci"]);
}

async fn what_was_done_is_listed_from_the_newest_on(store: &dyn Store) {
    let entry = |action: &str, address: Option<&str>| AuditEntry {
        id: Uuid::now_v7(),
        at: "2026-01-02T03:04:05Z".parse().unwrap(),
        actor: "operator".into(),
        name: address.map(Into::into),
        action: action.into(),
        resource: "/v1/tokens/1".into(),
        outcome: "done".into(),
        address: address.map(Into::into),
        request: address.map(Into::into),
    };
    let (one, two) = (entry("one", None), entry("two", Some("192.0.2.7")));
    for entry in [&one, &two] {
        store.add_audit(entry.clone()).await.unwrap();
    }
    let (from, all) = (two.id, [two, one]);
    assert_eq!(store.audit(None, 9).await.unwrap(), all);
    assert_eq!(store.audit(None, 1).await.unwrap(), all[..1]);
    assert_eq!(store.audit(Some(from), 9).await.unwrap(), all[1..]);
    assert_eq!(store.purge_audit(Duration::from_secs(1_000_000_000)).await.unwrap(), 0);
    assert_eq!(store.purge_audit(Duration::from_millis(1)).await.unwrap(), 2);
}

async fn the_queue_has_an_end(store: &dyn Store) {
    // What is queued by now goes first.
    while store.claim(Lease::new(LONG)).await.unwrap().is_some() {}
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
    let ended = Filter { state: Some(State::Finished), limit: 1000, ..Filter::default() };
    let failed = Filter { state: Some(State::Failed), ..ended.clone() };
    let count = async |filter: &Filter| store.preflights(filter.clone()).await.unwrap().len();
    let before = count(&ended).await + count(&failed).await;
    // The next run of the source that is still stored is compared with one of them.
    let purged = store.purge(Duration::ZERO).await.unwrap();
    assert_eq!((purged as usize, count(&ended).await), (before - 1, 1), "only what has ended");
    assert_eq!(store.purge(Duration::ZERO).await.unwrap(), 0);
    assert!(store.remove_source("tracked".into()).await.unwrap());
    assert_eq!(store.purge(Duration::ZERO).await.unwrap(), 1);
}
