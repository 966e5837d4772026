//! `/v1/preflights/{id}/remedy`: what to do about what was found, as one ordered script.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use cdc_checks::Engine;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::preflights::{find, found};
use crate::remedy::{Plan, Scope, Selection, render_json, render_script, render_undo};
use crate::serve::extract::{Params, Segment};
use crate::serve::jobs::Found;
use crate::serve::problem::{Problem, ProblemBody};
use crate::serve::service::Service;

/// A form of the remedy.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RemedyFormat {
    /// The plans, one for each server.
    #[default]
    Json,
    /// The script for the database's own client, or the shell where it is about a broker.
    Script,
    /// The script that takes it back.
    Undo,
}

/// What is to be cured, and in which form that is told.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemedyParams {
    /// The form
    #[serde(default)]
    #[param(inline)]
    format: RemedyFormat,
    /// Cure warnings, too, not only what closes the gate
    #[serde(default)]
    all: bool,
}

/// What to do about what was found: the fewest changes that open the gate
///
/// Every step once, in an order in which it can be carried out, with one restart for all that need
/// one. Nothing is carried out by the service.
#[utoipa::path(
    get, path = "/v1/preflights/{id}/remedy", tag = "preflights",
    params(("id" = Uuid, Path), RemedyParams),
    responses(
        (status = 200, description = "As the command `remedy` writes it",
            content((serde_json::Value = "application/json"), (String = "text/x-sql"),
                (String = "text/plain"))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "There is no report yet, or none will come"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(service): State<Service>,
    Segment(id): Segment<Uuid>,
    Params(params): Params<RemedyParams>,
) -> Result<Response, Problem> {
    let plans = plans(&found(&find(&service, id).await?)?, params.all);
    let media_type = match params.format {
        RemedyFormat::Json => "application/json",
        _ if plans.iter().any(|plan| plan.engine == Engine::RabbitMq) => {
            "text/plain; charset=utf-8"
        }
        _ => "text/x-sql; charset=utf-8",
    };
    let text = match params.format {
        RemedyFormat::Json => render_json(&plans),
        RemedyFormat::Script => script(&plans),
        RemedyFormat::Undo => plans.iter().map(render_undo).collect::<Vec<_>>().join("\n"),
    };
    Ok(([(header::CONTENT_TYPE, media_type)], text).into_response())
}

/// What has to be done on each server; with `all`, about warnings as well.
pub(crate) fn plans(found: &Found, all: bool) -> Vec<Plan> {
    let scope = if all { Scope::All } else { Scope::Gate };
    Plan::of(&found.report().targets, &Selection { scope, ..Selection::default() })
}

/// The scripts of all servers, one after the other.
pub(crate) fn script(plans: &[Plan]) -> String {
    plans.iter().map(render_script).collect::<Vec<_>>().join("\n")
}
