//! Asks the service whether a stream is as a call asked for.

use serde_json::{Value, json};

use super::{Asked, Resolution};
use crate::eventbridge::{Call, Client, Clock, Exchange, Outcome, Phase, StreamState, is_as_asked};
use crate::request::Operation;

/// What the service says about what a call asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Found {
    /// It is so.
    AsAsked,
    /// It is not so, and asking for it once more can do no harm.
    NotSo,
    /// There is a stream of the name that was to be created, and it is another one.
    Another,
    /// The service does not tell, or cannot be asked.
    Untold,
}

impl Found {
    /// What came of a call whose answer was lost; `None` where nobody can tell.
    pub fn resolution(self) -> Option<Resolution> {
        match self {
            Self::AsAsked => Some(Resolution::Accepted),
            Self::NotSo => Some(Resolution::NotAccepted),
            Self::Another | Self::Untold => None,
        }
    }
}

/// Asks the service for the stream that a call was about, and compares.
///
/// The configure operations cannot be asked about. Of the others, only a creation could be done
/// twice, and a name can be taken once: replacing a definition or a way of billing by the same one,
/// starting, pausing and deleting lead where they led before.
pub async fn inquire<C: Clock>(client: &Client<C>, asked: &Asked) -> Found {
    let name = asked.request.get("EventStreamingName").and_then(Value::as_str);
    let (Some(name), None) = (name, asked.operation.source()) else { return Found::Untold };
    let body = json!({ "EventStreamingName": name });
    let Ok(call) = Call::new(Operation::GetEventStreaming, &body, body.clone()) else {
        return Found::Untold;
    };
    match client.call(&call).await {
        Ok(exchange) => compare(asked, &exchange),
        Err(_) => Found::Untold,
    }
}

/// What the answer to a request for the stream says.
fn compare(asked: &Asked, exchange: &Exchange) -> Found {
    let is_deletion = asked.operation == Operation::DeleteEventStreaming;
    match (exchange.outcome(), &exchange.data) {
        (outcome, _) if outcome.says_no_stream() => match is_deletion {
            true => Found::AsAsked,
            false => Found::NotSo,
        },
        (Outcome::Accepted, Some(stream)) => compare_stream(asked, stream),
        _ => Found::Untold,
    }
}

fn compare_stream(Asked { operation, request }: &Asked, stream: &Value) -> Found {
    let phase = || StreamState::of(stream).map(|state| (state.phase, state.status));
    let is_so = match operation {
        Operation::CreateEventStreaming if !is_as_asked(request, stream) => return Found::Another,
        Operation::CreateEventStreaming => true,
        Operation::UpdateEventStreaming => is_as_asked(request, stream),
        Operation::UpdateEventStreamingBusinessOption => is_billed(request, stream),
        Operation::DeleteEventStreaming => false,
        Operation::StartEventStreaming => match phase() {
            Some((Phase::Unknown, _)) | None => return Found::Untold,
            Some((phase, _)) => phase != Phase::Idle,
        },
        Operation::PauseEventStreaming => match phase() {
            Some((Phase::Unknown, _)) | None => return Found::Untold,
            Some((_, status)) => status.untrusted() == "PAUSED",
        },
        _ => return Found::Untold,
    };
    if is_so { Found::AsAsked } else { Found::NotSo }
}

/// Whether a stream is billed as a request for that asks for.
fn is_billed(request: &Value, stream: &Value) -> bool {
    let mut option = request.clone();
    if let Some(members) = option.as_object_mut() {
        members.remove("EventStreamingName");
    }
    stream.pointer("/RunOptions/BusinessOption").is_some_and(|found| is_as_asked(&option, found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eventbridge::{Attempt, AttemptResult, Meaning};

    fn answer(status: u16, code: &str, data: Option<Value>) -> Exchange {
        let meaning = if status == 200 { Meaning::Accepted } else { Meaning::Refused };
        let result = AttemptResult::Answered {
            meaning,
            status,
            code: Some(code.into()),
            message: None,
            request_id: None,
            body_excerpt: None,
        };
        let started_at = jiff::Timestamp::UNIX_EPOCH;
        let attempts = vec![Attempt { number: 1, started_at, wait_before_ms: 0, result }];
        Exchange { attempts, data, ..Exchange::default() }
    }

    fn stream(status: &str) -> Value {
        json!({"EventStreamingName": "s", "FilterPattern": "{}", "Status": status,
               "RunOptions": {"BusinessOption": {"BusinessMode": "EventNumMode"}}})
    }

    #[test]
    fn a_stream_that_is_there_is_compared() {
        use Found::{Another, AsAsked, NotSo, Untold};
        use Operation as Op;

        let named = json!({"EventStreamingName": "s"});
        let definition = json!({"EventStreamingName": "s", "FilterPattern": "{}"});
        let other = json!({"EventStreamingName": "s", "FilterPattern": "{\"a\":[1]}"});
        let bill = json!({"EventStreamingName": "s", "BusinessMode": "EventNumMode"});
        let dearer = json!({"EventStreamingName": "s", "BusinessMode": "CapacityUnitMode"});
        for (operation, request, status, found) in [
            (Op::CreateEventStreaming, &definition, "READY", AsAsked),
            (Op::CreateEventStreaming, &other, "READY", Another),
            (Op::UpdateEventStreaming, &definition, "READY", AsAsked),
            (Op::UpdateEventStreaming, &other, "READY", NotSo),
            (Op::DeleteEventStreaming, &named, "READY", NotSo),
            (Op::StartEventStreaming, &named, "READY", NotSo),
            (Op::StartEventStreaming, &named, "PAUSED", NotSo),
            (Op::StartEventStreaming, &named, "STARTING", AsAsked),
            (Op::StartEventStreaming, &named, "RUNNING", AsAsked),
            (Op::StartEventStreaming, &named, "STARTING_FAILED", AsAsked),
            (Op::StartEventStreaming, &named, "NEW", Untold),
            (Op::PauseEventStreaming, &named, "PAUSED", AsAsked),
            (Op::PauseEventStreaming, &named, "READY", NotSo),
            (Op::PauseEventStreaming, &named, "RUNNING", NotSo),
            (Op::PauseEventStreaming, &named, "NEW", Untold),
            (Op::UpdateEventStreamingBusinessOption, &bill, "READY", AsAsked),
            (Op::UpdateEventStreamingBusinessOption, &dearer, "READY", NotSo),
        ] {
            let asked = Asked { operation, request: request.clone() };
            let answer = answer(200, "Success", Some(stream(status)));
            assert_eq!(compare(&asked, &answer), found, "{operation} {request} {status}");
        }
    }

    #[test]
    fn only_the_services_own_word_says_that_a_stream_is_not_there() {
        let request = json!({"EventStreamingName": "s"});
        let asked = |operation| Asked { operation, request: request.clone() };
        for (status, code, delete, others) in [
            (404, "EventStreamingNotExisted", Found::AsAsked, Found::NotSo),
            (404, "InvalidAction.NotFound", Found::Untold, Found::Untold),
            (403, "Forbidden.RAM", Found::Untold, Found::Untold),
        ] {
            let answer = answer(status, code, None);
            for operation in Operation::ALL.into_iter().filter(|it| it.is_write()) {
                let expected = match operation {
                    Operation::DeleteEventStreaming => delete,
                    _ => others,
                };
                assert_eq!(compare(&asked(operation), &answer), expected, "{operation} {code}");
            }
        }
    }
}
