//! Whether the service works. No user's database is touched.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::serve::problem::{Kind, Problem, ProblemBody};
use crate::serve::service::Service;

/// That it works.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    #[schema(example = "ok")]
    status: &'static str,
}

const OK: Json<Health> = Json(Health { status: "ok" });

/// Whether the process is alive
#[utoipa::path(get, path = "/livez", tag = "health", responses((status = 200, body = Health)))]
pub(crate) async fn livez() -> Json<Health> {
    OK
}

/// The same as /livez
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, body = Health)))]
pub(crate) async fn healthz() -> Json<Health> {
    OK
}

/// Whether work is accepted: the store answers and nobody said to stop
#[utoipa::path(get, path = "/readyz", tag = "health", responses(
    (status = 200, body = Health),
    (status = 503, body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn readyz(State(service): State<Service>) -> Result<Json<Health>, Problem> {
    if service.stopping.is_cancelled() {
        return Err(Problem::new(Kind::Unavailable, "The service is stopping."));
    }
    service.store.ping().await?;
    Ok(OK)
}
