//! `/v1/audit`: who did what.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::page::{self, Page};
use crate::serve::extract::Params;
use crate::serve::problem::{Problem, ProblemBody};
use crate::serve::service::Service;
use crate::serve::store::AuditEntry;

/// Which entries to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditParams {
    /// Only those before this one: the `next` of the page before
    before: Option<Uuid>,
    /// At most so many
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Something that somebody did, or tried to do.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct AuditEntryBody {
    /// Its id, a UUIDv7.
    id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who did it: `token:ID`, `certificate:NAME`, `operator` or `anybody`.
    actor: String,
    /// What the token is called.
    name: Option<String>,
    /// What was done, in a word.
    #[schema(example = "submit")]
    action: String,
    /// The path of what it was done to.
    resource: String,
    /// `done`, or another word for what came of it: that of a problem, of a submission's state.
    outcome: String,
    /// The address that it came from.
    address: Option<String>,
    /// The id of the request, as the log has it.
    request: Option<String>,
}

/// A page of the audit log, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditList {
    entries: Vec<AuditEntryBody>,
    /// The `before` of the next page; null at the end.
    next: Option<Uuid>,
}

impl From<AuditEntry> for AuditEntryBody {
    fn from(it: AuditEntry) -> Self {
        Self {
            id: it.id,
            at: it.at,
            actor: it.actor,
            name: it.name,
            action: it.action,
            resource: it.resource,
            outcome: it.outcome,
            address: it.address,
            request: it.request,
        }
    }
}

/// Who did what, the newest first
#[utoipa::path(
    get, path = "/v1/audit", tag = "access", params(AuditParams),
    responses(
        (status = 200, body = AuditList),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(service): State<Service>,
    Params(params): Params<AuditParams>,
) -> Result<Json<AuditList>, Problem> {
    let size = page::size(params.limit)?;
    let found = service.store.audit(params.before, size + 1).await?;
    let Page { items, next } = Page::of(found, size, |entry| entry.id);
    Ok(Json(AuditList { entries: items.into_iter().map(AuditEntryBody::from).collect(), next }))
}
