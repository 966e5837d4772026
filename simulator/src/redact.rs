//! Takes secrets out of what is kept, by the name of the field that holds them.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use serde_json::Value;

const REDACTED: &str = "<redacted>";
/// A field is secret when its name, in lower case and without separators, contains one of these.
const SECRET_NAMES: [&str; 7] =
    ["apikey", "authorization", "cookie", "credential", "password", "secret", "token"];

/// The same document with the value of every secret field replaced, at any depth.
pub(crate) fn json(document: &Value) -> Value {
    match document {
        Value::Array(items) => items.iter().map(json).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), field(name, value))).collect()
        }
        scalar => scalar.clone(),
    }
}

fn field(name: &str, value: &Value) -> Value {
    // Whatever the type: a list of passwords is as secret as one.
    if is_secret(name) { REDACTED.into() } else { json(value) }
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
    let scheme = value.get(.."Bearer ".len());
    if name == AUTHORIZATION.as_str()
        && scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"Bearer "))
    {
        return format!("Bearer {REDACTED}");
    }
    if is_secret(name) {
        return REDACTED.to_owned();
    }
    String::from_utf8_lossy(value).into_owned()
}

fn is_secret(name: &str) -> bool {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    let plain: String = letters.flat_map(char::to_lowercase).collect();
    SECRET_NAMES.iter().any(|secret| plain.contains(secret))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
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
    }

    #[test]
    fn an_authorization_of_another_scheme_is_redacted_whole() {
        for value in ["k-123", "Basic azEyMw==", "Bearerk-123", "acs id:signature"] {
            assert_eq!(header("authorization", value.as_bytes()), REDACTED);
        }
    }
}
