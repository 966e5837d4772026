//! What a call about streams came to, for people and as JSON.

use serde_json::{Value, json};

use super::Format;
use crate::Exit;
use crate::cli::Stopped;
use crate::cli::costs;
use crate::cli::tell::Terminal;
use crate::eventbridge::journal::Past;
use crate::eventbridge::pricing::{self, Costs};
use crate::eventbridge::{Exchange, Explanation, Outcome, Preview, StreamState};
use crate::report::{escape_terminal, json_document};
use crate::request::{Operation, redact};

/// The widest table, in columns.
const WIDTH: usize = 100;

/// Prints what came of a call, and says how the process ends by it.
pub(super) fn exchange(
    operation: Operation,
    name: &str,
    exchange: &Exchange,
    format: Format,
    terminal: &Terminal,
) -> Result<Exit, Stopped> {
    let outcome = exchange.outcome();
    let is_done = outcome.is_done(operation);
    if format == Format::Json {
        let mut answer = exchange.answer(operation);
        if let Some(costs) = priced(operation) {
            answer["costs"] = costs::json(&costs);
        }
        terminal.print(&json_document(&answer))?;
    } else if outcome.says_no_stream() && is_done {
        terminal.print(&format!("{} is gone already.\n", name.escape_debug()))?;
    } else if is_done {
        terminal.print(&accepted(operation, name, exchange.data.as_ref()))?;
        if let Some(costs) = priced(operation) {
            terminal.print(&pricing::human(&costs))?;
        }
    }
    if !is_done {
        refused(operation, &outcome, exchange, terminal);
    }
    Ok(Exit::of_call(operation, &outcome))
}

/// Says that a call was accepted by an earlier run, and was not made again.
pub(super) fn before(
    operation: Operation,
    name: &str,
    past: &Past,
    format: Format,
    terminal: &Terminal,
) -> Result<(), Stopped> {
    if format == Format::Json {
        let answer = past.receipt.clone().unwrap_or_else(|| json!({ "operation": operation }));
        terminal.print(&json_document(&answer))?;
    }
    let words = format!(
        "Accepted before: the very same {operation} of {} was sent at {}, and nothing was sent now \
         (--again sends it).",
        name.escape_debug(),
        past.began_at
    );
    match format {
        Format::Human => terminal.print(&format!("{words}\n")),
        Format::Json => {
            terminal.note(&words);
            Ok(())
        }
    }
}

/// The costs that follow from what was done, if it decides on any.
fn priced(operation: Operation) -> Option<Costs> {
    let decides = matches!(
        operation,
        Operation::CreateEventStreaming | Operation::UpdateEventStreamingBusinessOption
    );
    decides.then(|| costs::of_call(operation))
}

fn accepted(operation: Operation, name: &str, data: Option<&Value>) -> String {
    let name = name.escape_debug();
    match operation {
        Operation::GetEventStreaming => data.map(one).unwrap_or_default(),
        Operation::CreateEventStreaming => format!("{name} is created.\n"),
        Operation::UpdateEventStreaming => format!("{name} is updated.\n"),
        Operation::DeleteEventStreaming => format!("{name} is being deleted.\n"),
        Operation::PauseEventStreaming => format!("{name} is being paused.\n"),
        Operation::StartEventStreaming => format!("{name} is being started.\n"),
        Operation::UpdateEventStreamingBusinessOption => format!("{name} is billed anew.\n"),
        _ => format!("{operation} was accepted.\n"),
    }
}

/// Says what a call that was not accepted came to.
pub(in crate::cli) fn refused(
    operation: Operation,
    outcome: &Outcome,
    exchange: &Exchange,
    terminal: &Terminal,
) {
    let said = match outcome {
        Outcome::Accepted => return,
        Outcome::NotSent { detail } => format!("not sent: {}", escape_terminal(detail)),
        Outcome::Rejected { status, code, message } => {
            let code = code.as_ref().map(|code| format!(", {}", escape_terminal(code)));
            let message = message.as_ref().map(|words| format!(": {}", escape_terminal(words)));
            let (code, message) = (code.unwrap_or_default(), message.unwrap_or_default());
            format!("rejected (status {status}{code}){message}")
        }
        Outcome::Unknown { detail } => format!(
            "nobody can tell whether it was done: {}; run the command again, which asks the \
             service first",
            escape_terminal(detail)
        ),
    };
    terminal.error(&format!("{operation}: {said}"));
    if let Some(Explanation { meaning, action }) = outcome.explained() {
        terminal.note(&format!("{meaning} {action}"));
    }
    if let Some(id) = &exchange.request_id {
        terminal.note(&format!("request id {}", escape_terminal(id)));
    }
}

/// One stream: its state, then all that the service gives, without secrets.
fn one(data: &Value) -> String {
    let mut out = String::new();
    if let Some(state) = StreamState::of(data) {
        let mut line = |name: &str, value: &str| {
            out.push_str(&format!("{name:<10}{value}\n"));
        };
        line("name", &escape_terminal(&state.name));
        line("state", &escape_terminal(&state.status));
        line("source", &escape_terminal(&state.source));
        line("sink", &escape_terminal(&state.sink));
    }
    let all = format!("{:#}", redact(data));
    let lines = all.lines().map(|line| escape_terminal(&line.into()) + "\n");
    out.push_str(&lines.collect::<String>());
    out
}

/// The streams of a region.
pub(super) fn list(streams: &[Value], format: Format, terminal: &Terminal) -> Result<(), Stopped> {
    if format == Format::Json {
        let all: Vec<Value> = streams.iter().map(redact).collect();
        return terminal.print(&json_document(&all));
    }
    terminal.print(&table(streams))
}

fn table(streams: &[Value]) -> String {
    if streams.is_empty() {
        return "There is no such stream.\n".into();
    }
    let mut rows = vec![["NAME", "STATE", "SOURCE", "SINK"].map(str::to_owned)];
    rows.extend(streams.iter().filter_map(StreamState::of).map(|state| {
        [&state.name, &state.status, &state.source, &state.sink].map(escape_terminal)
    }));
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..4).map(width).collect();
    let is_wide = widths.iter().sum::<usize>() + 6 > WIDTH;
    rows.iter().map(|row| line(row, &widths, is_wide)).collect()
}

/// A row; where the table would be too wide, the last two columns stand below the first two.
fn line(row: &[String; 4], widths: &[usize], is_wide: bool) -> String {
    let [name, state, source, sink] = row;
    let (first, second, third) = (widths[0], widths[1], widths[2]);
    if is_wide {
        return format!("{name}  {state}\n    {source} -> {sink}\n");
    }
    let line = format!("{name:<first$}  {state:<second$}  {source:<third$}  {sink}");
    format!("{}\n", line.trim_end())
}

/// A request that would be sent, and its costs.
pub(super) struct Previewed {
    pub(super) preview: Preview,
    pub(super) costs: Costs,
}

/// Requests that would be sent.
pub(super) fn previews(
    all: &[Previewed],
    format: Format,
    terminal: &Terminal,
) -> Result<(), Stopped> {
    if format == Format::Json {
        let one =
            |it: &Previewed| json!({ "request": it.preview, "costs": costs::json(&it.costs) });
        let document = Value::from(all.iter().map(one).collect::<Vec<_>>());
        return terminal.print(&json_document(&document));
    }
    for Previewed { preview: request, costs } in all {
        terminal.print(&preview(request))?;
        terminal.print(&pricing::human(costs))?;
    }
    terminal.print("Dry run: nothing was sent.\n")
}

/// A request as it would be sent.
pub(in crate::cli) fn preview(preview: &Preview) -> String {
    let headers: String =
        preview.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let body = json_document(&preview.body);
    format!("\n{} {}\n{headers}\n{body}", preview.method, preview.url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(name: &str) -> Value {
        json!({"EventStreamingName": name, "Status": "RUNNING", "Source": {"SourceMNSParameters": {}},
               "Sink": {"SinkFcParameters": {}}})
    }

    #[test]
    fn a_list_is_a_table_and_the_servers_words_are_escaped() {
        let shown = table(&[stream("a"), stream("b\u{1b}[2J")]);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with("NAME") && lines[1].contains("RUNNING  SourceMNSParameters"));
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
        assert_eq!(table(&[]), "There is no such stream.\n");
    }

    #[test]
    fn a_long_name_does_not_widen_the_table() {
        let shown = table(&[stream(&"n".repeat(80))]);
        assert!(shown.lines().all(|line| line.chars().count() <= WIDTH), "{shown}");
    }

    #[test]
    fn one_stream_is_shown_without_secrets() {
        let mut data = stream("a");
        data["Source"] = json!({"SourceMySQLParameters": {"Password": "geheim", "User": "u"}});
        let shown = one(&data);
        assert!(
            shown.contains("state     RUNNING") && shown.contains("\"User\": \"u\""),
            "{shown}"
        );
        assert!(!shown.contains("geheim"), "{shown}");
    }
}
