//! Which operation a request asks for, and in which dialect.

use hyper::http::request::Parts;

use crate::dialect::Dialect;
use crate::operations::Operation;
use crate::reply::Refusal;

/// The version of the interface.
const VERSION: &str = "2020-04-01";

/// What a request asks for.
#[derive(Debug)]
pub(crate) struct Route {
    /// The dialect that its answer is written in.
    pub(crate) dialect: Dialect,
    /// The operation, or why there is none.
    pub(crate) operation: Result<Operation, Refusal>,
}

/// Finds what a request asks for: a header goes before the query, and the query before the path.
pub(crate) fn find(head: &Parts) -> Route {
    let (dialect, operation) = match header(head, "x-acs-action") {
        Some(action) => (Dialect::Openapi, by_action(head, action)),
        None if has_action_parameter(head) => (Dialect::Openapi, Err(older_signature())),
        None => by_path(head.uri.path()),
    };
    let operation = operation.and_then(|operation| {
        let asked = dialect.has(operation) && dialect.takes(operation, &head.method);
        match (asked, dialect.has(operation)) {
            (true, _) => Ok(operation),
            (false, true) => Err(Refusal::method_not_allowed(dialect)),
            (false, false) => Err(not_found()),
        }
    });
    Route { dialect, operation }
}

fn by_action(head: &Parts, action: &str) -> Result<Operation, Refusal> {
    if header(head, "x-acs-version") != Some(VERSION) {
        let message = format!("The header x-acs-version must be {VERSION}.");
        return Err(Refusal::not_found("InvalidApi.NotFound", message));
    }
    Operation::of_action(action).ok_or_else(not_found)
}

fn by_path(path: &str) -> (Dialect, Result<Operation, Refusal>) {
    let under = |folder: &str| path.strip_prefix(folder);
    let (dialect, found) = if let Some(name) = under("/openapi/v2/") {
        (Dialect::SdkRest, Operation::of_path(name))
    } else if let Some(name) = under("/eventstreaming/") {
        // One sample of the documents spells it so.
        let name = if name == "creatEventStreaming" { "createEventStreaming" } else { name };
        (Dialect::Rest, Operation::of_path(name))
    } else if let Some(name) = under("/api/eventbridge/2020-04-01/") {
        (Dialect::Seed, Operation::of_action(name))
    } else {
        let configures = |operation: &Operation| operation.configures_source();
        (Dialect::Seed, under("/").and_then(Operation::of_path).filter(configures))
    };
    (dialect, found.ok_or_else(not_found))
}

fn has_action_parameter(head: &Parts) -> bool {
    let query = head.uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "Action")
}

fn header<'a>(head: &'a Parts, name: &str) -> Option<&'a str> {
    head.headers.get(name)?.to_str().ok()
}

fn not_found() -> Refusal {
    let message = "The request names no operation of this service.";
    Refusal::not_found("InvalidAction.NotFound", message)
}

fn older_signature() -> Refusal {
    let message = "The older interface with the signature 1.0 is not simulated.";
    Refusal::not_found("InvalidAction.NotFound", message)
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn route(method: &str, target: &str, headers: &[(&str, &str)]) -> (Dialect, String) {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let found = find(&request.body(()).expect("a request").into_parts().0);
        let text = match found.operation {
            Ok(operation) => operation.name().to_owned(),
            Err(refusal) => refusal.code.into_owned(),
        };
        (found.dialect, text)
    }

    #[test]
    fn paths_name_dialects_and_operations() {
        for (target, dialect, operation) in [
            ("/eventstreaming/createEventStreaming", Dialect::Rest, "CreateEventStreaming"),
            ("/eventstreaming/creatEventStreaming", Dialect::Rest, "CreateEventStreaming"),
            ("/eventstreaming/CreateEventStreaming", Dialect::Rest, "InvalidAction.NotFound"),
            ("/eventstreaming/testEventSourceConfig", Dialect::Rest, "InvalidAction.NotFound"),
            ("/eventstreaming/configureMySQLSource", Dialect::Rest, "InvalidAction.NotFound"),
            ("/openapi/v2/listEventStreamings", Dialect::SdkRest, "ListEventStreamings"),
            ("/openapi/v2/creatEventStreaming", Dialect::SdkRest, "InvalidAction.NotFound"),
            ("/configureMySQLSource", Dialect::Seed, "configureMySQLSource"),
            ("/configuremysqlsource", Dialect::Seed, "InvalidAction.NotFound"),
            ("/createEventStreaming", Dialect::Seed, "InvalidAction.NotFound"),
            (
                "/api/eventbridge/2020-04-01/PauseEventStreaming",
                Dialect::Seed,
                "PauseEventStreaming",
            ),
            ("/", Dialect::Seed, "InvalidAction.NotFound"),
        ] {
            assert_eq!(route("POST", target, &[]), (dialect, operation.to_owned()), "{target}");
        }
    }

    #[test]
    fn the_header_goes_before_the_path_and_needs_the_version() {
        let version = ("x-acs-version", VERSION);
        let action = ("x-acs-action", "GetEventStreaming");
        let target = "/eventstreaming/deleteEventStreaming?Action=PauseEventStreaming";
        let found = route("POST", target, &[version, action]);
        assert_eq!(found, (Dialect::Openapi, "GetEventStreaming".to_owned()));
        for (headers, code) in [
            (vec![action], "InvalidApi.NotFound"),
            (vec![action, ("x-acs-version", "2015-06-06")], "InvalidApi.NotFound"),
            (vec![version, ("x-acs-action", "getEventStreaming")], "InvalidAction.NotFound"),
            (vec![version, ("x-acs-action", "configureMySQLSource")], "InvalidAction.NotFound"),
        ] {
            assert_eq!(route("POST", "/", &headers), (Dialect::Openapi, code.to_owned()));
        }
        let found = route("POST", "/?Action=GetEventStreaming&Version=2020-04-01", &[]);
        assert_eq!(found, (Dialect::Openapi, "InvalidAction.NotFound".to_owned()));
    }

    #[test]
    fn only_a_list_is_read_by_get() {
        let get =
            |action| route("GET", "/", &[("x-acs-version", VERSION), ("x-acs-action", action)]).1;
        assert_eq!(get("ListEventStreamings"), "ListEventStreamings");
        assert_eq!(get("GetEventStreaming"), "UnsupportedHTTPMethod");
        assert_eq!(route("PUT", "/configureMySQLSource", &[]).1, "UnsupportedHTTPMethod");
        assert_eq!(
            route("GET", "/eventstreaming/listEventStreamings", &[]).1,
            "UnsupportedHTTPMethod"
        );
    }
}
