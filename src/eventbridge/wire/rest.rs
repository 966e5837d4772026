//! The documented paths: `POST /eventstreaming/<operation>` with JSON.
//!
//! The access key signs with HMAC-SHA1; an API key goes as Bearer. One sample of the documents
//! spells an operation `creatEventStreaming`; it is tried where the right spelling is not found.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use reqwest::Method;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue,
};

use super::{Dialect, Sending, VERSION, Written, agent, value};
use crate::eventbridge::signing::{self, Signable};
use crate::eventbridge::{Credentials, SigningKey};
use crate::request::Operation;

pub(super) struct Rest;

const JSON: &str = "application/json;charset=UTF-8";

impl Dialect for Rest {
    fn lacks(&self, operation: Operation) -> Option<&'static str> {
        match operation {
            Operation::ConfigureMySqlSource | Operation::ConfigurePostgreSqlSource => {
                Some("take --wire seed")
            }
            Operation::DiscoverEventSource
            | Operation::TestEventSourceConfig
            | Operation::UpdateEventStreamingBusinessOption => Some("take --wire openapi"),
            _ => None,
        }
    }

    fn takes(&self) -> &'static str {
        "an access key or an API key"
    }

    fn admits(&self, _: &Credentials) -> bool {
        true
    }

    fn write(&self, sending: &Sending<'_>) -> Written {
        let operation = sending.call.operation();
        let name = match (operation, sending.misspelt) {
            (Operation::CreateEventStreaming, true) => "creatEventStreaming",
            _ => operation.as_str(),
        };
        let url = sending.endpoint.join(&format!("eventstreaming/{name}"));
        let mut headers = HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("application/json")),
            (CONTENT_TYPE, HeaderValue::from_static(JSON)),
            (HeaderName::from_static("x-eventbridge-version"), HeaderValue::from_static(VERSION)),
            agent(),
        ]);
        match sending.credentials {
            Credentials::ApiKey(key) => {
                headers.insert(AUTHORIZATION, key.bearer());
            }
            Credentials::AccessKey(key) => sign(&mut headers, key, url.path(), sending),
        }
        let body = sending.call.secret_body().into();
        Written { method: Method::POST, url, headers, body }
    }
}

fn sign(headers: &mut HeaderMap, key: &SigningKey, path: &str, sending: &Sending<'_>) {
    let date = httpdate::fmt_http_date(sending.now.into());
    let nonce = sending.nonce.simple().to_string();
    let md5 = BASE64.encode(Md5::digest(sending.call.secret_body().as_bytes()));
    headers.insert(DATE, value(&date));
    headers.insert("content-md5", value(&md5));
    headers.insert("x-acs-signature-method", HeaderValue::from_static("HMAC-SHA1"));
    headers.insert("x-acs-signature-nonce", value(&nonce));
    headers.insert("x-acs-signature-version", HeaderValue::from_static("1.0"));
    if let Some(token) = key.token() {
        headers.insert("x-acs-security-token", token);
    }
    let texts: Vec<(&str, &str)> = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    let signable = Signable { method: "POST", path, query: &[], headers: &texts };
    let signature = signing::acs(key.access_key(), signable);
    let mut authorization = value(&format!("acs {}:{signature}", key.access_key().id));
    authorization.set_sensitive(true);
    headers.insert(AUTHORIZATION, authorization);
}
