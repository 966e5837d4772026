//! A database's URL for a quick look: it has no region, and cannot be sent.
//!
//! It is taken apart here rather than by a general parser, because every part has a place to point
//! at, and because no message may repeat a password that was cut in the wrong place.

use std::time::Duration;

use cdc_checks::Engine;
use cdc_checks::facts::connection::TlsMode;
use cdc_checks::facts::request::Operation;
use cdc_checks::request::fields::nearest;
use secrecy::SecretString;

use super::configure_source::{ConnectOptions, Value};
use super::draft::{Draft, DraftContent, DraftField};
use super::problem::{Problem, Problems};
use super::source::{Complaint, Source, Span};

const SCHEMES: [(&str, Operation); 6] = [
    ("postgres://", Operation::ConfigurePostgreSqlSource),
    ("postgresql://", Operation::ConfigurePostgreSqlSource),
    ("mysql://", Operation::ConfigureMySqlSource),
    ("mariadb://", Operation::ConfigureMySqlSource),
    ("amqp://", Operation::OpenSourceRabbitMqSource),
    ("amqps://", Operation::OpenSourceRabbitMqSource),
];

/// The variable with the password of a broker's account. Its own clients have none.
pub(super) const BROKER_PASSWORD: &str = "RABBITMQ_PASSWORD";

/// The parameters that are understood, in the words of both engines' own clients.
const PARAMETERS: [&str; 9] = [
    "connect_timeout",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
];

/// Whether an argument is a URL rather than a file's name.
pub(super) fn is_url(argument: &str) -> bool {
    argument.contains("://")
}

/// The draft of a request, with what was said about it.
///
/// # Errors
/// Tables that cannot stand in a request.
pub(super) fn read(
    url: &str,
    tables: &[String],
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<(Source, Draft, Vec<Complaint>), Problems> {
    if tables.iter().any(|table| table.trim().is_empty() || table.contains(',')) {
        let help = "Give every table by an option of its own: --table public.orders.";
        let message = "a table's name is empty or has a comma";
        return Err(Problem::nowhere("--table", message, help).into());
    }
    let mut source = Source::new("<url>", url.into());
    let (scheme, operation) = match SCHEMES.iter().find(|(it, _)| url.starts_with(it)) {
        Some(known) => known,
        None => return Err(unknown_scheme(&mut source)),
    };
    let is_broker = operation.engine() == Engine::RabbitMq;
    if is_broker && !tables.is_empty() {
        let help = "Name its queues: --queue orders.";
        return Err(Problem::nowhere("--table", "a message broker has no tables", help).into());
    }
    let mut reader = Reader::new(url, *operation);
    let (mut fields, connect) = reader.parts(scheme.len(), tables, env);
    if is_broker {
        fields = of_broker(scheme, fields);
    }
    source.hide_only(reader.hidden);
    let span = 0..scheme.len();
    let (operation, is_quick_look, stream) = (*operation, true, None);
    let draft = Draft { operation, span, fields, is_quick_look, connect, stream };
    Ok((source, draft, reader.complaints))
}

fn unknown_scheme(source: &mut Source) -> Problems {
    let end = source.text.find("://").unwrap_or(0);
    source.hide_only(std::iter::once(end..source.text.len()));
    let scheme = source.slice(&(0..end)).to_string();
    let help = match nearest(&scheme, SCHEMES.map(|(scheme, _)| scheme.trim_end_matches("://"))) {
        Some(near) => format!("Did you mean {near}?"),
        None => "Write postgres://user@host/database, mysql://user@host/database or \
                 amqps://user@host/vhost."
            .into(),
    };
    source.problems([Complaint::error(&(0..end), "a URL of an unknown scheme", help)])
}

/// Takes a URL apart. Every part is a span of it.
struct Reader<'a> {
    url: &'a str,
    operation: Operation,
    complaints: Vec<Complaint>,
    hidden: Vec<Span>,
}

impl<'a> Reader<'a> {
    fn new(url: &'a str, operation: Operation) -> Self {
        Self { url, operation, complaints: Vec::new(), hidden: Vec::new() }
    }

    fn parts(
        &mut self,
        start: usize,
        tables: &[String],
        env: &dyn Fn(&str) -> Option<String>,
    ) -> (Vec<DraftField>, ConnectOptions) {
        let end = self.find(start..self.url.len(), &['/', '?', '#']);
        let query = self.find(end..self.url.len(), &['?', '#']);
        let fragment = self.find(query..self.url.len(), &['#']);
        if self.slice(&(end..self.url.len())).contains('@') {
            self.misplaced_at(start);
            return (self.unresolved(start), ConnectOptions::default());
        }
        if fragment < self.url.len() {
            let help = "Write # as %23.";
            self.error(&(fragment..fragment + 1), "a URL of a database has no # part", help);
            self.hidden.push(fragment..self.url.len());
        }
        let host = self.slice(&(start..end)).rfind('@').map(|at| start + at + 1);
        let mut fields = self.user(start..host.map_or(start, |host| host - 1), env);
        fields.extend(self.host(host.unwrap_or(start)..end));
        fields.push(self.database(end..query));
        fields.extend(self.tables(tables));
        (fields, self.parameters(query..fragment))
    }

    /// An `@` behind the host: a character of the password ended the host's part too early.
    fn misplaced_at(&mut self, start: usize) {
        let end = self.url.rfind('@').unwrap_or(start);
        self.hidden.push(start..self.url.len());
        let help = "Write / as %2F, ? as %3F, # as %23 and @ as %40 in user, password and values.";
        self.error(&(end..end + 1), "an @ stands where none can be", help);
    }

    /// The required fields, none of which is to be complained about again.
    fn unresolved(&self, at: usize) -> Vec<DraftField> {
        let names = ["HostName", "User", "DatabaseName"];
        names.map(|name| field(name, at..at, DraftContent::Unresolved)).into()
    }

    fn user(&mut self, span: Span, env: &dyn Fn(&str) -> Option<String>) -> Vec<DraftField> {
        let colon = self.find(span.clone(), &[':']);
        let name = span.start..colon;
        let mut fields = vec![self.required("User", name, "Write the account before the host: ")];
        if colon < span.end {
            let password = colon + 1..span.end;
            self.hidden.push(password.clone());
            let message = "a password in a URL can be seen in the list of processes";
            let help = format!("Leave it out, and set {}.", self.password_variable());
            self.complaints.push(Complaint::warning(&password, message, help));
            let content = match self.decoded(&password) {
                Some(text) => secret(text),
                None => DraftContent::Unresolved,
            };
            fields.push(field("Password", password, content));
        } else if let Some(password) = env(self.password_variable()) {
            fields.push(field("Password", span, secret(password)));
        }
        fields
    }

    /// The variable from which the engine's own clients take the password.
    fn password_variable(&self) -> &'static str {
        match self.operation.engine() {
            Engine::MySql => "MYSQL_PWD",
            Engine::Postgres => "PGPASSWORD",
            Engine::RabbitMq => BROKER_PASSWORD,
        }
    }

    fn host(&mut self, span: Span) -> Vec<DraftField> {
        let text = self.slice(&span);
        let name_end = match text.strip_prefix('[') {
            Some(_) => text.find(']').map_or(span.end, |at| span.start + at + 1),
            None => self.find(span.clone(), &[':']),
        };
        let mut name = span.start..name_end;
        if text.starts_with('[') && text.contains(']') {
            name = name.start + 1..name.end - 1;
        }
        let mut fields = Vec::new();
        if self.slice(&name).contains(',') {
            self.error(&name, "a URL names one host", "Check one server at a time.");
            fields.push(field("HostName", name, DraftContent::Unresolved));
        } else {
            fields.push(self.required("HostName", name, "Write the host: "));
        }
        fields.extend(self.port(name_end..span.end));
        fields
    }

    fn port(&mut self, span: Span) -> Option<DraftField> {
        let digits = span.start + 1..span.end;
        let text = self.url.get(digits.clone()).filter(|text| !text.is_empty())?;
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        let content = match text.parse() {
            Ok(number) if is_number => DraftContent::Value(Value::Number(number)),
            _ => {
                // Where the host is forgotten, this is the password.
                self.hidden.push(span.clone());
                let help = "Write user:password@host:port, with the signs @ : / percent-encoded.";
                self.error(&digits, "what stands behind the host is not a port", help);
                DraftContent::Unresolved
            }
        };
        Some(field("Port", digits, content))
    }

    fn database(&mut self, span: Span) -> DraftField {
        let name = span.end.min(span.start + 1)..span.end;
        if self.slice(&name).contains('/') {
            let help = "Write a / within a name as %2F.";
            self.error(&name, "a URL names one database", help);
            return field("DatabaseName", name, DraftContent::Unresolved);
        }
        // Without one a broker's default is meant, which a URL would have to write as %2F.
        if name.is_empty() && self.operation.engine() == Engine::RabbitMq {
            return field("DatabaseName", name, DraftContent::Value(Value::Text("/".into())));
        }
        self.required("DatabaseName", name, "Write the database after the host: ")
    }

    fn tables(&self, tables: &[String]) -> Option<DraftField> {
        let content = DraftContent::Value(Value::Text(tables.join(",")));
        let end = self.url.len();
        (!tables.is_empty()).then(|| field("TableNames", end..end, content))
    }

    /// A part that has to be there.
    fn required(&mut self, name: &str, span: Span, help: &str) -> DraftField {
        let content = match self.decoded(&span) {
            Some(text) if text.is_empty() => {
                let example = match self.operation.engine() {
                    Engine::MySql => "mysql://user@host/database",
                    Engine::Postgres => "postgres://user@host/database",
                    Engine::RabbitMq => "amqps://user@host/vhost",
                };
                self.error(&span, format!("the URL has no {name}"), format!("{help}{example}."));
                DraftContent::Unresolved
            }
            Some(text) => DraftContent::Value(Value::Text(text)),
            None => DraftContent::Unresolved,
        };
        field(name, span, content)
    }

    fn parameters(&mut self, span: Span) -> ConnectOptions {
        let mut options = ConnectOptions::default();
        let mut start = span.start + 1;
        while start < span.end {
            let end = self.find(start..span.end, &['&']);
            if end > start {
                self.parameter(start..end, &mut options);
            }
            start = end + 1;
        }
        if options.certificate_file.is_some() != options.key_file.is_some() {
            let help = "Give both sslcert and sslkey.";
            self.error(&span, "a client certificate and its key belong together", help);
        }
        options
    }

    fn parameter(&mut self, span: Span, options: &mut ConnectOptions) {
        let equals = self.find(span.clone(), &['=']);
        let (name, value) = (span.start..equals, span.end.min(equals + 1)..span.end);
        let Some(text) = self.decoded(&value) else { return };
        match self.slice(&name) {
            "sslmode" | "ssl-mode" => options.tls_mode = self.tls_mode(&value, &text),
            "sslrootcert" | "ssl-ca" => options.ca_file = Some(text.into()),
            "sslcert" | "ssl-cert" => options.certificate_file = Some(text.into()),
            "sslkey" | "ssl-key" => options.key_file = Some(text.into()),
            "connect_timeout" => options.connect_timeout = self.timeout(&value, &text),
            unknown => {
                let unknown = unknown.to_string();
                self.unknown_parameter(&name, value, &unknown);
            }
        }
    }

    fn unknown_parameter(&mut self, name: &Span, value: Span, text: &str) {
        self.hidden.push(value);
        let help = match nearest(text, PARAMETERS) {
            _ if text == "password" => format!("Set {} instead.", self.password_variable()),
            Some(near) => format!("Did you mean {near}?"),
            None => format!("Understood are {}.", PARAMETERS.join(", ")),
        };
        self.error(name, "the URL has a parameter that is not understood", help);
    }

    fn tls_mode(&mut self, span: &Span, text: &str) -> Option<TlsMode> {
        let mode = match text.to_ascii_lowercase().replace('_', "-").as_str() {
            "disable" | "disabled" => TlsMode::Disable,
            "prefer" | "preferred" => TlsMode::Prefer,
            "require" | "required" => TlsMode::Require,
            "verify-ca" => TlsMode::VerifyCa,
            "verify-full" | "verify-identity" => TlsMode::VerifyFull,
            "allow" => {
                let message = "the mode allow is treated as prefer";
                self.complaints.push(Complaint::warning(span, message, "Write prefer."));
                TlsMode::Prefer
            }
            other => {
                let modes = ["disable", "prefer", "require", "verify-ca", "verify-full"];
                let help = match nearest(other, modes) {
                    Some(near) => format!("Did you mean {near}?"),
                    None => format!("Write one of {}.", modes.join(", ")),
                };
                self.error(span, "there is no such mode of encryption", help);
                return None;
            }
        };
        Some(mode)
    }

    fn timeout(&mut self, span: &Span, text: &str) -> Option<Duration> {
        match text.parse::<u32>() {
            Ok(seconds) if seconds > 0 => Some(Duration::from_secs(seconds.into())),
            _ => {
                let help = "Write whole seconds, at least 1.";
                self.error(span, "connect_timeout is not a time", help);
                None
            }
        }
    }

    /// The part with its percent signs replaced; `None` where that cannot be done.
    fn decoded(&mut self, span: &Span) -> Option<String> {
        let text = decode(self.slice(span));
        if text.is_none() {
            let help = "Write a percent sign as %25.";
            self.error(span, "a percent sign is not followed by the code of a character", help);
        }
        text
    }

    fn slice(&self, span: &Span) -> &'a str {
        self.url.get(span.clone()).unwrap_or_default()
    }

    /// The first of some characters within a span; its end where there is none.
    fn find(&self, span: Span, signs: &[char]) -> usize {
        self.slice(&span).find(signs).map_or(span.end, |at| span.start + at)
    }

    fn error(&mut self, span: &Span, message: impl Into<String>, help: impl Into<String>) {
        self.complaints.push(Complaint::error(span, message, help));
    }
}

/// The parts of a URL under the names that they have in the source of a broker.
fn of_broker(scheme: &str, fields: Vec<DraftField>) -> Vec<DraftField> {
    let port = fields.iter().find_map(|field| match (field.name.as_str(), &field.content) {
        ("Port", DraftContent::Value(Value::Number(port))) => Some(format!(":{port}")),
        _ => None,
    });
    let port = port.unwrap_or_default();
    let renamed = fields.into_iter().filter(|field| field.name != "Port").map(|field| {
        let (name, content) = match (field.name.as_str(), field.content) {
            ("HostName", DraftContent::Value(Value::Text(host))) => {
                let host = if host.contains(':') { format!("[{host}]") } else { host };
                ("Endpoint", DraftContent::Value(Value::Text(format!("{scheme}{host}{port}"))))
            }
            ("HostName", content) => ("Endpoint", content),
            ("User", content) => ("Username", content),
            ("DatabaseName", content) => ("VirtualHostName", content),
            (_, content) => ("Password", content),
        };
        DraftField { name: name.into(), content, ..field }
    });
    renamed.collect()
}

fn field(name: &str, span: Span, content: DraftContent) -> DraftField {
    DraftField { name: name.into(), key_span: span.clone(), span, content }
}

fn secret(text: String) -> DraftContent {
    DraftContent::Value(Value::Secret(SecretString::from(text)))
}

/// Replaces `%xx`; `None` where the digits are missing or the bytes are no UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first != b'%' {
            bytes.push(*first);
            rest = after;
            continue;
        }
        let (code, after) = after.split_at_checked(2)?;
        let is_hex = code.iter().all(u8::is_ascii_hexdigit);
        let code = std::str::from_utf8(code).ok().filter(|_| is_hex)?;
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}
