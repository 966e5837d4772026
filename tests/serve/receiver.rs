//! Somebody who is told by a webhook.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cdc_preflight::eventbridge::PlainHttp;
use cdc_preflight::serve::webhook::Webhook;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::sync::Notify;

/// What both sides know.
const KEY: [u8; 32] = [7; 32];

/// A receiver, which keeps what it is told.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) address: String,
    state: Arc<Inbox>,
}

#[derive(Default)]
struct Inbox {
    /// How it answers what comes first; then it takes everything.
    answers: Mutex<VecDeque<StatusCode>>,
    messages: Mutex<Vec<Message>>,
    news: Notify,
}

/// What came.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) content_type: String,
    pub(crate) event: Value,
    /// How it was answered.
    pub(crate) answer: StatusCode,
}

/// The secret of a receiver, as the operator has it.
pub(crate) fn secret() -> String {
    format!("whsec_{}", BASE64.encode(KEY))
}

impl Receiver {
    pub(crate) async fn start(answers: &[u16]) -> Self {
        let answers = answers.iter().map(|status| StatusCode::from_u16(*status).unwrap()).collect();
        let state = Arc::new(Inbox { answers: Mutex::new(answers), ..Inbox::default() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/hook", listener.local_addr().unwrap());
        let app = Router::new().fallback(take).with_state(state.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, state }
    }

    pub(crate) fn webhook(&self) -> Webhook {
        let secret = secret().parse().unwrap();
        Webhook::new(&self.address, secret, PlainHttp::LoopbackOnly).unwrap()
    }

    pub(crate) fn messages(&self) -> Vec<Message> {
        self.state.messages.lock().unwrap().clone()
    }

    /// The first of its messages, once there are so many.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Message> {
        let arrived = async {
            loop {
                let news = self.state.news.notified();
                if self.messages().len() >= count {
                    return self.messages();
                }
                news.await;
            }
        };
        let patience = std::time::Duration::from_secs(120);
        tokio::time::timeout(patience, arrived).await.expect("it is told")
    }
}

async fn take(State(inbox): State<Arc<Inbox>>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let answer = inbox.answers.lock().unwrap().pop_front().unwrap_or(StatusCode::NO_CONTENT);
    let message = Message {
        path: parts.uri.path().to_owned(),
        id: text(&parts.headers, "webhook-id"),
        content_type: text(&parts.headers, "content-type"),
        event: serde_json::from_slice(&body).unwrap(),
        answer,
    };
    verify(&parts.headers, &body);
    inbox.messages.lock().unwrap().push(message);
    inbox.news.notify_waiters();
    (answer, [(header::LOCATION, "/elsewhere")]).into_response()
}

/// As the receivers' libraries do it.
fn verify(headers: &HeaderMap, body: &Bytes) {
    let timestamp = text(headers, "webhook-timestamp");
    let age = jiff::Timestamp::now().as_second() - timestamp.parse::<i64>().unwrap();
    assert!(age.abs() < 300, "{age}");
    let mut mac = Hmac::<Sha256>::new_from_slice(&KEY).unwrap();
    mac.update(format!("{}.{timestamp}.", text(headers, "webhook-id")).as_bytes());
    mac.update(body);
    let expected = format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()));
    assert_eq!(text(headers, "webhook-signature"), expected);
}

fn text(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}
