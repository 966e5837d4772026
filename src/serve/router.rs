//! Routes and layers put together.

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::guard;
use super::headers::protect;
use super::observe::{identify, observe};
use super::openapi::{self, Written};
use super::problem::{self, ProblemBody};
use super::routes::{
    audit, catalogue, contract, diff, events, health, history, metrics, patterns, preflights,
    remedy, sources, submission, tokens, waivers,
};
use super::service::Service;
use super::web;

/// How long the sender of a body may be silent.
const BODY: Duration = Duration::from_secs(15);

/// The parts of the OpenAPI document that belong to no handler.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "cdc-preflight",
        description = "Proves on the real database that change data capture will work, before \
                       EventBridge is told about it.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    components(schemas(ProblemBody)),
    tags(
        (name = "preflights", description = "Requests that are proven on their database"),
        (name = "sources", description = "Stored requests that are proven again and again"),
        (name = "waivers", description = "Who accepts which findings, and until when"),
        (name = "catalogue", description = "The checks, and filter patterns"),
        (name = "access", description = "Who may call, and who did what"),
        (name = "health", description = "Whether the service works"),
    )
)]
struct Document;

/// The service as one router.
pub fn router(service: Service) -> Router {
    let body_limit = DefaultBodyLimit::max(service.config.body_limit);
    let (routes, document) = documented().split_for_parts();
    let written = Written::new(&openapi::finished(document));
    routes
        .route("/openapi.json", get(async move || written))
        .route("/problems/{name}", get(problem::page))
        .merge(web::routes())
        .method_not_allowed_fallback(async || axum::http::StatusCode::METHOD_NOT_ALLOWED)
        .with_state(service.clone())
        .layer(body_limit)
        .layer(RequestBodyTimeoutLayer::new(BODY))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(service.clone(), guard))
        .layer(from_fn_with_state(service, observe))
        .layer(from_fn(problem::write))
        .layer(from_fn(protect))
        .layer(from_fn(identify))
}

/// The OpenAPI document, as it is served.
pub fn openapi() -> utoipa::openapi::OpenApi {
    openapi::finished(documented().into_openapi())
}

fn documented() -> OpenApiRouter<Service> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(preflights::list, preflights::create))
        .routes(routes!(preflights::show))
        .routes(routes!(events::watch))
        .routes(routes!(submission::show, submission::create))
        .routes(routes!(contract::show))
        .routes(routes!(remedy::show))
        .routes(routes!(diff::show))
        .routes(routes!(sources::list))
        .routes(routes!(sources::show, sources::put, sources::remove))
        .routes(routes!(sources::prove))
        .routes(routes!(history::show))
        .routes(routes!(waivers::list))
        .routes(routes!(waivers::show, waivers::put, waivers::remove))
        .routes(routes!(catalogue::list))
        .routes(routes!(catalogue::show))
        .routes(routes!(patterns::test))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(audit::list))
        .routes(routes!(health::livez))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics::show))
}
