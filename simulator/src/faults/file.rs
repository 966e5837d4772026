//! Faults in a file: a spec per line, or a list in JSON.

use std::fmt::Write as _;

use serde_json::Value;
use serde_json::value::RawValue;
use thiserror::Error;

use super::{FaultSpec, FaultSpecError};

/// What is wrong with a file of faults, and where.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
#[error("line {line}: {problem}")]
#[non_exhaustive]
pub struct FaultFileError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: String,
}

impl FaultSpec {
    /// Reads a file's faults in their order.
    ///
    /// Either each line is a spec, where empty lines and those that begin with `#` are left out;
    /// or the file is a list in JSON whose elements are specs, or objects such as
    /// `{"fault": "429", "retry-after": 2, "on": "GetEventStreaming"}`.
    ///
    /// # Errors
    /// What is wrong with the first line or element that is no fault.
    pub fn read_all(text: &str) -> Result<Vec<Self>, FaultFileError> {
        if text.trim_start().starts_with('[') {
            return read_list(text);
        }
        let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
        let specs = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        specs.map(|(line, spec)| parse(spec, line)).collect()
    }
}

fn read_list(text: &str) -> Result<Vec<FaultSpec>, FaultFileError> {
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| FaultFileError {
        line: error.line(),
        problem: format!("not JSON: {error}"),
    })?;
    items.into_iter().map(|item| read_item(item.get(), line_of(text, item.get()))).collect()
}

/// The line on which a part of a text begins.
fn line_of(text: &str, part: &str) -> usize {
    let offset = (part.as_ptr().addr()).saturating_sub(text.as_ptr().addr());
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

fn read_item(item: &str, line: usize) -> Result<FaultSpec, FaultFileError> {
    let wrong = |problem: &str| FaultFileError { line, problem: problem.to_owned() };
    match serde_json::from_str(item) {
        Ok(Value::String(spec)) => parse(&spec, line),
        Ok(Value::Object(mut members)) => {
            let Some(Value::String(mut spec)) = members.remove("fault") else {
                return Err(wrong("an object needs a text `fault`"));
            };
            for (name, value) in members {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                // Writing to a text cannot fail.
                let _ = write!(spec, ":{name}={value}");
            }
            parse(&spec, line)
        }
        _ => Err(wrong("an element is a text or an object")),
    }
}

fn parse(spec: &str, line: usize) -> Result<FaultSpec, FaultFileError> {
    let told = |error: FaultSpecError| FaultFileError { line, problem: error.to_string() };
    spec.parse().map_err(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn specs(texts: &[&str]) -> Vec<FaultSpec> {
        texts.iter().map(|text| text.parse().expect("a good spec")).collect()
    }

    #[test]
    fn lines_and_lists_say_the_same() {
        let expected = specs(&["429:retry-after=2:count=3", "drop:on=CreateEventStreaming"]);
        let lines = "# first\n429:retry-after=2:count=3\n\n  drop:on=CreateEventStreaming\n";
        assert_eq!(FaultSpec::read_all(lines), Ok(expected.clone()));
        let list = r#"[ {"fault": "429", "retry-after": 2, "count": 3},
            "drop:on=CreateEventStreaming" ]"#;
        assert_eq!(FaultSpec::read_all(list), Ok(expected));
        assert_eq!(FaultSpec::read_all(""), Ok(vec![]));
        assert_eq!(FaultSpec::read_all("[]"), Ok(vec![]));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, line, problem) in [
            ("500\n# c\n418\n", 3, "no fault is called `418`"),
            ("[\n \"500\",\n \"418\"\n]", 3, "no fault is called `418`"),
            ("[\n {\"fault\": \"500\", \"count\": 0}]", 2, "count must be a whole number"),
            ("[\n\n {\"count\": 1}]", 3, "an object needs a text `fault`"),
            ("[\n 500]", 2, "an element is a text or an object"),
            ("[\n \"500\"", 2, "not JSON"),
        ] {
            let error = FaultSpec::read_all(text).expect_err(text);
            assert_eq!(error.line, line, "{text}");
            assert!(error.to_string().contains(problem), "{error}");
        }
    }
}
