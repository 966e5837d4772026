//! Sends what a preflight proved: through the gate, the journal and a second visit, as `configure`
//! does.

use cdc_checks::Text;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::jobs::{Found, Held};
use super::ledger;
use super::problem::{Kind, Problem};
use super::service::Service;
use crate::eventbridge::journal::{
    Journal, JournalError, NotSubmitted, Past, Resolution, Standing, Target, Witness, inquire,
};
use crate::eventbridge::{Call, Client, Outcome};
use crate::gate::{self, Clearance, Confirmed, Drift, Evidence, Gate, Policy, Reasons};
use crate::gather::{self, Destinations, LiveProbe};
use crate::preflight::Examined;
use crate::request::Request;

/// What the caller says of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Wishes {
    /// Send although the very same was accepted before.
    pub(super) again: bool,
    /// What came of an earlier sending that nobody knows, and its id: whoever repeats this call
    /// says nothing about what it began itself.
    pub(super) resolve: Option<(String, Resolution)>,
}

/// What came of a submission.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Submission)]
pub(super) struct SubmissionBody {
    /// The preflight that it is of.
    preflight: Uuid,
    /// What came of all requests: that of the first that was not accepted.
    pub(super) state: SubmissionState,
    /// One for each request of the document, in its order, as far as they were tried.
    pub(super) requests: Vec<SentRequest>,
}

/// What came of one request.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub(super) struct SentRequest {
    /// The operation.
    #[schema(example = "configurePostgreSQLSource")]
    pub(super) operation: String,
    pub(super) state: SubmissionState,
    /// The receipt of the sending: every attempt, and what was answered.
    #[schema(value_type = Option<Object>)]
    pub(super) receipt: Option<Value>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SubmissionState {
    /// The service has done what was asked.
    Accepted,
    /// It was accepted before; nothing was sent now.
    AcceptedBefore,
    /// No attempt got as far as the service.
    NotSent,
    /// The service said no.
    Rejected,
    /// Nobody knows: it is not sent again until somebody says what came of it.
    Unknown,
}

impl SubmissionState {
    pub(super) fn is_accepted(self) -> bool {
        matches!(self, Self::Accepted | Self::AcceptedBefore)
    }

    /// The word in the metrics and in the audit log.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::AcceptedBefore => "accepted-before",
            Self::NotSent => "not-sent",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
        }
    }
}

impl SubmissionBody {
    /// What came of it, in a word.
    pub(super) fn outcome(&self) -> &'static str {
        self.state.as_str()
    }
}

impl From<&Outcome> for SubmissionState {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Accepted => Self::Accepted,
            Outcome::NotSent { .. } => Self::NotSent,
            Outcome::Rejected { .. } => Self::Rejected,
            Outcome::Unknown { .. } => Self::Unknown,
        }
    }
}

/// A request that may be sent, and how.
pub(super) struct Ready {
    request: Request,
    destinations: Destinations,
    examined: Examined,
    client: Client,
    call: Call,
    target: Target,
    clearance: Clearance,
}

impl Ready {
    /// Tells what is asked for from anything else, secrets aside.
    pub(super) fn fingerprint(all: &[Self], preflight: Uuid) -> String {
        let digests = all.iter().map(|one| one.call.digest().to_string());
        digests.fold(preflight.to_string(), |text, digest| text + " " + &digest)
    }
}

fn evidence<'a>(call: &'a Call, examined: &'a Examined) -> Evidence<'a> {
    Evidence {
        operation: call.operation(),
        redacted_body: call.redacted_body(),
        facts: &examined.facts,
        report: &examined.report,
        rulings: &examined.rulings,
    }
}

/// Everything that can be wrong before anything is visited or sent.
pub(super) fn prepare(
    service: &Service,
    found: Found,
    proven_at: Timestamp,
    requests: Vec<Request>,
    destinations: &Destinations,
) -> Result<Vec<Ready>, Problem> {
    let closed = found.examined.iter().map(|one| Reasons::closing(&one.report));
    let reasons: Vec<Text> =
        closed.flat_map(|reasons| reasons.iter().map(|it| it.line()).collect::<Vec<_>>()).collect();
    if !reasons.is_empty() {
        let detail = "A required check does not hold, and so nothing is sent.";
        return Err(Problem::new(Kind::GateClosed, detail).because(reasons));
    }
    let same = found.examined.len() == requests.len()
        && found.examined.iter().zip(&requests).all(|(one, it)| one.facts.request == it.facts());
    if !same {
        let detail = "The document is not the one that was proven.";
        return Err(Problem::new(Kind::Conflict, detail));
    }
    let pairs = requests.into_iter().zip(found.examined);
    let ready =
        |(request, examined)| ready(service, request, examined, proven_at, destinations.clone());
    pairs.map(ready).collect()
}

fn ready(
    service: &Service,
    request: Request,
    examined: Examined,
    proven_at: Timestamp,
    destinations: Destinations,
) -> Result<Ready, Problem> {
    let region = request.region().unwrap_or_default();
    let (client, endpoint) =
        service.config.sending.client(request.asked(), region).map_err(|reason| {
            tracing::error!(reason, "nothing can be sent");
            Problem::new(Kind::Unavailable, "The operator has not said how to send it.")
        })?;
    let body = request.body_with_secrets();
    let call = Call::new(request.asked(), &body, request.redacted_body()).map_err(|error| {
        tracing::error!(%error, "a call cannot be made");
        Problem::new(Kind::Internal, "The call cannot be made.")
    })?;
    let target = Target::of(&request, &call, endpoint.to_string());
    let policy = Policy { valid_for: service.config.valid_for, ..Policy::default() };
    let decision = gate::decide(&evidence(&call, &examined), &policy, proven_at, Uuid::new_v4());
    match decision {
        Gate::Open(clearance) => {
            Ok(Ready { request, destinations, examined, client, call, target, clearance })
        }
        Gate::Closed(reasons) => Err(Problem::new(Kind::GateClosed, "The gate is closed.")
            .because(reasons.iter().map(|reason| reason.line()))),
    }
}

/// Sends them one after the other, up to the first that is not accepted.
pub(super) async fn send_all(
    service: &Service,
    preflight: Uuid,
    all: Vec<Ready>,
    wishes: Wishes,
) -> Result<SubmissionBody, Problem> {
    let mut requests: Vec<SentRequest> = Vec::new();
    for ready in all {
        let sent = match send(service, ready, &wishes).await {
            Ok(sent) => sent,
            // What was sent before must not be lost by what stands in the way of the next one.
            Err(problem) if requests.is_empty() => return Err(problem),
            Err(problem) => {
                tracing::warn!(detail = problem.detail(), "a submission ends early");
                break;
            }
        };
        service.metrics.count_submission(sent.state.as_str());
        let is_accepted = sent.state.is_accepted();
        requests.push(sent);
        if !is_accepted {
            break;
        }
    }
    // Sending ends at the first that is not accepted.
    let state = requests.last().map(|sent| sent.state);
    Ok(SubmissionBody { preflight, state: state.unwrap_or(SubmissionState::NotSent), requests })
}

async fn send(service: &Service, ready: Ready, wishes: &Wishes) -> Result<SentRequest, Problem> {
    let operation = ready.call.operation().as_str().to_owned();
    let mut journal = open(service, &ready.target).await?;
    settle(&mut journal, &ready.client, wishes).await?;
    match journal.standing(ready.call.digest()) {
        Standing::Unknown(past) => return Err(unknown(past)),
        Standing::Accepted(past) if !wishes.again => {
            let state = SubmissionState::AcceptedBefore;
            return Ok(SentRequest { operation, state, receipt: past.receipt.clone() });
        }
        Standing::Accepted(_) | Standing::Free => {}
    }
    let fresh = visit_again(service, &ready).await?;
    let confirmed = confirm(&fresh, &ready.call, ready.clearance)?;
    let submitted = journal.submit(&ready.client, confirmed, &ready.call, None).await;
    let submitted = submitted.map_err(not_submitted)?;
    if let Err(error) = &submitted.recorded {
        tracing::error!(%error, "the journal does not know what came of a sending");
    }
    let receipt = serde_json::to_value(&submitted.receipt).ok();
    Ok(SentRequest { operation, state: (&submitted.receipt.outcome).into(), receipt })
}

async fn open(service: &Service, target: &Target) -> Result<Journal, Problem> {
    let (store, lease) = (service.store.clone(), service.config.lease);
    let opened = ledger::open(store, target.clone(), lease, service.config.longest_wait).await;
    opened.map_err(broken)?.ok_or_else(|| {
        Problem::new(Kind::Busy, "Another submission sends to the same target.").retry_after(5)
    })
}

/// Finds out what came of an earlier sending: from the service, or else from the caller.
async fn settle(journal: &mut Journal, client: &Client, wishes: &Wishes) -> Result<(), Problem> {
    let asked = journal.settle(async |past| inquire(client, &past.asked).await.resolution());
    asked.await.map_err(broken)?;
    let Some(past) = journal.unknown() else { return Ok(()) };
    match &wishes.resolve {
        Some((id, resolution)) if *id == past.id => {
            journal.resolve(*resolution, Witness::User).await.map_err(broken)
        }
        _ => Err(unknown(past)),
    }
}

/// Reads the facts again, and judges them under the waivers of now. What the probe tried is not
/// tried again: the settings, roles and slots that it depends on are.
async fn visit_again(service: &Service, ready: &Ready) -> Result<Examined, Problem> {
    let (tls, deadlines) = (&service.config.tls, service.config.deadlines);
    let (destinations, request) = (&ready.destinations, &ready.request);
    let (intent, probe) = (ready.examined.intent.clone(), LiveProbe::Never);
    let visit = gather::gather_within(destinations, request, &intent, tls, deadlines, probe);
    let mut facts = visit.await;
    facts.keep_probe_of(&ready.examined.facts);
    // A waiver that was taken back since the preflight opens no gate any more.
    let held = Held::now(service.store.as_ref()).await?;
    let (mut examined, _) = held.over(vec![Examined::new(facts, intent)]);
    examined.pop().ok_or_else(|| Problem::new(Kind::Internal, "Nothing was judged."))
}

fn confirm(fresh: &Examined, call: &Call, clearance: Clearance) -> Result<Confirmed, Problem> {
    clearance.confirm(&evidence(call, fresh), Timestamp::now()).map_err(|drift: Drift| {
        let detail = format!("Nothing was sent: {drift}. Prove it again.");
        Problem::new(Kind::Drifted, detail).because(drift.lines())
    })
}

fn not_submitted(error: NotSubmitted) -> Problem {
    match error {
        NotSubmitted::Journal(error) => broken(error),
        NotSubmitted::Submit(error) => {
            Problem::new(Kind::Drifted, format!("Nothing was sent: {error}."))
        }
    }
}

fn broken(error: JournalError) -> Problem {
    tracing::error!(%error, "nothing is sent without the journal");
    Problem::new(Kind::Unavailable, "Nothing was sent: the journal cannot be kept.").retry_after(5)
}

fn unknown(past: &Past) -> Problem {
    let detail = format!(
        "Nobody knows what came of what was sent at {}. Look in the EventBridge console, and say \
         it with attempt={} and resolve=accepted or resolve=not-accepted.",
        past.began_at, past.id
    );
    Problem::new(Kind::OutcomeUnknown, detail).about(&past.id)
}
