//! Whose client certificate it is, and what its holder may do.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::Request;
use axum_server::tls::TlsInfo;
use thiserror::Error;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::asn1::{ObjectIdentifier, PrintableStringRef, Utf8StringRef};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::caller::{Caller, Identity};
use super::scope::{Scopes, UnknownScope};

/// The attribute `CN` of a subject.
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
/// What stands for every name.
const ANY: &str = "*";
/// The longest name that is taken.
const LONGEST: usize = 256;

/// What the holders of certificates with a name may do: `NAME=SCOPE[,SCOPE]`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClientScopes {
    /// The subject's common name, or an alternative one (DNS, email, URI); `*`: each of them.
    pub name: String,
    /// What they may do.
    pub scopes: Scopes,
}

/// A text that says of no name what its holders may do.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
pub enum NotClientScopes {
    /// There is no `=`, or nothing before it.
    #[error("NAME=SCOPE[,SCOPE] is needed, for example ci.example.com=read,check")]
    Form,
    /// What stands behind is no scope.
    #[error(transparent)]
    Scope(#[from] UnknownScope),
}

impl FromStr for ClientScopes {
    type Err = NotClientScopes;

    fn from_str(text: &str) -> Result<Self, NotClientScopes> {
        // A name may hold one itself.
        let (name, scopes) = text.rsplit_once('=').ok_or(NotClientScopes::Form)?;
        let name = name.trim().to_owned();
        if name.is_empty() {
            return Err(NotClientScopes::Form);
        }
        Ok(Self { name, scopes: scopes.parse()? })
    }
}

impl fmt::Display for ClientScopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.scopes)
    }
}

/// Who shows a certificate on this connection. The listener has verified it.
pub(super) fn holder(request: &Request, scopes: &[ClientScopes]) -> Option<Caller> {
    let info = request.extensions().get::<Arc<TlsInfo>>()?;
    let names = names(info.peer_certificates.first()?);
    let name = names.first()?.clone();
    let theirs = scopes.iter().filter(|it| it.name == ANY || names.contains(&it.name));
    let scopes = theirs.flat_map(|it| it.scopes.iter()).collect();
    Some(Caller::new(Identity::Certificate { name }, scopes))
}

/// The common name, and the alternative ones. A name with characters that are not printed is none.
fn names(der: &[u8]) -> Vec<String> {
    let Ok(certificate) = Certificate::from_der(der) else { return Vec::new() };
    let certificate = certificate.tbs_certificate;
    let attributes = certificate.subject.0.iter().flat_map(|part| part.0.iter());
    let common = attributes.filter(|attribute| attribute.oid == COMMON_NAME);
    let common = common.filter_map(|attribute| {
        let utf8 = attribute.value.decode_as::<Utf8StringRef<'_>>().ok();
        let text = utf8.map(|text| text.as_str().to_owned());
        let printable = || attribute.value.decode_as::<PrintableStringRef<'_>>().ok();
        text.or_else(|| printable().map(|text| text.as_str().to_owned()))
    });
    let others = certificate.get::<SubjectAltName>().ok().flatten();
    let others = others.into_iter().flat_map(|(_, names)| names.0).filter_map(|name| match name {
        GeneralName::DnsName(text)
        | GeneralName::Rfc822Name(text)
        | GeneralName::UniformResourceIdentifier(text) => Some(text.as_str().to_owned()),
        _ => None,
    });
    common.chain(others).filter(|name| is_name(name)).collect()
}

fn is_name(name: &str) -> bool {
    (1..=LONGEST).contains(&name.len()) && name != ANY && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};

    use super::*;

    fn certificate(common: &str, others: Vec<SanType>) -> Vec<u8> {
        let mut parameters = CertificateParams::new(Vec::new()).expect("parameters");
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters.distinguished_name.push(DnType::OrganizationName, "somebody");
        parameters.distinguished_name.push(DnType::CommonName, common);
        parameters.subject_alt_names = others;
        let key = KeyPair::generate().expect("a key");
        parameters.self_signed(&key).expect("a certificate").der().to_vec()
    }

    fn scopes_of(der: Vec<u8>, scopes: &[&str]) -> Option<(String, String)> {
        let mut request = Request::new(axum::body::Body::empty());
        let mut info = TlsInfo::default();
        info.peer_certificates = vec![der];
        request.extensions_mut().insert(Arc::new(info));
        let scopes: Vec<ClientScopes> =
            scopes.iter().map(|text| text.parse().expect("scopes")).collect();
        let caller = holder(&request, &scopes)?;
        Some((caller.identity.actor(), caller.scopes.to_string()))
    }

    #[test]
    fn the_holder_of_a_certificate_has_the_scopes_of_its_names() {
        let uri = "spiffe://example.com/ns/ci?a=b";
        let others = vec![
            SanType::DnsName("ci.example.com".try_into().expect("a name")),
            SanType::URI(uri.try_into().expect("a URI")),
        ];
        let of = |scopes: &[&str]| {
            let (actor, scopes) =
                scopes_of(certificate("ci runner", others.clone()), scopes).expect("a holder");
            assert_eq!(actor, "certificate:ci runner");
            scopes
        };
        assert_eq!(of(&["ci runner=read"]), "read");
        assert_eq!(of(&["ci.example.com=check", &format!("{uri}=submit")]), "check,submit");
        assert_eq!(of(&["*=read", "other=admin"]), "read");
        assert_eq!(of(&["ci=read", "CI RUNNER=admin", "example.com=admin", "somebody=admin"]), "");
        assert_eq!(of(&[]), "");
    }

    #[test]
    fn a_name_is_what_can_be_printed() {
        assert_eq!(scopes_of(certificate("*", Vec::new()), &["*=admin"]), None);
        assert_eq!(scopes_of(certificate("a\nb", Vec::new()), &["*=admin"]), None);
        assert_eq!(scopes_of(b"no certificate".to_vec(), &["*=admin"]), None);
    }

    #[test]
    fn a_text_says_what_holders_may_do() {
        let scopes: ClientScopes = "a=b=read,submit".parse().expect("scopes");
        assert_eq!((scopes.name.as_str(), scopes.to_string().as_str()), ("a=b", "a=b=read,submit"));
        for wrong in ["", "read", "=read", "ci=", "ci=raed"] {
            assert!(wrong.parse::<ClientScopes>().is_err(), "{wrong}");
        }
    }
}
