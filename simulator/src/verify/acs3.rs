//! The signature of today's interface, ACS3-HMAC-SHA256.

use std::collections::BTreeSet;

use hmac::{Hmac, KeyInit, Mac};
use hyper::http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use super::{Claim, Verify, bad_date, body, incomplete};
use crate::credentials::AccessKey;
use crate::received::Received;
use crate::reply::Refusal;

const SCHEME: &str = "ACS3-HMAC-SHA256";
/// What RFC 3986 leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What has to be sent, and so signed.
const NEEDED: [&str; 3] = ["x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce"];

/// Reads the claim of a request. Only strictly does the list of signed headers have to be whole.
pub(super) fn read<'a>(
    authorization: &'a str,
    received: &'a Received,
    mode: Verify,
) -> Result<Claim<'a>, Refusal> {
    let part = parts(authorization)?;
    let (key_id, signed, signature) =
        (part("Credential")?, part("SignedHeaders")?, part("Signature")?);
    let signed: BTreeSet<&str> = signed.split(';').collect();
    let head = &received.head;
    if mode == Verify::Strict {
        is_whole(&signed, head)?;
    }
    let digest = hex(&Sha256::digest(body(received)?));
    if received.header("x-acs-content-sha256") != Some(&*digest) {
        let message = "The header x-acs-content-sha256 is not the SHA-256 of the body.";
        return Err(Refusal::bad("SignatureDoesNotMatch", message));
    }
    let canonical = canonical(head, &signed, &digest)?;
    let to_sign = format!("{SCHEME}\n{}", hex(&Sha256::digest(canonical)));
    Ok(Claim {
        key_id,
        signature,
        sign,
        told: Some(to_sign.replace('\n', " ")),
        to_sign,
        date: received.header("x-acs-date").and_then(date).ok_or_else(bad_date),
        nonce: received.header("x-acs-signature-nonce"),
    })
}

/// The members behind the name of the scheme.
fn parts<'a>(authorization: &'a str) -> Result<impl Fn(&str) -> Result<&'a str, Refusal>, Refusal> {
    let members = authorization.strip_prefix(SCHEME).and_then(|rest| rest.strip_prefix(' '));
    let members = members.ok_or_else(|| {
        incomplete(format!("The request needs the header `Authorization: {SCHEME}`."))
    })?;
    Ok(move |wanted: &str| {
        let mut pairs = members.split(',').filter_map(|member| member.trim().split_once('='));
        let value = pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value);
        let value = value.filter(|value| !value.is_empty());
        value.ok_or_else(|| incomplete(format!("The header Authorization has no {wanted}.")))
    })
}

/// The host and everything of the vendor's own have to be signed.
fn is_whole(signed: &BTreeSet<&str>, head: &Parts) -> Result<(), Refusal> {
    for name in NEEDED {
        if !head.headers.contains_key(name) {
            return Err(incomplete(format!("The header {name} is missing.")));
        }
    }
    let own = head.headers.keys().map(|name| name.as_str()).filter(|it| it.starts_with("x-acs-"));
    for name in own.chain(["host"]) {
        if !signed.contains(name) {
            return Err(incomplete(format!("The header {name} is not signed.")));
        }
    }
    Ok(())
}

fn canonical(head: &Parts, signed: &BTreeSet<&str>, digest: &str) -> Result<String, Refusal> {
    let (mut lines, mut names) = (String::new(), Vec::new());
    for name in signed {
        let mut values: Vec<String> = head
            .headers
            .get_all(*name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
            .collect();
        if values.is_empty() {
            return Err(incomplete(format!("The header {name} is signed and missing.")));
        }
        values.sort();
        lines.push_str(&format!("{}:{}\n", name.to_ascii_lowercase(), values.join(",")));
        names.push(*name);
    }
    let (path, query) = (head.uri.path(), query(head));
    let names = names.join(";");
    Ok(format!("{}\n{path}\n{query}\n{lines}\n{names}\n{digest}", head.method))
}

/// The parameters decoded, sorted and encoded again, since on the wire a space may be a plus.
fn query(head: &Parts) -> String {
    let query = head.uri.query().unwrap_or_default();
    let mut pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    pairs.sort();
    let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
    let pairs = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// `YYYY-MM-DDThh:mm:ssZ` and nothing else.
fn date(text: &str) -> Option<jiff::Timestamp> {
    let parsed = text.parse::<jiff::Timestamp>().ok()?;
    (parsed.strftime("%Y-%m-%dT%H:%M:%SZ").to_string() == text).then_some(parsed)
}

fn sign(key: &AccessKey, to_sign: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.secret.expose_secret().as_bytes())
        .expect("HMAC takes keys of every length");
    mac.update(to_sign.as_bytes());
    hex(&mac.finalize().into_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
