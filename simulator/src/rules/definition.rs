//! What a stream is created and updated with.

use serde_json::Value;

use super::{Problems, Rule, kinds, parameters, pattern, text, written};
use crate::content::Fields;
use crate::redact;
use crate::reply::Refusal;

/// The longest name. The documents say that longer ones are cut; here they are refused.
const LONGEST_NAME: usize = 127;
const MOST_TAGS: usize = 20;
/// The documents show this range for capacity units.
const UNITS: Rule = Rule::Written(1, 999);

const RUN_OPTIONS: &[(&str, &[(&str, Rule)])] = &[
    (
        "",
        &[
            ("BatchWindow", Rule::Object),
            ("BusinessOption", Rule::Object),
            ("DeadLetterQueue", Rule::Object),
            ("ErrorsTolerance", Rule::OneOf(&["ALL", "NONE"])),
            ("MaximumTasks", Rule::Number(1, u64::MAX)),
            ("RetryStrategy", Rule::Object),
            ("Throttling", Rule::Number(0, u64::MAX)),
        ],
    ),
    (
        "BatchWindow",
        &[("CountBasedWindow", Rule::Number(1, 10_000)), ("TimeBasedWindow", Rule::Number(0, 15))],
    ),
    ("DeadLetterQueue", &[("Arn", Rule::Text), ("Network", Rule::OneOf(super::NETWORKS))]),
    (
        "RetryStrategy",
        &[
            ("MaximumEventAgeInSeconds", Rule::Number(0, u64::MAX)),
            ("MaximumRetryAttempts", Rule::Number(0, u64::MAX)),
            ("PushRetryStrategy", Rule::OneOf(&["BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY"])),
        ],
    ),
];

/// The name that a request is about.
pub(crate) fn name(fields: &Fields) -> Result<&str, Refusal> {
    let mut problems = Problems::default();
    problems.require(fields, "", &["EventStreamingName"], "is required");
    problems.apply(fields, "", "EventStreamingName", Rule::Text);
    problems.refuse()?;
    Ok(text(fields, "EventStreamingName").unwrap_or_default())
}

/// The name of a stream that is to be: letters, digits and hyphens behind a letter or a digit.
pub(crate) fn new_name(fields: &Fields) -> Result<&str, Refusal> {
    let name = name(fields)?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let good = (2..=LONGEST_NAME).contains(&name.len())
        && !name.starts_with('-')
        && name.bytes().all(allowed);
    if good {
        return Ok(name);
    }
    let message = format!(
        "EventStreamingName must be 2 to {LONGEST_NAME} letters, digits and hyphens, and begin \
         with a letter or a digit."
    );
    Err(Refusal::conflict("EventStreamingNameInvalid", message))
}

/// What a stream is kept with: everything that was asked for but its name and its secrets.
pub(crate) fn definition(fields: &Fields) -> Result<Fields, Refusal> {
    let mut problems = Problems::default();
    source(&mut problems, fields);
    problems.require(fields, "", &["Sink"], "is required");
    parameters::choice(&mut problems, fields, "Source", kinds::SOURCES);
    parameters::choice(&mut problems, fields, "Sink", kinds::SINKS);
    for (name, rule) in [
        ("Description", Rule::Text),
        ("FilterPattern", Rule::Text),
        ("Metadata", Rule::Text),
        ("RunOptions", Rule::Object),
        ("Tags", Rule::List),
        ("Transforms", Rule::List),
    ] {
        problems.apply(fields, "", name, rule);
    }
    if let Some(Value::Object(options)) = fields.get("RunOptions") {
        run_options(&mut problems, options);
    }
    tags(&mut problems, fields);
    problems.refuse()?;
    let pattern = text(fields, "FilterPattern").unwrap_or("{}");
    pattern::check(pattern)?;
    let mut kept = redact::without_secrets(fields);
    kept.remove("EventStreamingName");
    kept.retain(|_, value| !value.is_null());
    kept.insert("FilterPattern".to_owned(), pattern.into());
    Ok(kept)
}

/// A stream has a source or the metadata of one.
fn source(problems: &mut Problems, fields: &Fields) {
    let given = |name: &str| fields.get(name).is_some_and(|value| !value.is_null());
    match (given("Source"), given("Metadata")) {
        (true, true) => problems.invalid("Source and Metadata exclude each other"),
        (false, false) => problems.require(fields, "", &["Source"], "is required"),
        _ => {}
    }
}

fn run_options(problems: &mut Problems, options: &Fields) {
    for (part, rules) in RUN_OPTIONS {
        let (members, place) = match (*part, options.get(*part)) {
            ("", _) => (options, "RunOptions.".to_owned()),
            (part, Some(Value::Object(members))) => (members, format!("RunOptions.{part}.")),
            _ => continue,
        };
        for (name, rule) in *rules {
            problems.apply(members, &place, name, *rule);
        }
    }
    if let Some(Value::Object(option)) = options.get("BusinessOption") {
        business_option(problems, option, "RunOptions.BusinessOption.");
    }
}

/// How a stream is paid for.
pub(crate) fn business_option(problems: &mut Problems, option: &Fields, place: &str) {
    let modes = Rule::OneOf(&["CapacityUnitMode", "EventNumMode"]);
    problems.apply(option, place, "BusinessMode", modes);
    for name in ["MinCapacityUnitCount", "MaxCapacityUnitCount"] {
        problems.apply(option, place, name, UNITS);
    }
    let count = |name: &str| option.get(name).and_then(written);
    if let (Some(least), Some(most)) =
        (count("MinCapacityUnitCount"), count("MaxCapacityUnitCount"))
        && least > most
    {
        let text = format!("{place}MinCapacityUnitCount must not exceed MaxCapacityUnitCount");
        problems.invalid(text);
    }
}

/// Notes what is wrong with the tags.
pub(crate) fn tags(problems: &mut Problems, fields: &Fields) {
    let Some(Value::Array(tags)) = fields.get("Tags") else { return };
    if tags.len() > MOST_TAGS {
        problems.invalid(format!("Tags must not be more than {MOST_TAGS}"));
    }
    for (index, tag) in tags.iter().enumerate() {
        let place = format!("Tags.{}.", index + 1);
        match tag.as_object() {
            Some(tag) => {
                problems.require(tag, &place, &["Key"], "is required");
                problems.apply(tag, &place, "Key", Rule::Text);
                problems.apply(tag, &place, "Value", Rule::Text);
            }
            None => problems.invalid(format!("Tags.{} must be an object", index + 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn good() -> Fields {
        let document = json!({
            "EventStreamingName": "s-1",
            "Source": {"SourceMNSParameters": {"QueueName": "q"}},
            "Sink": {"SinkMNSParameters": {}},
        });
        document.as_object().expect("an object").clone()
    }

    fn with(name: &str, value: Value) -> Result<Fields, Refusal> {
        let mut fields = good();
        fields.insert(name.to_owned(), value);
        definition(&fields)
    }

    #[track_caller]
    fn refused(name: &str, value: Value, why: &str) {
        let refusal = with(name, value).expect_err(why);
        assert!(refusal.message.contains(why), "{}", refusal.message);
    }

    #[test]
    fn a_name_follows_its_rule() {
        let named = |name: Value| {
            let fields = json!({ "EventStreamingName": name });
            new_name(fields.as_object().expect("an object")).map(str::to_owned)
        };
        for good in ["ab", "0-", "Order-Events-2", &"x".repeat(127)] {
            assert_eq!(named(json!(good)).as_deref(), Ok(good));
        }
        for bad in ["a", "-a", "a_b", "a b", "ä-b", &"x".repeat(128)] {
            assert_eq!(named(json!(bad)).expect_err(bad).code, "EventStreamingNameInvalid");
        }
        assert_eq!(named(json!("")).expect_err("empty").code, "MissingParameter");
        assert_eq!(named(json!(7)).expect_err("a number").code, "InvalidParameter");
    }

    #[test]
    fn everything_is_kept_but_the_name_and_the_secrets() {
        let mut fields = good();
        fields.insert("Unknown".to_owned(), json!({"Password": "p", "Kept": [1]}));
        fields.insert("Description".to_owned(), Value::Null);
        let expected = json!({
            "FilterPattern": "{}", "Unknown": {"Kept": [1]},
            "Source": fields["Source"], "Sink": fields["Sink"],
        });
        assert_eq!(definition(&fields).map(Value::Object), Ok(expected));
    }

    #[test]
    fn a_stream_has_a_source_or_metadata_and_a_sink() {
        let mut fields = good();
        fields.remove("Source");
        fields.remove("Sink");
        let refusal = definition(&fields).expect_err("neither");
        assert_eq!(refusal.message, "Source is required; Sink is required.");
        refused("Metadata", json!("{}"), "exclude each other");
        fields.insert("Metadata".to_owned(), json!("{}"));
        fields.insert("Sink".to_owned(), good()["Sink"].clone());
        assert!(definition(&fields).is_ok());
    }

    #[test]
    fn run_options_obey_their_rules() {
        assert!(with("RunOptions", json!({
            "ErrorsTolerance": "ALL", "MaximumTasks": 2, "Throttling": 0,
            "RetryStrategy": {"PushRetryStrategy": "BACKOFF_RETRY", "MaximumRetryAttempts": 3},
            "BatchWindow": {"CountBasedWindow": 10_000, "TimeBasedWindow": 15},
            "DeadLetterQueue": {"Arn": "acs:mns:cn-hangzhou:1:/queues/q"},
            "BusinessOption": {"BusinessMode": "EventNumMode", "MaxCapacityUnitCount": 1},
        })).is_ok());
        for (options, why) in [
            (json!({"ErrorsTolerance": "SOME"}), "ErrorsTolerance must be one of ALL, NONE"),
            (json!({"MaximumTasks": 0}), "MaximumTasks must be an integer from 1"),
            (json!({"RetryStrategy": "BACKOFF_RETRY"}), "RetryStrategy must be an object"),
            (
                json!({"RetryStrategy": {"PushRetryStrategy": "EXPONENTIALDECAY_RETRY"}}),
                "RunOptions.RetryStrategy.PushRetryStrategy must be one of",
            ),
            (json!({"BatchWindow": {"CountBasedWindow": 0}}), "CountBasedWindow must be"),
            (json!({"BatchWindow": {"TimeBasedWindow": 16}}), "TimeBasedWindow must be"),
            (
                json!({"BusinessOption": {"MinCapacityUnitCount": 3, "MaxCapacityUnitCount": 2}}),
                "MinCapacityUnitCount must not exceed MaxCapacityUnitCount",
            ),
            (json!({"BusinessOption": {"MaxCapacityUnitCount": 1000}}), "from 1 to 999"),
        ] {
            refused("RunOptions", options, why);
        }
        refused("RunOptions", json!("{}"), "RunOptions must be an object");
    }

    #[test]
    fn tags_are_twenty_at_most_and_have_keys() {
        let tags = |count: usize| json!(vec![json!({"Key": "k"}); count]);
        assert!(with("Tags", tags(20)).is_ok());
        refused("Tags", tags(21), "Tags must not be more than 20");
        refused("Tags", json!([{"Value": "v"}]), "Tags.1.Key is required");
    }

    #[test]
    fn a_pattern_is_a_text_of_json() {
        refused("FilterPattern", json!({}), "FilterPattern must be a string");
        let refusal = with("FilterPattern", json!("{")).expect_err("no JSON");
        assert_eq!(refusal.code, "EventStreamingFilterPatternInvalid");
    }
}
