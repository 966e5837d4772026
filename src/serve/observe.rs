//! Around every request: an id, a line of the log, a count, and limits.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::{Instrument, info, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use uuid::Uuid;

use super::problem::{Kind, Problem};
use super::service::Service;
use super::traces;
use super::web;

/// The header with the id of a request, in the request and in the answer.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What an answer may take beyond the longest wait that a caller can ask for.
const ANSWER: Duration = Duration::from_secs(90);

/// Gives the request an id: the caller's where it has a harmless one, else a new one.
pub(super) async fn identify(mut request: Request, next: Next) -> Response {
    let given = request.headers().get(REQUEST_ID).filter(|id| is_harmless(id)).cloned();
    let id = given.unwrap_or_else(|| {
        let id = Uuid::new_v4().to_string();
        HeaderValue::from_str(&id).expect("a UUID is a header's value")
    });
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let mut response = next.run(request).await;
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

fn is_harmless(id: &HeaderValue) -> bool {
    let bytes = id.as_bytes();
    let harmless = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=64).contains(&bytes.len()) && bytes.iter().all(harmless)
}

/// Limits, logs and counts a request. The probes of an orchestrator are not limited.
pub(super) async fn observe(
    State(service): State<Service>,
    route: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let method = known(request.method());
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let is_work = route.starts_with("/v1/") || web::is_page(route);
    let span = info_span!("request", id = id.unwrap_or_default());
    // Where nothing is exported there is nothing to belong to.
    let _ = span.set_parent(traces::parent(request.headers()));
    span.set_attribute("http.request.method", method);
    span.set_attribute("http.route", route.to_owned());
    let told = span.clone();
    let response = async {
        let response = match is_work {
            true => limited(&service, request, next).await,
            false => next.run(request).await,
        };
        let (status, took) = (response.status().as_u16(), began.elapsed());
        service.metrics.count_request(method, route, status, took);
        told.set_attribute("http.response.status_code", i64::from(status));
        if is_work {
            info!(method, route, status, ms = took.as_millis() as u64, "answered");
        }
        response
    };
    response.instrument(span).await
}

async fn limited(service: &Service, request: Request, next: Next) -> Response {
    let Ok(_permit) = service.requests.try_acquire() else {
        let detail = "This node answers as many requests as the operator allows.";
        return Problem::new(Kind::Busy, detail).retry_after(1).into_response();
    };
    let limit = service.config.longest_wait + ANSWER;
    let answer = tokio::time::timeout(limit, next.run(request)).await;
    answer.unwrap_or_else(|_| {
        Problem::new(Kind::TimedOut, "The answer took too long.").into_response()
    })
}

/// The method as a label: those that nobody knows are one.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}
