//! The older signature, `acs` with HMAC-SHA1.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use hyper::header::{CONTENT_TYPE, DATE};
use hyper::http::request::Parts;
use jiff::Timestamp;
use md5::{Digest, Md5};
use secrecy::ExposeSecret;
use sha1::Sha1;

use super::{Claim, bad_date, body, incomplete, missing};
use crate::credentials::AccessKey;
use crate::received::Received;
use crate::reply::Refusal;

/// Reads the claim of a request. The body is covered only where it sends a `Content-MD5`.
pub(super) fn read<'a>(
    authorization: &'a str,
    received: &'a Received,
) -> Result<Claim<'a>, Refusal> {
    // The documents write a space behind the scheme, the older SDK a colon.
    let rest = authorization.strip_prefix("acs ").or_else(|| authorization.strip_prefix("acs:"));
    let rest = rest.ok_or_else(|| missing("The request needs the header `Authorization: acs`."))?;
    let (key_id, signature) = rest
        .trim()
        .rsplit_once(':')
        .filter(|(id, signature)| !id.is_empty() && !signature.is_empty())
        .ok_or_else(|| incomplete("The header Authorization is not `acs ID:SIGNATURE`."))?;
    let body = body(received)?;
    if let Some(digest) = received.header("content-md5")
        && digest != BASE64.encode(Md5::digest(body))
    {
        let message = "The header Content-MD5 is not the MD5 of the body.";
        return Err(Refusal::bad("SignatureDoesNotMatch", message));
    }
    let method = received.header("x-acs-signature-method");
    if method.is_some_and(|method| method != "HMAC-SHA1") {
        return Err(incomplete("The header x-acs-signature-method must be HMAC-SHA1."));
    }
    let date = received.header(DATE.as_str());
    Ok(Claim {
        key_id,
        signature,
        sign,
        to_sign: to_sign(received),
        told: None,
        date: match date {
            Some(text) => http_date(text).ok_or_else(bad_date),
            None => Err(incomplete("The header Date is missing.")),
        },
        nonce: received.header("x-acs-signature-nonce"),
    })
}

fn to_sign(received: &Received) -> String {
    let head = &received.head;
    let of = |name: &str| received.header(name).unwrap_or_default();
    format!(
        "{}\n{}\n{}\n{}\n{}{}{}",
        head.method,
        of("content-md5"),
        of(CONTENT_TYPE.as_str()),
        of(DATE.as_str()),
        own_headers(head),
        head.uri.path(),
        query(head),
    )
}

fn own_headers(head: &Parts) -> String {
    let own = head.headers.iter().filter(|(name, _)| name.as_str().starts_with("x-acs"));
    let line = |(name, value): (&hyper::http::HeaderName, &hyper::http::HeaderValue)| {
        format!("{name}:{}\n", String::from_utf8_lossy(value.as_bytes()).trim())
    };
    let mut lines: Vec<String> = own.map(line).collect();
    lines.sort();
    lines.concat()
}

/// The parameters sorted and otherwise as they are.
fn query(head: &Parts) -> String {
    let query = head.uri.query().unwrap_or_default();
    let mut pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

fn http_date(text: &str) -> Option<Timestamp> {
    Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok()
}

pub(super) fn sign(key: &AccessKey, to_sign: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(key.secret.expose_secret().as_bytes())
        .expect("HMAC takes keys of every length");
    mac.update(to_sign.as_bytes());
    BASE64.encode(mac.finalize().into_bytes())
}
