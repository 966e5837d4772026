//! `/v1/patterns/test`: which events a filter pattern lets pass.

use axum::Json;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};

use crate::eventbridge::pattern::Pattern;
use crate::serve::extract::Body;
use crate::serve::problem::{Problem, ProblemBody};

/// A pattern, and events to try it on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatternTest {
    /// The pattern, as an object or as the text of one.
    #[schema(schema_with = object_or_text)]
    pattern: Value,
    /// CloudEvents.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Map<String, Value>>,
}

pub(super) fn object_or_text() -> Schema {
    let object = ObjectBuilder::new().schema_type(Type::Object).build();
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    OneOfBuilder::new().item(object).item(text).build().into()
}

/// What the pattern does with each event.
#[derive(Serialize, ToSchema)]
pub(crate) struct PatternResult {
    /// What in the pattern can hardly be meant.
    warnings: Vec<String>,
    /// One for each event.
    results: Vec<EventResult>,
}

/// What the pattern does with one event.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventResult {
    /// Whether it passes.
    matches: bool,
    /// The first field that does not match.
    mismatch: Option<String>,
}

/// Try a filter pattern on events
#[utoipa::path(
    post, path = "/v1/patterns/test", tag = "catalogue", request_body = PatternTest,
    responses(
        (status = 200, body = PatternResult),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json",
            description = "The pattern has faults"),
    )
)]
pub(crate) async fn test(Body(test): Body<PatternTest>) -> Result<Json<PatternResult>, Problem> {
    let text = match test.pattern {
        Value::String(text) => text,
        object => object.to_string(),
    };
    let (pattern, warnings) =
        Pattern::parse("pattern", &text).map_err(|problems| Problem::of_document(&problems))?;
    let results = test.events.into_iter().map(|event| {
        let mismatch = pattern.mismatch(&Value::Object(event)).map(|mismatch| mismatch.to_string());
        EventResult { matches: mismatch.is_none(), mismatch }
    });
    let results = results.collect();
    let warnings = warnings.iter().map(|warning| warning.message.clone()).collect();
    Ok(Json(PatternResult { warnings, results }))
}
