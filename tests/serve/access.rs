//! Who may call, what, and how often; and what is remembered of it.

use std::num::NonZeroU32;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request, header};
use cdc_preflight::serve::access::{
    Access, FileToken, NewToken, Scope, Scopes, Token, create_token,
};
use cdc_preflight::serve::audit::audit;
use cdc_preflight::serve::{Config, Service};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::app::{Answer, App, referring};

/// What everybody may have.
const OPEN: [&str; 5] =
    ["GET /livez", "GET /healthz", "GET /readyz", "GET /openapi.json", "GET /problems/{name}"];

/// A service that asks for tokens, and may visit this machine.
async fn guarded(config: Config) -> App {
    let targets = vec!["127.0.0.1".parse().unwrap()];
    App::idle(Config { access: Access::Tokens, targets, ..config }).await
}

async fn token(service: &Service, scopes: &[Scope]) -> Token {
    let scopes: Scopes = scopes.iter().copied().collect();
    let new = NewToken { name: "ci".into(), scopes, days: 1 };
    create_token(service.store.as_ref(), new).await.unwrap().0
}

fn bearer(token: &Token) -> HeaderValue {
    format!("Bearer {}", token.expose()).parse().unwrap()
}

async fn call(app: &App, method: &str, path: &str, headers: &[(HeaderName, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    app.call(request).await
}

async fn call_with(app: &App, method: &str, path: &str, token: &Token) -> Answer {
    call(app, method, path, &[(header::AUTHORIZATION, bearer(token).to_str().unwrap())]).await
}

async fn send_with(app: &App, method: &str, path: &str, token: &Token, body: &Value) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("content-type", "application/json");
    let request = request.header("authorization", bearer(token));
    app.call(request.body(body.to_string().into()).unwrap()).await
}

/// Every operation of the OpenAPI document: its method, its path with values in it, and its name.
async fn operations(app: &App) -> Vec<(String, String, String, Value)> {
    let document = app.get("/openapi.json").await.json();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let called = path
            .replace("{id}", "01890000-0000-7000-8000-000000000000")
            .replace("{area}", "postgres")
            .replace("{name}", "wal-level");
        for (method, operation) in item.as_object().unwrap() {
            let method = method.to_uppercase();
            let name = format!("{method} {path}");
            all.push((method, called.clone(), name, operation["security"].clone()));
        }
    }
    all
}

#[tokio::test]
async fn no_operation_but_the_open_ones_answers_without_a_token() {
    let app = guarded(Config::default()).await;
    let operations = operations(&app).await;
    assert!(operations.len() > 20, "{operations:?}");
    for (method, path, name, security) in operations {
        let answer = call(&app, &method, &path, &[]).await;
        if OPEN.contains(&name.as_str()) {
            assert_ne!(answer.status, 401, "{name}");
            assert_eq!(security, json!([]), "{name}");
            continue;
        }
        assert!(security[0]["token"][0].is_string(), "{name} is not in the table of rules");
        answer.problem(401, "unauthorized");
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{name}");
    }
    for path in ["/problems/forbidden", "/openapi.json"] {
        assert_eq!(app.get(path).await.status, 200, "{path}");
    }
    app.get("/v1/nothing").await.problem(404, "not-found");
    let method = call(&app, "DELETE", "/v1/preflights", &[]).await;
    method.problem(401, "unauthorized");
}

#[tokio::test]
async fn a_scope_opens_what_needs_it_and_nothing_else() {
    let app = guarded(Config::default()).await;
    let operations = operations(&app).await;
    for scope in Scope::ALL {
        let token = token(&app.service, &[scope]).await;
        for (method, path, name, security) in &operations {
            let answer = call_with(&app, method, path, &token).await;
            let needed = security[0]["token"][0].as_str().unwrap_or(scope.as_str());
            if needed == scope.as_str() {
                assert!(![401, 403].contains(&answer.status.as_u16()), "{name}: {}", answer.text);
                continue;
            }
            let problem = answer.problem(403, "insufficient-scope");
            assert_eq!(problem["detail"], format!("The scope {needed} is missing."), "{name}");
            let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{needed}\"");
            assert_eq!(answer.header("www-authenticate"), challenge, "{name}");
        }
    }
}

#[tokio::test]
async fn a_token_lets_in_while_it_is_whole_and_its_time_lasts() {
    let app = guarded(Config::default()).await;
    let token = token(&app.service, &[Scope::Read]).await;
    assert_eq!(call_with(&app, "GET", "/v1/checks", &token).await.status, 200);
    let shown = token.expose();
    let other = if shown.ends_with('0') { '1' } else { '0' };
    let wrong = format!("{}{other}", &shown[..shown.len() - 1]);
    for text in [&wrong, "cdcp_0123456789abcdef", "", &shown.to_uppercase()] {
        let authorization = format!("Bearer {text}");
        let headers = [(header::AUTHORIZATION, authorization.as_str())];
        let answer = call(&app, "GET", "/v1/checks", &headers).await;
        let problem = answer.problem(401, "unauthorized");
        assert_eq!(problem["detail"], "There is no such token.", "{text}");
    }
    let answer = call(&app, "GET", "/v1/checks", &[(header::AUTHORIZATION, "Basic b25l")]).await;
    answer.problem(401, "unauthorized");

    let path = app.folder.path().join("preflights.db");
    let pool = sqlx::SqlitePool::connect(path.to_str().unwrap()).await.unwrap();
    sqlx::query("update tokens set expires_at = 1").execute(&pool).await.unwrap();
    let expired = call_with(&app, "GET", "/v1/checks", &token).await;
    assert_eq!(expired.problem(401, "unauthorized")["detail"], "The token has expired.");
    assert!(expired.header("www-authenticate").contains("invalid_token"));
    let store = &app.service.store;
    assert!(store.revoke_token(token.id().into(), Timestamp::now()).await.unwrap());
    assert!(!store.revoke_token(token.id().into(), Timestamp::now()).await.unwrap(), "once");
    let revoked = call_with(&app, "GET", "/v1/checks", &token).await;
    assert_eq!(revoked.problem(401, "unauthorized")["detail"], "The token is revoked.");
}

#[tokio::test]
async fn a_login_finds_out_whose_token_it_is() {
    let app = guarded(Config::default()).await;
    let token = token(&app.service, &[Scope::Read, Scope::Submit]).await;
    let caller = app.service.authenticate(&token.expose()).await.unwrap();
    assert_eq!(caller.identity.actor(), format!("token:{}", token.id()));
    assert_eq!(
        (caller.identity.name(), caller.scopes.to_string().as_str()),
        (Some("ci"), "read,submit")
    );
    audit(&app.service, &caller, "login", "/login", "done").await;
    let entry = &app.service.store.audit(None, 9).await.unwrap()[0];
    let told = (entry.action.as_str(), entry.actor.as_str(), entry.name.as_deref());
    assert_eq!(told, ("login", caller.identity.actor().as_str(), Some("ci")));
    let error = app.service.authenticate("cdcp_").await.unwrap_err();
    assert_eq!(error.to_string(), "there is no such token");
}

#[tokio::test]
async fn a_browser_shows_its_token_in_a_cookie_from_pages_of_the_service_alone() {
    let app = guarded(Config::default()).await;
    let token = token(&app.service, &[Scope::Read]).await;
    let cookie = format!("cdc_preflight_token={}", token.expose());
    let site = HeaderName::from_static("sec-fetch-site");
    let get = call(&app, "GET", "/v1/checks", &[(header::COOKIE, &cookie)]).await;
    assert_eq!(get.status, 200, "{}", get.text);
    let post = async |headers: &[(HeaderName, &str)]| {
        let mut all = vec![(header::COOKIE, cookie.as_str())];
        all.push((header::HOST, "preflight.internal:8460"));
        all.extend(headers.iter().cloned());
        call(&app, "POST", "/v1/patterns/test", &all).await
    };
    post(&[]).await.problem(403, "forbidden");
    for elsewhere in ["cross-site", "same-site", "none"] {
        post(&[(site.clone(), elsewhere)]).await.problem(403, "forbidden");
    }
    let origin = |origin| [(header::ORIGIN, origin)];
    post(&origin("https://page.example")).await.problem(403, "forbidden");
    post(&origin("null")).await.problem(403, "forbidden");
    post(&origin("http://preflight.internal:3000")).await.problem(403, "forbidden");
    // It is let in; there is no body.
    let own = [(header::ORIGIN, "http://preflight.internal:8460"), (site, "same-origin")];
    post(&own).await.problem(415, "unsupported-media-type");
    post(&own[..1]).await.problem(415, "unsupported-media-type");
}

#[tokio::test]
async fn tokens_are_made_shown_once_listed_and_revoked() {
    let app = guarded(Config::default()).await;
    let admin = token(&app.service, &[Scope::Admin]).await;
    let wanted = json!({ "name": "portal", "scopes": ["read", "check", "read"] });
    let made = send_with(&app, "POST", "/v1/tokens", &admin, &wanted).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let body = made.json();
    let secret = body["token"].as_str().unwrap();
    assert_eq!(made.header("location"), format!("/v1/tokens/{}", body["id"].as_str().unwrap()));
    assert_eq!(made.header("cache-control"), "no-store");
    assert_eq!(body["scopes"], json!(["read", "check"]));
    let portal = Token::parse(secret).unwrap();
    assert_eq!(call_with(&app, "GET", "/v1/checks", &portal).await.status, 200);

    let list = call_with(&app, "GET", "/v1/tokens", &admin).await;
    assert!(!list.text.contains(secret) && !list.text.contains(portal.digest().as_str()));
    let list = list.json();
    assert_eq!((list[1]["name"].as_str(), &list[1]["id"]), (Some("portal"), &body["id"]));
    assert!(list[1]["last_used_at"].is_string() && list[1]["revoked_at"].is_null());
    let days = list[1]["expires_at"].as_str().unwrap().parse::<Timestamp>().unwrap();
    let days = days.duration_since(Timestamp::now()).as_hours();
    assert!((89 * 24..=90 * 24).contains(&days), "{days}");

    for wrong in [
        json!({ "name": "a b", "scopes": ["read"] }),
        json!({ "name": "ci", "scopes": [] }),
        json!({ "name": "ci", "scopes": ["root"] }),
        json!({ "name": "ci", "scopes": ["read"], "expires_in_days": 0 }),
        json!({ "name": "ci", "scopes": ["read"], "expires_in_days": 3651 }),
        json!({ "name": "ci" }),
    ] {
        let refused = send_with(&app, "POST", "/v1/tokens", &admin, &wrong).await;
        refused.problem(400, "bad-request");
    }
    let path = format!("/v1/tokens/{}", portal.id());
    assert_eq!(call_with(&app, "DELETE", &path, &admin).await.status, 204);
    call_with(&app, "DELETE", &path, &admin).await.problem(404, "not-found");
    call_with(&app, "GET", "/v1/checks", &portal).await.problem(401, "unauthorized");

    for file in std::fs::read_dir(app.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for token in [&portal, &admin] {
            let shown = token.expose();
            assert!(text.contains(token.id()) || !text.contains("CREATE TABLE tokens"));
            assert!(!text.contains(shown.rsplit('_').next().unwrap()), "a secret is on the disk");
        }
    }
}

#[tokio::test]
async fn a_mounted_file_gives_tokens_too() {
    let token = Token::generate().unwrap();
    let of_file = FileToken {
        id: token.id().into(),
        name: "operator".into(),
        scopes: [Scope::Admin].into_iter().collect(),
        digest: token.digest(),
    };
    let app = guarded(Config { tokens: vec![of_file], ..Config::default() }).await;
    assert_eq!(call_with(&app, "GET", "/v1/tokens", &token).await.json(), json!([]));
    call_with(&app, "GET", "/v1/checks", &token).await.problem(403, "insufficient-scope");
    let other = format!("cdcp_{}_{}", token.id(), "0".repeat(64));
    let other = Token::parse(&other).unwrap();
    call_with(&app, "GET", "/v1/tokens", &other).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn what_was_done_is_in_the_audit_log() {
    let app = guarded(Config::default()).await;
    let admin = token(&app.service, &[Scope::Admin]).await;
    let ci = token(&app.service, &[Scope::Read, Scope::Check]).await;
    let source = json!({ "document": referring(), "every": 3600 });
    let put = send_with(&app, "PUT", "/v1/sources/orders", &ci, &source).await;
    assert_eq!(put.status, 201, "{}", put.text);
    let refused = send_with(&app, "PUT", "/v1/sources/-x?a=secret", &ci, &source).await;
    refused.problem(400, "bad-request");
    call_with(&app, "DELETE", "/v1/tokens/none", &ci).await.problem(403, "insufficient-scope");
    let wanted = json!({ "name": "portal", "scopes": ["read"] });
    let made = send_with(&app, "POST", "/v1/tokens", &admin, &wanted).await.json();
    let prove = call_with(&app, "POST", "/v1/sources/orders/preflights", &ci).await;
    assert_eq!(prove.status, 202, "{}", prove.text);
    let request = Request::post("/v1/preflights").header("content-type", "application/yaml");
    let request = request.header("authorization", bearer(&ci)).body(referring().into()).unwrap();
    let preflight = app.call(request).await.header("location").to_owned();
    call_with(&app, "GET", "/v1/sources/orders", &ci).await;
    call(&app, "DELETE", "/v1/sources/orders", &[]).await.problem(401, "unauthorized");
    let request = Request::delete("/v1/sources/orders").header("authorization", bearer(&ci));
    let request = request.header("x-request-id", "trace-7").body(Body::empty()).unwrap();
    assert_eq!(app.call(request).await.status, 204);

    let log = call_with(&app, "GET", "/v1/audit", &admin).await.json();
    let entries = log["entries"].as_array().unwrap();
    let told: Vec<String> = entries
        .iter()
        .rev()
        .map(|it| ["action", "resource", "outcome"].map(|key| it[key].as_str().unwrap()).join(" "))
        .collect();
    let path = format!("/v1/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(
        told,
        [
            "source-put /v1/sources/orders done",
            "source-put /v1/sources/-x bad-request",
            "token-revoke /v1/tokens/none insufficient-scope",
            &format!("token-create {path} done"),
            "source-prove /v1/sources/orders/preflights done",
            &format!("preflight-create {preflight} done"),
            "source-remove /v1/sources/orders done",
        ]
    );
    assert_eq!(entries[0]["actor"], format!("token:{}", ci.id()));
    assert_eq!((&entries[0]["name"], &entries[0]["request"]), (&json!("ci"), &json!("trace-7")));
    assert_eq!(entries[3]["actor"], format!("token:{}", admin.id()));
    assert!(!log.to_string().contains("secret") && !log.to_string().contains("requests:"), "{log}");

    let page = call_with(&app, "GET", "/v1/audit?limit=4", &admin).await.json();
    let next = page["next"].as_str().unwrap();
    let rest = format!("/v1/audit?limit=4&before={next}");
    let rest = call_with(&app, "GET", &rest, &admin).await.json();
    assert_eq!((rest["entries"].as_array().unwrap().len(), &rest["next"]), (3, &Value::Null));
    call_with(&app, "GET", "/v1/audit?limit=0", &admin).await.problem(400, "bad-request");
    call_with(&app, "GET", "/v1/audit", &ci).await.problem(403, "insufficient-scope");
    assert_eq!(app.service.store.purge_audit(std::time::Duration::ZERO).await.unwrap(), 7);
}

#[tokio::test]
async fn a_caller_who_goes_away_is_in_the_audit_log_too() {
    let app = guarded(Config::default()).await;
    let ci = token(&app.service, &[Scope::Check]).await;
    let request = Request::post("/v1/preflights").header("content-type", "application/yaml");
    let request = request.header("authorization", bearer(&ci)).header("prefer", "wait=60");
    let request = request.body(referring().into()).unwrap();
    // Nobody runs it, and so the answer would take that long.
    let called = tokio::time::timeout(std::time::Duration::from_secs(2), app.call(request));
    assert!(called.await.is_err(), "it waits");
    let entry = async {
        loop {
            let entries = app.service.store.audit(None, 9).await.unwrap();
            if let Some(entry) = entries.into_iter().next() {
                return entry;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let entry = tokio::time::timeout(std::time::Duration::from_secs(60), entry).await.unwrap();
    let told = (entry.action.as_str(), entry.outcome.as_str());
    assert_eq!(told, ("preflight-create", "caller-went-away"));
}

#[tokio::test]
async fn a_caller_has_so_many_requests_and_is_told_when_to_come_back() {
    let rate = NonZeroU32::new(3);
    let app = guarded(Config { rate, ..Config::default() }).await;
    let (one, two) =
        (token(&app.service, &[Scope::Read]).await, token(&app.service, &[Scope::Submit]).await);
    for _ in 0..3 {
        assert_eq!(call_with(&app, "GET", "/v1/checks", &one).await.status, 200);
    }
    let refused = call_with(&app, "GET", "/v1/checks", &one).await;
    refused.problem(429, "rate-limited");
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    call_with(&app, "GET", "/v1/checks", &two).await.problem(403, "insufficient-scope");
    for _ in 0..3 {
        app.get("/v1/checks").await.problem(401, "unauthorized");
    }
    app.get("/v1/checks").await.problem(429, "rate-limited");
    assert_eq!(app.get("/livez").await.status, 200, "probes are always answered");
}

#[tokio::test]
async fn every_answer_tells_a_browser_what_it_may_do_with_it() {
    let app = App::idle(Config::default()).await;
    let facts = include_str!("../facts/postgres.json");
    let report = format!("/v1/preflights/{}?format=html", app.finished(facts).await);
    for path in ["/v1/checks", "/v1/nothing", "/livez", "/openapi.json", "/metrics", &report] {
        let answer = app.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; "), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{path}: {policy}");
    }
    // The page of a report has its style and its script in it: those two alone are let through.
    let answer = app.get(&report).await;
    let policy = answer.header("content-security-policy");
    for (start, end, source) in
        [("<style>", "</style>", "style-src"), ("<script>", "</script>", "script-src")]
    {
        let all: Vec<&str> = answer.text.split(start).skip(1).collect();
        assert_eq!(all.len(), 1, "one {start}");
        let digest = sha256(all[0].split(end).next().unwrap());
        assert!(policy.contains(&format!("{source} 'sha256-{digest}'")), "{policy}");
    }
    assert!(!answer.text.contains(" style=") && !answer.text.contains(" onclick="));
}

fn sha256(text: &str) -> String {
    use base64::Engine;
    use sha2::{Digest, Sha256};
    base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text))
}

#[tokio::test]
async fn names_that_are_not_its_own_are_refused() {
    let public_urls = vec!["https://preflight.example.com".parse().unwrap()];
    let app = guarded(Config { public_urls, ..Config::default() }).await;
    let token = token(&app.service, &[Scope::Read]).await;
    let get = async |host: &str| {
        let authorization = bearer(&token);
        let headers =
            [(header::HOST, host), (header::AUTHORIZATION, authorization.to_str().unwrap())];
        call(&app, "GET", "/v1/checks", &headers).await
    };
    for host in ["preflight.example.com", "10.0.0.7:8460", "localhost:8460"] {
        assert_eq!(get(host).await.status, 200, "{host}");
    }
    let problem = get("rebound.example").await.problem(403, "forbidden");
    assert!(problem["detail"].as_str().unwrap().contains("--public-url"), "{problem}");
    // A probe calls by whatever name.
    let probe = call(&app, "GET", "/livez", &[(header::HOST, "rebound.example")]).await;
    assert_eq!(probe.status, 200);
}
