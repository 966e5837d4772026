//! Runs before every route: who calls, and may they?

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;

use super::caller::{Caller, Identity};
use super::certificate;
use super::challenge::Challenge;
use super::names::{self, Names};
use super::rules::{self, Need};
use super::scope::Scopes;
use super::{Access, COOKIE};
use crate::serve::audit::Pending;
use crate::serve::observe::REQUEST_ID;
use crate::serve::problem::{Kind, Problem};
use crate::serve::service::Service;

/// Where a proxy says whose request it passes on.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Lets a request through that may be answered, with its [`Caller`] as an extension.
pub(in crate::serve) async fn guard(
    State(service): State<Service>,
    route: Option<MatchedPath>,
    mut request: Request,
    next: Next,
) -> Response {
    // There is nothing: the answer is 404, whoever asks.
    let Some(route) = route else { return next.run(request).await };
    let rule = rules::rule(request.method(), route.as_str());
    let Need::Scope(scope) = rule.need else {
        return match let_open(&service, &request) {
            Ok(visitor) => {
                request.extensions_mut().insert(visitor);
                next.run(request).await
            }
            Err(problem) => problem.into_response(),
        };
    };
    let caller = match Visitor::of(&service, &request) {
        Ok(visitor) => visitor.let_in(&service).await,
        Err(problem) => Err(problem),
    };
    let caller = match caller {
        Ok(caller) => caller,
        Err(problem) => return problem.into_response(),
    };
    let path = request.uri().path().to_owned();
    let pending = rule.action.map(|action| Pending::new(&service, &caller, action, &path));
    let response = match caller.require(scope) {
        Ok(()) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    };
    if let Some(pending) = pending {
        pending.end(&response).await;
    }
    response
}

/// Whoever has what is open to everybody, as somebody who may do nothing else. What is not merely looked at, such as a login, is counted, and no page
/// from elsewhere has a browser do it.
fn let_open(service: &Service, request: &Request) -> Result<Caller, Problem> {
    let address = address(service, request);
    if !request.method().is_safe() {
        refuse_foreign(service, request)?;
        service.limits.count_unknown(address)?;
    }
    let nobody = Caller::new(Identity::Anybody, Scopes::default());
    Ok(Caller { address, request: id(request), ..nobody })
}

/// The id of a request, as the log has it.
fn id(request: &Request) -> Option<String> {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    id.map(str::to_owned)
}

fn refuse_foreign(service: &Service, request: &Request) -> Result<(), Problem> {
    let config = &service.config;
    let names = Names { access: config.access, public: &config.public_urls };
    match names.are_own(request) {
        true => Ok(()),
        false => Err(Problem::new(Kind::Forbidden, foreign(config.access))),
    }
}

/// What a request tells of its caller. The request itself cannot be held while the store is asked.
struct Visitor {
    shown: Result<Shown, Problem>,
    address: Option<IpAddr>,
    request: Option<String>,
}

/// What a caller shows of itself.
enum Shown {
    Caller(Caller),
    Token(String),
}

impl Visitor {
    /// Who calls, where that is not a page from elsewhere.
    fn of(service: &Service, request: &Request) -> Result<Self, Problem> {
        refuse_foreign(service, request)?;
        Ok(Self {
            shown: shown(service, request),
            address: address(service, request),
            request: id(request),
        })
    }

    /// The caller, where it is somebody and does not call more often than it may.
    async fn let_in(self, service: &Service) -> Result<Caller, Problem> {
        let caller = match self.shown {
            Ok(Shown::Caller(caller)) => Ok(caller),
            Ok(Shown::Token(token)) => service.authenticate(&token).await.map_err(Problem::from),
            Err(problem) => Err(problem),
        };
        match caller {
            Ok(caller) => {
                let caller = Caller { address: self.address, request: self.request, ..caller };
                service.limits.count(&caller).map(|()| caller)
            }
            Err(problem) => service.limits.count_unknown(self.address).and(Err(problem)),
        }
    }
}

fn foreign(access: Access) -> &'static str {
    match access {
        Access::Anybody => "Only this machine may call, as localhost, 127.0.0.1 or [::1].",
        Access::Tokens => {
            "The service is called by a name, or from a page, that is not its own: the operator \
             says what its names are with --public-url."
        }
    }
}

fn shown(service: &Service, request: &Request) -> Result<Shown, Problem> {
    if service.config.access == Access::Anybody {
        return Ok(Shown::Caller(Caller::new(Identity::Anybody, Scopes::all())));
    }
    if let Some(token) = token(request.method(), request.headers())? {
        return Ok(Shown::Token(token));
    }
    let holder = certificate::holder(request, &service.config.client_scopes);
    holder.map(Shown::Caller).ok_or_else(|| {
        let detail = "Show a token: Authorization: Bearer cdcp_...";
        Problem::new(Kind::Unauthorized, detail).challenging(Challenge::Token)
    })
}

/// The token that a request shows. A header wins over a cookie: no page from elsewhere can set it.
fn token(method: &Method, headers: &HeaderMap) -> Result<Option<String>, Problem> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let token = value.to_str().ok().and_then(bearer);
        let detail = "Authorization is not Bearer and a token.";
        let problem = || Problem::new(Kind::Unauthorized, detail).challenging(Challenge::Token);
        return token.map(|token| Some(token.to_owned())).ok_or_else(problem);
    }
    let Some(cookie) = CookieJar::from_headers(headers).get(COOKIE).cloned() else {
        return Ok(None);
    };
    if !names::is_from_own_page(method, headers) {
        let detail = "A page from elsewhere would have your browser do that.";
        return Err(Problem::new(Kind::Forbidden, detail));
    }
    Ok(Some(cookie.value().to_owned()))
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The address that a request comes from. A proxy adds it to the end of its header; what stands
/// before was said by the caller.
fn address(service: &Service, request: &Request) -> Option<IpAddr> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    if !service.config.behind_proxy {
        return peer;
    }
    forwarded(request.headers()).or(peer)
}

fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all(FORWARDED_FOR).into_iter().next_back()?.to_str().ok()?;
    let last = last.rsplit(',').next()?.trim();
    let with_port = || last.parse::<SocketAddr>().map(|address| address.ip());
    last.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = all.iter().map(|(name, value)| {
            (axum::http::HeaderName::from_static(name), value.parse().expect("a value"))
        });
        pairs.collect()
    }

    #[test]
    fn a_token_comes_in_a_header_or_in_a_cookie() {
        let of = |all: &[_]| token(&Method::GET, &headers(all)).ok();
        let some = |token: &str| Some(Some(token.to_owned()));
        assert_eq!(of(&[]), Some(None));
        assert_eq!(of(&[("authorization", "Bearer one")]), some("one"));
        assert_eq!(of(&[("authorization", "bearer  one ")]), some("one"));
        let cookie = ("cookie", "theme=dark; cdc_preflight_token=two");
        assert_eq!(of(&[cookie]), some("two"));
        assert_eq!(of(&[cookie, ("authorization", "Bearer one")]), some("one"));
        assert_eq!(of(&[("cookie", "theme=dark")]), Some(None));
        for wrong in ["Basic b25l", "one", ""] {
            assert_eq!(of(&[cookie, ("authorization", wrong)]), None, "{wrong}");
        }
    }

    #[test]
    fn what_a_proxy_added_last_is_the_address() {
        let of = |text: &str| {
            let address = forwarded(&headers(&[("x-forwarded-for", text)]));
            address.map(|address| address.to_string())
        };
        for (text, address) in [
            ("192.0.2.7", "192.0.2.7"),
            ("10.9.8.7, 192.0.2.7", "192.0.2.7"),
            ("10.9.8.7,192.0.2.7:4711", "192.0.2.7"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
        ] {
            assert_eq!(of(text).as_deref(), Some(address), "{text}");
        }
        for text in ["", "unknown", "192.0.2.7, ", "192.0.2.7, _hidden"] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn a_cookie_is_worth_nothing_to_pages_from_elsewhere() {
        let cookie = ("cookie", "cdc_preflight_token=two");
        let of = |all: &[_]| token(&Method::POST, &headers(all)).is_ok();
        assert!(of(&[cookie, ("sec-fetch-site", "same-origin")]));
        assert!(!of(&[cookie, ("sec-fetch-site", "cross-site")]));
        assert!(!of(&[cookie]));
        assert!(of(&[cookie, ("authorization", "Bearer one")]), "no page can set that");
    }
}
