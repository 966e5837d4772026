//! Which of the events that will come a filter pattern lets pass.

use super::Stopped;
use super::tell::Terminal;
use crate::eventbridge::pattern::Pattern;
use crate::events::{self, Contract, FilteredKind, Reach};
use crate::preflight::Examined;
use crate::report::escape_terminal;
use crate::request::Request;

/// Tells on standard error what the filters of streams do to the events of their databases, where
/// they stop any.
pub(super) fn warn(requests: &[Request], examined: &[Examined], terminal: &Terminal) {
    for (request, examined) in requests.iter().zip(examined) {
        let Some(stream) = request.stream() else { continue };
        // Why the events are not known is the report's to say; the pattern was read before.
        let (Ok(contract), Ok((pattern, _))) = (
            events::describe(&examined.facts, &examined.intent),
            Pattern::parse("FilterPattern", stream.filter_pattern()),
        ) else {
            continue;
        };
        let filtered = events::filter(&contract, &pattern, Some(stream.name()));
        let (all, passing) = (filtered.kinds.len(), filtered.passing());
        if all == 0 || passing == all && filtered.remarks.is_empty() {
            continue;
        }
        let name = stream.name().escape_debug();
        match passing {
            0 => terminal.note(&format!(
                "warning: no event of these tables reaches the target of {name}: its FilterPattern \
                 stops all of them"
            )),
            _ => terminal.note(&format!(
                "note: the FilterPattern of {name} lets {passing} of {all} kinds of events pass"
            )),
        }
        for kind in filtered.kinds.iter().filter(|kind| matches!(kind.reach, Reach::Stopped(_))) {
            terminal.note(&format!("  {}", line(kind)));
        }
        for remark in &filtered.remarks {
            terminal.note(&format!("  {}", escape_terminal(remark)));
        }
    }
}

/// Prints what a filter does to every kind of event; whether any may pass.
pub(super) fn print(
    contract: &Contract,
    pattern: &Pattern,
    terminal: &Terminal,
) -> Result<bool, Stopped> {
    let filtered = events::filter(contract, pattern, None);
    let mut out: String = filtered.kinds.iter().map(|kind| line(kind) + "\n").collect();
    let (all, passing) = (filtered.kinds.len(), filtered.passing());
    out.push_str(&format!("{passing} of {all} kinds of events may pass\n"));
    terminal.print(&out)?;
    for remark in &filtered.remarks {
        terminal.note(&format!("warning: {}", escape_terminal(remark)));
    }
    Ok(passing > 0)
}

fn line(kind: &FilteredKind) -> String {
    let (schema, name) = (kind.table.schema.untrusted(), kind.table.name.untrusted());
    let table = escape_terminal(&format!("{schema}.{name}").into());
    let reach = match &kind.reach {
        Reach::Passes => "passes".to_owned(),
        Reach::Depends(fields) => format!("depends on {}", fields.join(", ")),
        Reach::Stopped(mismatch) => format!("no match: {mismatch}"),
        Reach::Unknown => "not known: what its rows hold is not".to_owned(),
    };
    format!("{table} {}: {}", kind.op.as_str(), escape_terminal(&reach.into()))
}
