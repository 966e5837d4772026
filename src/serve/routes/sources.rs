//! `/v1/sources`: stored requests without secrets, proven when asked or again and again.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::name::check_name;
use super::patterns::object_or_text;
use super::preflights::{answer, enqueue};
use crate::gather::LiveProbe;
use crate::request;
use crate::serve::extract::{Body, Segment, Wait};
use crate::serve::problem::{Kind, Problem, ProblemBody};
use crate::serve::routes::resource::PreflightBody;
use crate::serve::service::Service;
use crate::serve::store::{NewPreflight, RunOptions, Source};
use crate::serve::{admission, jobs};

/// The shortest time from one run to the next, in seconds: a database is a guest's house.
const SHORTEST: u32 = 10;
/// The longest one: a year.
const LONGEST: u32 = 366 * 24 * 3600;

/// What is stored of a source.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceInput {
    /// A manifest or a bare payload that refers to its secrets: an object, or YAML as a text.
    #[schema(schema_with = object_or_text)]
    pub(in crate::serve) document: Value,
    /// The operation of a bare payload.
    #[serde(default)]
    pub(in crate::serve) action: Option<String>,
    /// Take warnings of lost data that some can live with for failures.
    #[serde(default)]
    pub(in crate::serve) strict: bool,
    /// When to try what reading cannot prove.
    #[serde(default)]
    #[schema(inline)]
    pub(in crate::serve) probe: LiveProbe,
    /// Seconds from one run to the next; null: only when asked.
    #[serde(default)]
    #[schema(minimum = 10, maximum = 31622400)]
    pub(in crate::serve) every: Option<u32>,
}

/// A stored source.
#[derive(Serialize, ToSchema)]
#[schema(as = Source)]
pub(crate) struct SourceBody {
    name: String,
    /// The request, without comments.
    document: String,
    action: Option<String>,
    strict: bool,
    #[schema(inline)]
    probe: LiveProbe,
    every: Option<u32>,
    /// When it is run next.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl From<Source> for SourceBody {
    fn from(it: Source) -> Self {
        Self {
            name: it.name,
            document: it.document,
            action: it.action,
            strict: it.options.strict,
            probe: it.options.probe,
            every: it.every,
            next_at: it.next_at,
            created_at: it.created_at,
            updated_at: it.updated_at,
        }
    }
}

/// Every stored source, by name
#[utoipa::path(get, path = "/v1/sources", tag = "sources", responses(
    (status = 200, body = Vec<SourceBody>),
    (status = 503, body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list(State(service): State<Service>) -> Result<Json<Vec<SourceBody>>, Problem> {
    let sources = service.store.sources().await?;
    Ok(Json(sources.into_iter().map(SourceBody::from).collect()))
}

/// One stored source
#[utoipa::path(
    get, path = "/v1/sources/{name}", tag = "sources", params(("name" = String, Path)),
    responses(
        (status = 200, body = SourceBody),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(service): State<Service>,
    Segment(name): Segment<String>,
) -> Result<Json<SourceBody>, Problem> {
    Ok(Json(find(&service, name).await?.into()))
}

/// Store a source, in place of the one of that name if there is one
#[utoipa::path(
    put, path = "/v1/sources/{name}", tag = "sources",
    params(("name" = String, Path, description = "1 to 64 letters, digits, `-`, `_` and `.`",
        pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")), request_body = SourceInput,
    responses(
        (status = 200, body = SourceBody, description = "It is changed"),
        (status = 201, body = SourceBody, description = "It is new"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "The operator lets nobody connect to a target"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put(
    State(service): State<Service>,
    Segment(name): Segment<String>,
    Body(input): Body<SourceInput>,
) -> Result<(StatusCode, Json<SourceBody>), Problem> {
    let status = match store(&service, name.clone(), input).await? {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    Ok((status, Json(find(&service, name).await?.into())))
}

/// Stores a source; `false` where it took the place of the one of that name.
pub(in crate::serve) async fn store(
    service: &Service,
    name: String,
    input: SourceInput,
) -> Result<bool, Problem> {
    let source = read(service, name, input).await?;
    let is_new = service.store.create_source(source.clone()).await?;
    if !is_new {
        service.store.replace_source(source).await?;
    }
    Ok(is_new)
}

/// Remove a stored source; its preflights stay
#[utoipa::path(
    delete, path = "/v1/sources/{name}", tag = "sources", params(("name" = String, Path)),
    responses(
        (status = 204, description = "It is gone"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove(
    State(service): State<Service>,
    Segment(name): Segment<String>,
) -> Result<StatusCode, Problem> {
    take_away(&service, name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a source.
pub(in crate::serve) async fn take_away(service: &Service, name: String) -> Result<(), Problem> {
    check_name(&name)?;
    match service.store.remove_source(name).await? {
        true => Ok(()),
        false => Err(none()),
    }
}

/// Prove a stored source now
#[utoipa::path(
    post, path = "/v1/sources/{name}/preflights", tag = "sources",
    params(
        ("name" = String, Path),
        ("Prefer" = Option<String>, Header, description = "`wait` or `wait=SECONDS`"),
    ),
    responses(
        (status = 200, body = PreflightBody, description = "It has ended"),
        (status = 202, body = PreflightBody, description = "It waits or runs",
            headers(("Location" = String))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u64))),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn prove(
    State(service): State<Service>,
    Segment(name): Segment<String>,
    Wait(wait): Wait,
) -> Result<Response, Problem> {
    let id = begin(&service, name).await?;
    answer(&service, id, wait).await
}

/// Queues a preflight of a stored source.
pub(in crate::serve) async fn begin(service: &Service, name: String) -> Result<Uuid, Problem> {
    let source = find(service, name).await?;
    let new = NewPreflight {
        source: Some(source.name),
        ..NewPreflight::of(Some(source.document), source.action, source.options)
    };
    let id = new.id;
    enqueue(service, new).await?;
    Ok(id)
}

pub(in crate::serve) async fn find(service: &Service, name: String) -> Result<Source, Problem> {
    check_name(&name)?;
    service.store.source(name).await?.ok_or_else(none)
}

fn none() -> Problem {
    Problem::new(Kind::NotFound, "There is no such source.")
}

/// What is to be stored, once everything that can be wrong with it was looked for.
async fn read(service: &Service, name: String, input: SourceInput) -> Result<Source, Problem> {
    check_name(&name)?;
    if input.every.is_some_and(|every| !(SHORTEST..=LONGEST).contains(&every)) {
        let detail = format!("every is not within {SHORTEST} to {LONGEST} seconds.");
        return Err(Problem::new(Kind::BadRequest, detail));
    }
    let (text, is_text) = match input.document {
        Value::String(text) => (text, true),
        object => (object.to_string(), false),
    };
    let (action, secrets) = (input.action.as_deref(), &service.config.secrets);
    let loaded = request::load_document("document", text.into_bytes(), action, secrets);
    let loaded = loaded.map_err(|problems| {
        let problem = Problem::of_document(&problems);
        if is_text { problem } else { problem.of_member("document") }
    })?;
    admission::admit(&service.config, &loaded.requests).await?;
    jobs::check_provable(&loaded)?;
    let Some(document) = loaded.shareable else {
        let detail = "A stored request refers to its secrets, by ${NAME} or ${file:PATH}.";
        return Err(Problem::new(Kind::SecretsInRequest, detail));
    };
    let now = Timestamp::now();
    let next_at = input.every.map(|every| now + SignedDuration::from_secs(every.into()));
    Ok(Source {
        name,
        document,
        action: input.action,
        options: RunOptions { strict: input.strict, probe: input.probe },
        every: input.every,
        next_at,
        created_at: now,
        updated_at: now,
    })
}
