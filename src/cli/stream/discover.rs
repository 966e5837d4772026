//! `stream discover`: has the service look into a MySQL.

use cdc_checks::Engine;
use serde_json::{Map, Value};

use super::args::{DiscoverArgs, Format};
use super::show;
use crate::Exit;
use crate::cli::Stopped;
use crate::cli::tell::Terminal;
use crate::cli::{input, service};
use crate::eventbridge::operations::Discovery;
use crate::eventbridge::{Call, Outcome};
use crate::report::escape_terminal;
use crate::request::{Operation, Request};

pub(super) async fn run(args: &DiscoverArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let operation = Operation::DiscoverEventSource;
    let request = source(args, terminal)?;
    let discovery =
        Discovery { table: args.table.as_deref(), limit: args.limit, offset: args.offset };
    let region = args.common.region.as_deref().or(request.region());
    let service = args.common.service.service(operation, region, true, terminal)?;
    let body = discovery.body(request.source_with_secrets());
    let call = Call::new(operation, &body, discovery.body(request.redacted_source()));
    let call = call.map_err(|error| {
        terminal.error(&error.to_string());
        Exit::Internal
    })?;
    let mut exchange = service::send(&service.client(terminal)?, &call, terminal).await?;
    let found = exchange.data.as_mut().and_then(|data| data.get_mut("SourceMySQLDiscovery"));
    if let Some(found) = found.and_then(Value::as_object_mut) {
        if !args.sample {
            // Rows are nobody's business who has not asked for them.
            found.remove("SimpleData");
        }
        if args.common.format == Format::Human && exchange.outcome() == Outcome::Accepted {
            let found = exchange.data.as_ref().and_then(|data| data.get("SourceMySQLDiscovery"));
            terminal.print(&human(found.and_then(Value::as_object)))?;
            return Ok(Exit::Open);
        }
    }
    show::exchange(operation, "", &exchange, args.common.format, terminal)
}

/// The only MySQL source of the input.
fn source(args: &DiscoverArgs, terminal: &Terminal) -> Result<Request, Stopped> {
    let loaded = input::read_one(&args.request, args.action.as_deref(), terminal)?;
    let mut requests = loaded.requests.into_iter();
    match (requests.next(), requests.next()) {
        (Some(request), None) if request.operation().engine() == Engine::MySql => Ok(request),
        (Some(_), None) => {
            terminal.error("the service looks into MySQL only");
            Err(Exit::Usage)
        }
        _ => {
            terminal.error("give a file with one request that names a MySQL");
            Err(Exit::Usage)
        }
    }
}

/// What the service found, for people.
fn human(found: Option<&Map<String, Value>>) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            out.push_str(&format!("{name:<12}{value}\n"));
        }
    };
    let member = |name: &str| found.and_then(|found| found.get(name));
    line("databases", words(member("DatabaseNames")));
    line("tables", words(member("TableNames")));
    line("rows", words(member("EstimatedRows")));
    line("log kept", with_unit(member("ExpireLogsDays"), "days"));
    line("timeout", with_unit(member("WaitTimeout"), "s"));
    line("sample", words(member("SimpleData")));
    let schema = member("TableSchema");
    line("table", words(schema.and_then(|schema| schema.get("TableName"))));
    let columns = schema.and_then(|schema| schema.get("Columns")).and_then(Value::as_array);
    for column in columns.into_iter().flatten() {
        let parts = ["Field", "Type", "IsNull", "Key", "Extra"].map(|name| words(column.get(name)));
        let [field, kind, is_null, key, extra] = parts;
        let null = if is_null == "NO" { "NOT NULL" } else { "" };
        let rest = [kind.as_str(), null, &key, &extra].join(" ");
        line("", format!("{field:<24}{}", rest.trim_end()));
    }
    out
}

/// A text, a number or a list of them, fit for a terminal.
fn words(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => escape_terminal(&text.as_str().into()),
        Some(Value::Array(items)) => {
            items.iter().map(|item| words(Some(item))).collect::<Vec<_>>().join(", ")
        }
        Some(Value::Null) | None => String::new(),
        Some(other) => escape_terminal(&other.to_string().into()),
    }
}

fn with_unit(value: Option<&Value>, unit: &str) -> String {
    match words(value) {
        number if number.is_empty() => number,
        number => format!("{number} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_service_found_is_shown_and_escaped() {
        let found = json!({
            "DatabaseNames": ["shop", "b\u{1b}[2J"], "EstimatedRows": 2, "ExpireLogsDays": 30,
            "WaitTimeout": null,
            "TableSchema": {"TableName": "shop.orders", "Columns": [
                {"Field": "id", "Type": "bigint", "IsNull": "NO", "Key": "PRI", "Extra": ""}]},
        });
        let shown = human(found.as_object());
        assert!(shown.contains("rows        2\nlog kept    30 days\ntable       shop.orders\n"));
        assert!(shown.ends_with("            id                      bigint NOT NULL PRI\n"));
        assert!(!shown.contains('\u{1b}') && !shown.contains("timeout"), "{shown}");
    }
}
