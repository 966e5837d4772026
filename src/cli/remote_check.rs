//! The service's own checks of a database, beside ours.

use cdc_checks::{Engine, Outcome as Judged, Report, Text};
use serde_json::Value;

use super::Stopped;
use super::service::{self, Service};
use super::tell::Terminal;
use crate::Exit;
use crate::eventbridge::operations::tested;
use crate::eventbridge::{Call, Outcome};
use crate::preflight::Examined;
use crate::report::escape_terminal;
use crate::request::{Operation, Request};

/// The one check whose name is published, and ours of the same thing.
const CONNECTION: &str = "CHECK_CONNECTION";
const OURS: [&str; 2] = ["connection/reachable", "connection/auth"];

/// Why the service cannot check this request's database; `None` where it can.
pub(super) fn refusal(request: &Request) -> Option<&'static str> {
    let is_mysql = request.operation().engine() == Engine::MySql;
    (!is_mysql).then_some("the service's own checks know MySQL only: leave out --remote-check")
}

/// The call that has the service check the database of a request.
pub(super) fn call(request: &Request, terminal: &Terminal) -> Result<Call, Stopped> {
    let (body, shown) = (tested(request.source_with_secrets()), tested(request.redacted_source()));
    Call::new(Operation::TestEventSourceConfig, &body, shown).map_err(|error| {
        terminal.error(&error.to_string());
        Exit::Internal
    })
}

/// Asks the service, and gives what it answers beside ours.
///
/// # Errors
/// Where the service does not answer, or one of its checks fails: told to the user.
pub(super) async fn run(
    service: &Service,
    call: &Call,
    examined: &Examined,
    terminal: &Terminal,
) -> Result<String, Stopped> {
    let exchange = service::send(&service.client(terminal)?, call, terminal).await?;
    let outcome = exchange.outcome();
    if outcome != Outcome::Accepted {
        terminal.error("the service's own checks gave no answer; nothing was submitted");
        super::stream::refused(call.operation(), &outcome, &exchange, terminal);
        return Err(Exit::from(&outcome));
    }
    let items = exchange.data.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
    let table = table(&items, &examined.report);
    if items.is_empty() || items.iter().any(|item| !succeeded(item)) {
        terminal.note(table.trim_end());
        terminal.error("a check of the service failed, or it made none; nothing was submitted");
        return Err(Exit::Failed);
    }
    Ok(table)
}

/// The service writes it as a text.
fn succeeded(item: &Value) -> bool {
    match item.get("IsSucceed") {
        Some(Value::Bool(truth)) => *truth,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

fn table(items: &[Value], report: &Report) -> String {
    let mut out = String::from("The service's own checks, and ours of the same:\n");
    for item in items {
        let text = |name: &str| {
            escape_terminal(&Text::new(item.get(name).and_then(Value::as_str).unwrap_or_default()))
        };
        let verdict = if succeeded(item) { "pass" } else { "fail" };
        let ours = match text("CheckItem").as_str() {
            CONNECTION => ours(report),
            _ => "not compared".into(),
        };
        let name = text("CheckItem");
        out.push_str(&format!("  {name:<24} {verdict:<5} {}\n", text("ErrorMsg")));
        out.push_str(&format!("  {:<24} {ours}\n", "  ours"));
    }
    out
}

fn ours(report: &Report) -> String {
    let found = report.results.iter().filter(|result| OURS.contains(&result.check.id));
    let found = found.filter(|result| result.outcome != Judged::NotApplicable);
    let parts = found.map(|result| format!("{} {}", result.outcome.as_str(), result.check.id));
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use cdc_checks::{Facts, judge};
    use serde_json::json;

    use super::*;
    use crate::request::{Input, load};

    fn request() -> Request {
        let text = "requests: [{configureMySQLSource: {RegionId: cn-hangzhou, HostName: h, \
                    Port: 3306, User: u, Password: geheim-1, DatabaseName: d, \
                    TableNames: 'a, d.b', IncludeSchemaChanges: 'true', BinlogFormat: ROW}}]";
        let loaded = load(Input::text("r.yaml", text), &|_| None).expect("a good request");
        loaded.requests.into_iter().next().expect("one request")
    }

    #[test]
    fn the_call_shows_no_secret() {
        let call = call(&request(), &Terminal::new(crate::report::ColorChoice::Never));
        assert!(call.is_ok_and(|call| !format!("{call:?}").contains("geheim")));
        assert_eq!(refusal(&request()), None);
    }

    #[test]
    fn the_answers_stand_beside_ours() {
        let facts = include_str!("../../tests/facts/mysql.json");
        let facts: Facts = serde_json::from_str(facts).expect("facts");
        let report = judge(&facts, &cdc_checks::Intent::of(&facts.request));
        let items = [
            json!({"CheckItem": CONNECTION, "IsSucceed": "true", "ErrorMsg": "well\u{1b}"}),
            json!({"CheckItem": "CHECK_NEW", "IsSucceed": "false"}),
        ];
        let table = table(&items, &report);
        assert!(table.contains("pass connection/reachable, pass connection/auth"), "{table}");
        assert!(table.contains("not compared") && !table.contains('\u{1b}'), "{table}");
        assert_eq!(items.map(|item| succeeded(&item)), [true, false]);
    }
}
