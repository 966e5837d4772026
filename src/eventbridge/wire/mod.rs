//! How a call is written: one file per dialect of the service.

mod seed;

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use serde::Serialize;
use serde_json::Value;

use super::scrub::REDACTED;
use super::{Call, Endpoint};

/// A call as it is written, but for its body, which the call keeps.
pub(super) struct Written {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
}

/// Writes a call in the dialect of the service's Bearer interface, the only one there is so far.
pub(super) fn write(endpoint: &Endpoint, call: &Call, authorization: HeaderValue) -> Written {
    seed::write(endpoint, call, authorization)
}

/// A request as it would be sent, without its secrets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Preview {
    /// The HTTP method.
    pub method: String,
    /// The address.
    pub url: String,
    /// The headers by lower-case name, but for those that HTTP itself adds.
    pub headers: BTreeMap<String, String>,
    /// The body with its secrets replaced.
    pub body: Value,
}

/// Shows what a submission would send. It needs no key and no clearance, and does no I/O.
pub fn dry_run(endpoint: &Endpoint, call: &Call) -> Preview {
    let written = write(endpoint, call, HeaderValue::from_static("Bearer"));
    let mut headers: BTreeMap<String, String> = written
        .headers
        .iter()
        .map(|(name, value)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    headers.insert("authorization".to_owned(), format!("Bearer {REDACTED}"));
    Preview {
        method: written.method.to_string(),
        url: written.url.into(),
        headers,
        body: call.redacted_body().clone(),
    }
}

#[cfg(test)]
mod tests {
    use cdc_checks::facts::request::Operation;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_dry_run_shows_everything_but_the_secrets() {
        let body = json!({"User": "cdc_user", "Password": "hunter22"});
        let shown = json!({"User": "cdc_user", "Password": "***"});
        let endpoint = Endpoint::of_region("cn-shanghai").expect("a region");
        let call = Call::new(Operation::ConfigureMySqlSource, &body, shown.clone());
        let preview = dry_run(&endpoint, &call.expect("a call"));
        assert_eq!(preview.method, "POST");
        let url = "https://eventbridge.cn-shanghai.aliyuncs.com/configureMySQLSource";
        assert_eq!(preview.url, url);
        assert_eq!(preview.headers["authorization"], "Bearer ***");
        assert_eq!(preview.headers["content-type"], "application/json");
        assert_eq!(preview.body, shown);
        let text = serde_json::to_string(&preview).expect("it serialises");
        assert!(!text.contains("hunter22"));
    }
}
