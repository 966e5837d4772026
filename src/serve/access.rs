//! Who may call the service.
//!
//! Today nobody is asked who they are, and so only this machine can call. Tokens and client
//! certificates belong here: [`Access::is_guarded`] says whether another address may be listened
//! on, and [`guard`] runs before every route.

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::{Host, Url};

use super::problem::{Kind, Problem};

/// Who may call the service.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Access {
    /// Whoever can connect.
    #[default]
    Anybody,
}

impl Access {
    /// Whether a caller has to prove anything.
    pub fn is_guarded(&self) -> bool {
        match self {
            Self::Anybody => false,
        }
    }
}

/// Refuses what a browser on this machine was made to ask by a page from elsewhere: such a request
/// names that page's host, as its origin or (DNS rebinding) as the host that it calls.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let is_foreign = [(HOST, "http://"), (ORIGIN, "")]
        .into_iter()
        .any(|(name, scheme)| !is_own(request.headers(), &name, scheme));
    if is_foreign {
        let detail = "Only this machine may call, as localhost, 127.0.0.1 or [::1].";
        return Problem::new(Kind::Forbidden, detail).into_response();
    }
    next.run(request).await
}

/// Whether a header is missing, or names this machine.
fn is_own(headers: &HeaderMap, name: &HeaderName, scheme: &str) -> bool {
    let Some(value) = headers.get(name) else { return true };
    let url = value.to_str().ok().and_then(|text| Url::parse(&format!("{scheme}{text}")).ok());
    match url.as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
