//! `/v1/preflights/{id}/diff`: what changed from one preflight to another.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::preflights::{find, found};
use crate::events;
use crate::report::{self, Format, ReportDiff, Saved};
use crate::serve::extract::{Params, Segment};
use crate::serve::jobs::Found;
use crate::serve::problem::{Kind, Problem, ProblemBody};
use crate::serve::service::Service;

/// A form of the comparison.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DiffFormat {
    /// For programs.
    #[default]
    Json,
    /// For people.
    Human,
    /// For a pull request.
    Markdown,
}

impl DiffFormat {
    fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Human => "text/plain; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
        }
    }
}

impl From<DiffFormat> for events::DiffFormat {
    fn from(format: DiffFormat) -> Self {
        match format {
            DiffFormat::Json => Self::Json,
            DiffFormat::Human => Self::Human,
            DiffFormat::Markdown => Self::Markdown,
        }
    }
}

/// What to compare with, and in which form.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct DiffParams {
    /// The preflight of before
    against: Uuid,
    /// The form
    #[serde(default)]
    #[param(inline)]
    format: DiffFormat,
}

/// What changed since another preflight: findings that are new, changed, fixed, unknown or still
/// there
#[utoipa::path(
    get, path = "/v1/preflights/{id}/diff", tag = "preflights",
    params(("id" = Uuid, Path), DiffParams),
    responses(
        (status = 200, description = "The comparison, as the command `diff` writes it",
            content((serde_json::Value = "application/json"), (String = "text/plain"),
                (String = "text/markdown"))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "One of them has no report yet, or none will come"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(service): State<Service>,
    Segment(id): Segment<Uuid>,
    Params(params): Params<DiffParams>,
) -> Result<Response, Problem> {
    let now = found(&find(&service, id).await?)?;
    let before = found(&find(&service, params.against).await?)?;
    let diff = between(&before, &now)?;
    let text = report::render_diff(&diff, params.format.into(), &report::Options::default());
    let media_type = [(header::CONTENT_TYPE, params.format.media_type())];
    Ok((media_type, text).into_response())
}

/// What changed from one preflight to another.
pub(crate) fn between(before: &Found, now: &Found) -> Result<ReportDiff, Problem> {
    Ok(ReportDiff::between(&saved(before)?, &saved(now)?))
}

fn saved(found: &Found) -> Result<Saved, Problem> {
    let text = report::render(Format::Json, &found.report(), &report::Options::default());
    Saved::parse(&text).map_err(|error| {
        tracing::error!(%error, "a report cannot be compared");
        Problem::new(Kind::Internal, "The reports cannot be compared.")
    })
}
