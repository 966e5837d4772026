//! The typed request: what a configure-source operation is asked to do.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use cdc_checks::facts::connection::TlsMode;
use cdc_checks::facts::request::{Field, Operation};
use cdc_checks::request::Endpoint;
use cdc_checks::{Engine, Intent, Text, facts};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, json};

use super::origin::Origin;
use super::stream::{Member, Stream};

/// A configure-source request that holds what the API takes.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) operation: Operation,
    /// In the order of the input.
    pub(super) fields: Vec<(String, Value)>,
    pub(super) password: SecretString,
    pub(super) is_quick_look: bool,
    pub(super) connect: ConnectOptions,
    pub(super) stream: Option<Stream>,
    pub(super) origin: Option<Origin>,
    /// Where a broker listens; `None` for databases, and where nobody says.
    pub(super) endpoint: Option<Endpoint>,
    /// The account of a broker, where it is another one than the fields say.
    pub(super) user: Option<String>,
}

/// What stands in a field.
#[derive(Clone)]
pub(super) enum Value {
    Number(i64),
    Secret(SecretString),
    Text(String),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Secret(_) => f.write_str("[redacted]"),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// How to connect, as far as a URL says. The API's requests say nothing of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ConnectOptions {
    /// How much encryption and verification is asked for.
    pub tls_mode: Option<TlsMode>,
    /// A file of certificates (PEM) to trust instead of the built-in roots.
    pub ca_file: Option<PathBuf>,
    /// The file of a client certificate (PEM); there is a key wherever there is a certificate.
    pub certificate_file: Option<PathBuf>,
    /// The file of the client certificate's key (PEM).
    pub key_file: Option<PathBuf>,
    /// The time allowed for connecting.
    pub connect_timeout: Option<Duration>,
    /// Where the management API of a broker is.
    pub management: ManagementApi,
}

/// Where the management API of a broker is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum ManagementApi {
    /// At this address, for example `https://mq.example.com:15671`.
    At(String),
    /// On the broker's host, at its usual port.
    #[default]
    Derived,
    /// It is not to be asked.
    Off,
}

/// A broker that is visited in place of the one that the request names: an instance of a service
/// has an address that only its console shows.
#[derive(Clone, Debug)]
pub struct Broker {
    /// Where it listens.
    pub endpoint: Endpoint,
    /// The account, where it is another one.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<SecretString>,
}

impl Request {
    /// Which source is to be configured.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The request without its secrets, for the checks.
    pub fn facts(&self) -> facts::Request {
        let fields = self.fields.iter().map(|(name, value)| {
            let field = match value {
                Value::Number(number) => Field::Number(*number),
                Value::Secret(secret) => Field::Secret { empty: secret.expose_secret().is_empty() },
                Value::Text(text) => Field::Text(Text::new(text)),
            };
            (name.clone(), field)
        });
        facts::Request {
            operation: self.operation,
            fields: fields.collect(),
            quick_look: self.is_quick_look,
        }
    }

    /// What the request wants of the database.
    pub fn intent(&self) -> Intent {
        let mut intent = Intent::of(&self.facts());
        if let Some(user) = &self.user {
            intent.user = Text::new(user);
        }
        intent
    }

    /// The host name or address of the server; empty where the request names an instance of a
    /// service only.
    pub fn host(&self) -> &str {
        match &self.endpoint {
            Some(endpoint) => &endpoint.host,
            None => self.text("HostName").unwrap_or_default(),
        }
    }

    /// Whether the address says that a broker is reached with TLS.
    pub fn is_encrypted_port(&self) -> bool {
        self.endpoint.as_ref().is_some_and(|endpoint| endpoint.tls)
    }

    /// The same request, to be proven on this broker. What is sent stays as it is.
    #[must_use]
    pub fn at(mut self, broker: Broker) -> Self {
        self.endpoint = Some(broker.endpoint);
        self.user = broker.user.or(self.user);
        self.password = broker.password.unwrap_or(self.password);
        self
    }

    /// The same request, with the management API elsewhere, or not asked.
    #[must_use]
    pub fn managed(mut self, management: ManagementApi) -> Self {
        self.connect.management = management;
        self
    }

    fn engine(&self) -> Engine {
        self.operation.engine()
    }

    /// The port of the database; the engine's default where the request names none.
    pub fn port(&self) -> u16 {
        let default = self.engine().default_port();
        if let Some(endpoint) = &self.endpoint {
            return endpoint.port;
        }
        match self.field("Port") {
            Some(Value::Number(number)) => u16::try_from(*number).unwrap_or(default),
            _ => default,
        }
    }

    /// The account.
    pub fn user(&self) -> &str {
        if let Some(user) = &self.user {
            return user;
        }
        let name = if self.engine() == Engine::RabbitMq { "Username" } else { "User" };
        self.text(name).unwrap_or_default()
    }

    /// The account's password; empty where a quick look names none.
    pub fn password(&self) -> &SecretString {
        &self.password
    }

    /// The database; of a broker the virtual host.
    pub fn database(&self) -> &str {
        match self.engine() {
            Engine::MySql | Engine::Postgres => self.text("DatabaseName").unwrap_or_default(),
            Engine::RabbitMq => {
                self.text("VirtualHostName").filter(|name| !name.is_empty()).unwrap_or("/")
            }
        }
    }

    /// The region of EventBridge; `None` in a quick look.
    pub fn region(&self) -> Option<&str> {
        self.text("RegionId").or_else(|| self.stream.as_ref()?.region())
    }

    /// Every secret that it holds. **In clear**: only for what has to know it in order to hide it.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let of_fields = self.fields.iter().filter_map(|(_, value)| match value {
            Value::Secret(secret) => Some(secret.expose_secret()),
            Value::Number(_) | Value::Text(_) => None,
        });
        let of_stream = self.stream.iter().flat_map(Stream::secrets);
        of_fields.chain(of_stream).chain(std::iter::once(self.password.expose_secret()))
    }

    /// How to connect, as far as a URL says.
    pub fn connect_options(&self) -> &ConnectOptions {
        &self.connect
    }

    /// Whether it was made from a URL: it can be checked, but not sent.
    pub fn is_quick_look(&self) -> bool {
        self.is_quick_look
    }

    /// The stream whose source it is; `None` where the source itself is configured.
    pub fn stream(&self) -> Option<&Stream> {
        self.stream.as_ref()
    }

    /// Where it stands in its file; `None` where it was read from standard input or from a URL.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Whether it says where its server is. A source of RabbitMQ may name an instance only.
    pub fn has_address(&self) -> bool {
        !self.host().is_empty()
    }

    /// The stream as a whole, for a source that cannot be proven; `None` where the source itself is
    /// configured.
    pub fn into_stream(self) -> Option<Stream> {
        let members = self.fields.into_iter().map(|(name, value)| {
            let member = match value {
                Value::Number(number) => Member::Plain(number.into()),
                Value::Secret(secret) => Member::Secret(secret),
                Value::Text(text) => Member::Plain(text.into()),
            };
            (name, member)
        });
        let members = members.collect();
        self.stream.map(|stream| stream.with_source(members))
    }

    /// What is asked of the service: the stream's operation, or that of the source itself.
    pub fn asked(&self) -> super::Operation {
        self.stream.as_ref().map_or(self.operation.into(), Stream::operation)
    }

    /// The same request, but that an existing stream is updated where one would be created.
    #[must_use]
    pub fn as_update(mut self) -> Self {
        self.stream = self.stream.map(Stream::as_update);
        self
    }

    /// What is sent: the caller's fields and nothing else. **It holds the password**: only for the
    /// body of the HTTP request, never for a log or a file.
    pub fn body_with_secrets(&self) -> serde_json::Value {
        self.body(|secret| secret.expose_secret().into())
    }

    /// The body as it may be shown, with `***` for every secret.
    pub fn redacted_body(&self) -> serde_json::Value {
        self.body(|_| "***".into())
    }

    /// The database's part of what is sent. **It holds the password**.
    pub fn source_with_secrets(&self) -> serde_json::Value {
        self.source_body(&|secret| secret.expose_secret().into())
    }

    /// The database's part as it may be shown, with `***` for every secret.
    pub fn redacted_source(&self) -> serde_json::Value {
        self.source_body(&|_| "***".into())
    }

    fn body(&self, secret: impl Fn(&SecretString) -> String) -> serde_json::Value {
        let source = self.source_body(&secret);
        match &self.stream {
            Some(stream) => stream.body(Some(source), &secret),
            None => source,
        }
    }

    fn source_body(&self, secret: &dyn Fn(&SecretString) -> String) -> serde_json::Value {
        let members = self.fields.iter().map(|(name, value)| {
            let value = match value {
                Value::Number(number) => json!(number),
                Value::Secret(value) => json!(secret(value)),
                Value::Text(text) => json!(text),
            };
            (name.clone(), value)
        });
        serde_json::Value::Object(members.collect::<Map<_, _>>())
    }

    fn field(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.field(name)? {
            Value::Text(text) => Some(text),
            Value::Number(_) | Value::Secret(_) => None,
        }
    }
}
