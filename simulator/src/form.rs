//! Forms of today's interface: objects are JSON texts, lists of objects are flattened.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::content::Fields;

/// The members that hold JSON. Others may look like it, such as a filter pattern, and are texts.
const JSON_TEXTS: [&str; 5] =
    ["RunOptions", "Sink", "Source", "SourceMySQLParameters", "Transforms"];

/// Reads encoded pairs, and which members should have been JSON and are not.
///
/// # Errors
/// The name of a member that is given twice.
pub(crate) fn read(parts: &[&[u8]]) -> Result<(Fields, Vec<String>), String> {
    let (mut fields, mut texts) = (Fields::new(), Vec::new());
    let mut lists = BTreeMap::<String, BTreeMap<u32, Fields>>::new();
    for (name, text) in parts.iter().flat_map(|part| url::form_urlencoded::parse(part)) {
        let twice = match flattened(&name) {
            Some((list, index, member)) => {
                let items = lists.entry(list.to_owned()).or_default();
                let item = items.entry(index).or_default();
                item.insert(member.to_owned(), text.into()).is_some()
            }
            None => {
                let value = JSON_TEXTS.contains(&&*name).then(|| serde_json::from_str(&text));
                if let Some(Err(_)) = value {
                    texts.push(name.to_string());
                }
                let value = value.and_then(Result::ok).unwrap_or_else(|| text.into());
                fields.insert(name.to_string(), value).is_some()
            }
        };
        if twice {
            return Err(name.into_owned());
        }
    }
    for (name, items) in lists {
        fields.insert(name, items.into_values().map(Value::Object).collect());
    }
    Ok((fields, texts))
}

/// `Tags.1.Key` as its list, its place and its member.
fn flattened(name: &str) -> Option<(&str, u32, &str)> {
    let (list, rest) = name.split_once('.')?;
    let (index, member) = rest.split_once('.')?;
    Some((list, index.parse().ok()?, member))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_objects_and_lists_are_told_apart() {
        let form = "EventStreamingName=a+b%2F&Source=%7B%22A%22%3A1%7D&FilterPattern=%7B%7D\
            &Tags.2.Key=y&Tags.1.Key=x&Tags.1.Value=1";
        let expected = json!({
            "EventStreamingName": "a b/", "Source": {"A": 1}, "FilterPattern": "{}",
            "Tags": [{"Key": "x", "Value": "1"}, {"Key": "y"}],
        });
        assert_eq!(
            read(&[form.as_bytes()]),
            Ok((expected.as_object().expect("an object").clone(), vec![]))
        );
        assert_eq!(read(&[b"", b""]), Ok((Fields::new(), vec![])));
    }

    #[test]
    fn what_should_be_json_and_is_not_is_named() {
        let (found, texts) = read(&[b"Sink=%7B&Source={}"]).expect("no member twice");
        assert_eq!((found["Sink"].as_str(), texts), (Some("{"), vec!["Sink".to_owned()]));
    }

    #[test]
    fn a_member_has_one_value() {
        assert_eq!(read(&[b"Limit=1", b"Limit=2"]), Err("Limit".to_owned()));
        assert_eq!(read(&[b"Tags.1.Key=a&Tags.1.Key=b"]), Err("Tags.1.Key".to_owned()));
    }
}
