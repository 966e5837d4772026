//! A client that writes and reads the bytes of HTTP itself, so that it shares nothing with the
//! simulator or with the product's client.

use std::io;
use std::time::Duration;

use eventbridge_simulator::{Config, KeyPolicy, Running, Simulator};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const KEY: &str = "key-7f3a9c";
pub(crate) const PASSWORD: &str = "pa55-word-e41b";
pub(crate) const POSTGRES: &str = "/configurePostgreSQLSource";
pub(crate) const MYSQL: &str = "/configureMySQLSource";

pub(crate) fn config() -> Config {
    Config::new(KeyPolicy::require(KEY))
}

pub(crate) async fn start(config: Config) -> Running {
    Simulator::start(config).await.unwrap()
}

/// A simulator on which these faults wait.
pub(crate) async fn start_with(faults: &[&str]) -> Running {
    let specs = faults.iter().map(|text| text.parse().unwrap());
    start(specs.fold(config(), Config::fault)).await
}

/// A body with every field.
pub(crate) fn source() -> Value {
    json!({
        "RegionId": "cn-hangzhou", "HostName": "pg.example.com", "Port": 5432,
        "User": "cdc_user", "Password": PASSWORD, "DatabaseName": "inventory",
        "SchemaName": "public", "TableNames": "products,orders", "SnapshotMode": "initial",
        "NetworkType": "PrivateNetwork", "VpcId": "vpc-1", "VSwitchIds": "vsw-1,vsw-2",
        "SecurityGroupId": "sg-1",
    })
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The values of a header, by its lower-case name.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, it)| it).collect()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The data of an answer, which has to say success.
    #[track_caller]
    pub(crate) fn data(&self) -> Value {
        let body = self.json();
        assert_eq!((self.status, &body["Code"]), (200, &json!("Success")), "{body}");
        body["Data"].clone()
    }

    pub(crate) fn code(&self) -> String {
        self.json()["Code"].as_str().unwrap().to_owned()
    }
}

/// A request under construction; starts as a good one.
#[derive(Clone)]
pub(crate) struct Call {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Call {
    pub(crate) fn post(path: &str, body: &Value) -> Self {
        let headers = vec![
            ("Host".to_owned(), "simulator".to_owned()),
            ("Authorization".to_owned(), format!("Bearer {KEY}")),
            ("Content-Type".to_owned(), "application/json".to_owned()),
        ];
        Self { method: "POST", path: path.to_owned(), headers, body: body.to_string().into() }
    }

    /// A request that the vendor's client has sent, byte for byte.
    pub(crate) fn captured(text: &str) -> Self {
        let capture: Value = serde_json::from_str(text).unwrap();
        let request = &capture["request"];
        let headers = request["headers"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let headers = headers.map(|pair| (text(&pair[0]), text(&pair[1])));
        Self {
            method: "POST",
            path: text(&request["path"]),
            headers: headers.filter(|(name, _)| name != "Content-Length").collect(),
            body: text(&request["body"]).into(),
        }
    }

    pub(crate) fn method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    pub(crate) fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(kept, _)| !kept.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        let mut call = self.without(name);
        call.headers.push((name.to_owned(), value.to_owned()));
        call
    }

    fn bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", self.body.len()));
        [head.into_bytes(), self.body.clone()].concat()
    }

    /// The answer; none when the connection is closed without one.
    pub(crate) async fn attempt(&self, url: &str) -> io::Result<Option<Answer>> {
        let exchange = exchange(url, self.bytes());
        tokio::time::timeout(Duration::from_secs(60), exchange).await.unwrap()
    }

    pub(crate) async fn send(&self, running: &Running) -> Answer {
        self.attempt(&running.url()).await.unwrap().expect("an answer")
    }
}

async fn exchange(url: &str, request: Vec<u8>) -> io::Result<Option<Answer>> {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&request).await?;
    let mut bytes = Vec::new();
    // The simulator closes every connection after its answer, so the end of file ends the body.
    stream.read_to_end(&mut bytes).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Ok(Some(Answer { status, head: head.to_owned(), body: body.to_owned() }))
}
