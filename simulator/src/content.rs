//! What a body says, whatever it is written in.

use serde_json::{Map, Value};

use crate::dialect::Dialect;
use crate::form;
use crate::received::{BODY_LIMIT, Body, Received};
use crate::reply::Refusal;

/// The members of a request by name.
pub(crate) type Fields = Map<String, Value>;

/// What a body turned out to hold.
#[derive(Debug)]
pub(crate) enum Content {
    Broken,
    Empty,
    /// A form; the names are those of members that should have been JSON texts and are none.
    Form(Fields, Vec<String>),
    Json(Value),
    /// No JSON, and why.
    NotJson(String),
    TooLarge,
    /// A form in which this member stands twice.
    Twice(String),
}

impl Content {
    /// Reads a body as the dialect writes it. The parameters of a query belong to a form.
    pub(crate) fn read(dialect: Dialect, received: &Received) -> Self {
        let bytes = match &received.body {
            Body::Broken => return Self::Broken,
            Body::TooLarge => return Self::TooLarge,
            Body::Whole(bytes) => bytes,
        };
        if dialect == Dialect::Openapi {
            let query = received.head.uri.query().unwrap_or_default();
            return match form::read(&[query.as_bytes(), bytes]) {
                Ok((fields, texts)) => Self::Form(fields, texts),
                Err(name) => Self::Twice(name),
            };
        }
        if bytes.is_empty() {
            return Self::Empty;
        }
        match serde_json::from_slice(bytes) {
            Ok(value) => Self::Json(value),
            Err(error) => Self::NotJson(error.to_string()),
        }
    }

    /// The members, where there is an object. An empty body is an object without members when
    /// there is nothing that has to be said.
    pub(crate) fn fields(&self, may_be_empty: bool) -> Result<Fields, Refusal> {
        match self {
            Self::Form(fields, texts) if texts.is_empty() => Ok(fields.clone()),
            Self::Form(_, texts) => {
                let message = format!("{} must be JSON.", texts.join(", "));
                Err(Refusal::bad("InvalidParameter", message))
            }
            Self::Json(Value::Object(fields)) => Ok(fields.clone()),
            Self::Empty if may_be_empty => Ok(Fields::new()),
            Self::Twice(name) => {
                Err(Refusal::bad("InvalidParameter", format!("{name} is given twice.")))
            }
            _ => Err(Refusal::bad("InvalidParameter", "The body must be a JSON object.")),
        }
    }

    /// The document it holds.
    pub(crate) fn document(&self) -> Option<Value> {
        match self {
            Self::Form(fields, _) => Some(Value::Object(fields.clone())),
            Self::Json(value) => Some(value.clone()),
            _ => None,
        }
    }

    /// Why there is no document, when there was a body.
    pub(crate) fn error(&self) -> Option<String> {
        match self {
            Self::Empty | Self::Form(..) | Self::Json(_) => None,
            Self::Broken => Some("the body ended early".to_owned()),
            Self::NotJson(reason) => Some(format!("not JSON: {reason}")),
            Self::Twice(name) => Some(format!("{name} is given twice")),
            Self::TooLarge => Some(format!("larger than {BODY_LIMIT} bytes")),
        }
    }
}
