//! The administrator's side of a broker: its management API.

use reqwest::Method;
use serde_json::{Value, json};
use testbed::Server;

/// The management API, as the administrator.
pub(crate) struct Admin {
    http: reqwest::Client,
    base: String,
    user: String,
    password: String,
}

impl Admin {
    pub(crate) fn of(server: &Server) -> Self {
        let (_, port) = server.broker_ports().expect("a broker has these ports");
        Self {
            http: reqwest::Client::builder().no_proxy().build().expect("a client"),
            base: format!("http://127.0.0.1:{port}"),
            user: server.admin_user().to_owned(),
            password: server.admin_password().to_owned(),
        }
    }

    /// The address of the API.
    pub(crate) fn address(&self) -> &str {
        &self.base
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) {
        self.call(Method::PUT, path, Some(body)).await;
    }

    /// Deletes what may not be there.
    pub(crate) async fn delete(&self, path: &str) {
        let url = format!("{}/api/{path}", self.base);
        for _ in 0..20 {
            let request = self.http.delete(&url).basic_auth(&self.user, Some(&self.password));
            let status = request.send().await.expect("an answer").status();
            if status.is_success() || status.as_u16() == 404 {
                return;
            }
            // A queue that was exclusive is locked until its connection has gone.
            assert_eq!(status.as_u16(), 400, "DELETE {path}");
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        panic!("DELETE {path} is refused");
    }

    /// Publishes a message to a queue of the virtual host `shop`.
    pub(crate) async fn publish(&self, queue: &str) {
        let message = json!({
            "properties": {"delivery_mode": 2, "content_type": "application/json"},
            "routing_key": queue, "payload": "{\"id\": 1}", "payload_encoding": "string",
        });
        let answer =
            self.call(Method::POST, "exchanges/shop/amq.default/publish", Some(message)).await;
        assert_eq!(answer["routed"], true, "{queue}");
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}/api/{path}", self.base);
        let mut request = self.http.request(method.clone(), url);
        request = request.basic_auth(&self.user, Some(&self.password));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("an answer");
        let status = response.status();
        let text = response.text().await.expect("a text");
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}
