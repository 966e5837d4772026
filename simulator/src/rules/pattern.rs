//! What a filter pattern has to look like.

use serde_json::Value;

use crate::content::Fields;
use crate::reply::Refusal;

/// Whether a text is a filter pattern: an object whose leaves are lists that are not empty. What
/// the elements of these lists mean is left to the service.
pub(crate) fn check(text: &str) -> Result<(), Refusal> {
    let why = match serde_json::from_str(text) {
        Ok(Value::Object(members)) => broken(&members, "FilterPattern"),
        Ok(_) => Some("FilterPattern must be an object of JSON".to_owned()),
        Err(error) => Some(format!("FilterPattern is not JSON: {error}")),
    };
    match why {
        None => Ok(()),
        Some(why) => {
            Err(Refusal::conflict("EventStreamingFilterPatternInvalid", format!("{why}.")))
        }
    }
}

/// What is wrong with the members of an object, at any depth.
fn broken(members: &Fields, place: &str) -> Option<String> {
    members.iter().find_map(|(name, value)| {
        let place = format!("{place}.{name}");
        match value {
            Value::Array(choices) if choices.is_empty() => Some(format!("{place} is empty")),
            Value::Array(choices) if choices.iter().any(Value::is_array) => {
                Some(format!("{place} has a list in its list"))
            }
            Value::Array(_) => None,
            Value::Object(inner) if inner.is_empty() => Some(format!("{place} is empty")),
            Value::Object(inner) => broken(inner, &place),
            _ => Some(format!("{place} must be a list")),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_are_lists() {
        for good in [
            "{}",
            r#"{"source":["acs.oss"],"data":{"a":{"b":[{"prefix":"x"},null,1]}}}"#,
            r#"{"type":[{"anything-but":["a"]},{"numeric":[">",0,"<=",5]}]}"#,
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("", "FilterPattern is not JSON: EOF"),
            ("{", "FilterPattern is not JSON"),
            ("[]", "must be an object"),
            (r#"{"source":"acs.oss"}"#, "FilterPattern.source must be a list"),
            (r#"{"source":[]}"#, "FilterPattern.source is empty"),
            (r#"{"data":{"a":{}}}"#, "FilterPattern.data.a is empty"),
            (r#"{"data":{"a":[["b"]]}}"#, "FilterPattern.data.a has a list in its list"),
        ] {
            let refusal = check(bad).expect_err(bad);
            assert_eq!(refusal.code, "EventStreamingFilterPatternInvalid");
            assert!(refusal.message.contains(why), "{}", refusal.message);
        }
    }
}
