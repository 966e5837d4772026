//! The Bearer dialect: `POST /<operation>`, the caller's fields as a JSON object, an API key.
//!
//! The vendor's SDKs and reference do not know it; the integration guide that users follow does.

use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};

use super::Written;
use crate::eventbridge::{Call, Endpoint, operations};

const AGENT: &str = concat!("cdc-preflight/", env!("CARGO_PKG_VERSION"));

pub(super) fn write(endpoint: &Endpoint, call: &Call, authorization: HeaderValue) -> Written {
    let json = HeaderValue::from_static("application/json");
    Written {
        method: Method::POST,
        url: endpoint.join(operations::path(call.operation())),
        headers: HeaderMap::from_iter([
            (ACCEPT, json.clone()),
            (AUTHORIZATION, authorization),
            (CONTENT_TYPE, json),
            (USER_AGENT, HeaderValue::from_static(AGENT)),
        ]),
    }
}
