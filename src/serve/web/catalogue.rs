//! `/checks`: what must hold, and how to see to it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use cdc_checks::{CheckInfo, catalogue};

use super::assets::CATALOGUE;
use super::page::{self, Frame, Place};
use crate::pages::{ListPart, SheetPart};
use crate::serve::extract::Segment;
use crate::serve::problem::{Kind, Problem};
use crate::serve::service::Service;

#[derive(Template)]
#[template(path = "serve/web/checks.html")]
struct ChecksPage {
    frame: Frame,
    script: &'static str,
    list: ListPart,
}

#[derive(Template)]
#[template(path = "serve/web/check.html")]
struct CheckPage {
    frame: Frame,
    check: CheckInfo,
    sheet: SheetPart,
}

/// All checks.
pub(super) async fn list(State(service): State<Service>) -> Response {
    let (frame, script) = (Frame::at(Place::Checks, &service), CATALOGUE.path.as_str());
    page::shown(&ChecksPage { frame, script, list: ListPart::new() })
}

/// One check.
pub(super) async fn show(
    State(service): State<Service>,
    Segment((area, name)): Segment<(String, String)>,
) -> Result<Response, Problem> {
    let check = catalogue::find(&format!("{area}/{name}"));
    let check = check.ok_or_else(|| Problem::new(Kind::NotFound, "There is no such check."))?;
    let sheet = SheetPart::of(&check);
    Ok(page::shown(&CheckPage { frame: Frame::at(Place::Checks, &service), check, sheet }))
}
