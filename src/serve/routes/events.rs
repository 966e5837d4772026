//! `/v1/preflights/{id}/events`: what happens, while it happens (server-sent events).

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::ToSchema;
use uuid::Uuid;

use super::preflights::find;
use crate::report::GateState;
use crate::serve::extract::Segment;
use crate::serve::problem::{Kind, Problem, ProblemBody};
use crate::serve::service::Service;
use crate::serve::store::{Preflight, StoreError};

/// How often to look for what other nodes wrote.
const LOOK: Duration = Duration::from_millis(500);

/// An event of the stream, by the names of its fields.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is sent; the library writes it")]
struct ServerSent {
    /// `started`, `visited` or `ended`.
    event: String,
    /// Its number; the last one has none.
    id: Option<String>,
    /// A JSON object.
    data: String,
}

/// The progress of a preflight, as server-sent events
///
/// `started` and `visited` have numbers, so that `Last-Event-ID` goes on after a lost connection.
/// `visited` names a server, how many checks came to what, and which of them
/// close the gate where nobody waives them. The last one is `ended`, with the state, the gate and the exit code.
#[utoipa::path(
    get, path = "/v1/preflights/{id}/events", tag = "preflights",
    params(
        ("id" = Uuid, Path),
        ("Last-Event-ID" = Option<u64>, Header, description = "Only what came after it"),
    ),
    responses(
        (status = 200, body = ServerSent, content_type = "text/event-stream"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u64))),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn watch(
    State(service): State<Service>,
    Segment(id): Segment<Uuid>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    find(&service, id).await?;
    let Ok(permit) = service.watchers.clone().try_acquire_owned() else {
        let detail = "As many callers watch as the operator allows.";
        return Err(Problem::new(Kind::Busy, detail).retry_after(5));
    };
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let seen = last.and_then(|id| id.trim().parse().ok()).unwrap_or(0);
    let (sender, receiver) = mpsc::channel(16);
    let sending = service.clone();
    service.tasks.spawn(async move {
        let _permit = permit;
        if let Err(error) = send(&sending, id, seen, &sender).await {
            tracing::warn!(%error, preflight = %id, "nothing more can be told of a preflight");
        }
    });
    Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::default()))
}

/// Sends until it has ended, or nobody listens any more.
async fn send(
    service: &Service,
    id: Uuid,
    mut seen: u64,
    to: &mpsc::Sender<Result<Event, Infallible>>,
) -> Result<(), StoreError> {
    loop {
        let news = service.news.notified();
        // In this order: what came before the end is there once the end is.
        let preflight = service.store.preflight(id).await?;
        for step in service.store.progress(id, seen).await? {
            seen = step.number;
            let name = step.event.get("event").and_then(|name| name.as_str());
            let event = Event::default().event(name.unwrap_or("step")).id(seen.to_string());
            if to.send(Ok(event.data(step.event.to_string()))).await.is_err() {
                return Ok(());
            }
        }
        match preflight {
            Some(preflight) if !preflight.state.is_final() => {}
            ended => {
                // Where nobody listens any more there is nobody to tell.
                let _ = to.send(Ok(end(ended.as_ref()))).await;
                return Ok(());
            }
        }
        tokio::select! {
            () = news => {}
            () = tokio::time::sleep(LOOK) => {}
            () = to.closed() => return Ok(()),
            () = service.stopping.cancelled() => return Ok(()),
        }
    }
}

fn end(preflight: Option<&Preflight>) -> Event {
    let is_open = preflight.and_then(|it| it.is_open);
    let gate = is_open.map(|open| GateState::of(open).as_str());
    let data = json!({
        "event": "ended",
        "state": preflight.map(|it| it.state),
        "gate": gate,
        "exit_code": preflight.and_then(|it| it.exit_code),
    });
    Event::default().event("ended").data(data.to_string())
}
