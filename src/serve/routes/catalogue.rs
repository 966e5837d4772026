//! `/v1/checks`: the catalogue.

use axum::Json;
use cdc_checks::{CheckInfo, catalogue};
use serde::Serialize;
use utoipa::ToSchema;

use crate::serve::extract::Segment;
use crate::serve::problem::{Kind, Problem, ProblemBody};

/// A check.
#[derive(Serialize, ToSchema)]
pub(crate) struct CheckBody {
    /// Its permanent id.
    #[schema(example = "postgres/wal-level")]
    id: &'static str,
    /// The part of the id before the slash.
    area: &'static str,
    /// The good state in a few words.
    title: &'static str,
    /// required, recommended or informational.
    level: &'static str,
    /// Words to select checks by.
    tags: &'static [&'static str],
    /// Its page as Markdown; left out of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'static str>,
}

impl CheckBody {
    fn new(check: &CheckInfo, page: Option<&'static str>) -> Self {
        Self {
            id: check.id,
            area: check.area(),
            title: check.title,
            level: check.level.as_str(),
            tags: check.tags,
            page,
        }
    }
}

/// Every check
#[utoipa::path(get, path = "/v1/checks", tag = "catalogue",
    responses((status = 200, body = Vec<CheckBody>)))]
pub(crate) async fn list() -> Json<Vec<CheckBody>> {
    Json(catalogue::all().map(|check| CheckBody::new(&check, None)).collect())
}

/// One check, with its page: why it matters, and what to do
#[utoipa::path(
    get, path = "/v1/checks/{area}/{name}", tag = "catalogue",
    params(
        ("area" = String, Path, description = "The part of the id before the slash"),
        ("name" = String, Path, description = "The part behind it"),
    ),
    responses(
        (status = 200, body = CheckBody),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    Segment((area, name)): Segment<(String, String)>,
) -> Result<Json<CheckBody>, Problem> {
    let check = catalogue::find(&format!("{area}/{name}"));
    let check = check.ok_or_else(|| Problem::new(Kind::NotFound, "There is no such check."))?;
    Ok(Json(CheckBody::new(&check, Some(check.doc))))
}
