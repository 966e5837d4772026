//! Takes secrets out of what is kept and told, by the name of the field that holds them.

use std::collections::BTreeMap;

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use serde_json::Value;

use crate::content::Fields;

const REDACTED: &str = "<redacted>";
/// A field is secret when its name, in lower case and without separators, contains one of these.
const SECRET_NAMES: [&str; 7] =
    ["apikey", "authorization", "cookie", "credential", "password", "secret", "token"];
/// The place of a page has such a name and is none.
const NO_SECRET: &str = "NextToken";
/// A text of JSON whose members are those of events.
const PATTERN: &str = "FilterPattern";
/// An address that may carry a user and a password.
const ADDRESS: &str = "JdbcUrl";
/// The schemes that are told in front of a redacted `authorization`.
const SCHEMES: [&str; 2] = ["Bearer ", "ACS3-HMAC-SHA256 "];

/// What becomes of a secret.
#[derive(Clone, Copy)]
enum Fate {
    /// Nobody learns that it was there.
    Left,
    /// A word stands in its place.
    Replaced,
}

/// The same document with the value of every secret field replaced, at any depth.
pub(crate) fn json(document: &Value) -> Value {
    clean(document, Fate::Replaced)
}

/// The same members without those that are secret, at any depth.
pub(crate) fn without_secrets(fields: &Fields) -> Fields {
    members(fields, Fate::Left)
}

fn clean(document: &Value, fate: Fate) -> Value {
    match document {
        Value::Array(items) => items.iter().map(|item| clean(item, fate)).collect(),
        Value::Object(fields) => Value::Object(members(fields, fate)),
        Value::String(text) => text_of_json(text, fate).into(),
        scalar => scalar.clone(),
    }
}

fn members(fields: &Fields, fate: Fate) -> Fields {
    let kept = |(name, value): (&String, &Value)| {
        let secret = is_secret(name) || (name == ADDRESS && carries_more(value));
        let value = match (secret, fate) {
            // Whatever the type: a list of passwords is as secret as one.
            (true, Fate::Left) => return None,
            (true, Fate::Replaced) => REDACTED.into(),
            (false, Fate::Left) if name == PATTERN => value.clone(),
            (false, _) => clean(value, fate),
        };
        Some((name.clone(), value))
    };
    fields.iter().filter_map(kept).collect()
}

/// A text may itself be JSON with secrets in it. One that looks like it and is broken is not
/// trusted.
fn text_of_json(text: &str, fate: Fate) -> String {
    if !text.trim_start().starts_with(['{', '[']) {
        return text.to_owned();
    }
    match serde_json::from_str::<Value>(text) {
        Ok(document) => {
            let cleaned = clean(&document, fate);
            // What holds no secret stays as it was written.
            if cleaned == document { text.to_owned() } else { cleaned.to_string() }
        }
        Err(_) if is_secret(text) => REDACTED.to_owned(),
        Err(_) => text.to_owned(),
    }
}

fn carries_more(address: &Value) -> bool {
    address.as_str().is_none_or(|text| text.contains(['?', ';', '@']))
}

/// The headers by lower-case name; values of a repeated header are joined by commas.
pub(crate) fn headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::<String, String>::new();
    for (name, value) in headers {
        let value = header(name.as_str(), value.as_bytes());
        kept.entry(name.as_str().to_owned())
            .and_modify(|earlier| {
                earlier.push_str(", ");
                earlier.push_str(&value);
            })
            .or_insert(value);
    }
    kept
}

fn header(name: &str, value: &[u8]) -> String {
    if name == AUTHORIZATION.as_str() {
        let begins = |scheme: &&str| {
            let begin = value.get(..scheme.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(scheme.as_bytes()))
        };
        let scheme = SCHEMES.into_iter().find(begins).unwrap_or_default();
        return format!("{scheme}{REDACTED}");
    }
    if is_secret(name) {
        return REDACTED.to_owned();
    }
    String::from_utf8_lossy(value).into_owned()
}

fn is_secret(name: &str) -> bool {
    if name == NO_SECRET {
        return false;
    }
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    let plain: String = letters.flat_map(char::to_lowercase).collect();
    SECRET_NAMES.iter().any(|secret| plain.contains(secret))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_replaced_at_any_depth_and_of_any_type() {
        let document = json!({
            "User": "cdc", "Password": "s1", "SaslPassword": 7, "password_hint": null,
            "Nested": [{"ClientSecret": {"a": "s2"}, "Port": 1}, "text"],
            "securityToken": ["s3"], "api-key": "s4", "Passwort": "kept",
        });
        let expected = json!({
            "User": "cdc", "Password": REDACTED, "SaslPassword": REDACTED,
            "password_hint": REDACTED,
            "Nested": [{"ClientSecret": REDACTED, "Port": 1}, "text"],
            "securityToken": REDACTED, "api-key": REDACTED, "Passwort": "kept",
        });
        assert_eq!(super::json(&document), expected);
    }

    #[test]
    fn what_is_told_has_no_trace_of_a_secret() {
        let document = json!({
            "FilterPattern": r#"{"data":{"token":["x"]}}"#, "NextToken": "10",
            "Sink": {"A": {"Password": {"Form": "CONSTANT", "Value": "s1"}, "Url": "u"}},
            "Headers": {"Value": r#"{"Authorization": "s2", "Accept": "*"}"#},
            "Broken": "{\"Password\": \"s3\"", "Plain": "{ nothing",
            "JdbcUrl": "jdbc:mysql://u:s4@h/db",
        });
        let expected = json!({
            "FilterPattern": r#"{"data":{"token":["x"]}}"#, "NextToken": "10",
            "Sink": {"A": {"Url": "u"}}, "Headers": {"Value": r#"{"Accept":"*"}"#},
            "Broken": REDACTED, "Plain": "{ nothing",
        });
        let told = without_secrets(document.as_object().expect("an object"));
        assert_eq!(Value::Object(told), expected);
        for secret in ["s1", "s2", "s3", "s4"] {
            assert!(!super::json(&document).to_string().contains(secret), "{secret}");
        }
        assert_eq!(
            super::json(&json!({"JdbcUrl": "jdbc:mysql://h/db"}))["JdbcUrl"],
            "jdbc:mysql://h/db"
        );
    }

    #[test]
    fn headers_keep_their_scheme_but_not_their_secret() {
        let mut map = HeaderMap::new();
        map.insert("authorization", HeaderValue::from_static("bearer k-123"));
        map.insert("x-acs-security-token", HeaderValue::from_static("k-123"));
        map.append("accept", HeaderValue::from_static("a/b"));
        map.append("accept", HeaderValue::from_static("c/d"));
        let kept = headers(&map);
        assert_eq!(kept["authorization"], "Bearer <redacted>");
        assert_eq!(kept["x-acs-security-token"], REDACTED);
        assert_eq!(kept["accept"], "a/b, c/d");
        assert_eq!(
            header("authorization", b"ACS3-HMAC-SHA256 Credential=a"),
            "ACS3-HMAC-SHA256 <redacted>"
        );
    }

    #[test]
    fn an_authorization_of_another_scheme_is_redacted_whole() {
        for value in ["k-123", "Basic azEyMw==", "Bearerk-123", "acs id:signature"] {
            assert_eq!(header("authorization", value.as_bytes()), REDACTED);
        }
    }
}
