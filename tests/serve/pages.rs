//! What people see in a browser.

use axum::body::Body;
use axum::http::Request;
use cdc_preflight::serve::Config;
use cdc_preflight::serve::access::{Access, NewToken, Scope, Scopes, create_token};
use regex::Regex;

use crate::app::{Answer, App, referring, request};

const FACTS: &str = include_str!("../facts/postgres.json");
const OLDER: &str = include_str!("../facts/postgres-15.json");

async fn look(app: &App, path: &str) -> Answer {
    let request = Request::get(path).header("accept", "text/html,application/xhtml+xml");
    app.call(request.body(Body::empty()).unwrap()).await
}

/// Sends a form as a browser does from a page of the service.
async fn send(app: &App, path: &str, fields: &[(&str, &str)]) -> Answer {
    send_from(app, path, fields, &[("sec-fetch-site", "same-origin")]).await
}

async fn send_from(
    app: &App,
    path: &str,
    fields: &[(&str, &str)],
    headers: &[(&str, &str)],
) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path)
        .header("accept", "text/html")
        .header("content-type", "application/x-www-form-urlencoded");
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    app.call(request.body(body.into()).unwrap()).await
}

/// Where a form led to.
fn led_to(answer: &Answer) -> &str {
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer.header("location")
}

/// Waits until a preflight has ended.
async fn ended(app: &App, page: &str) {
    let ended = async {
        loop {
            let preflight = app.get(&format!("/v1{page}")).await.json();
            if preflight["finished_at"].is_string() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), ended).await.unwrap();
}

/// Values of an attribute of the page.
fn attributes(page: &str, name: &str) -> Vec<String> {
    let pattern = Regex::new(&format!(" {name}=\"([^\"]*)\"")).unwrap();
    pattern.captures_iter(page).map(|found| found[1].to_owned()).collect()
}

#[tokio::test]
async fn every_page_stands_under_a_policy_and_loads_only_what_is_here() {
    let app = App::start().await;
    let stored = [("name", "orders"), ("document", &referring()), ("every", "6"), ("unit", "3600")];
    assert_eq!(led_to(&send(&app, "/sources", &stored).await), "/sources/orders");
    let run = send(&app, "/sources/orders/preflights", &[]).await;
    let run = led_to(&run).to_owned();
    ended(&app, &run).await;
    let (old, new) = (app.finished(OLDER).await, app.finished(FACTS).await);
    let pages = [
        ("/", 200),
        ("/sources", 200),
        ("/sources/orders", 200),
        (&run, 200),
        (&format!("/preflights/{new}"), 200),
        (&format!("/diff?before={old}&after={new}"), 200),
        ("/checks", 200),
        ("/checks/postgres/wal-level", 200),
        ("/preflights/7", 400),
        ("/sources/none", 404),
        ("/nowhere", 404),
        ("/?state=odd", 400),
    ];
    let mut links = std::collections::BTreeSet::new();
    let inline = Regex::new("<script>|<style|style=\"| on[a-z]+=\"|javascript:").unwrap();
    for (path, status) in pages {
        let page = look(&app, path).await;
        assert_eq!(page.status, status, "{path}: {}", page.text);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        // With no-referrer browsers would send forms without their origin.
        assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert_eq!(inline.find(&page.text), None, "{path}");
        assert_eq!(page.text.matches("<h1").count(), 1, "{path}");
        assert!(page.text.contains("<main id=\"main\""), "{path}");
        for attribute in ["src", "href"] {
            links.extend(attributes(&page.text, attribute));
        }
        let forms = attributes(&page.text, "action");
        assert!(forms.iter().all(|action| action.starts_with('/')), "{path}: {forms:?}");
    }
    for link in links {
        let link = link.replace("&#38;", "&").replace("&amp;", "&");
        assert!(link.starts_with(['/', '#']) && !link.starts_with("//"), "{link} leads away");
        if link.starts_with("/assets/") {
            let file = app.get(&link).await;
            assert_eq!(file.status, 200, "{link}");
            assert!(file.header("cache-control").ends_with("immutable"), "{link}");
        } else if link.starts_with('/') {
            let found = look(&app, &link).await.status;
            // Nothing can be told of the events of a database that was not read.
            assert!(found == 200 || found == 409 && link.contains("/contract"), "{link}: {found}");
        }
    }
    app.get("/assets/style-0000000000000000.css").await.problem(404, "not-found");
}

#[tokio::test]
async fn a_request_is_given_watched_and_read() {
    let app = App::start().await;
    let given = send(&app, "/preflights", &[("document", &referring()), ("strict", "true")]).await;
    let path = led_to(&given).to_owned();
    ended(&app, &path).await;
    let page = look(&app, &path).await.text;
    assert!(page.contains("<h1>Gate closed</h1>"), "{page}");
    assert!(page.contains("inventory@127.0.0.1"), "what it is about");
    assert!(page.contains("strict:"), "how it was run");
    for format in ["human", "sarif", "junit", "html"] {
        assert!(page.contains(&format!("?format={format}\"")), "{format}");
    }
    assert!(page.contains("Nothing can be sent while the gate is closed"), "{page}");
    assert!(page.contains("<button type=\"button\" disabled>"), "{page}");

    let again = send(&app, &format!("{path}/again"), &[]).await;
    assert_ne!(led_to(&again), path);
    let home = look(&app, "/").await.text;
    assert_eq!(home.matches("<a href=\"/preflights/").count(), 2, "{home}");
    assert!(home.contains(&path), "the history has it");
    let open = look(&app, "/?state=finished&gate=open&source=&before=").await.text;
    assert!(open.contains("No preflight is like that."), "{open}");
}

#[tokio::test]
async fn what_waits_is_read_again_by_itself_even_without_scripts() {
    let app = App::idle(Config::default()).await;
    let given = send(&app, "/preflights", &[("document", &referring())]).await;
    let page = look(&app, led_to(&given)).await.text;
    assert!(page.contains("<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>"));
    assert!(page.contains(&format!("data-events=\"/v1{}/events\"", led_to(&given))), "{page}");
    assert!(page.contains("aria-live=\"polite\""), "{page}");
}

#[tokio::test]
async fn a_faulty_document_is_told_by_its_lines_and_never_shown_again() {
    let app = App::idle(Config::default()).await;
    let document = request("hunter2-in-the-clear").replace("HostName", "HostNam");
    let refused = send(&app, "/preflights", &[("document", &document)]).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(refused.text.contains("<b>Line 5, column "), "{}", refused.text);
    assert!(refused.text.contains("HostNam"), "{}", refused.text);
    assert!(!refused.text.contains("hunter2"), "{}", refused.text);
    // Browsers end lines of forms in their own way.
    let document = document.replace('\n', "\r\n");
    let refused = send(&app, "/preflights", &[("document", &document)]).await;
    assert!(refused.text.contains("<b>Line 5, column "), "{}", refused.text);
    let odd = send(&app, "/preflights", &[("dokument", "x")]).await;
    assert_eq!(odd.status, 400, "{}", odd.text);
}

#[tokio::test]
async fn a_password_runs_at_once_and_is_nowhere_afterwards() {
    let app = App::start().await;
    let document = request("hunter2-in-the-clear");
    let given = send(&app, "/preflights", &[("document", &document)]).await;
    let path = led_to(&given).to_owned();
    ended(&app, &path).await;
    for path in ["/", &path] {
        let page = look(&app, path).await.text;
        assert!(!page.contains("hunter2"), "{page}");
        assert!(page.contains("127.0.0.1:1"), "it is told by what was visited: {page}");
    }
    for file in std::fs::read_dir(app.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("hunter2"), "it is on the disk");
    }
    let again = send(&app, &format!("{path}/again"), &[]).await;
    assert_eq!(again.status, 409, "{}", again.text);
}

#[tokio::test]
async fn forms_of_other_pages_change_nothing() {
    let app = App::idle(Config::default()).await;
    let fields = [("name", "orders"), ("document", &referring())];
    let host = ("host", "localhost:8460");
    let foreign: [&[(&str, &str)]; 5] = [
        &[host, ("origin", "https://page.example")],
        &[host],
        &[host, ("sec-fetch-site", "cross-site")],
        &[host, ("sec-fetch-site", "same-site")],
        &[host, ("sec-fetch-site", "none")],
    ];
    for headers in foreign {
        let refused = send_from(&app, "/sources", &fields, headers).await;
        assert_eq!(refused.status, 403, "{headers:?}: {}", refused.text);
        assert!(refused.text.contains("<h1 id=\"problem-title\">"), "{}", refused.text);
    }
    assert_eq!(app.get("/v1/sources").await.json(), serde_json::json!([]));
    let own = [host, ("origin", "http://localhost:8460")];
    led_to(&send_from(&app, "/sources", &fields, &own).await);
}

#[tokio::test]
async fn nothing_changes_by_looking() {
    let app = App::idle(Config::default()).await;
    let id = app.finished(FACTS).await;
    for path in ["/preflights", &format!("/preflights/{id}/again")] {
        assert_eq!(look(&app, path).await.status, 405, "{path}");
    }
    for path in ["/sources/x/preflights", "/sources/x/removal"] {
        assert_eq!(look(&app, path).await.status, 405, "{path}");
    }
}

#[tokio::test]
async fn text_from_outside_is_text() {
    let app = App::idle(Config::default()).await;
    let attack = "<img src=x onerror=alert(1)>\u{202e}";
    let path = format!("/preflights/{}", app.finished(&FACTS.replace("cdc_user", attack)).await);
    let page = look(&app, &path).await.text;
    assert!(!page.contains("<img"), "{page}");
    assert!(!page.contains('\u{202e}'), "{page}");
    assert!(page.contains("&#60;img src=x onerror=alert(1)&#62;\\u{202e}"), "{page}");
    let document = referring().replace("127.0.0.1", "\"<b>\\u202Eh\"");
    led_to(&send(&app, "/preflights", &[("document", &document)]).await);
    let home = look(&app, "/").await.text;
    assert!(home.contains("inventory@&#60;b&#62;\\u{202e}h"), "{home}");
}

#[tokio::test]
async fn a_source_is_stored_run_looked_at_changed_and_removed() {
    let app = App::start().await;
    let document = referring();
    let fields = [("name", "orders"), ("document", &*document), ("every", "6"), ("unit", "3600")];
    assert_eq!(led_to(&send(&app, "/sources", &fields).await), "/sources/orders");
    assert_eq!(send(&app, "/sources", &fields).await.status, 409, "it is not overwritten");
    assert!(look(&app, "/sources").await.text.contains("every 6 hours"));
    let page = look(&app, "/sources/orders").await.text;
    assert!(page.contains("It has not been run yet."), "{page}");

    for _ in 0..2 {
        let run = send(&app, "/sources/orders/preflights", &[]).await;
        ended(&app, led_to(&run)).await;
    }
    let page = look(&app, "/sources/orders").await.text;
    assert!(page.contains("2 runs: the gate was open in 0 and closed in 2."), "{page}");
    assert_eq!(page.matches("<rect class=\"closed\" x=").count(), 3, "two, and the key: {page}");
    let ids = attributes(&page, "value");
    let ids: Vec<&String> = ids.iter().filter(|value| value.len() == 36).collect();
    let diff = format!("/diff?before={}&after={}", ids[3], ids[0]);
    let diff = look(&app, &diff).await.text;
    assert!(diff.contains("gate closed, as before"), "{diff}");
    assert!(diff.contains("/sources/orders"), "{diff}");

    let change = [("document", &*document), ("strict", "true"), ("every", ""), ("unit", "3600")];
    led_to(&send(&app, "/sources/orders", &change).await);
    let stored = app.get("/v1/sources/orders").await.json();
    assert_eq!((&stored["strict"], stored["every"].is_null()), (&true.into(), true));
    let secret = [("document", &*request("hunter2")), ("every", ""), ("unit", "1")];
    let refused = send(&app, "/sources/orders", &secret).await;
    assert_eq!(refused.status, 422);
    assert!(!refused.text.contains("hunter2"), "{}", refused.text);

    assert_eq!(send(&app, "/sources/orders/removal", &[]).await.status, 400, "not asked twice");
    let removed = send(&app, "/sources/orders/removal", &[("confirmed", "true")]).await;
    assert_eq!(led_to(&removed), "/sources");
    assert_eq!(send(&app, "/sources/orders", &change).await.status, 404, "it stays away");
}

#[tokio::test]
async fn what_changed_is_told_of_findings_and_events() {
    let app = App::idle(Config::default()).await;
    let (old, new) = (app.finished(OLDER).await, app.finished(FACTS).await);
    let page = look(&app, &format!("/diff?before={old}&after={new}")).await.text;
    assert!(page.contains("<h2 id=\"events-title\">Events</h2>"), "{page}");
    let same = look(&app, &format!("/diff?before={new}&after={new}")).await.text;
    assert!(same.contains("They are as before."), "{same}");
    assert!(same.contains("No finding is another than before."), "{same}");
}

#[tokio::test]
async fn nothing_is_sent_without_a_second_word() {
    let app = App::idle(Config::default()).await;
    let facts = FACTS.replace("\"replica\"", "\"logical\"");
    let path = format!("/preflights/{}", app.finished(&facts).await);
    let key = ("key", "018f0000-0000-7000-8000-000000000000");
    let unsure = send(&app, &format!("{path}/submission"), &[key]).await;
    assert_eq!(unsure.status, 400, "{}", unsure.text);
    assert!(unsure.text.contains("say that you want it to be sent"), "{}", unsure.text);
    // What it is about stays in sight.
    assert!(unsure.text.contains("id=\"submission\""), "{}", unsure.text);
    let closed = send(&app, &format!("{path}/submission"), &[key, ("confirmed", "true")]).await;
    assert_eq!(closed.status, 409, "{}", closed.text);
    app.get(&format!("/v1{path}/submission")).await.problem(404, "not-found");
}

#[tokio::test]
async fn programs_get_problems_as_before() {
    let app = App::idle(Config::default()).await;
    app.get("/preflights/7").await.problem(400, "bad-request");
    let api = Request::get("/v1/preflights/7").header("accept", "text/html");
    app.call(api.body(Body::empty()).unwrap()).await.problem(400, "bad-request");
}

#[tokio::test]
async fn a_browser_logs_in_with_a_token_and_out_again() {
    let app = App::idle(Config { access: Access::Tokens, ..Config::default() }).await;
    let scopes = Scopes::from_iter([Scope::Read]);
    let new = NewToken { name: "ann".into(), scopes, days: 1 };
    let (token, _) = create_token(app.service.store.as_ref(), new).await.unwrap();
    let secret = token.expose();

    let asked = look(&app, "/sources?x").await;
    assert_eq!(led_to(&asked), "/login?next=%2Fsources%3Fx");
    let page = look(&app, led_to(&asked)).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("name=\"next\" value=\"/sources?x\""), "{}", page.text);

    let wrong = [("token", "cdcp_0123_wrong"), ("next", "/sources")];
    let refused = send(&app, "/login", &wrong).await;
    assert_eq!(refused.status, 401, "{}", refused.text);
    assert!(!refused.text.contains("cdcp_0123"), "{}", refused.text);
    let right = [("token", &*secret), ("next", "/sources")];
    let foreign = [("sec-fetch-site", "cross-site")];
    assert_eq!(send_from(&app, "/login", &right, &foreign).await.status, 403);
    let entered = send(&app, "/login", &right).await;
    assert_eq!(led_to(&entered), "/sources");
    let cookie = entered.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");

    let cookie = cookie.split(';').next().unwrap().to_owned();
    let request = Request::get("/sources").header("accept", "text/html").header("cookie", &cookie);
    let page = app.call(request.body(Body::empty()).unwrap()).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("action=\"/logout\""), "{}", page.text);
    assert!(!page.text.contains(&secret), "{}", page.text);
    // The scope is missing.
    let own = [("cookie", &*cookie), ("sec-fetch-site", "same-origin")];
    let fields = [("name", "orders"), ("document", &*referring())];
    assert_eq!(send_from(&app, "/sources", &fields, &own).await.status, 403);
    let left = send_from(&app, "/logout", &[], &own).await;
    assert_eq!(led_to(&left), "/login");
    assert!(left.header("set-cookie").contains("Max-Age=0"), "{}", left.header("set-cookie"));
}
