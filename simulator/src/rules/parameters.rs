//! The sources and the targets of a stream, and the rules of their members.
//!
//! No published model says which members a source needs, so none is asked for; members without a
//! rule are taken as they are.

use serde_json::Value;

use super::{Problems, Rule};
use crate::content::Fields;

/// The longest value and template of a target's field, in characters.
const LONGEST_TEXT: usize = 10_240;

const FLAGS: &[&str] = &["true", "false"];
/// The modes of the integration guide, and those that Debezium has beside them.
const SNAPSHOTS: &[&str] = &[
    "initial",
    "never",
    "always",
    "configuration_based",
    "custom",
    "initial_only",
    "no_data",
    "recovery",
    "schema_only",
    "schema_only_recovery",
    "when_needed",
];

/// Rules of members that mean the same wherever they stand.
const EVERYWHERE: &[(&str, Rule)] = &[
    ("BodyDataType", Rule::OneOfAnyCase(&["JSON", "TEXT", "BINARY"])),
    ("DatabaseName", Rule::Text),
    ("HostName", Rule::Text),
    ("IncludeSchemaChanges", Rule::OneOf(FLAGS)),
    ("InstanceId", Rule::Text),
    ("OrderConsume", Rule::OneOf(FLAGS)),
    ("Password", Rule::Text),
    ("Port", Rule::Number(0, 65_535)),
    ("PrefetchCount", Rule::NumberText(1, 1_000)),
    ("RegionId", Rule::Text),
    ("SchemaName", Rule::Text),
    ("SecurityGroupId", Rule::Text),
    ("SnapshotMode", Rule::OneOf(SNAPSHOTS)),
    ("TableName", Rule::Text),
    ("TableNames", Rule::Text),
    ("User", Rule::Text),
    ("Username", Rule::Text),
    ("VSwitchIds", Rule::Text),
    ("VpcId", Rule::Text),
];

/// Rules of members of one kind.
const OF_KINDS: &[(&str, &[(&str, Rule)])] = &[
    (
        "SourceApacheKafkaParameters",
        &[
            ("OffsetReset", Rule::OneOf(&["latest", "earliest"])),
            ("SecurityProtocol", Rule::OneOf(&["SASL_SSL", "PLAINTEXT", "SASL_PLAINTEXT"])),
            ("ValueDataType", Rule::OneOfAnyCase(&["Text", "Binary", "Json"])),
        ],
    ),
    ("SourceDTSParameters", &[("InitCheckPoint", Rule::Written(0, u64::MAX))]),
    ("SourceFeiShuDocsParameters", &[("LoadMode", Rule::OneOf(&["block", "single"]))]),
    (
        "SourceJDBCParameters",
        &[
            (
                "QueryMode",
                Rule::OneOf(&["bulk", "incrementing", "timestamp", "timestamp_incrementing"]),
            ),
            ("BatchSize", Rule::Number(1, 10_000)),
            ("PollingInterval", Rule::Number(10, u64::MAX)),
            ("QueryTimeout", Rule::Number(1, 300)),
            ("Network", Rule::OneOf(super::NETWORKS)),
        ],
    ),
    (
        "SourceKafkaParameters",
        &[
            ("OffsetReset", Rule::OneOf(&["latest", "earliest"])),
            ("Network", Rule::OneOf(&["Default", "PublicNetwork"])),
        ],
    ),
    ("SourceMNSParameters", &[("IsBase64Decode", Rule::Boolean)]),
    (
        "SourceOSSParameters",
        &[("LoadMode", Rule::OneOf(&["single", "element"])), ("FileExtensions", Rule::List)],
    ),
    (
        "SourceRocketMQParameters",
        &[
            (
                "Offset",
                Rule::OneOf(&[
                    "CONSUME_FROM_LAST_OFFSET",
                    "CONSUME_FROM_FIRST_OFFSET",
                    "CONSUME_FROM_TIMESTAMP",
                ]),
            ),
            ("Timestamp", Rule::Written(0, u64::MAX)),
            ("InstanceType", Rule::OneOf(&["Cloud_4", "Cloud_5", "SelfBuilt"])),
            ("AuthType", Rule::OneOf(&["ACL", ""])),
        ],
    ),
    ("SinkApiDestinationParameters", &[("Timeout", Rule::Number(1, 60))]),
    ("SinkOSSParameters", &[("SSLEnabled", Rule::Boolean)]),
];

/// The forms that a target's field is computed in.
const FORMS: Rule = Rule::OneOf(&["ORIGINAL", "CONSTANT", "JSONPATH", "TEMPLATE"]);

/// Notes what is wrong with `Source` or `Sink`: it holds one member, of a known kind.
pub(super) fn choice(problems: &mut Problems, fields: &Fields, name: &str, kinds: &[&str]) {
    let Some(value) = fields.get(name).filter(|value| !value.is_null()) else { return };
    let Some(members) = value.as_object() else {
        return problems.invalid(format!("{name} must be an object"));
    };
    let mut entries = members.iter().filter(|(_, value)| !value.is_null());
    let (Some((kind, value)), None) = (entries.next(), entries.next()) else {
        return problems.invalid(format!("{name} must have exactly one member"));
    };
    if !kinds.contains(&kind.as_str()) {
        return problems.invalid(format!("{name} has no member {kind}"));
    }
    match value.as_object() {
        Some(parameters) => check(problems, kind, parameters, &format!("{name}.{kind}.")),
        None => problems.invalid(format!("{name}.{kind} must be an object")),
    }
}

/// Notes what is wrong with the parameters of one kind.
pub(crate) fn check(problems: &mut Problems, kind: &str, parameters: &Fields, place: &str) {
    let own = OF_KINDS.iter().filter(|(name, _)| *name == kind).flat_map(|(_, rules)| *rules);
    for (name, rule) in EVERYWHERE.iter().chain(own) {
        // A target's field is an object instead, with its own rules.
        if !is_computed(parameters.get(*name)) {
            problems.apply(parameters, place, name, *rule);
        }
    }
    if !is_computed(parameters.get("NetworkType")) {
        problems.network(parameters, place);
    }
    for (name, value) in parameters {
        if let Some(field) = value.as_object().filter(|_| is_computed(Some(value))) {
            computed(problems, field, &format!("{place}{name}."));
        }
    }
    let timed = super::text(parameters, "Offset") == Some("CONSUME_FROM_TIMESTAMP");
    if kind == "SourceRocketMQParameters" && timed {
        let why = "is required when Offset is CONSUME_FROM_TIMESTAMP";
        problems.require(parameters, place, &["Timestamp"], why);
    }
}

fn is_computed(value: Option<&Value>) -> bool {
    value.and_then(Value::as_object).is_some_and(|field| field.contains_key("Form"))
}

/// A field of a target: `{Form, Value, Template}`.
fn computed(problems: &mut Problems, field: &Fields, place: &str) {
    problems.apply(field, place, "Form", FORMS);
    // A sample of the documents gives the variables of a template as an object.
    let variables = super::text(field, "Form") == Some("TEMPLATE")
        && field.get("Value").is_some_and(Value::is_object);
    if !variables {
        problems.apply(field, place, "Value", Rule::Text);
    }
    problems.apply(field, place, "Template", Rule::Text);
    for name in ["Value", "Template"] {
        let length = super::text(field, name).map_or(0, |text| text.chars().count());
        if length > LONGEST_TEXT {
            problems.invalid(format!("{place}{name} must not be longer than {LONGEST_TEXT}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::kinds::{SINKS, SOURCES};
    use super::*;

    /// What is said of the parameters of a kind.
    fn said(kind: &str, parameters: Value) -> String {
        let name = if kind.starts_with("Source") { "Source" } else { "Sink" };
        of(name, json!({ kind: parameters }))
    }

    fn of(name: &str, value: Value) -> String {
        let document = json!({ name: value });
        let mut problems = Problems::default();
        let kinds = if name == "Source" { SOURCES } else { SINKS };
        choice(&mut problems, document.as_object().expect("an object"), name, kinds);
        problems.refuse().map_or_else(|refusal| refusal.message, |()| String::new())
    }

    #[test]
    fn a_source_is_one_of_its_kinds() {
        assert_eq!(of("Source", json!({"SourceMNSParameters": {"QueueName": "q"}})), "");
        for (value, why) in [
            (json!({}), "Source must have exactly one member."),
            (json!({"SourceMNSParameters": {}, "SourceSLSParameters": {}}), "exactly one member."),
            (json!({"SourceMySqlParameters": {}}), "Source has no member SourceMySqlParameters."),
            (json!({"SinkMNSParameters": {}}), "Source has no member SinkMNSParameters."),
            (json!({"SourceMNSParameters": "q"}), "Source.SourceMNSParameters must be an object."),
            (json!("{}"), "Source must be an object."),
        ] {
            assert!(of("Source", value.clone()).contains(why), "{value}");
        }
        assert_eq!(of("Sink", json!({"SinkMNSParameters": {}, "SinkFcParameters": null})), "");
    }

    #[test]
    fn members_obey_their_rules() {
        for (kind, name, good, bad) in [
            ("SourceMySQLParameters", "Port", json!(3306), json!(65_536)),
            ("SourceMySQLParameters", "Port", json!(0), json!("3306")),
            ("SourceMySQLParameters", "IncludeSchemaChanges", json!("true"), json!(true)),
            ("SourceMySQLParameters", "SnapshotMode", json!("when_needed"), json!("Initial")),
            ("SourcePostgreSQLParameters", "TableNames", json!("a,b"), json!(["a"])),
            ("SourceRabbitMQMsgSyncParameters", "PrefetchCount", json!("1000"), json!("1001")),
            ("SourceRabbitMQMsgSyncParameters", "PrefetchCount", json!("1"), json!(100)),
            ("SourceRabbitMQMsgSyncParameters", "BodyDataType", json!("Text"), json!("XML")),
            ("SourceRabbitMQMsgSyncParameters", "OrderConsume", json!("false"), json!("no")),
            ("SourceMNSParameters", "IsBase64Decode", json!(true), json!("true")),
            ("SourceDTSParameters", "InitCheckPoint", json!(1_700_000_000), json!("now")),
            ("SourceJDBCParameters", "BatchSize", json!(10_000), json!(10_001)),
            ("SourceJDBCParameters", "PollingInterval", json!(10), json!(9)),
            ("SourceJDBCParameters", "QueryMode", json!("bulk"), json!("once")),
            ("SourceKafkaParameters", "OffsetReset", json!("latest"), json!("newest")),
            ("SourceKafkaParameters", "Network", json!("Default"), json!("PrivateNetwork")),
            ("SourceApacheKafkaParameters", "SecurityProtocol", json!("SASL_SSL"), json!("SSL")),
            ("SourceOSSParameters", "LoadMode", json!("element"), json!("block")),
            ("SourceFeiShuDocsParameters", "LoadMode", json!("block"), json!("element")),
            ("SourceRocketMQParameters", "InstanceType", json!("Cloud_5"), json!("Cloud_6")),
            ("SourceRocketMQParameters", "Offset", json!("CONSUME_FROM_LAST_OFFSET"), json!("x")),
            ("SinkApiDestinationParameters", "Timeout", json!(60), json!(61)),
            ("SinkHttpsParameters", "NetworkType", json!("PublicNetwork"), json!("Vpc")),
        ] {
            assert_eq!(said(kind, json!({ name: good })), "", "{kind}.{name}");
            let wrong = said(kind, json!({ name: bad }));
            assert!(wrong.contains(&format!("{kind}.{name} must be")), "{kind}.{name}: {wrong}");
        }
    }

    #[test]
    fn some_members_need_others() {
        let rocket = said("SourceRocketMQParameters", json!({"Offset": "CONSUME_FROM_TIMESTAMP"}));
        assert!(rocket.contains("Timestamp is required when Offset"), "{rocket}");
        let vpc = said("SourcePostgreSQLParameters", json!({"NetworkType": "PrivateNetwork"}));
        assert!(vpc.contains("VpcId is required when NetworkType"), "{vpc}");
    }

    #[test]
    fn a_targets_field_is_a_form_with_its_texts() {
        let body = |field: Value| said("SinkMNSParameters", json!({ "Body": field }));
        for good in [
            json!({"Form": "ORIGINAL"}),
            json!({"Form": "CONSTANT", "Value": "v", "Template": "ignored"}),
            json!({"Form": "TEMPLATE", "Value": {"key": "value"}, "Template": "${key}"}),
            json!({"Form": "CONSTANT", "Value": "ä".repeat(LONGEST_TEXT)}),
        ] {
            assert_eq!(body(good.clone()), "", "{good}");
        }
        for (bad, why) in [
            (json!({"Form": "constant"}), "Body.Form must be one of"),
            (json!({"Form": "CONSTANT", "Value": 1}), "Body.Value must be a string"),
            (json!({"Form": "CONSTANT", "Value": {}}), "Body.Value must be a string"),
            (json!({"Form": "TEMPLATE", "Template": {}}), "Body.Template must be a string"),
            (json!({"Form": "CONSTANT", "Value": "x".repeat(LONGEST_TEXT + 1)}), "longer than"),
        ] {
            assert!(body(bad.clone()).contains(why), "{why}");
        }
    }
}
