//! Problems, for people: what is wrong, where, and what to do about it.

use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};

use super::page::{self, Frame, Place};
use super::words::shown;

/// A problem, as a part of a page.
pub(super) struct Fault {
    /// Whether the page is about nothing else.
    pub(super) is_page: bool,
    pub(super) title: String,
    pub(super) detail: String,
    /// The faults of a document.
    pub(super) lines: Vec<Line>,
    /// What speaks against sending.
    pub(super) reasons: Vec<String>,
    /// The id of the request in the service's log.
    pub(super) instance: Option<String>,
}

/// A fault of a document.
pub(super) struct Line {
    pub(super) line: Option<u64>,
    pub(super) column: Option<u64>,
    pub(super) detail: String,
    pub(super) help: String,
}

#[derive(Template)]
#[template(path = "serve/web/problem.html")]
struct ProblemPage {
    frame: Frame,
    fault: Fault,
    /// Whether something was typed, which the browser still has.
    is_of_form: bool,
}

impl Fault {
    /// The problem whose body this is, or was when it was stored.
    pub(super) fn of(body: &impl Serialize) -> Self {
        let body = json!(body);
        let text = |value: &Value| value.as_str().map(shown);
        let list = |name: &str| body[name].as_array().cloned().unwrap_or_default();
        Self {
            is_page: false,
            title: text(&body["title"]).unwrap_or_default(),
            detail: text(&body["detail"]).unwrap_or_default(),
            lines: list("errors").iter().map(Line::of).collect(),
            reasons: list("reasons").iter().filter_map(text).collect(),
            instance: text(&body["instance"]),
        }
    }
}

impl Line {
    fn of(fault: &Value) -> Self {
        let text = |name: &str| fault[name].as_str().map(shown).unwrap_or_default();
        Self {
            line: fault["line"].as_u64(),
            column: fault["column"].as_u64(),
            detail: text("detail"),
            help: text("help"),
        }
    }
}

/// Whether a problem is told by a page: to a browser that asked for one.
pub(in crate::serve) fn is_for_people(path: &str, headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).into_iter();
    let mut accepted = accepted.filter_map(|value| value.to_str().ok());
    !path.starts_with("/v1/") && accepted.any(|value| value.contains("text/html"))
}

/// A page about a problem, be it of a form or of a page that was looked for.
pub(in crate::serve) fn answer(
    status: StatusCode,
    body: &impl Serialize,
    is_of_form: bool,
) -> Response {
    let fault = Fault { is_page: true, ..Fault::of(body) };
    let frame = Frame::bare(Place::Elsewhere);
    page::answer(status, &ProblemPage { frame, fault, is_of_form })
}
