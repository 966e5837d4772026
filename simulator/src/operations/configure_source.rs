//! Configuring a database as an event source: the rules its fields obey, and its confirmation.
//!
//! The fields and their rules are those of the seed API's table for PostgreSQL. It documents no
//! table for MySQL, whose sample carries the same names, so the same rules hold for both. Members
//! without a rule, such as the sample's `BinlogFormat`, are accepted as they are.

use serde_json::Value;

use crate::content::Fields;
use crate::operations::Operation;
use crate::reply::{Done, Outcome};
use crate::rules::{Problems, Rule};

const REQUIRED: [&str; 6] = ["RegionId", "HostName", "Port", "User", "Password", "DatabaseName"];
const RULES: [(&str, Rule); 12] = [
    ("RegionId", Rule::Text),
    ("HostName", Rule::Text),
    ("User", Rule::Text),
    ("Password", Rule::Text),
    ("DatabaseName", Rule::Text),
    ("SchemaName", Rule::Text),
    ("TableNames", Rule::Text),
    ("VpcId", Rule::Text),
    ("VSwitchIds", Rule::Text),
    ("SecurityGroupId", Rule::Text),
    ("Port", Rule::Number(0, 65_535)),
    ("SnapshotMode", Rule::OneOf(&["initial", "never", "always"])),
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

/// Answers a request to configure a source with these fields.
pub(super) fn answer(operation: Operation, fields: &Fields) -> Outcome {
    problems(fields).refuse()?;
    let told = CONFIRMED.iter().filter_map(|name| fields.get_key_value(*name));
    let mut data: Fields = told.map(|(name, value)| (name.clone(), value.clone())).collect();
    data.insert("Operation".to_owned(), operation.name().into());
    Ok(Done::with("The source is configured.", Value::Object(data)))
}

fn problems(fields: &Fields) -> Problems {
    let mut problems = Problems::default();
    problems.require(fields, "", &REQUIRED, "is required");
    for (name, rule) in RULES {
        // An empty text is already told as missing.
        let empty = fields.get(name).and_then(Value::as_str) == Some("");
        if !(empty && REQUIRED.contains(&name)) {
            problems.apply(fields, "", name, rule);
        }
    }
    problems.network(fields, "");
    problems
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

    /// What is said of fields.
    fn said(fields: &Fields) -> String {
        problems(fields).refuse().map_or_else(|refusal| refusal.message, |()| String::new())
    }

    fn with(name: &str, value: Value) -> String {
        let mut fields = good();
        fields.insert(name.to_owned(), value);
        said(&fields)
    }

    #[test]
    fn the_required_fields_alone_are_enough() {
        assert_eq!(said(&good()), "");
    }

    #[test]
    fn each_required_field_is_missed() {
        for name in REQUIRED {
            let expected = format!("{name} is required.");
            for empty in [Value::Null, json!("")] {
                assert_eq!(with(name, empty), expected);
            }
            let mut fields = good();
            fields.remove(name);
            assert_eq!(said(&fields), expected);
        }
    }

    #[test]
    fn each_text_must_be_a_string() {
        for (name, _) in RULES.iter().filter(|(_, rule)| matches!(rule, Rule::Text)) {
            for wrong in [json!(1), json!(true), json!(["a"]), json!({})] {
                assert_eq!(with(name, wrong), format!("{name} must be a string."));
            }
        }
    }

    #[test]
    fn a_port_is_a_number_of_sixteen_bits() {
        for good in [0, 1, 65_535] {
            assert_eq!(with("Port", json!(good)), "");
        }
        for wrong in [json!(-1), json!(65_536), json!(1.5), json!("5432"), json!([])] {
            assert_eq!(with("Port", wrong), "Port must be an integer from 0 to 65535.");
        }
    }

    #[test]
    fn modes_and_networks_come_from_their_sets() {
        for good in ["initial", "never", "always"] {
            assert_eq!(with("SnapshotMode", json!(good)), "");
        }
        assert_eq!(with("NetworkType", json!("PublicNetwork")), "");
        for (name, wrong) in [("SnapshotMode", "Initial"), ("NetworkType", "Vpc")] {
            let said = with(name, json!(wrong));
            assert!(said.starts_with(&format!("{name} must be one of")), "{said}");
            assert!(!said.contains(wrong), "{said}");
        }
    }

    #[test]
    fn a_private_network_is_named_in_full() {
        let mut fields = good();
        fields.insert("NetworkType".to_owned(), json!("PrivateNetwork"));
        let why = "is required when NetworkType is PrivateNetwork";
        let expected = format!("VpcId {why}; VSwitchIds {why}; SecurityGroupId {why}.");
        assert_eq!(said(&fields), expected);
        for name in ["VpcId", "VSwitchIds", "SecurityGroupId"] {
            fields.insert(name.to_owned(), json!("id-1"));
        }
        assert_eq!(said(&fields), "");
    }
}
