//! The Bearer dialect: `POST /<operation>`, the caller's fields as a JSON object, an API key.
//!
//! The vendor's SDKs and reference do not know it; the integration guide that users follow does.

use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};

use super::{Dialect, Sending, Written, agent};
use crate::eventbridge::Credentials;
use crate::request::Operation;

pub(super) struct Seed;

impl Dialect for Seed {
    fn lacks(&self, operation: Operation) -> Option<&'static str> {
        operation.source().is_none().then_some("it configures sources; take --wire rest or openapi")
    }

    fn takes(&self) -> &'static str {
        "an API key (EVENTBRIDGE_API_KEY)"
    }

    fn admits(&self, credentials: &Credentials) -> bool {
        matches!(credentials, Credentials::ApiKey(_))
    }

    fn write(&self, sending: &Sending<'_>) -> Written {
        let json = HeaderValue::from_static("application/json");
        let mut headers =
            HeaderMap::from_iter([(ACCEPT, json.clone()), (CONTENT_TYPE, json), agent()]);
        if let Credentials::ApiKey(key) = sending.credentials {
            headers.insert(AUTHORIZATION, key.bearer());
        }
        Written {
            method: Method::POST,
            url: sending.endpoint.join(sending.call.operation().as_str()),
            headers,
            body: sending.call.secret_body().into(),
        }
    }
}
