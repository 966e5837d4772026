//! What today's cloud takes: `POST /`, the operation in a header, a form in which objects are JSON
//! texts, and the signature ACS3-HMAC-SHA256 of an access key.

use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::ExposeSecret;

use super::{Dialect, Sending, VERSION, Written, agent, form, value};
use crate::eventbridge::signing::{self, Signable};
use crate::eventbridge::{Credentials, SigningKey};
use crate::request::Operation;

pub(super) struct Openapi;

impl Dialect for Openapi {
    fn lacks(&self, operation: Operation) -> Option<&'static str> {
        let instead = "put the source into a createEventStreaming request, or take --wire seed";
        operation.source().map(|_| instead)
    }

    fn takes(&self) -> &'static str {
        "an access key (ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET)"
    }

    fn admits(&self, credentials: &Credentials) -> bool {
        matches!(credentials, Credentials::AccessKey(_))
    }

    fn write(&self, sending: &Sending<'_>) -> Written {
        let url = sending.endpoint.root();
        let body = form::write(sending.call.secret_body());
        let mut headers = HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("application/json")),
            (CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
            agent(),
        ]);
        headers.insert("x-acs-action", value(&sending.call.operation().action()));
        headers.insert("x-acs-version", HeaderValue::from_static(VERSION));
        headers
            .insert("x-acs-date", value(&sending.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()));
        headers.insert("x-acs-signature-nonce", value(&sending.nonce.simple().to_string()));
        let digest = signing::content_sha256(body.expose_secret().as_bytes());
        headers.insert("x-acs-content-sha256", value(&digest));
        if let Credentials::AccessKey(key) = sending.credentials {
            sign(&mut headers, key, sending);
        }
        Written { method: Method::POST, url, headers, body }
    }
}

fn sign(headers: &mut HeaderMap, key: &SigningKey, sending: &Sending<'_>) {
    let provider = if key.token().is_some() { "static_sts" } else { "static_ak" };
    headers.insert("x-acs-credentials-provider", HeaderValue::from_static(provider));
    if let Some(token) = key.token() {
        headers.insert("x-acs-accesskey-id", value(&key.access_key().id));
        headers.insert("x-acs-security-token", token);
    }
    let host = sending.endpoint.authority();
    let mut texts = vec![("host", host.as_str())];
    texts.extend(
        headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))),
    );
    let path = sending.endpoint.root();
    let signable = Signable { method: "POST", path: path.path(), query: &[], headers: &texts };
    let mut authorization = value(&signing::acs3(key.access_key(), signable));
    authorization.set_sensitive(true);
    headers.insert(AUTHORIZATION, authorization);
}
