//! `/v1/preflights/{id}/remedy`: what to do about what was found.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::preflights::{find, found, report_json};
use crate::serve::extract::Segment;
use crate::serve::problem::{Problem, ProblemBody};
use crate::serve::service::Service;

/// What to do about a finding.
#[derive(Serialize, ToSchema)]
pub(crate) struct RemedyBody {
    /// Which request of the document it is about, from 0.
    target: usize,
    /// The check.
    #[schema(example = "postgres/wal-level")]
    check: Value,
    /// What it is about.
    subject: Value,
    /// What came of the check.
    outcome: Value,
    /// The steps, in the order in which they have to be carried out, as in the report.
    #[schema(value_type = Vec<Object>)]
    steps: Value,
}

/// What to do about what was found, in the order of the report
#[utoipa::path(
    get, path = "/v1/preflights/{id}/remedy", tag = "preflights", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = Vec<RemedyBody>),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(service): State<Service>,
    Segment(id): Segment<Uuid>,
) -> Result<Json<Vec<RemedyBody>>, Problem> {
    let report = report_json(&found(&find(&service, id).await?)?)?;
    let targets = list(&report, "targets").iter().enumerate();
    let remedies = targets.flat_map(|(target, it)| {
        list(it, "results").iter().flat_map(move |result| of_result(target, result))
    });
    Ok(Json(remedies.collect()))
}

fn of_result(target: usize, result: &Value) -> impl Iterator<Item = RemedyBody> {
    let subjects = list(result, "subjects").iter();
    let remedied = subjects.filter(|subject| !list(subject, "remedies").is_empty());
    remedied.map(move |subject| RemedyBody {
        target,
        check: result["id"].clone(),
        subject: subject["name"].clone(),
        outcome: subject["outcome"].clone(),
        steps: subject["remedies"].clone(),
    })
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
