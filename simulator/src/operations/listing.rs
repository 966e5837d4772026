//! The list of streams: filters and pages.

use serde_json::{Value, json};

use crate::content::Fields;
use crate::operations::{Context, event_streaming};
use crate::reply::{Done, Outcome, Refusal};
use crate::rules::{Problems, Rule, definition, text, written};
use crate::streams::Stream;

/// The largest page, and the one of a caller who names none.
const LARGEST_PAGE: usize = 100;
/// The words of a resource name that name no resource.
const KINDS: [&str; 7] = ["", "instances", "queues", "vhosts", "exchanges", "topic", "topics"];

pub(super) fn list(fields: &Fields, context: Context<'_>) -> Outcome {
    let mut problems = Problems::default();
    for name in ["NamePrefix", "SourceArn", "SinkArn"] {
        problems.apply(fields, "", name, Rule::Text);
    }
    problems.apply(fields, "", "Tags", Rule::List);
    definition::tags(&mut problems, fields);
    problems.refuse()?;
    let (limit, offset) = page(fields)?;
    let found: Vec<Value> = context.streams.at(context.now, |book| {
        let matching = book.iter().filter(|(name, stream)| matches(fields, name, stream));
        matching.map(|(name, stream)| event_streaming::told(name, stream)).collect()
    });
    let total = found.len();
    let next = offset.saturating_add(limit);
    let next = if next < total { next.to_string() } else { String::new() };
    let streams: Vec<Value> = found.into_iter().skip(offset).take(limit).collect();
    let data = json!({ "EventStreamings": streams, "NextToken": next, "Total": total });
    Ok(Done::with("The event streamings are listed.", data))
}

/// How many streams, and behind how many others. A token is such a number.
fn page(fields: &Fields) -> Result<(usize, usize), Refusal> {
    let given = |name: &str| fields.get(name).filter(|value| !value.is_null());
    let limit = match given("Limit") {
        None => Some(LARGEST_PAGE),
        Some(value) => written(value).and_then(|limit| usize::try_from(limit).ok()),
    };
    let limit = limit.filter(|limit| (1..=LARGEST_PAGE).contains(limit)).ok_or_else(|| {
        let message = format!("Limit must be an integer from 1 to {LARGEST_PAGE}.");
        Refusal::conflict("LimitSizeInvalid", message)
    })?;
    let offset = match given("NextToken").filter(|token| token.as_str() != Some("")) {
        None => Some(0),
        Some(token) => {
            token.as_str().and(written(token)).and_then(|offset| usize::try_from(offset).ok())
        }
    };
    let message = "NextToken must be the one of an answer.";
    Ok((limit, offset.ok_or_else(|| Refusal::conflict("NextTokenInvalid", message))?))
}

fn matches(fields: &Fields, name: &str, stream: &Stream) -> bool {
    let arn = |wanted: &str, part: &str| {
        text(fields, wanted)
            .filter(|arn| !arn.is_empty())
            .is_none_or(|arn| stream.definition.get(part).is_some_and(|part| is_named(arn, part)))
    };
    let wanted = fields.get("Tags").and_then(Value::as_array);
    name.starts_with(text(fields, "NamePrefix").unwrap_or_default())
        && arn("SourceArn", "Source")
        && arn("SinkArn", "Sink")
        && wanted.into_iter().flatten().all(|tag| has_tag(stream, tag))
}

/// Whether every resource that an ARN names stands in a source or a target. No page says how the
/// service compares them; this is ours.
fn is_named(arn: &str, part: &Value) -> bool {
    let resource = arn.splitn(5, ':').nth(4).unwrap_or(arn);
    let mut ids = resource.split(['/', '%']).filter(|id| !KINDS.contains(id)).peekable();
    ids.peek().is_some() && ids.all(|id| holds(part, id))
}

fn holds(value: &Value, wanted: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| holds(item, wanted)),
        Value::Object(members) => members.values().any(|member| holds(member, wanted)),
        Value::String(text) => text == wanted,
        _ => false,
    }
}

fn has_tag(stream: &Stream, wanted: &Value) -> bool {
    let tags = stream.definition.get("Tags").and_then(Value::as_array);
    tags.into_iter().flatten().any(|tag| {
        let value = wanted.get("Value").filter(|value| !value.is_null());
        tag.get("Key") == wanted.get("Key") && value.is_none_or(|it| tag.get("Value") == Some(it))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_name_is_found_in_what_it_names() {
        let source = json!({"SourceRabbitMQParameters": {
            "InstanceId": "i-1", "VirtualHostName": "v", "QueueName": "q",
        }});
        for good in [
            "acs:amqp:cn-hangzhou:1:/instances/i-1/vhosts/v/queues/q",
            "acs:amqp:cn-hangzhou:1:/instances/i-1",
        ] {
            assert!(is_named(good, &source), "{good}");
        }
        for bad in ["acs:amqp:cn-hangzhou:1:/instances/i-2/vhosts/v", "acs:amqp:cn-hangzhou:1:/"] {
            assert!(!is_named(bad, &source), "{bad}");
        }
        let sink = json!({"SinkMNSParameters": {"QueueName": {"Form": "CONSTANT", "Value": "q"}}});
        assert!(is_named("acs:mns:cn-hangzhou:1:/queues/q", &sink));
        assert!(is_named("acs:mns:cn-hangzhou:1:queues/q", &sink));
    }

    #[test]
    fn a_page_has_its_bounds() {
        let of = |document: Value| page(document.as_object().expect("an object"));
        assert_eq!(of(json!({})), Ok((100, 0)));
        assert_eq!(of(json!({"Limit": "10", "NextToken": "20"})), Ok((10, 20)));
        assert_eq!(of(json!({"Limit": 1, "NextToken": ""})), Ok((1, 0)));
        for limit in [json!(0), json!(101), json!("-1"), json!("ten")] {
            assert_eq!(of(json!({"Limit": limit})).expect_err("bad").code, "LimitSizeInvalid");
        }
        for token in [json!("x"), json!(10)] {
            assert_eq!(of(json!({"NextToken": token})).expect_err("bad").code, "NextTokenInvalid");
        }
    }
}
