//! The service behind a socket of its own: tokens of the command line, TLS, client certificates.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use reqwest::{Certificate, Client, Identity, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::app::referring;

/// An authority with a certificate for this machine, and for two callers of whom it knows one.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, "an authority");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        Self { issuer: CertifiedIssuer::self_signed(parameters, key).unwrap() }
    }

    fn root(&self) -> Certificate {
        Certificate::from_pem(self.issuer.pem().as_bytes()).unwrap()
    }

    /// A certificate and its key, as PEM.
    fn sign(&self, name: &str, purpose: ExtendedKeyUsagePurpose) -> (String, String) {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut parameters = CertificateParams::new(names).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.extended_key_usages = vec![purpose];
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    fn client(&self, name: &str) -> Identity {
        let (certificate, key) = self.sign(name, ExtendedKeyUsagePurpose::ClientAuth);
        Identity::from_pem((certificate + &key).as_bytes()).unwrap()
    }

    /// Files that the service takes: its certificate, its key, and the authority's.
    fn write(&self, folder: &Path) -> [PathBuf; 3] {
        let (certificate, key) = self.sign("localhost", ExtendedKeyUsagePurpose::ServerAuth);
        let texts = [("cert.pem", certificate), ("key.pem", key), ("ca.pem", self.issuer.pem())];
        texts.map(|(name, text)| {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            path
        })
    }
}

/// The program with a folder of its own, and nothing of this process's environment.
fn program(folder: &TempDir) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cdc-preflight"));
    let store = folder.path().join("preflights.db");
    program.env_clear().env("CDC_PREFLIGHT_STORE", store).env("PG_PASSWORD", "p4ss");
    program.current_dir(folder.path()).kill_on_drop(true);
    program
}

async fn run(folder: &TempDir, args: &[&str]) -> Output {
    program(folder).args(args).output().await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A token of the store, as the command line makes it.
async fn token(folder: &TempDir, scopes: &str) -> String {
    let made = run(folder, &["serve", "token", "create", "--name", "ci", "--scope", scopes]).await;
    assert!(made.status.success(), "{}", text(&made.stderr));
    let token = text(&made.stdout).trim().to_owned();
    assert!(token.starts_with("cdcp_") && !text(&made.stderr).contains(&token));
    token
}

/// A service that runs, with what it has logged so far.
struct Running {
    _child: Child,
    url: String,
    log: Arc<Mutex<Vec<String>>>,
}

async fn serve(folder: &TempDir, args: &[&str]) -> Running {
    let mut program = program(folder);
    program.args(["serve", "--log-format", "json"]).args(args).stdout(Stdio::piped());
    let mut child = program.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let log = Arc::new(Mutex::new(Vec::new()));
    let message = loop {
        let line = lines.next_line().await.unwrap().expect("it listens");
        let line: Value = serde_json::from_str(&line).unwrap();
        if line["address"].is_string() {
            break line["message"].as_str().unwrap().to_owned();
        }
    };
    let known = log.clone();
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            known.lock().unwrap().push(line);
        }
    });
    let url = message.strip_prefix("listening on ").unwrap().to_owned();
    Running { _child: child, url, log }
}

impl Running {
    /// Waits for a line of the log.
    async fn logged(&self, part: &str) -> Value {
        let found = async {
            loop {
                let lines = self.log.lock().unwrap().clone();
                if let Some(line) = lines.iter().find(|line| line.contains(part)) {
                    return serde_json::from_str(line).unwrap();
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), found).await.unwrap()
    }
}

fn client(authority: &Authority, identity: Option<Identity>) -> Client {
    let builder = Client::builder().tls_certs_only([authority.root()]);
    match identity {
        Some(identity) => builder.identity(identity).build().unwrap(),
        None => builder.build().unwrap(),
    }
}

async fn get(client: &Client, url: &str, token: Option<&str>) -> (StatusCode, String) {
    let request = client.get(url);
    let request = token.map_or_else(|| client.get(url), |token| request.bearer_auth(token));
    let answer = request.send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test]
async fn the_command_line_makes_the_first_token_and_the_service_takes_it() {
    let folder = tempfile::tempdir().unwrap();
    let admin = token(&folder, "admin").await;
    let reader = token(&folder, "read,check").await;
    let service = serve(&folder, &["--listen", "127.0.0.1:0", "--access", "tokens"]).await;
    let client = Client::new();
    let url = |path: &str| format!("{}{path}", service.url);
    assert_eq!(get(&client, &url("/v1/checks"), None).await.0, 401);
    assert_eq!(get(&client, &url("/v1/checks"), Some(&reader)).await.0, 200);
    assert_eq!(get(&client, &url("/livez"), None).await.0, 200);
    let request = client.put(url("/v1/sources/orders")).bearer_auth(&reader);
    let body = serde_json::json!({ "document": referring() });
    let refused = request.header("x-request-id", "trace-9").json(&body).send().await.unwrap();
    assert_eq!(refused.status(), 422, "that variable is not there for requests");
    let line = service.logged("\"action\":\"source-put\"").await;
    assert_eq!(
        (line["outcome"].as_str(), line["name"].as_str()),
        (Some("invalid-document"), Some("ci"))
    );
    assert_eq!(
        (line["address"].as_str(), line["span"]["id"].as_str()),
        (Some("127.0.0.1"), Some("trace-9"))
    );
    let log = get(&client, &url("/v1/audit"), Some(&admin)).await.1;
    let log: Value = serde_json::from_str(&log).unwrap();
    let told: Vec<&str> =
        log["entries"].as_array().unwrap().iter().map(|it| it["actor"].as_str().unwrap()).collect();
    let id = reader.split('_').nth(1).unwrap();
    assert_eq!(told, [&format!("token:{id}"), "operator", "operator"]);

    let list = run(&folder, &["serve", "token", "list"]).await;
    let list = text(&list.stdout);
    assert_eq!(list.lines().count(), 2, "{list}");
    assert!(list.contains("read,check") && list.contains("until 2"), "{list}");
    assert!(run(&folder, &["serve", "token", "revoke", id]).await.status.success());
    let again = run(&folder, &["serve", "token", "revoke", id]).await;
    assert_eq!(again.status.code(), Some(2), "{}", text(&again.stderr));
    let (status, body) = get(&client, &url("/v1/checks"), Some(&reader)).await;
    assert!(status == 401 && body.contains("The token is revoked."), "{body}");
    let json = run(&folder, &["serve", "token", "list", "--format", "json"]).await;
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert!(json[1]["revoked_at"].is_string() && json[1]["last_used_at"].is_string(), "{json}");

    let mut all = service.log.lock().unwrap().join("\n") + &list + &log.to_string() + &body;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        all += &String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap());
    }
    for token in [&admin, &reader] {
        assert!(!all.contains(token.rsplit('_').next().unwrap()), "a secret is told or kept");
    }
}

#[tokio::test]
async fn a_listener_with_a_certificate_speaks_https_alone() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let [certificate, key, _] = authority.write(folder.path());
    let files = [certificate.to_str().unwrap(), key.to_str().unwrap()];
    let args = ["--listen", "127.0.0.1:0", "--server-cert", files[0], "--server-key", files[1]];
    let service = serve(&folder, &args).await;
    assert!(service.url.starts_with("https://"), "{}", service.url);
    let url = format!("{}/v1/checks", service.url);
    assert_eq!(get(&client(&authority, None), &url, None).await.0, 200);
    let stranger = client(&Authority::new(), None);
    assert!(stranger.get(&url).send().await.is_err(), "its authority is not known");
    let plain = url.replace("https://", "http://");
    assert!(Client::new().get(&plain).send().await.is_err(), "nothing in the clear");
}

#[tokio::test]
async fn a_client_certificate_says_who_calls() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let [certificate, key, ca] = authority.write(folder.path());
    let token = token(&folder, "admin").await;
    let args = [
        "--listen",
        "127.0.0.1:0",
        "--server-cert",
        certificate.to_str().unwrap(),
        "--server-key",
        key.to_str().unwrap(),
        "--client-ca",
        ca.to_str().unwrap(),
        "--client-scope",
        "ci-runner=read,check",
    ];
    let service = serve(&folder, &args).await;
    let url = |path: &str| format!("{}{path}", service.url);
    let runner = client(&authority, Some(authority.client("ci-runner")));
    assert_eq!(get(&runner, &url("/v1/checks"), None).await.0, 200);
    let (status, body) = get(&runner, &url("/v1/tokens"), None).await;
    assert!(status == 403 && body.contains("The scope admin is missing."), "{body}");
    let other = client(&authority, Some(authority.client("somebody")));
    let (status, body) = get(&other, &url("/v1/checks"), None).await;
    assert!(status == 403 && body.contains("insufficient-scope"), "{body}");
    let nobody = client(&authority, None);
    assert_eq!(get(&nobody, &url("/v1/checks"), None).await.0, 401);
    assert_eq!(get(&nobody, &url("/readyz"), None).await.0, 200, "probes have none");
    assert_eq!(get(&nobody, &url("/v1/tokens"), Some(&token)).await.0, 200);
    let forged = client(&authority, Some(Authority::new().client("ci-runner")));
    assert!(forged.get(url("/v1/checks")).send().await.is_err(), "another authority's");

    let request = runner.delete(url("/v1/sources/none")).send().await.unwrap();
    assert_eq!(request.status(), 404);
    let line = service.logged("source-remove").await;
    assert_eq!(line["actor"], "certificate:ci-runner");
    assert_eq!(line["outcome"], "not-found");
}

#[tokio::test]
async fn what_is_not_safe_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    for (args, word) in [
        (&["--listen", "0.0.0.0:0"][..], "nothing encrypts"),
        (&["--listen", "0.0.0.0:0", "--access", "anybody", "--behind-proxy"], "--access tokens"),
        (
            &["--public-url", "https://preflight.example.com", "--access", "anybody"],
            "--access tokens",
        ),
        (&["--server-cert", "cert.pem"], "belong together"),
        (&["--client-ca", "ca.pem"], "--server-cert"),
        (&["--client-scope", "ci=read"], "--client-ca"),
        (&["--client-scope", "ci=raed"], "raed"),
        (&["--public-url", "preflight.example.com"], "an address such as"),
        (&["--token-file", "none"], "none"),
        (&["--store", "x.db", "token", "list"], "cannot be used with"),
    ] {
        let args: Vec<&str> = std::iter::once("serve").chain(args.iter().copied()).collect();
        let refused = run(&folder, &args).await;
        let told = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{args:?}: {told}");
        assert!(told.contains(word), "{args:?}: {told}");
    }
}

#[tokio::test]
async fn a_file_and_the_environment_configure_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let text = "version = 1\n[serve]\nlisten = \"127.0.0.1:0\"\naccess = \"tokens\"\n\
                store = \"state/kept.db\"\nrate = 1\nvalid-for = 5\n\
                allow-target = [\"127.0.0.1\"]\n";
    std::fs::create_dir(folder.path().join("etc")).unwrap();
    let path = folder.path().join("etc/cdc.toml");
    std::fs::write(&path, text).unwrap();
    let mut program = program(&folder);
    program.env_remove("CDC_PREFLIGHT_STORE").env("CDC_PREFLIGHT_RATE", "2");
    program.args(["serve", "--log-format", "json", "--config"]).arg(&path);
    let mut child = program.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    let url = format!("http://{}/v1/checks", line["address"].as_str().unwrap());
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(get(&Client::new(), &url, None).await.0.as_u16());
    }
    assert_eq!(answers, [401, 401, 429], "the variable wins over the file");
    assert!(folder.path().join("etc/state/kept.db").is_file(), "relative to the file");
    let mut create = self::program(&folder);
    create.env_remove("CDC_PREFLIGHT_STORE").args(["serve", "token", "create", "--name", "ci"]);
    create.args(["--scope", "read", "--config"]).arg(&path);
    let made = create.output().await.unwrap();
    let token = self::text(&made.stdout);
    let service = Client::new();
    assert_eq!(get(&service, &url, Some(token.trim())).await.0, 200, "the same store");
}
