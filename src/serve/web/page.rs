//! What all pages have in common.

use askama::Template;
use axum::Extension;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::assets::{ICON, STYLE};
use crate::serve::problem::Told;

/// What a page may do: load from this service, send forms to it, and nothing else. No style and no
/// script stands in the page itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A place of the service, for its menu.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// Requests, and what came of them.
    Preflights,
    /// Stored sources.
    Sources,
    /// The catalogue.
    Checks,
    /// None of them.
    Elsewhere,
}

/// What is around the content of every page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    place: Place,
}

impl Frame {
    pub(super) fn at(place: Place) -> Self {
        Self { place }
    }

    pub(super) fn style(self) -> &'static str {
        &STYLE.path
    }

    pub(super) fn icon(self) -> &'static str {
        &ICON.path
    }

    pub(super) fn version(self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// The entries of the menu: address, words, and whether the page belongs there.
    pub(super) fn menu(self) -> [(&'static str, &'static str, bool); 3] {
        [
            ("/", "Preflights", self.place == Place::Preflights),
            ("/sources", "Sources", self.place == Place::Sources),
            ("/checks", "Checks", self.place == Place::Checks),
        ]
    }
}

/// A page as an answer. Browsers keep none: it may hold what another caller may not see.
pub(super) fn answer(status: StatusCode, page: &impl Template) -> Response {
    let head = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // With no-referrer a form would be sent without its origin, and refused.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    match page.render() {
        Ok(text) => (status, head, Extension(Told), text).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The page, where all is well.
pub(super) fn shown(page: &impl Template) -> Response {
    answer(StatusCode::OK, page)
}
