//! Headers that keep a browser from doing with an answer what it is not meant for.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::report::html;

/// What a page of the service may do: nothing is inline, and nothing comes from elsewhere.
pub(super) const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// What is no page does nothing.
const DATA_POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; \
                           frame-ancestors 'none'; sandbox";

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What every answer has. A page's forms would lose their origin with `no-referrer`.
const ALWAYS: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (OPENER_POLICY, "same-origin"),
    (RESOURCE_POLICY, "same-origin"),
];

/// Adds what a handler has not said itself.
pub(super) async fn protect(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/v1/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let policy = policy(is_api, headers);
    let all = ALWAYS.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value)));
    // An answer is about what is so now, and for this caller.
    let more = [(CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    let policy = policy.map(|policy| (CONTENT_SECURITY_POLICY, policy));
    for (name, value) in all.chain(more).chain(policy) {
        headers.entry(name).or_insert(value);
    }
    response
}

fn policy(is_api: bool, headers: &HeaderMap) -> Option<HeaderValue> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_page = media_type.is_some_and(|it| it.starts_with("text/html"));
    match (is_page, is_api) {
        (false, _) => Some(HeaderValue::from_static(DATA_POLICY)),
        (true, false) => Some(HeaderValue::from_static(PAGE_POLICY)),
        // A report is one file with its style and script in it: those two, by their digests.
        (true, true) => {
            let policy = format!("{}; frame-ancestors 'none'", html::report_policy());
            HeaderValue::try_from(policy).ok()
        }
    }
}
