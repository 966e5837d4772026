//! The operations by name: those that are supported, and those that are only known.

use cdc_checks::facts::request::Operation;
use cdc_checks::request::fields::nearest;

/// Operations of the API that this version does not send, without those that EventBridge spells
/// with a capital.
const OTHERS: [&str; 11] = [
    "configureRabbitMQSource",
    "createEventStreaming",
    "deleteEventStreaming",
    "enableEventStreaming",
    "getEventStreaming",
    "listEventStreamings",
    "pauseEventStreaming",
    "startEventStreaming",
    "testEventSourceConfig",
    "updateEventStreaming",
    "updateEventStreamingBusinessOption",
];

/// The operation of that name.
///
/// # Errors
/// What is wrong with the name, and what to write instead.
pub(super) fn find(name: &str) -> Result<Operation, (String, String)> {
    if let Some(operation) = Operation::ALL.into_iter().find(|it| it.as_str() == name) {
        return Ok(operation);
    }
    let supported = Operation::ALL.map(Operation::as_str);
    if OTHERS.iter().any(|other| other.eq_ignore_ascii_case(name)) {
        let help = format!("Supported are {}.", supported.join(" and "));
        return Err((format!("the operation {name} is not supported by this version"), help));
    }
    let near = nearest(name, supported.into_iter().chain(OTHERS));
    let help = match near {
        Some(near) => format!("Did you mean {near}?"),
        None => format!("Supported are {}.", supported.join(" and ")),
    };
    Err((format!("there is no operation {name}"), help))
}

/// Whether a key looks like an operation rather than a field.
pub(super) fn is_operation_name(name: &str) -> bool {
    Operation::ALL.map(Operation::as_str).into_iter().chain(OTHERS).any(|it| it == name)
}
