//! The web page: what the API does, for people.
//!
//! ```text
//! /                     give a request, and the history
//! /preflights/{id}      watch it, read the report, send what was proven
//! /diff                 what changed from one to another
//! /sources, /sources/{name}   stored sources, their runs over time
//! /checks               the catalogue
//! /login, /logout       where callers are asked who they are
//! /assets/{name}        style, scripts and icon, by their digest
//! ```
//!
//! Pages are made here and read without scripts; forms change things, by POST alone and only from a
//! page of the service ([`own`]). The scripts watch, copy and filter. Handlers call the functions of
//! the API's routes, and reports are those of [`crate::report`]: nothing is judged or told twice.

mod assets;
mod catalogue;
mod diff;
mod document;
mod fault;
mod home;
mod login;
mod over_time;
mod own;
mod page;
mod preflight;
mod source;
mod sources;
mod steps;
mod submission;
mod words;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};

use super::service::Service;

pub(super) use fault::{answer as problem_page, is_for_people};
pub(super) use login::first as login_first;

/// The pages, and what they load.
pub(super) fn routes() -> Router<Service> {
    Router::new()
        .route("/", get(home::show))
        .route("/preflights", post(home::create))
        .route("/preflights/{id}", get(preflight::show))
        .route("/preflights/{id}/again", post(preflight::again))
        .route("/preflights/{id}/submission", post(submission::create))
        .route("/diff", get(diff::show))
        .route("/sources", get(sources::show).post(sources::create))
        .route("/sources/{name}", get(source::show).post(source::change))
        .route("/sources/{name}/preflights", post(source::prove))
        .route("/sources/{name}/removal", post(source::remove))
        .route("/checks", get(catalogue::list))
        .route("/checks/{area}/{name}", get(catalogue::show))
        .route("/login", get(login::show).post(login::create))
        .route("/logout", post(login::end))
        .route_layer(from_fn(own::check))
        .route("/assets/{name}", get(assets::show))
}

/// Whether a route is that of a page: it takes work, as those of the API do.
pub(super) fn is_page(route: &str) -> bool {
    route == "/"
        || ["/preflights", "/diff", "/sources", "/checks"].iter().any(|it| route.starts_with(it))
}
