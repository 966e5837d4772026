//! Forms of other sites cannot change anything here.

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::serve::problem::{Kind, Problem};

/// Lets a request that changes something pass only where a browser says that a page of this very
/// service sent it. Another port of this machine is another site.
pub(super) async fn check(request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_own(request.headers()) {
        return next.run(request).await;
    }
    let detail = "A form is taken from a page of this service alone; programs call /v1.";
    Problem::new(Kind::Forbidden, detail).into_response()
}

fn is_own(headers: &HeaderMap) -> bool {
    let value = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = value("sec-fetch-site") {
        return site == "same-origin";
    }
    let origin = value(ORIGIN.as_str()).and_then(|text| Url::parse(text).ok());
    // The default port of a scheme is left out on both sides.
    let host = value(HOST.as_str())
        .zip(origin.as_ref())
        .and_then(|(host, origin)| Url::parse(&format!("{}://{host}", origin.scheme())).ok());
    matches!((origin, host), (Some(origin), Some(host)) if origin.origin() == host.origin())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName};

    use super::is_own;

    fn of(headers: &[(&'static str, &str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().expect("a header")));
        is_own(&headers.collect::<HeaderMap>())
    }

    #[test]
    fn only_a_page_of_the_same_origin_may_send_a_form() {
        let host = ("host", "localhost:8460");
        assert!(of(&[host, ("sec-fetch-site", "same-origin")]));
        assert!(of(&[host, ("origin", "http://localhost:8460")]));
        assert!(of(&[("host", "preflight.example"), ("origin", "https://preflight.example:443")]));
        for foreign in [
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "none"),
            ("origin", "http://localhost:3000"),
            ("origin", "http://page.example"),
            ("origin", "null"),
            ("accept", "text/html"),
        ] {
            assert!(!of(&[host, foreign]), "{foreign:?}");
        }
        // What a browser says of the site counts more than the origin.
        let both = [host, ("origin", "http://localhost:8460"), ("sec-fetch-site", "cross-site")];
        assert!(!of(&both));
    }
}
