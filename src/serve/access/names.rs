//! Under which names the service is called, and which pages may have a browser call it.
//!
//! A page from elsewhere can have a visitor's browser send requests here. It is told by its origin,
//! or, where its own name was made to lead to this address (DNS rebinding), by the host that is
//! called. Where nobody is asked who they are that is all there is in its way. Where a token is
//! needed such a page has none: a browser keeps cookies by the name that it called.

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, Method};
use url::{Host, Origin, Url};

use super::Access;

/// What a browser says of where a request comes from, in a header that no page can set.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// That it comes from a page with the same scheme, host and port.
const SAME_ORIGIN: &str = "same-origin";

/// What the service is called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names<'a> {
    pub(super) access: Access,
    /// The addresses under which users call it.
    pub(super) public: &'a [Url],
}

impl Names<'_> {
    /// Whether a request calls the service by a name of its own, from a page of its own if from
    /// any.
    pub(super) fn are_own(&self, request: &Request) -> bool {
        let host = called(request);
        let is_host = host.as_ref().is_none_or(|host| host.as_ref().is_some_and(|it| self.is(it)));
        let origin = origin(request.headers());
        // A browser shows a certificate whoever asks it to, as it does with a cookie.
        let site = request.headers().get(FETCH_SITE).filter(|_| !request.method().is_safe());
        let is_site = site.is_none_or(|site| site == SAME_ORIGIN);
        is_host
            && is_site
            && origin.is_none_or(|origin| origin.is_some_and(|it| self.is_origin(&it, &host)))
    }

    /// Whether the host of a URL is this service's.
    fn is(&self, url: &Url) -> bool {
        let is_public = self.public.iter().any(|own| own.host() == url.host());
        is_public
            || match (self.access, url.host()) {
                (_, Some(Host::Domain("localhost"))) => true,
                // Nobody can make a number lead elsewhere.
                (Access::Tokens, Some(Host::Ipv4(_) | Host::Ipv6(_))) => true,
                (Access::Tokens, Some(Host::Domain(_))) => self.public.is_empty(),
                (Access::Anybody, Some(Host::Ipv4(address))) => address.is_loopback(),
                (Access::Anybody, Some(Host::Ipv6(address))) => address.is_loopback(),
                (_, Some(Host::Domain(_)) | None) => false,
            }
    }

    /// Whether a page of that origin is this service's.
    fn is_origin(&self, origin: &Url, host: &Option<Option<Url>>) -> bool {
        let is_public = self.public.iter().any(|own| own.origin() == origin.origin());
        is_public
            || match (self.access, host) {
                // What else runs on this machine is its user's, too.
                (Access::Anybody, _) => self.is(origin),
                // Its scheme is not known where a proxy stands before.
                (Access::Tokens, Some(Some(host))) => authority(origin) == authority(host),
                (Access::Tokens, _) => false,
            }
    }
}

/// Whether a request that changes something was sent by a page of the service itself. Whoever sends
/// a token by itself need not show that; a browser sends a cookie whoever asks it to.
pub(in crate::serve) fn is_from_own_page(method: &Method, headers: &HeaderMap) -> bool {
    if method.is_safe() {
        return true;
    }
    match headers.get(FETCH_SITE) {
        Some(site) => site == SAME_ORIGIN,
        // A browser that is too old for that says the origin, which was looked at.
        None => headers.contains_key(ORIGIN),
    }
}

/// The host that is called, as a URL; the inner `None` where it cannot be understood.
fn called(request: &Request) -> Option<Option<Url>> {
    // HTTP/2 has it in the request's own line.
    let authority = request.uri().authority().map(|authority| authority.as_str().to_owned());
    let host = match request.headers().get(HOST) {
        Some(host) => Some(host.to_str().ok().map(str::to_owned)),
        None => authority.map(Some),
    };
    host.map(|host| host.and_then(|host| Url::parse(&format!("http://{host}")).ok()))
}

fn origin(headers: &HeaderMap) -> Option<Option<Url>> {
    let origin = headers.get(ORIGIN)?;
    let url = origin.to_str().ok().and_then(|text| Url::parse(text).ok());
    Some(url.filter(|url| matches!(url.origin(), Origin::Tuple(..))))
}

/// Host and port. The port is left out where it is the one of http or https.
fn authority(url: &Url) -> (Option<Host<&str>>, Option<u16>) {
    (url.host(), url.port().filter(|port| !matches!(port, 80 | 443)))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn asked(host: &str, origin: &str) -> Request {
        let mut request = Request::new(Body::empty());
        for (name, value) in [(HOST, host), (ORIGIN, origin)] {
            if !value.is_empty() {
                request.headers_mut().insert(name, value.parse().expect("a value"));
            }
        }
        request
    }

    fn are_own(access: Access, public: &[&str], host: &str, origin: &str) -> bool {
        let public: Vec<Url> = public.iter().map(|url| url.parse().expect("a URL")).collect();
        Names { access, public: &public }.are_own(&asked(host, origin))
    }

    #[test]
    fn this_machine_alone_is_called_where_nobody_is_asked() {
        let own = |host, origin| are_own(Access::Anybody, &[], host, origin);
        for host in ["", "localhost:8460", "127.0.0.1", "[::1]:8460"] {
            assert!(own(host, "") && own(host, "http://127.0.0.1:8460"), "{host}");
        }
        for host in ["192.0.2.7:8460", "rebound.example", "127.0.0.1.rebound.example", "a b"] {
            assert!(!own(host, ""), "{host}");
        }
        for origin in ["https://page.example", "null", "file://", "http://192.0.2.7"] {
            assert!(!own("localhost:8460", origin), "{origin}");
        }
    }

    #[test]
    fn with_tokens_the_public_names_are_own() {
        let public = ["https://preflight.example.com"];
        let own = |host, origin| are_own(Access::Tokens, &public, host, origin);
        for (host, origin) in [
            ("preflight.example.com", "https://preflight.example.com"),
            ("10.0.0.7:8460", ""),
            ("localhost:8460", ""),
            // A proxy that names itself.
            ("10.0.0.7:8460", "https://preflight.example.com"),
        ] {
            assert!(own(host, origin), "{host} {origin}");
        }
        for (host, origin) in [
            ("other.example.com", ""),
            ("preflight.example.com.", ""),
            ("preflight.example.com", "https://other.example.com"),
            ("preflight.example.com", "https://preflight.example.com:8443"),
            ("preflight.example.com", "null"),
            ("10.0.0.7:8460", "http://10.0.0.7:3000"),
        ] {
            assert!(!own(host, origin), "{host} {origin}");
        }
    }

    #[test]
    fn without_public_names_a_page_is_told_by_the_host_that_it_calls() {
        let own = |host, origin| are_own(Access::Tokens, &[], host, origin);
        assert!(own("preflight.internal:8460", ""));
        assert!(own("preflight.internal:8460", "https://preflight.internal:8460"));
        assert!(own("preflight.internal", "https://preflight.internal"));
        assert!(!own("preflight.internal:8460", "https://other.internal:8460"));
        assert!(!own("preflight.internal:8460", "http://preflight.internal:3000"));
        assert!(!own("", "https://preflight.internal:8460"));
    }

    #[test]
    fn what_changes_something_by_a_cookie_comes_from_an_own_page() {
        let of = |method: Method, site: &str, origin: &str| {
            let mut request = asked("localhost", origin);
            if !site.is_empty() {
                request.headers_mut().insert(FETCH_SITE, site.parse().expect("a value"));
            }
            is_from_own_page(&method, request.headers())
        };
        let own = "http://localhost";
        assert!(of(Method::GET, "cross-site", "") && of(Method::GET, "", ""));
        assert!(of(Method::POST, "same-origin", "") && of(Method::POST, "", own));
        assert!(!of(Method::POST, "", ""), "nothing says that it does");
        let mut request = asked("localhost", "");
        request.headers_mut().insert(FETCH_SITE, "cross-site".parse().expect("a value"));
        let names = Names { access: Access::Tokens, public: &[] };
        assert!(names.are_own(&request), "it only looks");
        *request.method_mut() = Method::POST;
        assert!(!names.are_own(&request));
        for site in ["same-site", "cross-site", "none", "same-origin, none"] {
            assert!(!of(Method::DELETE, site, own), "{site}");
        }
    }
}
