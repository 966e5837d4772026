//! The two signatures that the service knows: ACS3-HMAC-SHA256 of the current interface, and the
//! older `acs` with HMAC-SHA1. Pure: the date and the nonce are headers like others.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The name of the current scheme, as it stands in the `Authorization` header.
const ACS3: &str = "ACS3-HMAC-SHA256";

/// What RFC 3986 leaves as it is.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An access key: its id, and the secret that signs.
#[derive(Clone, Debug)]
pub struct AccessKey {
    /// The id, which is sent.
    pub id: String,
    /// The secret, which is not.
    pub secret: SecretString,
}

/// The parts of a request that a signature covers.
#[derive(Clone, Copy, Debug)]
pub struct Signable<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path, without the query.
    pub path: &'a str,
    /// The parameters of the query, decoded.
    pub query: &'a [(&'a str, &'a str)],
    /// Names and values of the headers that are signed.
    pub headers: &'a [(&'a str, &'a str)],
}

/// The SHA-256 of a body in hexadecimal, for the header `x-acs-content-sha256`.
pub fn content_sha256(body: &[u8]) -> String {
    hex(&Sha256::digest(body))
}

/// The `Authorization` header of a request to the current interface. It covers every header that is
/// given, and the body by its `x-acs-content-sha256`.
pub fn acs3(key: &AccessKey, request: Signable<'_>) -> String {
    let mut headers: Vec<(String, &str)> =
        request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), *value)).collect();
    headers.sort();
    let signed = headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
    let to_sign =
        format!("{ACS3}\n{}", content_sha256(canonical(request, &headers, &signed).as_bytes()));
    let signature = hex(&hmac::<Hmac<Sha256>>(&key.secret, &to_sign));
    format!("{ACS3} Credential={},SignedHeaders={signed},Signature={signature}", key.id)
}

fn canonical(request: Signable<'_>, headers: &[(String, &str)], signed: &str) -> String {
    let encode = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
    let mut parameters = request.query.to_vec();
    parameters.sort();
    let pair = |(name, value): &(&str, &str)| format!("{}={}", encode(name), encode(value));
    let query: Vec<String> = parameters.iter().map(pair).collect();
    let lines: String =
        headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let of =
        |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| *value);
    let payload = of("x-acs-content-sha256").unwrap_or_default();
    let path = if request.path.is_empty() { "/" } else { request.path };
    format!("{}\n{path}\n{}\n{lines}\n{signed}\n{payload}", request.method, query.join("&"))
}

/// The older signature: of the method, four headers, every header that begins with `x-acs`, and the
/// path. The body is covered only by a `content-md5`.
pub fn acs(key: &AccessKey, request: Signable<'_>) -> String {
    let of = |wanted: &str| {
        let is_wanted = |(name, _): &&(&str, &str)| name.eq_ignore_ascii_case(wanted);
        request.headers.iter().find(is_wanted).map_or("", |(_, value)| *value)
    };
    let mut own: Vec<String> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
        .filter(|(name, _)| name.starts_with("x-acs"))
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    own.sort();
    let mut parameters = request.query.to_vec();
    parameters.sort();
    let query: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let to_sign = format!(
        "{}\n{}\n{}\n{}\n{}{}{query}",
        request.method,
        of("content-md5"),
        of("content-type"),
        of("date"),
        own.concat(),
        request.path,
    );
    BASE64.encode(hmac::<Hmac<Sha1>>(&key.secret, &to_sign))
}

fn hmac<M: Mac + KeyInit>(secret: &SecretString, text: &str) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes keys of every length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const VECTORS: &str = include_str!("../../../tests/sdk-captures/signature-vectors.json");

    fn vectors(scheme: &str) -> Vec<Value> {
        let document: Value = serde_json::from_str(VECTORS).expect("JSON");
        let all = document["vectors"].as_array().expect("a list").clone();
        let found: Vec<Value> = all.into_iter().filter(|one| one["scheme"] == scheme).collect();
        assert!(found.len() >= 3, "{scheme}: {}", found.len());
        found
    }

    fn pairs(value: &Value) -> Vec<(&str, &str)> {
        value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| Some((one.get(0)?.as_str()?, one.get(1)?.as_str()?)))
            .collect()
    }

    fn key(vector: &Value) -> AccessKey {
        let text = |name: &str| vector[name].as_str().expect(name).to_owned();
        AccessKey { id: text("access_key_id"), secret: text("access_key_secret").into() }
    }

    fn signable<'a>(
        vector: &'a Value,
        query: &'a [(&'a str, &'a str)],
        headers: &'a [(&'a str, &'a str)],
    ) -> Signable<'a> {
        let text = |name: &str| vector[name].as_str().expect(name);
        Signable { method: text("method"), path: text("path"), query, headers }
    }

    #[test]
    fn the_current_signature_is_the_vendors() {
        for vector in vectors(ACS3) {
            let (query, headers) = (pairs(&vector["query"]), pairs(&vector["headers"]));
            let body = vector["body"].as_str().expect("a body").as_bytes();
            assert_eq!(vector["hashed_payload"], content_sha256(body));
            let authorization = acs3(&key(&vector), signable(&vector, &query, &headers));
            let signature = vector["signature"].as_str().expect("a signature");
            assert!(authorization.ends_with(&format!("Signature={signature}")), "{vector}");
            if let Some(whole) = vector["authorization"].as_str() {
                assert_eq!(authorization, whole);
            }
        }
    }

    #[test]
    fn the_older_signature_is_the_vendors() {
        for vector in vectors("acs HMAC-SHA1") {
            let (query, headers) = (pairs(&vector["query"]), pairs(&vector["headers"]));
            let signature = acs(&key(&vector), signable(&vector, &query, &headers));
            assert_eq!(vector["signature"], signature, "{vector}");
        }
    }

    #[test]
    fn every_captured_request_is_signed_alike() {
        for text in [
            include_str!("../../../tests/sdk-captures/create-event-streaming-mysql.json"),
            include_str!(
                "../../../tests/sdk-captures/create-event-streaming-rabbitmq-msgsync.json"
            ),
            include_str!("../../../tests/sdk-captures/delete-event-streaming.json"),
            include_str!("../../../tests/sdk-captures/get-event-streaming.json"),
            include_str!("../../../tests/sdk-captures/list-event-streamings-empty.json"),
            include_str!("../../../tests/sdk-captures/test-event-source-config-mysql.json"),
            include_str!("../../../tests/sdk-captures/update-event-streaming-business-option.json"),
        ] {
            let capture: Value = serde_json::from_str(text).expect("JSON");
            let request = &capture["request"];
            let all = pairs(&request["headers"]);
            let of = |wanted: &str| {
                all.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).expect(wanted).1
            };
            let sent = of("authorization");
            let signed = sent.split(',').find_map(|part| part.strip_prefix("SignedHeaders="));
            let signed: Vec<&str> = signed.expect("signed headers").split(';').collect();
            let headers: Vec<(&str, &str)> = signed.iter().map(|name| (*name, of(name))).collect();
            let query = pairs(&request["query"]);
            let ours = acs3(&key(&capture["credentials"]), signable(request, &query, &headers));
            assert_eq!(ours, sent, "{}", capture["name"]);
        }
    }
}
