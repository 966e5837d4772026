//! The canonical forms against a naive writing of the vendor's rules, and what a signature covers.

use proptest::prelude::*;

use super::*;

type Pairs = Vec<(String, String)>;

fn key(secret: &str) -> AccessKey {
    AccessKey { id: "id".into(), secret: secret.into() }
}

/// Parameters of a query, in whatever order and with whatever characters.
fn query() -> impl Strategy<Value = Pairs> {
    prop::collection::vec((".{1,8}", ".{0,8}"), 0..4)
}

/// Headers with different names, as HTTP has them.
fn headers() -> impl Strategy<Value = Pairs> {
    let name = "(x-acs-[a-z]{1,4}|host|date|content-type|content-md5|x-acs-content-sha256)";
    prop::collection::btree_map(name, "[ -~]{0,12}", 0..6)
        .prop_map(|headers| headers.into_iter().collect())
}

fn borrowed(pairs: &Pairs) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn sign(
    scheme: fn(&AccessKey, Signable<'_>) -> String,
    secret: &str,
    query: &Pairs,
    headers: &Pairs,
) -> String {
    let (query, headers) = (borrowed(query), borrowed(headers));
    let request = Signable { method: "POST", path: "/p", query: &query, headers: &headers };
    scheme(&key(secret), request)
}

/// RFC 3986, byte by byte.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn value_of<'a>(headers: &'a Pairs, wanted: &str) -> &'a str {
    headers.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value)
}

fn naive_acs3(query: &Pairs, headers: &Pairs) -> String {
    let mut query = query.clone();
    query.sort();
    let mut headers = headers.clone();
    headers.sort();
    let mut text = String::from("POST\n/p\n");
    for (index, (name, value)) in query.iter().enumerate() {
        text += if index == 0 { "" } else { "&" };
        text += &format!("{}={}", encoded(name), encoded(value));
    }
    text += "\n";
    for (name, value) in &headers {
        text += &format!("{name}:{}\n", value.trim());
    }
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let payload = value_of(&headers, "x-acs-content-sha256");
    text + &format!("\n{}\n{payload}", names.join(";"))
}

fn naive_acs(query: &Pairs, headers: &Pairs) -> String {
    let mut text = String::from("POST\n");
    for name in ["content-md5", "content-type", "date"] {
        text += &format!("{}\n", value_of(headers, name));
    }
    for (name, value) in headers.iter().filter(|(name, _)| name.starts_with("x-acs")) {
        text += &format!("{name}:{}\n", value.trim());
    }
    let mut query = query.clone();
    query.sort();
    text += "/p";
    for (index, (name, value)) in query.iter().enumerate() {
        text += &format!("{}{name}={value}", if index == 0 { '?' } else { '&' });
    }
    text
}

proptest! {
    #[test]
    fn the_canonical_request_is_the_naive_one(query in query(), headers in headers()) {
        let (pairs, sorted) = (borrowed(&query), borrowed(&headers));
        let request = Signable { method: "POST", path: "/p", query: &pairs, headers: &sorted };
        let lines: Vec<(String, &str)> =
            sorted.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let signed: Vec<&str> = sorted.iter().map(|(name, _)| *name).collect();
        let signed = canonical(request, &lines, &signed.join(";"));
        prop_assert_eq!(signed, naive_acs3(&query, &headers));
    }

    #[test]
    fn the_older_signature_is_that_of_the_naive_text(query in query(), headers in headers()) {
        let naive = hmac::<Hmac<Sha1>>(&"s".to_owned().into(), &naive_acs(&query, &headers));
        prop_assert_eq!(sign(acs, "s", &query, &headers), BASE64.encode(naive));
    }

    #[test]
    fn order_and_case_do_not_matter(query in query(), headers in headers()) {
        let backwards = |pairs: &Pairs| pairs.iter().rev().cloned().collect::<Pairs>();
        let capitals: Pairs = headers
            .iter()
            .map(|(name, value)| (name.to_ascii_uppercase(), value.clone()))
            .collect();
        for scheme in [acs3, acs] {
            let signed = sign(scheme, "s", &query, &headers);
            let turned = sign(scheme, "s", &backwards(&query), &backwards(&headers));
            prop_assert_eq!(&signed, &turned);
            prop_assert_eq!(&signed, &sign(scheme, "s", &query, &capitals));
        }
    }

    #[test]
    fn what_is_covered_cannot_be_changed(
        query in query(),
        headers in headers(),
        secret in "[a-z]{1,8}",
    ) {
        let mut more = query.clone();
        more.push(("name".into(), "value".into()));
        let mut other = headers.clone();
        other.retain(|(name, _)| name != "x-acs-date");
        other.push(("x-acs-date".into(), "another".into()));
        for scheme in [acs3, acs] {
            let signed = sign(scheme, &secret, &query, &headers);
            prop_assert_ne!(&signed, &sign(scheme, &secret, &more, &headers));
            prop_assert_ne!(&signed, &sign(scheme, &secret, &query, &other));
            prop_assert_ne!(&signed, &sign(scheme, &format!("{secret}x"), &query, &headers));
        }
    }
}
