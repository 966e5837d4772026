//! Forms of other sites cannot change anything here.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::serve::access::is_from_own_page;
use crate::serve::problem::{Kind, Problem};

/// Lets a request that changes something pass only where a browser says that a page of this service
/// sent it, whether the caller needs a cookie for it or not.
pub(super) async fn check(request: Request, next: Next) -> Response {
    if is_from_own_page(request.method(), request.headers()) {
        return next.run(request).await;
    }
    let detail = "A form is taken from a page of this service alone; programs call /v1.";
    Problem::new(Kind::Forbidden, detail).into_response()
}
