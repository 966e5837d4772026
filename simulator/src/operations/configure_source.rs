//! Configuring a database as an event source: the rules its fields obey, and its confirmation.
//!
//! The fields and their rules are those of the seed API's table for PostgreSQL. It documents no
//! table for MySQL, whose sample carries the same names, so the same rules hold for both. Members
//! without a rule, such as the sample's `BinlogFormat`, are accepted as they are.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use crate::operations::Operation;
use crate::reply::Reply;

type Fields = Map<String, Value>;

const REQUIRED: [&str; 6] = ["RegionId", "HostName", "Port", "User", "Password", "DatabaseName"];
const REQUIRED_IN_VPC: [&str; 3] = ["VpcId", "VSwitchIds", "SecurityGroupId"];
const TEXTS: [&str; 12] = [
    "RegionId",
    "HostName",
    "User",
    "Password",
    "DatabaseName",
    "SchemaName",
    "TableNames",
    "SnapshotMode",
    "NetworkType",
    "VpcId",
    "VSwitchIds",
    "SecurityGroupId",
];
const VALUE_SETS: [(&str, &[&str]); 2] = [
    ("SnapshotMode", &["initial", "never", "always"]),
    ("NetworkType", &["PublicNetwork", "PrivateNetwork"]),
];
/// The fields a confirmation repeats. A list of what may be told, so that no secret slips in.
const CONFIRMED: [&str; 8] = [
    "RegionId",
    "HostName",
    "Port",
    "DatabaseName",
    "SchemaName",
    "TableNames",
    "SnapshotMode",
    "NetworkType",
];

/// A field that breaks a rule. The text names the rule, never the value, which may be a secret.
#[derive(Debug, PartialEq, Eq)]
enum Problem {
    Missing(String),
    Invalid(String),
}

/// Answers a request to configure a source with these fields.
pub(crate) fn answer(operation: Operation, fields: &Fields) -> Reply {
    let problems = problems(fields);
    if problems.is_empty() { confirmation(operation, fields) } else { complaint(&problems) }
}

fn problems(fields: &Fields) -> Vec<Problem> {
    let mut found = missing(fields, &REQUIRED, "is required");
    found.extend(TEXTS.iter().filter_map(|name| wrong_text(fields, name)));
    found.extend(wrong_port(fields));
    found.extend(VALUE_SETS.iter().filter_map(|(name, set)| outside_set(fields, name, set)));
    if text(fields, "NetworkType") == Some("PrivateNetwork") {
        let why = "is required when NetworkType is PrivateNetwork";
        found.extend(missing(fields, &REQUIRED_IN_VPC, why));
    }
    found
}

fn missing(fields: &Fields, names: &[&str], why: &str) -> Vec<Problem> {
    let absent = |name: &&&str| match fields.get(**name) {
        None | Some(Value::Null) => true,
        Some(value) => value.as_str() == Some(""),
    };
    names.iter().filter(absent).map(|name| Problem::Missing(format!("{name} {why}"))).collect()
}

fn wrong_text(fields: &Fields, name: &str) -> Option<Problem> {
    let value = fields.get(name).filter(|value| !value.is_null())?;
    (!value.is_string()).then(|| Problem::Invalid(format!("{name} must be a string")))
}

fn wrong_port(fields: &Fields) -> Option<Problem> {
    let value = fields.get("Port").filter(|value| !value.is_null())?;
    // An empty string is already reported as missing.
    if value.as_str() == Some("") || value.as_u64().is_some_and(|port| port <= 65_535) {
        return None;
    }
    Some(Problem::Invalid("Port must be an integer from 0 to 65535".to_owned()))
}

fn outside_set(fields: &Fields, name: &str, set: &[&str]) -> Option<Problem> {
    let value = text(fields, name)?;
    (!set.contains(&value))
        .then(|| Problem::Invalid(format!("{name} must be one of {}", set.join(", "))))
}

fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name)?.as_str()
}

fn complaint(problems: &[Problem]) -> Reply {
    let code = match problems.first() {
        Some(Problem::Missing(_)) => "MissingParameter",
        _ => "InvalidParameter",
    };
    let texts = problems.iter().map(|problem| match problem {
        Problem::Missing(text) | Problem::Invalid(text) => text.as_str(),
    });
    let message = format!("{}.", texts.collect::<Vec<_>>().join("; "));
    Reply::failure(StatusCode::BAD_REQUEST, code, message)
}

fn confirmation(operation: Operation, fields: &Fields) -> Reply {
    let told = CONFIRMED.iter().filter_map(|name| fields.get_key_value(*name));
    let mut data: Fields = told.map(|(name, value)| (name.clone(), value.clone())).collect();
    data.insert("Operation".to_owned(), operation.name().into());
    Reply::success("The source is configured.", Value::Object(data))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn good() -> Fields {
        let document = json!({
            "RegionId": "cn-hangzhou", "HostName": "pg.example.com", "Port": 5432,
            "User": "cdc_user", "Password": "secret", "DatabaseName": "inventory",
        });
        document.as_object().expect("an object").clone()
    }

    fn with(name: &str, value: Value) -> Vec<Problem> {
        let mut fields = good();
        fields.insert(name.to_owned(), value);
        problems(&fields)
    }

    #[test]
    fn the_required_fields_alone_are_enough() {
        assert_eq!(problems(&good()), []);
    }

    #[test]
    fn each_required_field_is_missed() {
        for name in REQUIRED {
            let expected = [Problem::Missing(format!("{name} is required"))];
            for empty in [Value::Null, json!("")] {
                assert_eq!(with(name, empty), expected);
            }
            let mut fields = good();
            fields.remove(name);
            assert_eq!(problems(&fields), expected);
        }
    }

    #[test]
    fn each_text_must_be_a_string() {
        for name in TEXTS {
            let expected = [Problem::Invalid(format!("{name} must be a string"))];
            for wrong in [json!(1), json!(true), json!(["a"]), json!({})] {
                assert_eq!(with(name, wrong), expected);
            }
        }
    }

    #[test]
    fn a_port_is_a_number_of_sixteen_bits() {
        for good in [0, 1, 65_535] {
            assert_eq!(with("Port", json!(good)), []);
        }
        for wrong in [json!(-1), json!(65_536), json!(1.5), json!("5432"), json!([])] {
            let found = with("Port", wrong);
            assert_eq!(
                found,
                [Problem::Invalid("Port must be an integer from 0 to 65535".to_owned())]
            );
        }
    }

    #[test]
    fn modes_and_networks_come_from_their_sets() {
        for good in ["initial", "never", "always"] {
            assert_eq!(with("SnapshotMode", json!(good)), []);
        }
        assert_eq!(with("NetworkType", json!("PublicNetwork")), []);
        for (name, wrong) in [("SnapshotMode", "Initial"), ("NetworkType", "Vpc")] {
            assert!(matches!(&with(name, json!(wrong))[..], [Problem::Invalid(text)]
                if text.starts_with(name) && !text.contains(wrong)));
        }
    }

    #[test]
    fn a_private_network_is_named_in_full() {
        let found = with("NetworkType", json!("PrivateNetwork"));
        let expected = REQUIRED_IN_VPC.map(|name| {
            Problem::Missing(format!("{name} is required when NetworkType is PrivateNetwork"))
        });
        assert_eq!(found, expected);
        let mut fields = good();
        for name in ["VpcId", "VSwitchIds", "SecurityGroupId"] {
            fields.insert(name.to_owned(), json!("id-1"));
        }
        fields.insert("NetworkType".to_owned(), json!("PrivateNetwork"));
        assert_eq!(problems(&fields), []);
    }
}
