//! The operations on one stream.

use serde_json::{Value, json};

use crate::content::Fields;
use crate::operations::Context;
use crate::reply::{Done, Outcome, Refusal};
use crate::rules::{Problems, definition};
use crate::streams::Stream;

pub(super) fn create(fields: &Fields, context: Context<'_>) -> Outcome {
    let name = definition::new_name(fields)?;
    let definition = definition::definition(fields)?;
    context.streams.at(context.now, |book| book.create(name, definition))?;
    Ok(Done::with("The event streaming is created.", arn(name, context)))
}

pub(super) fn update(fields: &Fields, context: Context<'_>) -> Outcome {
    let name = definition::name(fields)?;
    let definition = definition::definition(fields)?;
    let end = context.start_ends();
    context.streams.at(context.now, |book| book.update(name, definition, context.now, end))?;
    Ok(Done::bare("The event streaming is updated."))
}

pub(super) fn update_business_option(fields: &Fields, context: Context<'_>) -> Outcome {
    let name = definition::name(fields)?;
    let mut problems = Problems::default();
    problems.require(fields, "", &["BusinessMode"], "is required");
    definition::business_option(&mut problems, fields, "");
    problems.refuse()?;
    let mut option = fields.clone();
    option.remove("EventStreamingName");
    for name in ["MinCapacityUnitCount", "MaxCapacityUnitCount"] {
        if let Some(count) = option.get(name).and_then(crate::rules::written) {
            option.insert(name.to_owned(), count.into());
        }
    }
    let option = crate::redact::without_secrets(&option);
    context.streams.at(context.now, |book| {
        book.amend(name, |definition| {
            let options = definition.entry("RunOptions").or_insert_with(|| json!({}));
            options["BusinessOption"] = Value::Object(option);
        })
    })?;
    Ok(Done::with("The business option is updated.", true.into()))
}

pub(super) fn start(fields: &Fields, context: Context<'_>) -> Outcome {
    let (name, end) = (definition::name(fields)?, context.start_ends());
    context.streams.at(context.now, |book| book.start(name, context.now, end))?;
    Ok(Done::bare("The event streaming is starting."))
}

pub(super) fn pause(fields: &Fields, context: Context<'_>) -> Outcome {
    let name = definition::name(fields)?;
    context.streams.at(context.now, |book| book.pause(name, context.now))?;
    Ok(Done::bare("The event streaming is pausing."))
}

pub(super) fn delete(fields: &Fields, context: Context<'_>) -> Outcome {
    let name = definition::name(fields)?;
    // Nothing here is protected, so that nothing has to be forced.
    if fields.get("Force").is_some_and(|force| !is_flag(force)) {
        return Err(Refusal::bad("InvalidParameter", "Force must be true or false."));
    }
    context.streams.at(context.now, |book| book.delete(name, context.now))?;
    Ok(Done::bare("The event streaming is deleted."))
}

pub(super) fn get(fields: &Fields, context: Context<'_>) -> Outcome {
    let name = definition::name(fields)?;
    let mut told =
        context.streams.at(context.now, |book| book.get(name).map(|it| told(name, it)))?;
    told["DetailedStatus"] = json!({
        "TPS": 0.0, "DelayTime": 0, "DiffOffset": 0, "Extensions": {},
    });
    Ok(Done::with("The event streaming is found.", told))
}

/// A stream as it is told to callers.
pub(crate) fn told(name: &str, stream: &Stream) -> Value {
    let mut told = stream.definition.clone();
    told.insert("EventStreamingName".to_owned(), name.into());
    told.insert("Status".to_owned(), stream.status.as_str().into());
    Value::Object(told)
}

fn arn(name: &str, context: Context<'_>) -> Value {
    let Context { region, account_id, .. } = context;
    let arn = format!("acs:eventbridge:{region}:{account_id}:eventstreaming/{name}");
    json!({ "EventStreamingARN": arn })
}

/// A form writes a boolean as a text, each client in its own way.
fn is_flag(value: &Value) -> bool {
    let words = ["true", "false", "1", "0"];
    let word = |text: &str| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    value.is_boolean() || value.is_null() || value.as_str().is_some_and(word)
}
