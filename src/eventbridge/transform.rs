//! What a target receives of an event: the forms of a sink's fields, as the vendor documents them.

use serde_json::Value;
use serde_json_path::JsonPath;

/// The largest `Value` and the largest `Template`, in characters.
const MAX_LENGTH: usize = 10_240;

/// How one field of a target is made of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Transform {
    /// The whole event.
    Original,
    /// The same text for every event.
    Constant(String),
    /// One part of the event.
    Part(JsonPath),
    /// A text with parts of the event in it.
    Template {
        /// The variables of the text.
        variables: Vec<(String, Variable)>,
        /// The text, with `${variable}` where a value goes.
        template: String,
    },
}

/// What a variable of a template stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Variable {
    /// A part of the event.
    Part(JsonPath),
    /// A text of its own.
    Literal(String),
}

/// What a field becomes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Made {
    /// The text that the target receives.
    pub text: String,
    /// What deserves a look: parts that the event does not have, variables that nobody declares.
    pub warnings: Vec<String>,
}

impl Transform {
    /// Understands `{"Form": …, "Value": …, "Template": …}`.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn parse(field: &Value) -> Result<Self, String> {
        let form = text(field, "Form")?.ok_or("\"Form\" is missing")?;
        let value = text(field, "Value")?;
        match form {
            "ORIGINAL" => Ok(Self::Original),
            "CONSTANT" => Ok(Self::Constant(value.unwrap_or_default().into())),
            "JSONPATH" => {
                let path = value.ok_or("a JSONPATH takes a \"Value\"")?;
                definite(path).map(Self::Part)
            }
            "TEMPLATE" => {
                let variables = variables(value.ok_or("a TEMPLATE takes a \"Value\"")?)?;
                let template = text(field, "Template")?.ok_or("\"Template\" is missing")?.into();
                Ok(Self::Template { variables, template })
            }
            other => Err(format!(
                "there is no Form {other:?}; it is ORIGINAL, CONSTANT, JSONPATH or TEMPLATE"
            )),
        }
    }

    /// What the field becomes of an event, a CloudEvent as JSON.
    pub fn apply(&self, event: &Value) -> Made {
        match self {
            Self::Original => Made { text: event.to_string(), ..Made::default() },
            Self::Constant(text) => Made { text: text.clone(), ..Made::default() },
            Self::Part(path) => {
                let mut made = Made::default();
                made.text = part(path, event, &mut made.warnings);
                made
            }
            Self::Template { variables, template } => fill(template, variables, event),
        }
    }
}

/// A member that is a text of a length that the service takes.
fn text<'a>(field: &'a Value, name: &str) -> Result<Option<&'a str>, String> {
    let text = match field.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.as_str(),
        // The vendor's own samples write an object where the service takes text.
        Some(_) => return Err(format!("{name:?} is a text; write its JSON into quotes")),
    };
    if text.chars().count() > MAX_LENGTH {
        return Err(format!("{name:?} is longer than {MAX_LENGTH} characters"));
    }
    Ok(Some(text))
}

/// A path that names one place.
fn definite(text: &str) -> Result<JsonPath, String> {
    let path =
        JsonPath::parse(text).map_err(|error| format!("{text:?} is no JSONPath: {error}"))?;
    // A comparison takes a path on its side only where it names one place at most (RFC 9535).
    if JsonPath::parse(&format!("$[?{text}==0]")).is_err() {
        return Err(format!("{text:?} can name several places; the service takes one"));
    }
    Ok(path)
}

fn variables(text: &str) -> Result<Vec<(String, Variable)>, String> {
    let parsed: Value =
        serde_json::from_str(text).map_err(|error| format!("\"Value\" is no JSON: {error}"))?;
    let Value::Object(members) = parsed else {
        return Err("the \"Value\" of a TEMPLATE is an object of variables".into());
    };
    members.into_iter().map(|(name, value)| Ok((name.clone(), variable(&name, value)?))).collect()
}

fn variable(name: &str, value: Value) -> Result<Variable, String> {
    match value {
        Value::String(text) => Ok(match definite(&text) {
            Ok(path) => Variable::Part(path),
            Err(_) => Variable::Literal(text),
        }),
        Value::Object(_) | Value::Array(_) => {
            Err(format!("the variable {name:?} is a JSONPath or a text, not an object or a list"))
        }
        other => Ok(Variable::Literal(other.to_string())),
    }
}

/// A text as it is, everything else as JSON, nothing for what is not there.
fn part(path: &JsonPath, event: &Value, warnings: &mut Vec<String>) -> String {
    match path.query(event).first() {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => {
            warnings.push(format!("{path} is not in the event; nothing stands for it"));
            String::new()
        }
    }
}

/// The template with the values in place of `${variable}`, `${jsonEscape(variable)}` and
/// `${htmlEscape(variable)}`. What nobody declares stays as it is.
fn fill(template: &str, variables: &[(String, Variable)], event: &Value) -> Made {
    let mut made = Made::default();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        made.text.push_str(before);
        let Some((inside, behind)) = after.split_once('}') else {
            made.text.push_str("${");
            rest = after;
            continue;
        };
        let (name, escape) = named(inside);
        match variables.iter().find(|(known, _)| known == name) {
            Some((_, Variable::Literal(text))) => made.text.push_str(&escape(text)),
            Some((_, Variable::Part(path))) => {
                let value = part(path, event, &mut made.warnings);
                made.text.push_str(&escape(&value));
            }
            None => {
                made.warnings.push(format!("nobody declares {name:?}; it stays as it is"));
                made.text.push_str(&format!("${{{inside}}}"));
            }
        }
        rest = behind;
    }
    made.text.push_str(rest);
    made
}

/// The variable's name, and how its value is escaped.
fn named(inside: &str) -> (&str, fn(&str) -> String) {
    let argument = |function: &str| inside.trim().strip_prefix(function)?.strip_suffix(')');
    if let Some(name) = argument("jsonEscape(") {
        return (name.trim(), json_escape);
    }
    if let Some(name) = argument("htmlEscape(") {
        return (name.trim(), html_escape);
    }
    (inside, str::to_owned)
}

fn json_escape(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().into()
}

fn html_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn made(field: &Value) -> Made {
        let event = json!({
            "id": "1",
            "data": {"name": "a \"b\" <c>", "list": [1, 2], "none": null, "a.b": true},
        });
        Transform::parse(field).expect("a transform").apply(&event)
    }

    fn text_of(form: &str, value: &str, template: &str) -> String {
        made(&json!({"Form": form, "Value": value, "Template": template})).text
    }

    #[test]
    fn forms_give_what_the_vendor_documents() {
        for (form, value, template, expected) in [
            ("CONSTANT", "orders", "ignored", "orders"),
            ("JSONPATH", "$.data.name", "", "a \"b\" <c>"),
            ("JSONPATH", "$.data.list", "", "[1,2]"),
            ("JSONPATH", "$.data.list[1]", "", "2"),
            ("JSONPATH", "$.data.none", "", "null"),
            ("JSONPATH", "$.data['a.b']", "", "true"),
            ("JSONPATH", "$.data.missing", "", ""),
            (
                "TEMPLATE",
                r#"{"key":"value"}"#,
                "The value of ${key} is ${value}!",
                "The value of value is ${value}!",
            ),
            (
                "TEMPLATE",
                r#"{"n":"$.data.name","l":"$.data.list"}"#,
                r#"{"n":"${jsonEscape(n)}","l":${l}}"#,
                r#"{"n":"a \"b\" <c>","l":[1,2]}"#,
            ),
            (
                "TEMPLATE",
                r#"{"n":"$.data.name"}"#,
                "<p>${htmlEscape(n)}</p>",
                "<p>a &quot;b&quot; &lt;c&gt;</p>",
            ),
            (
                "TEMPLATE",
                r#"{"n":"$.data.none","w":"$.data.*"}"#,
                "${n} ${w} ${",
                "null $.data.* ${",
            ),
        ] {
            assert_eq!(text_of(form, value, template), expected, "{form} {value} {template}");
        }
        assert!(text_of("ORIGINAL", "", "").contains("\"id\":\"1\""));
        let missing = made(&json!({"Form": "JSONPATH", "Value": "$.data.missing"}));
        assert_eq!(missing.warnings.len(), 1);
    }

    #[test]
    fn what_the_service_refuses_is_refused() {
        let long = "x".repeat(MAX_LENGTH + 1);
        for (field, said) in [
            (json!({}), "\"Form\" is missing"),
            (json!({"Form": "JSON"}), "there is no Form"),
            (json!({"Form": "JSONPATH", "Value": "housekeeping"}), "is no JSONPath"),
            (json!({"Form": "JSONPATH", "Value": "$..name"}), "can name several places"),
            (json!({"Form": "JSONPATH", "Value": "$.a || $.b"}), "is no JSONPath"),
            (json!({"Form": "CONSTANT", "Value": {"a": 1}}), "is a text"),
            (json!({"Form": "CONSTANT", "Value": long}), "is longer than 10240 characters"),
            (json!({"Form": "TEMPLATE", "Value": "[]", "Template": ""}), "an object of variables"),
            (json!({"Form": "TEMPLATE", "Value": "{\"a\":{}}", "Template": ""}), "not an object"),
            (json!({"Form": "TEMPLATE", "Value": "{}"}), "\"Template\" is missing"),
        ] {
            let error = Transform::parse(&field).expect_err("a refusal");
            assert!(error.contains(said), "{field}: {error}");
        }
    }
}
