//! Channel binding: what ties a SCRAM login to the certificate of the TLS session (RFC 5929,
//! `tls-server-end-point`).

use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::Certificate;
use x509_cert::der::Decode;

/// The digest of a certificate by the hash of its own signature; `None` where the signature has no
/// hash of its own to go by, as with Ed25519.
pub(super) fn server_end_point(certificate: &CertificateDer<'_>) -> Option<Vec<u8>> {
    let parsed = Certificate::from_der(certificate).ok()?;
    digest(&parsed.signature_algorithm.oid.to_string(), certificate)
}

/// MD5 and SHA-1 are replaced by SHA-256.
fn digest(algorithm: &str, certificate: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        // RSA with MD5, SHA-1 and SHA-256; ECDSA with SHA-1 and SHA-256.
        "1.2.840.113549.1.1.4"
        | "1.2.840.113549.1.1.5"
        | "1.2.840.113549.1.1.11"
        | "1.2.840.10045.4.1"
        | "1.2.840.10045.4.3.2" => Some(Sha256::digest(certificate).to_vec()),
        // RSA and ECDSA with SHA-384.
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => {
            Some(Sha384::digest(certificate).to_vec())
        }
        // RSA and ECDSA with SHA-512.
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => {
            Some(Sha512::digest(certificate).to_vec())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::CertificateDer;

    use super::{digest, server_end_point};

    #[test]
    fn the_signature_decides_on_the_digest() {
        let length = |oid| digest(oid, b"certificate").map(|digest| digest.len());
        assert_eq!(length("1.2.840.113549.1.1.5"), Some(32));
        assert_eq!(length("1.2.840.10045.4.3.3"), Some(48));
        assert_eq!(length("1.2.840.113549.1.1.13"), Some(64));
        assert_eq!(length("1.3.101.112"), None);
    }

    #[test]
    fn what_is_no_certificate_binds_nothing() {
        assert_eq!(server_end_point(&CertificateDer::from(vec![0x30, 0x82, 0xff])), None);
    }
}
