//! Who did what: a row of the store and a line of the log for each thing that was done.
//!
//! What stands in the table of rules with a name is recorded by the guard, whichever handler does
//! it and however it ends; a handler says with [`Audited`] what the path and the status do not.
//! [`audit`] is for what is done in another way.

use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use tracing::{Instrument, Span, error, info};
use uuid::Uuid;

use super::access::Caller;
use super::problem::Problem;
use super::service::Service;
use super::store::AuditEntry;

/// The longest text that is kept of a path.
const LONGEST: usize = 256;

/// What a handler adds to the entry about it, as an extension of its answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Audited {
    /// The path of what was made.
    pub(crate) resource: Option<String>,
    /// What came of it, in a word.
    pub(crate) outcome: Option<&'static str>,
}

/// Records that a caller did something: `action` and `outcome` are words, `resource` is a path.
pub async fn audit(
    service: &Service,
    caller: &Caller,
    action: &str,
    resource: &str,
    outcome: &str,
) {
    let entry = entry(caller, action, resource, outcome);
    record(service, entry).await;
}

/// What is recorded of something that is done now.
pub(crate) fn entry(caller: &Caller, action: &str, resource: &str, outcome: &str) -> AuditEntry {
    AuditEntry {
        id: Uuid::now_v7(),
        at: Timestamp::now(),
        actor: caller.identity.actor(),
        name: caller.identity.name().map(str::to_owned),
        action: action.into(),
        resource: resource.chars().take(LONGEST).collect(),
        outcome: outcome.into(),
        address: caller.address.map(|address| address.to_string()),
        request: caller.request.clone(),
    }
}

async fn record(service: &Service, entry: AuditEntry) {
    let AuditEntry { actor, name, action, resource, outcome, address, .. } = &entry;
    info!(actor, name, action, resource, outcome, address, "audit");
    // It is done by now, and the log knows of it.
    if let Err(error) = service.store.add_audit(entry).await {
        error!(%error, "the audit log does not know of it");
    }
}

/// Something that is being done. It is recorded even where the caller goes away meanwhile.
pub(super) struct Pending {
    service: Service,
    /// The request's, whose id every line of the log has.
    span: Span,
    entry: Option<AuditEntry>,
}

impl Pending {
    pub(super) fn new(service: &Service, caller: &Caller, action: &str, resource: &str) -> Self {
        let entry = entry(caller, action, resource, "caller-went-away");
        Self { service: service.clone(), span: Span::current(), entry: Some(entry) }
    }

    /// Records what came of it, even where nobody waits for that.
    pub(super) fn end(mut self, response: &Response) -> impl Future<Output = ()> + use<> {
        let entry = self.entry.take().map(|entry| {
            let audited = response.extensions().get::<Audited>().cloned().unwrap_or_default();
            AuditEntry {
                outcome: audited.outcome.map_or_else(|| outcome(response), str::to_owned),
                resource: audited.resource.unwrap_or(entry.resource),
                ..entry
            }
        });
        let recorded = entry.map(|entry| self.service.tasks.spawn(self.recorded(entry)));
        async {
            if let Some(Err(error)) = futures_util::future::OptionFuture::from(recorded).await {
                error!(%error, "the audit log does not know of something");
            }
        }
    }

    fn recorded(&self, entry: AuditEntry) -> impl Future<Output = ()> + Send + use<> {
        let service = self.service.clone();
        async move { record(&service, entry).await }.instrument(self.span.clone())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let Some(entry) = self.entry.take() else { return };
        // There is none only where the process ends.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            self.service.tasks.spawn_on(self.recorded(entry), &runtime);
        }
    }
}

fn outcome(response: &Response) -> String {
    match (response.extensions().get::<Problem>(), response.status()) {
        (Some(problem), _) => problem.name().into(),
        (None, status) if status.is_success() || status == StatusCode::SEE_OTHER => "done".into(),
        (None, status) => status.as_u16().to_string(),
    }
}
