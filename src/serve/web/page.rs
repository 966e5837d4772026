//! What all pages have in common.

use askama::Template;
use axum::Extension;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::assets::{ICON, STYLE};
use crate::serve::access::Access;
use crate::serve::problem::Told;
use crate::serve::service::Service;

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
    /// Whether a user can log out.
    pub(super) has_login: bool,
}

impl Frame {
    /// Around a page of this service.
    pub(super) fn at(place: Place, service: &Service) -> Self {
        Self { has_login: service.config.access == Access::Tokens, ..Self::bare(place) }
    }

    /// Around a page that anybody sees.
    pub(super) fn bare(place: Place) -> Self {
        Self { place, has_login: false }
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

/// A page as an answer. Its policy comes from the layer of headers.
pub(super) fn answer(status: StatusCode, page: &impl Template) -> Response {
    let head = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
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
