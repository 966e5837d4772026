//! `/login`: a browser's user shows their token once; the browser shows it from then on.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::Deserialize;

use super::fault::Fault;
use super::page::{self, Frame, Place};
use crate::serve::access::{Access, COOKIE};
use crate::serve::audit::audit;
use crate::serve::config::Config;
use crate::serve::extract::{Form, Params};
use crate::serve::problem::Problem;
use crate::serve::service::Service;

#[derive(Template)]
#[template(path = "serve/web/login.html")]
struct LoginPage {
    frame: Frame,
    fault: Option<Fault>,
    /// Where to go afterwards.
    next: String,
}

/// Where to go afterwards.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoginParams {
    #[serde(default)]
    next: String,
}

/// The form; where nobody is asked who they are there is nothing to show.
pub(super) async fn show(
    State(service): State<Service>,
    Params(params): Params<LoginParams>,
) -> Response {
    let next = own(&params.next);
    match service.config.access {
        Access::Anybody => Redirect::to(&next).into_response(),
        Access::Tokens => {
            let frame = Frame::bare(Place::Elsewhere);
            page::shown(&LoginPage { frame, fault: None, next })
        }
    }
}

/// What the form sends. It is never shown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    token: String,
    #[serde(default)]
    next: String,
}

/// Has the browser keep a token that is good.
pub(super) async fn create(
    State(service): State<Service>,
    jar: CookieJar,
    Form(login): Form<Login>,
) -> Response {
    let (token, next) = (login.token.trim(), own(&login.next));
    match service.authenticate(token).await {
        Ok(caller) => {
            audit(&service, &caller, "login", "/login", "done").await;
            let cookie = cookie(&service.config, token.to_owned());
            (jar.add(cookie), Redirect::to(&next)).into_response()
        }
        Err(refused) => {
            let problem = Problem::from(refused);
            let fault = Some(Fault::of(&problem.body(None)));
            let page = LoginPage { frame: Frame::bare(Place::Elsewhere), fault, next };
            page::answer(problem.status(), &page)
        }
    }
}

/// Has the browser forget the token.
pub(super) async fn end(State(service): State<Service>, jar: CookieJar) -> Response {
    let gone = jar.remove(cookie(&service.config, String::new()));
    (gone, Redirect::to("/login")).into_response()
}

/// The cookie: no script reads it, no other site has it sent, and it goes over encrypted
/// connections alone where there are some.
fn cookie(config: &Config, token: String) -> Cookie<'static> {
    let is_encrypted = config.encryption.is_some()
        || config.behind_proxy
        || config.public_urls.iter().any(|url| url.scheme() == "https");
    Cookie::build((COOKIE, token))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(is_encrypted)
        .build()
}

/// Where somebody has to log in first.
pub(in crate::serve) fn first(method: &axum::http::Method, uri: &axum::http::Uri) -> Response {
    let wanted = uri.path_and_query().filter(|_| method.is_safe());
    let next = wanted.map_or("/", |wanted| wanted.as_str());
    let query =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    Redirect::to(&format!("/login?{query}")).into_response()
}

/// A path of this service, and the first page in place of anything else.
fn own(next: &str) -> String {
    let is_path = next.starts_with('/') && !next.starts_with("//") && !next.starts_with("/login");
    let is_plain = next.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    if is_path && is_plain { next.to_owned() } else { "/".into() }
}

#[cfg(test)]
mod tests {
    use super::own;

    #[test]
    fn a_login_leads_to_a_page_of_the_service_alone() {
        assert_eq!(own("/preflights/7?a=b"), "/preflights/7?a=b");
        for elsewhere in
            ["", "https://page.example", "//page.example", "/\\page.example", "/a\r\nb", "/login"]
        {
            assert_eq!(own(elsewhere), "/", "{elsewhere:?}");
        }
    }
}
