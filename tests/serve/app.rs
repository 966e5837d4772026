//! The service in this process, called without a socket.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode};
use cdc_preflight::serve::secrets::SecretSources;
use cdc_preflight::serve::store::{self, Lease, NewPreflight, RunOptions, State, Verdict};
use cdc_preflight::serve::{Config, Service, router};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;
use uuid::Uuid;

/// A variable that cargo sets for every test, as the operator's secret.
pub(crate) const SECRET: &str = "CARGO_PKG_NAME";

/// A service with a store of its own, whose jobs run.
pub(crate) struct App {
    pub(crate) service: Service,
    pub(crate) folder: TempDir,
}

/// An answer that was read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) head: Response<()>,
    pub(crate) text: String,
}

impl App {
    pub(crate) async fn start() -> Self {
        let app = Self::idle(Config::default()).await;
        app.service.start_jobs();
        app
    }

    /// A service whose jobs wait for ever.
    pub(crate) async fn idle(config: Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("preflights.db").to_str().unwrap().to_owned();
        Self::new(folder, path, config).await
    }

    /// The same, with its store at this address.
    pub(crate) async fn on(store: &str, config: Config) -> Self {
        Self::new(tempfile::tempdir().unwrap(), store.to_owned(), config).await
    }

    async fn new(folder: TempDir, path: String, config: Config) -> Self {
        let secrets = SecretSources { variables: vec![SECRET.into()], folder: None };
        let config = Config { store: path.clone(), secrets, ..config };
        let service = Service::new(config, store::open(&path).await.unwrap());
        Self { service, folder }
    }

    /// A preflight that found these facts, and its id.
    pub(crate) async fn finished(&self, facts: &str) -> Uuid {
        self.finished_of(None, facts, true).await
    }

    /// The same of a stored source, with this gate.
    pub(crate) async fn finished_of(
        &self,
        source: Option<&str>,
        facts: &str,
        is_open: bool,
    ) -> Uuid {
        let source = source.map(str::to_owned);
        let new = NewPreflight {
            source,
            ..NewPreflight::of(Some(referring()), None, RunOptions::default())
        };
        let (id, lease) = (new.id, Lease::new(Duration::from_secs(60)));
        let result = format!("{{\"facts\":[{facts}]}}");
        let (is_open, exit_code, counts) = (Some(is_open), Some(0), None);
        let verdict = Verdict { state: State::Finished, is_open, exit_code, counts, result };
        assert!(self.service.store.add(new, 1, Some(lease)).await.unwrap());
        assert!(self.service.store.finish(id, lease.worker, verdict).await.unwrap());
        id
    }

    pub(crate) async fn call(&self, request: Request<Body>) -> Answer {
        let response = router(self.service.clone()).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, head: Response::from_parts(parts, ()), text }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// A request with a JSON body.
    pub(crate) async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("content-type", "application/json");
        self.call(request.body(body.to_string().into()).unwrap()).await
    }

    /// Posts a document, and waits for the end where that is asked for.
    pub(crate) async fn post(&self, path: &str, document: &str, prefer: Option<&str>) -> Answer {
        let request = Request::post(path).header("content-type", "application/yaml");
        let request = match prefer {
            Some(prefer) => request.header("prefer", prefer),
            None => request,
        };
        self.call(request.body(document.to_owned().into()).unwrap()).await
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.head.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The problem that it is.
    pub(crate) fn problem(&self, status: u16, kind: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["type"], format!("/problems/{kind}"), "{problem}");
        assert_eq!(problem["status"], status);
        problem
    }
}

/// A request for a port on which nobody listens.
pub(crate) fn request(password: &str) -> String {
    format!(
        "# Nobody needs to keep this.
requests:
  - configurePostgreSQLSource:
      RegionId: cn-hangzhou
      HostName: 127.0.0.1
      Port: 1
      User: cdc_user
      Password: {password}
      DatabaseName: inventory
      SchemaName: public
      TableNames: orders
      NetworkType: PublicNetwork
"
    )
}

/// As [`request`], with a reference for the password.
pub(crate) fn referring() -> String {
    request(&format!("\"${{{SECRET}}}\""))
}
