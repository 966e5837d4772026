//! `/v1/preflights`: ask for one, look at one, list them.

use std::borrow::Cow;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use uuid::Uuid;

use super::name::is_name;
use super::negotiate::Form;
use super::page::{self, Page};
use super::resource::PreflightBody;
use crate::gather::LiveProbe;
use crate::report::{self, Format, GateState};
use crate::request::{self, Loaded};
use crate::serve::admission;
use crate::serve::audit::Audited;
use crate::serve::extract::{Document, Params, Segment, Wait};
use crate::serve::jobs::{self, Found};
use crate::serve::problem::{Kind, Problem, ProblemBody};
use crate::serve::service::Service;
use crate::serve::store::{self, Filter, Lease, NewPreflight, Preflight, RunOptions};

/// How often somebody who waits looks by themselves.
const LOOK: Duration = Duration::from_millis(250);
/// Seconds after which to try again where too much waits.
const RETRY_AFTER: u64 = 5;

/// How to run it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateParams {
    /// The operation of a bare payload, for example configurePostgreSQLSource
    action: Option<String>,
    /// Take warnings of lost data that some can live with for failures, which close the gate
    #[serde(default)]
    strict: bool,
    /// When to try what reading cannot prove, and leave nothing behind
    #[serde(default)]
    #[param(inline)]
    probe: LiveProbe,
}

/// Prove a request on its database
///
/// The body is what the command line takes: a manifest, or with `action` a bare payload of the
/// API. Where it refers to its secrets (`${NAME}`, `${file:PATH}`) it is queued, and the answer is
/// 202 with its address; with `Prefer: wait` the answer is delayed until it has ended. A request
/// with the secrets themselves is run at once, needs `Prefer: wait`, and is not kept.
#[utoipa::path(
    post, path = "/v1/preflights", tag = "preflights",
    params(
        CreateParams,
        ("Prefer" = Option<String>, Header, description = "`wait` or `wait=SECONDS`"),
    ),
    request_body(
        description = "A manifest or a bare payload",
        content((serde_json::Value = "application/json"), (String = "application/yaml")),
    ),
    responses(
        (status = 200, body = PreflightBody, description = "It has ended"),
        (status = 202, body = PreflightBody, description = "It waits or runs",
            headers(("Location" = String))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "The operator lets nobody connect to a target"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json",
            description = "The document has faults"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u64))),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(
    State(service): State<Service>,
    Wait(wait): Wait,
    Params(params): Params<CreateParams>,
    Document(bytes): Document,
) -> Result<Response, Problem> {
    let CreateParams { action, strict, probe } = params;
    let options = RunOptions { strict, probe };
    let id = begin(&service, bytes, action, options, wait.is_some()).await?;
    let mut answer = answer(&service, id, wait).await?;
    let resource = Some(format!("/v1/preflights/{id}"));
    answer.extensions_mut().insert(Audited { resource, outcome: None });
    Ok(answer)
}

/// Begins to prove a document: queued, or, where it carries secrets and the caller takes that, run
/// at once.
pub(in crate::serve) async fn begin(
    service: &Service,
    bytes: Vec<u8>,
    action: Option<String>,
    options: RunOptions,
    at_once: bool,
) -> Result<Uuid, Problem> {
    let secrets = &service.config.secrets;
    let loaded = request::load_document("body", bytes, action.as_deref(), secrets)
        .map_err(|problems| Problem::of_document(&problems))?;
    admission::admit(&service.config, &loaded.requests).await?;
    jobs::check_provable(&loaded)?;
    let new = NewPreflight::of(loaded.shareable.clone(), action, options);
    let id = new.id;
    match (&loaded.shareable, at_once) {
        (Some(_), _) => enqueue(service, new).await?,
        (None, true) => run_at_once(service, new, loaded).await?,
        (None, false) => {
            let detail = "The request carries a secret, and so it is not kept: refer to it by \
                          ${NAME} or ${file:PATH}, or send Prefer: wait to have it run at once.";
            return Err(Problem::new(Kind::SecretsInRequest, detail));
        }
    }
    Ok(id)
}

/// The preflight once it has ended, or after so long.
pub(super) async fn answer(
    service: &Service,
    id: Uuid,
    wait: Option<Duration>,
) -> Result<Response, Problem> {
    let preflight = await_end(service, id, wait.unwrap_or_default()).await?;
    let body = Json(body(&preflight)?);
    if preflight.state.is_final() {
        return Ok(body.into_response());
    }
    let location = [(header::LOCATION, format!("/v1/preflights/{id}"))];
    Ok((StatusCode::ACCEPTED, location, body).into_response())
}

pub(in crate::serve) async fn enqueue(service: &Service, new: NewPreflight) -> Result<(), Problem> {
    if !service.store.add(new, service.config.queue_limit, None).await? {
        let detail = "As many preflights wait as the operator allows.";
        return Err(Problem::new(Kind::QueueFull, detail).retry_after(RETRY_AFTER));
    }
    service.work.notify_one();
    Ok(())
}

/// Runs a request that holds secrets on this node, whatever becomes of the caller.
async fn run_at_once(service: &Service, new: NewPreflight, loaded: Loaded) -> Result<(), Problem> {
    let Some(slot) = jobs::slot(service).await else {
        let detail = "This node runs as many preflights as the operator allows.";
        return Err(Problem::new(Kind::QueueFull, detail).retry_after(RETRY_AFTER));
    };
    let (id, options, lease) = (new.id, new.options, Lease::new(service.config.lease));
    service.store.add(new, u64::MAX, Some(lease)).await?;
    let job = jobs::Job { id, options, lease };
    service.tasks.spawn(jobs::run_loaded(service.clone(), job, loaded, slot));
    Ok(())
}

/// Waits until it has ended, for so long at most.
async fn await_end(service: &Service, id: Uuid, wait: Duration) -> Result<Preflight, Problem> {
    let deadline = Instant::now() + wait;
    loop {
        let news = service.news.notified();
        let preflight = find(service, id).await?;
        if preflight.state.is_final() || Instant::now() >= deadline {
            return Ok(preflight);
        }
        tokio::select! {
            () = news => {}
            () = tokio::time::sleep(LOOK) => {}
            () = tokio::time::sleep_until(deadline) => {}
            () = service.stopping.cancelled() => return Ok(preflight),
        }
    }
}

/// The form in which a preflight is wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShowParams {
    /// The report alone, in a format of `--report`; it wins over `Accept`
    #[param(value_type = Option<Format>, inline)]
    format: Option<String>,
}

/// What is shown as JSON, for the OpenAPI document: the resource, or the report alone.
struct Shown;

impl PartialSchema for Shown {
    fn schema() -> RefOr<Schema> {
        let resource = Ref::from_schema_name(PreflightBody::name());
        let targets = ObjectBuilder::new().schema_type(Type::Array).build();
        let report = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("With `format=json`: the report, as `schema report` describes it."))
            .property("format_version", ObjectBuilder::new().schema_type(Type::String).build())
            .property("targets", targets)
            .required("format_version")
            .required("targets")
            .build();
        RefOr::T(OneOfBuilder::new().item(resource).item(report).build().into())
    }
}

impl ToSchema for Shown {
    fn name() -> Cow<'static, str> {
        "PreflightOrReport".into()
    }
}

/// One preflight
///
/// By default the resource, with the report in it. By `Accept` or `format` the report alone.
#[utoipa::path(
    get, path = "/v1/preflights/{id}", tag = "preflights",
    params(("id" = Uuid, Path), ShowParams),
    responses(
        (status = 200, description = "The preflight, or its report", content(
            (Shown = "application/json"), (String = "text/plain"), (String = "text/markdown"),
            (String = "text/html"), (String = "application/xml"), (String = "application/jsonl"),
            (serde_json::Value = "application/sarif+json"),
        )),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 406, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "There is no report yet, or none will come"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(service): State<Service>,
    Segment(id): Segment<Uuid>,
    Params(params): Params<ShowParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let form = Form::wanted(params.format.as_deref(), &headers)?;
    let preflight = find(&service, id).await?;
    let vary = (header::VARY, "accept");
    match form {
        Form::Resource => Ok(([vary], Json(body(&preflight)?)).into_response()),
        Form::Report(format) => {
            let report = found(&preflight)?.report_as(format);
            let text = report::render(format, &report, &report::Options::default());
            let media_type = (header::CONTENT_TYPE, format.media_type());
            Ok(([vary, media_type], text).into_response())
        }
    }
}

/// The preflight with its report, or why there is none.
fn body(preflight: &Preflight) -> Result<PreflightBody, Problem> {
    match preflight.state {
        store::State::Finished => {
            let report = report_json(&found(preflight)?)?;
            Ok(PreflightBody::new(preflight, Some(report), None))
        }
        store::State::Failed => {
            let problem = preflight.result.as_deref().map(serde_json::from_str);
            let problem = problem.transpose().map_err(jobs::unreadable)?;
            Ok(PreflightBody::new(preflight, None, problem))
        }
        _ => Ok(PreflightBody::new(preflight, None, None)),
    }
}

/// The report as `--report json` has it.
fn report_json(found: &Found) -> Result<Value, Problem> {
    let text = report::render(Format::Json, &found.report(), &report::Options::default());
    serde_json::from_str(&text).map_err(jobs::unreadable)
}

/// What a finished preflight found.
pub(in crate::serve) fn found(preflight: &Preflight) -> Result<Found, Problem> {
    match (preflight.state, &preflight.result) {
        (store::State::Finished, Some(result)) => Found::read(result, preflight.options),
        (state, _) => {
            let detail = format!("The preflight is {}: it has no report.", state.as_str());
            let problem = Problem::new(Kind::NotFinished, detail);
            Err(if state.is_final() { problem } else { problem.retry_after(1) })
        }
    }
}

pub(in crate::serve) async fn find(service: &Service, id: Uuid) -> Result<Preflight, Problem> {
    let found = service.store.preflight(id).await?;
    found.ok_or_else(|| Problem::new(Kind::NotFound, "There is no such preflight."))
}

/// Which preflights to list.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListParams {
    /// Only those of this stored source
    pub(in crate::serve) source: Option<String>,
    /// Only those that stand there
    #[param(inline)]
    pub(in crate::serve) state: Option<store::State>,
    /// Only those with this gate
    #[param(inline)]
    pub(in crate::serve) gate: Option<GateState>,
    /// Only those before this one: the `next` of the page before
    pub(in crate::serve) before: Option<Uuid>,
    /// At most so many
    #[param(minimum = 1, maximum = 200)]
    pub(in crate::serve) limit: Option<u32>,
}

/// A page of preflights, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct PreflightList {
    /// Without their reports.
    preflights: Vec<PreflightBody>,
    /// The `before` of the next page; null at the end.
    next: Option<Uuid>,
}

/// Preflights, the newest first
#[utoipa::path(
    get, path = "/v1/preflights", tag = "preflights", params(ListParams),
    responses(
        (status = 200, body = PreflightList),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(service): State<Service>,
    Params(params): Params<ListParams>,
) -> Result<Json<PreflightList>, Problem> {
    let Page { items, next } = page(&service, params).await?;
    let preflights = items.iter().map(|it| PreflightBody::new(it, None, None)).collect();
    Ok(Json(PreflightList { preflights, next }))
}

/// A page of the preflights that a caller asks for.
pub(in crate::serve) async fn page(
    service: &Service,
    params: ListParams,
) -> Result<Page<Preflight>, Problem> {
    if params.source.as_deref().is_some_and(|source| !is_name(source)) {
        return Err(Problem::new(Kind::BadRequest, "source is no name of a source."));
    }
    let filter = Filter {
        source: params.source,
        state: params.state,
        is_open: params.gate.map(|gate| matches!(gate, GateState::Open)),
        before: params.before,
        ..Filter::default()
    };
    page::preflights(service, filter, params.limit).await
}
