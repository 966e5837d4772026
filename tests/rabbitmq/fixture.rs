//! A healthy broker with the queue and the account that the pages of the checks speak of.

use cdc_preflight::checks::{Facts, Intent, Report, judge};
use cdc_preflight::gather::{self, Deadlines, LiveProbe, TlsOptions};
use cdc_preflight::request::{self, Input, ManagementApi, Problems, Request};
use lapin::{Connection, ConnectionProperties};
use serde_json::{Map, Value, json};
use testbed::{Options, Product, Server, Tls};

use crate::admin::Admin;

/// What the account of the request logs in with.
pub(crate) const PASSWORD: &str = "p4ss-of-the-fixture";

/// Fields laid over a request, or members laid over what is wanted, by name or path.
pub(crate) type Overlay = Vec<(String, String)>;

/// A broker that passes every check.
pub(crate) struct Fixture {
    pub(crate) server: Server,
    pub(crate) admin: Admin,
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        let product = testbed::nearest(Product::RABBITMQ).await.expect("a RabbitMQ");
        let options = Options::new().tls(Tls::Trusted);
        let server = Server::start(product, options).await.expect("the broker starts");
        let admin = Admin::of(&server);
        let fixture = Self { server, admin };
        fixture.admin.put("vhosts/shop", json!({})).await;
        let all = json!({"configure": ".*", "write": ".*", "read": ".*"});
        fixture.admin.put("permissions/shop/admin", all).await;
        fixture.reset().await;
        fixture
    }

    /// Undoes whatever a test did.
    pub(crate) async fn reset(&self) {
        self.admin.delete("users/guest").await;
        self.account("cdc_user", "monitoring").await;
        for policy in self.admin.get("policies/shop").await.as_array().expect("a list") {
            let name = policy["name"].as_str().expect("a name");
            self.admin.delete(&format!("policies/shop/{name}")).await;
        }
        self.admin.delete("vhost-limits/shop/max-connections").await;
        for queue in self.admin.get("queues/shop?columns=name").await.as_array().expect("a list") {
            let name = queue["name"].as_str().expect("a name");
            let name =
                percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
            self.admin.delete(&format!("queues/shop/{name}")).await;
        }
        self.declare(&json!({})).await;
        self.admin.put("queues/shop/invoices", json!({"durable": true})).await;
    }

    /// An account that may read the queue `orders`, and has these tags.
    pub(crate) async fn account(&self, name: &str, tags: &str) {
        let user = json!({"password": PASSWORD, "tags": tags});
        self.admin.put(&format!("users/{name}"), user).await;
        let least = json!({"configure": "^$", "write": "^$", "read": "^orders$"});
        self.admin.put(&format!("permissions/shop/{name}"), least).await;
    }

    /// Declares the queue `orders` anew, with three messages; a connection holds it where it is
    /// exclusive.
    pub(crate) async fn declare(&self, how: &Value) -> Option<Connection> {
        self.admin.delete("queues/shop/orders").await;
        if how["exclusive"] == true {
            let connection = self.connect().await;
            let channel = connection.create_channel().await.expect("a channel");
            let options = lapin::options::QueueDeclareOptions {
                exclusive: true,
                ..lapin::options::QueueDeclareOptions::default()
            };
            let arguments = lapin::types::FieldTable::default();
            channel.queue_declare("orders".into(), options, arguments).await.expect("a queue");
            return Some(connection);
        }
        let mut queue = json!({"durable": true});
        for (name, value) in how.as_object().expect("an object") {
            queue[name] = value.clone();
        }
        self.admin.put("queues/shop/orders", queue).await;
        for _ in 0..3 {
            self.admin.publish("orders").await;
        }
        None
    }

    /// A consumer of the queue `orders`, for as long as the connection is there.
    pub(crate) async fn consume(&self) -> Connection {
        let connection = self.connect().await;
        let channel = connection.create_channel().await.expect("a channel");
        let options = lapin::options::BasicConsumeOptions::default();
        let arguments = lapin::types::FieldTable::default();
        let consumer = channel.basic_consume("orders".into(), "rival".into(), options, arguments);
        // It is ended with its connection, and not before.
        std::mem::forget(consumer.await.expect("a consumer"));
        std::mem::forget(channel);
        connection
    }

    pub(crate) async fn connect(&self) -> Connection {
        let (user, password) = (self.server.admin_user(), self.server.admin_password());
        let uri = format!("amqp://{user}:{password}@127.0.0.1:{}/shop", self.server.port());
        Connection::connect(&uri, ConnectionProperties::default()).await.expect("a connection")
    }

    /// The fields of a source at this broker, with `overlay` laid over them; `Source` is its kind.
    pub(crate) fn source(&self, overlay: &[(String, String)]) -> Value {
        let mut kind = "SourceOpenSourceRabbitMQParameters".to_owned();
        let mut fields = Map::from_iter([
            ("Endpoint".to_owned(), json!(format!("amqp://127.0.0.1:{}", self.server.port()))),
            ("VirtualHostName".to_owned(), json!("shop")),
            ("QueueName".to_owned(), json!("orders")),
            ("Username".to_owned(), json!("cdc_user")),
            ("Password".to_owned(), json!(PASSWORD)),
            ("BodyDataType".to_owned(), json!("JSON")),
        ]);
        for (name, value) in overlay {
            match (name.as_str(), value.as_str()) {
                ("Source", _) => kind.clone_from(value),
                (_, "absent") => drop(fields.remove(name)),
                _ => drop(fields.insert(name.clone(), json!(value))),
            }
        }
        json!({ kind: fields })
    }

    /// A manifest with a stream from this broker.
    pub(crate) fn manifest(&self, overlay: &[(String, String)]) -> String {
        let stream = json!({
            "EventStreamingName": "orders",
            "FilterPattern": "{}",
            "Source": self.source(overlay),
            "Sink": {"SinkMNSParameters": {
                "QueueName": {"Form": "CONSTANT", "Value": "orders"}, "Body": {"Form": "ORIGINAL"},
            }},
        });
        json!({ "requests": [{ "createEventStreaming": stream }] }).to_string()
    }

    /// What the program makes of such a stream.
    pub(crate) fn read(&self, overlay: &[(String, String)]) -> Result<Request, Problems> {
        let input = Input::text("stream.json", self.manifest(overlay));
        let loaded = request::load(input, &|_| None)?;
        let request = loaded.requests.into_iter().next().expect("one request");
        Ok(request.managed(ManagementApi::At(self.admin.address().to_owned())))
    }

    pub(crate) async fn facts(&self, overlay: &[(String, String)]) -> Facts {
        let request = self.read(overlay).expect("a good request");
        self.visit(&request, &request.intent(), &TlsOptions::default()).await
    }

    pub(crate) async fn visit(
        &self,
        request: &Request,
        intent: &Intent,
        tls: &TlsOptions,
    ) -> Facts {
        gather::gather(request, intent, tls, Deadlines::default(), LiveProbe::Safe).await
    }

    /// Visits the broker and judges.
    pub(crate) async fn report(&self, overlay: &[(String, String)]) -> Report {
        self.report_for(overlay, &[]).await
    }

    /// As [`Self::report`], with members laid over what is wanted, by their paths.
    pub(crate) async fn report_for(
        &self,
        overlay: &[(String, String)],
        wanted: &[(String, String)],
    ) -> Report {
        let request = self.read(overlay).expect("a good request");
        let mut intent = serde_json::to_value(request.intent()).expect("JSON");
        for (path, value) in wanted {
            let pointer = format!("/{}", path.replace('.', "/"));
            let member = intent.pointer_mut(&pointer).unwrap_or_else(|| panic!("no {path}"));
            *member = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
        }
        let intent: Intent = serde_json::from_value(intent).expect("an intent");
        judge(&self.visit(&request, &intent, &TlsOptions::default()).await, &intent)
    }
}
