//! JSON that is given on the command line: as such, in a file, or on standard input.

use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::Stopped;
use super::tell::Terminal;
use crate::Exit;
use crate::request::MAX_INPUT;

/// A text, and what messages call it.
pub(super) struct Given {
    pub(super) name: String,
    pub(super) text: String,
}

/// Reads what an argument gives or names.
pub(super) fn read(flag: &str, argument: &str, terminal: &Terminal) -> Result<Given, Stopped> {
    if argument.trim_start().starts_with(['{', '[']) {
        return Ok(Given { name: flag.into(), text: argument.into() });
    }
    let name = if argument == "-" { "<stdin>" } else { argument };
    let read = match argument {
        "-" => bounded(std::io::stdin().lock(), MAX_INPUT),
        path => std::fs::File::open(path).and_then(|file| bounded(file, MAX_INPUT)),
    };
    let text = read.map_err(|error| {
        terminal.error(&format!("{} cannot be read: {error}", name.escape_debug()));
        Exit::Usage
    })?;
    Ok(Given { name: name.escape_debug().to_string(), text })
}

/// Reads a file of at most so many bytes.
pub(super) fn file(path: &Path, most: u64, terminal: &Terminal) -> Result<String, Stopped> {
    std::fs::File::open(path).and_then(|file| bounded(file, most)).map_err(|error| {
        terminal.error(&format!("{path:?} cannot be read: {error}"));
        Exit::Usage
    })
}

fn bounded(from: impl Read, most: u64) -> std::io::Result<String> {
    let mut text = String::new();
    from.take(most + 1).read_to_string(&mut text)?;
    if text.len() as u64 > most {
        return Err(std::io::Error::other(format!("it is larger than {most} bytes")));
    }
    Ok(text)
}

/// A JSON document.
pub(super) fn json(name: &str, text: &str, terminal: &Terminal) -> Result<Value, Stopped> {
    serde_json::from_str(text).map_err(|error| {
        terminal.error(&format!("{name}:{}:{}: {error}", error.line(), error.column()));
        Exit::Usage
    })
}

/// One event or a list of them, each with what messages call it.
pub(super) fn events(argument: &str, terminal: &Terminal) -> Result<Vec<(String, Value)>, Stopped> {
    let Given { name, text } = read("--event", argument, terminal)?;
    let events = match json(&name, &text, terminal)? {
        Value::Array(events) => {
            let numbered = events.into_iter().enumerate();
            numbered.map(|(index, event)| (format!("{name}[{index}]"), event)).collect()
        }
        one => vec![(name.clone(), one)],
    };
    if events.iter().any(|(_, event)| !event.is_object()) {
        terminal.error(&format!("{name} holds something that is no event: an event is an object"));
        return Err(Exit::Usage);
    }
    Ok(events)
}
