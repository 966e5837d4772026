//! `/v1/preflights/{id}/contract`: which events will come out.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::preflights::{find, found};
use crate::events;
use crate::serve::extract::{Params, Segment};
use crate::serve::problem::{Kind, Problem, ProblemBody};
use crate::serve::service::Service;

/// A form of the contract.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ContractFormat {
    /// The whole contract, which `events diff` compares.
    #[default]
    Json,
    /// For people.
    Human,
    /// A JSON Schema per table.
    JsonSchema,
    /// One AsyncAPI 3.0 document.
    Asyncapi,
    /// Sample events.
    Samples,
    /// Tables for a pull request.
    Markdown,
}

/// Which form is wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContractParams {
    /// The form
    #[serde(default)]
    #[param(inline)]
    format: ContractFormat,
}

impl From<ContractFormat> for events::Format {
    fn from(format: ContractFormat) -> Self {
        match format {
            ContractFormat::Json => Self::Json,
            ContractFormat::Human => Self::Human,
            ContractFormat::JsonSchema => Self::JsonSchema,
            ContractFormat::Asyncapi => Self::AsyncApi,
            ContractFormat::Samples => Self::Samples,
            ContractFormat::Markdown => Self::Markdown,
        }
    }
}

/// The event contract of a preflight: which events will come out
#[utoipa::path(
    get, path = "/v1/preflights/{id}/contract", tag = "preflights",
    params(("id" = Uuid, Path), ContractParams),
    responses(
        (status = 200, description = "The contract; a list where there are several databases",
            content((serde_json::Value = "application/json"), (String = "text/plain"),
                (String = "text/markdown"))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "The database could not be read, or not yet"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(service): State<Service>,
    Segment(id): Segment<Uuid>,
    Params(params): Params<ContractParams>,
) -> Result<Response, Problem> {
    let found = found(&find(&service, id).await?)?;
    let contracts = found.examined.iter().map(|one| events::describe(&one.facts, &one.intent));
    let contracts: Vec<_> = contracts.collect::<Result<_, _>>().map_err(|missing| {
        Problem::new(Kind::NotFinished, "The events cannot be told: the database was not read.")
            .because([missing.sentence()])
    })?;
    let format = events::Format::from(params.format);
    let mut bytes = Vec::new();
    events::write_all(&contracts, format, &mut bytes).map_err(|error| {
        tracing::error!(%error, "a contract cannot be written");
        Problem::new(Kind::Internal, "The contract cannot be written.")
    })?;
    let media_type = match format {
        events::Format::Human => "text/plain; charset=utf-8",
        events::Format::Markdown => "text/markdown; charset=utf-8",
        _ => "application/json",
    };
    Ok(([(header::CONTENT_TYPE, media_type)], bytes).into_response())
}
