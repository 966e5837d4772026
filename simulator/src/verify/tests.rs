//! Signatures as callers make them, right and wrong. The right ones were computed elsewhere.

use hyper::Request;
use serde_json::{Value, json};

use super::*;
use crate::KeyPolicy;

const VECTORS: &str = include_str!("../../../tests/sdk-captures/signature-vectors.json");

fn vector(name: &str) -> Value {
    let document: Value = serde_json::from_str(VECTORS).expect("JSON");
    let all = document["vectors"].as_array().expect("a list");
    all.iter().find(|vector| vector["name"] == name).expect(name).clone()
}

fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().unwrap_or_else(|| panic!("{name}: {vector}"))
}

fn item(pair: &Value, index: usize) -> &str {
    pair[index].as_str().expect("a text")
}

/// The request of a vector, with headers laid over its own: null takes one away.
fn received(vector: &Value, authorization: &str, overlay: &[(&str, Option<&str>)]) -> Received {
    let query: Vec<String> = vector["query"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|pair| format!("{}={}", item(pair, 0), item(pair, 1)))
        .collect();
    let target = format!("{}?{}", text(vector, "path"), query.join("&"));
    let mut request = Request::builder().method("POST").uri(target.trim_end_matches('?'));
    let own = vector["headers"].as_array().expect("headers").iter();
    let own = own.map(|pair| (pair[0].as_str().expect("a name"), pair[1].as_str()));
    let changed = |name: &str| overlay.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
    for (name, value) in own.filter(|(name, _)| !changed(name)).chain(overlay.iter().copied()) {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    if !authorization.is_empty() {
        request = request.header("authorization", authorization);
    }
    let body = text(vector, "body").as_bytes().to_vec();
    Received {
        at: "2026-01-02T03:10:00Z".parse().expect("a time"),
        head: request.body(()).expect("a request").into_parts().0,
        body_bytes: body.len() as u64,
        body: Body::Whole(body),
        request_id: String::new(),
    }
}

fn key(vector: &Value) -> AccessKey {
    AccessKey::new(text(vector, "access_key_id"), text(vector, "access_key_secret"))
}

fn verifier(key: AccessKey, mode: Verify) -> Verifier {
    let credentials = Credentials { api_keys: KeyPolicy::require("k-1"), access_keys: vec![key] };
    Verifier::new(credentials, mode)
}

#[track_caller]
fn refused(outcome: Result<(), Refusal>, status: u16, code: &str) {
    let refusal = outcome.expect_err(code);
    assert_eq!((refusal.status.as_u16(), &*refusal.code), (status, code), "{}", refusal.message);
}

#[test]
fn the_current_signature_is_accepted() {
    for name in ["v3-get-event-streaming", "v3-list-empty-body"] {
        let vector = vector(name);
        let received = received(&vector, text(&vector, "authorization"), &[]);
        let verifier = verifier(key(&vector), Verify::Strict);
        assert_eq!(verifier.judge(Dialect::Openapi, &received), Ok(()), "{name}");
        refused(verifier.judge(Dialect::Openapi, &received), 400, "SignatureNonceUsed");
    }
}

#[test]
fn parameters_of_the_query_are_signed() {
    let vector = vector("v3-vendor-published-vector");
    let names: Vec<&str> =
        vector["headers"].as_array().expect("headers").iter().map(|pair| item(pair, 0)).collect();
    let authorization = format!(
        "ACS3-HMAC-SHA256 Credential={},SignedHeaders={},Signature={}",
        text(&vector, "access_key_id"),
        names.join(";"),
        text(&vector, "signature"),
    );
    let received = received(&vector, &authorization, &[]);
    let lenient = verifier(key(&vector), Verify::Lenient);
    assert_eq!(lenient.judge(Dialect::Openapi, &received), Ok(()));
    let strict = verifier(key(&vector), Verify::Strict);
    refused(strict.judge(Dialect::Openapi, &received), 400, "InvalidTimeStamp.Expired");
}

#[test]
fn a_temporary_key_goes_with_its_token() {
    let vector = vector("v3-get-event-streaming-sts");
    let received = received(&vector, text(&vector, "authorization"), &[]);
    let judge = |key| verifier(key, Verify::Strict).judge(Dialect::Openapi, &received);
    assert_eq!(judge(key(&vector).security_token("FakeStsToken==")), Ok(()));
    refused(judge(key(&vector).security_token("another")), 403, "SecurityTokenInvalid");
    refused(judge(key(&vector)), 403, "SecurityTokenInvalid");
}

#[test]
fn whatever_is_wrong_with_a_signature_has_its_code() {
    let vector = vector("v3-get-event-streaming");
    let good = text(&vector, "authorization");
    let judge = |authorization: &str, overlay: &[(&str, Option<&str>)]| {
        let received = received(&vector, authorization, overlay);
        verifier(key(&vector), Verify::Strict).judge(Dialect::Openapi, &received)
    };
    let incomplete = "IncompleteSignature";
    for wrong in [
        String::new(),
        "Bearer k-1".to_owned(),
        "ACS3-HMAC-SHA256".to_owned(),
        good.replace("Credential=fake-access-key-id,", ""),
        good.replace("SignedHeaders=", "Signed="),
        good.split(",Signature").next().expect("a part").to_owned(),
        good.replace("host;", ""),
        good.replace(";x-acs-date", ""),
        good.replace("content-type;host", "accept;content-type;host"),
    ] {
        refused(judge(&wrong, &[]), 400, incomplete);
    }
    for name in ["x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256", "host"] {
        refused(judge(good, &[(name, None)]), 400, incomplete);
    }
    refused(judge(good, &[("x-acs-region-id", Some("cn-hangzhou"))]), 400, incomplete);

    let no_match = "SignatureDoesNotMatch";
    let tampered = good.replace("Signature=3f2f", "Signature=3f2e");
    refused(judge(&tampered, &[]), 400, no_match);
    for (name, value) in [
        ("host", "elsewhere"),
        ("x-acs-action", "DeleteEventStreaming"),
        ("x-acs-signature-nonce", "another"),
        ("x-acs-date", "2026-01-02T03:04:06Z"),
        ("x-acs-content-sha256", "1bba"),
    ] {
        refused(judge(good, &[(name, Some(value))]), 400, no_match);
    }
    let unknown = good.replace("fake-access-key-id", "other");
    refused(judge(&unknown, &[]), 404, "InvalidAccessKeyId.NotFound");
}

#[test]
fn a_changed_body_no_longer_has_its_hash() {
    let vector = vector("v3-get-event-streaming");
    let mut received = received(&vector, text(&vector, "authorization"), &[]);
    received.body = Body::Whole(b"EventStreamingName=other".to_vec());
    let verifier = verifier(key(&vector), Verify::Lenient);
    refused(verifier.judge(Dialect::Openapi, &received), 400, "SignatureDoesNotMatch");
    received.body = Body::TooLarge;
    refused(verifier.judge(Dialect::Openapi, &received), 413, "RequestBodyTooLarge");
}

#[test]
fn only_strictly_is_a_signature_old_or_repeated() {
    let vector = vector("v3-get-event-streaming");
    let mut received = received(&vector, text(&vector, "authorization"), &[]);
    received.at = "2026-01-02T03:19:06Z".parse().expect("a time");
    let judge = |mode| verifier(key(&vector), mode).judge(Dialect::Openapi, &received);
    refused(judge(Verify::Strict), 400, "InvalidTimeStamp.Expired");
    let lenient = verifier(key(&vector), Verify::Lenient);
    for _ in 0..2 {
        assert_eq!(lenient.judge(Dialect::Openapi, &received), Ok(()));
    }
}

#[test]
fn the_older_signature_is_accepted_in_both_spellings() {
    for (name, dialect) in [
        ("acs-seed-headers", Dialect::Rest),
        ("acs-recommended-headers", Dialect::Rest),
        ("acs-sdk-headers", Dialect::SdkRest),
    ] {
        let vector = vector(name);
        for separator in [' ', ':'] {
            let (id, signature) = (text(&vector, "access_key_id"), text(&vector, "signature"));
            let authorization = format!("acs{separator}{id}:{signature}");
            let received = received(&vector, &authorization, &[]);
            let outcome = verifier(key(&vector), Verify::Strict).judge(dialect, &received);
            assert_eq!(outcome, Ok(()), "{name} {authorization}");
        }
    }
}

#[test]
fn whatever_is_wrong_with_an_older_signature_has_its_code() {
    let vector = vector("acs-recommended-headers");
    let good = format!("acs fake-access-key-id:{}", text(&vector, "signature"));
    let judge = |authorization: &str, overlay: &[(&str, Option<&str>)]| {
        let received = received(&vector, authorization, overlay);
        verifier(key(&vector), Verify::Strict).judge(Dialect::Rest, &received)
    };
    refused(judge("", &[]), 401, "AccessDenied");
    refused(judge("ACS3-HMAC-SHA256 Credential=a", &[]), 401, "AccessDenied");
    refused(judge("acs fake-access-key-id", &[]), 400, "IncompleteSignature");
    refused(judge("acs other:c2ln", &[]), 403, "InvalidAccessKeyId");
    refused(judge("acs fake-access-key-id:c2ln", &[]), 403, "SignatureDoesNotMatch");
    for (name, value, status, code) in [
        ("Content-MD5", "c2ln", 400, "SignatureDoesNotMatch"),
        ("x-acs-signature-method", "HMAC-SHA256", 400, "IncompleteSignature"),
        ("x-acs-region-id", "cn-hangzhou", 403, "SignatureDoesNotMatch"),
        ("Content-Type", "application/json", 403, "SignatureDoesNotMatch"),
    ] {
        refused(judge(&good, &[(name, Some(value))]), status, code);
    }
    assert_eq!(judge("Bearer k-1", &[]), Ok(()));
    refused(judge("Bearer k-2", &[]), 403, "InvalidAccessKeyId");
}

#[test]
fn an_older_signature_needs_its_date_and_spends_its_nonce() {
    let key = || AccessKey::new("id", "secret");
    let strict = verifier(key(), Verify::Strict);
    let judge = |date: Option<&str>, nonce: Option<&str>| {
        let vector = json!({
            "path": "/eventstreaming/getEventStreaming", "body": "{}",
            "headers": [["Date", date], ["x-acs-signature-nonce", nonce]],
        });
        let nonce = nonce.map(|nonce| format!("x-acs-signature-nonce:{nonce}\n"));
        let path = text(&vector, "path");
        let to_sign =
            format!("POST\n\n\n{}\n{}{path}", date.unwrap_or_default(), nonce.unwrap_or_default());
        let authorization = format!("acs id:{}", acs::sign(&key(), &to_sign));
        strict.judge(Dialect::Rest, &received(&vector, &authorization, &[]))
    };
    let now = Some("Fri, 02 Jan 2026 03:04:05 GMT");
    refused(judge(None, None), 400, "IncompleteSignature");
    refused(judge(Some("2026-01-02T03:04:05Z"), None), 400, "InvalidTimeStamp.Format");
    refused(judge(Some("Fri, 02 Jan 2026 02:04:05 GMT"), None), 400, "InvalidTimeStamp.Expired");
    assert_eq!(judge(now, Some("n")), Ok(()));
    refused(judge(now, Some("n")), 400, "SignatureNonceUsed");
    for _ in 0..2 {
        assert_eq!(judge(now, None), Ok(()), "the older documents ask for no nonce");
    }
}

#[test]
fn the_guides_dialect_takes_a_key_alone() {
    let vector = json!({"path": "/configureMySQLSource", "headers": [], "body": "{}"});
    let judge = |mode, authorization: &str| {
        let received = received(&vector, authorization, &[]);
        verifier(AccessKey::new("id", "secret"), mode).judge(Dialect::Seed, &received)
    };
    for good in ["Bearer k-1", "bearer k-1"] {
        assert_eq!(judge(Verify::Strict, good), Ok(()));
    }
    for missing in ["", "k-1", "Basic k-1", "Bearer", "Bearer  ", "acs id:signature"] {
        refused(judge(Verify::Strict, missing), 401, "AccessDenied");
        assert_eq!(judge(Verify::Off, missing), Ok(()));
    }
    refused(judge(Verify::Lenient, "Bearer k-12"), 403, "InvalidAccessKeyId");
}

#[test]
fn a_mode_reads_back_from_its_word() {
    for mode in [Verify::Strict, Verify::Lenient, Verify::Off] {
        assert_eq!(mode.to_string().parse(), Ok(mode));
    }
    assert!("none".parse::<Verify>().is_err());
}
