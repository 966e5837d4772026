//! Encryption as the modes ask for it, and what it means when a handshake fails.

use std::path::Path;

use cdc_checks::facts::connection::{CertificateFault, TlsMode};
use cdc_checks::{Missing, Text};
use mysql_async::{ClientIdentity, Error, IoError, SslOpts, TlsError};
use rustls::CertificateError;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::gather::TlsOptions;

/// A host name that the verifier takes as given, whatever the certificate says.
///
/// `mysql_async` 0.37.1 means to forgive a certificate that names another host, and finds out by
/// looking for the word `NotValidForName` in the error's text. rustls no longer words that error so,
/// but it quotes the host that was expected. So expecting a host of this name puts
/// the word into that one text and into no other: rustls verifies issuer and dates first, and no
/// other error of its prints the expected name. What is forgiven is the name alone.
const ANY_HOST: &str = "NotValidForName.invalid";

/// The library's options for a mode; `None` for no encryption.
///
/// # Errors
/// A file that cannot be read or does not hold what it should. Files are read before the server is
/// bothered, because a handshake that is broken off counts as an error of this host there.
pub(super) fn options(tls: &TlsOptions) -> Result<Option<SslOpts>, Missing> {
    if tls.mode == TlsMode::Disable {
        return Ok(None);
    }
    let options = SslOpts::default().with_client_identity(identity(tls)?);
    Ok(Some(match tls.mode {
        TlsMode::Disable | TlsMode::Prefer | TlsMode::Require => {
            options.with_danger_accept_invalid_certs(true)
        }
        TlsMode::VerifyCa => trusted(options, tls)?
            .with_danger_skip_domain_validation(true)
            .with_danger_tls_hostname_override(Some(ANY_HOST)),
        TlsMode::VerifyFull => trusted(options, tls)?,
    }))
}

fn trusted(options: SslOpts, tls: &TlsOptions) -> Result<SslOpts, Missing> {
    let Some(file) = &tls.ca_file else { return Ok(options) };
    let bytes = read(file)?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match all {
        Ok(found) if !found.is_empty() => {}
        _ => return Err(bad_file(file, "it holds no certificate in PEM form")),
    }
    let roots = vec![bytes.into()];
    Ok(options.with_root_certs(roots).with_disable_built_in_roots(true))
}

fn identity(tls: &TlsOptions) -> Result<Option<ClientIdentity>, Missing> {
    let Some(identity) = &tls.identity else { return Ok(None) };
    let chain = read(&identity.certificate_file)?;
    if CertificateDer::from_pem_slice(&chain).is_err() {
        return Err(bad_file(&identity.certificate_file, "it holds no certificate in PEM form"));
    }
    let key = read(&identity.key_file)?;
    if PrivateKeyDer::from_pem_slice(&key).is_err() {
        return Err(bad_file(&identity.key_file, "it holds no private key in PEM form"));
    }
    Ok(Some(ClientIdentity::new(chain.into(), key.into())))
}

fn read(file: &Path) -> Result<Vec<u8>, Missing> {
    std::fs::read(file).map_err(|error| bad_file(file, &error.to_string()))
}

fn bad_file(file: &Path, why: &str) -> Missing {
    Missing::Refused {
        what: Text::new(format!("reading {}", file.display())),
        detail: why.into(),
        code: None,
    }
}

/// What failed in a handshake.
pub(super) struct Failure {
    pub(super) why: Text,
    /// What is wrong with the server's certificate, where that is why.
    pub(super) fault: Option<CertificateFault>,
}

impl Failure {
    /// A failure that is not the certificate's.
    pub(super) fn of(why: impl Into<Text>) -> Self {
        Self { why: why.into(), fault: None }
    }
}

/// What failed in the handshake, or `None` where the error is not about encryption.
pub(super) fn failure(error: &Error) -> Option<Failure> {
    let error = match error {
        Error::Io(IoError::Tls(TlsError::Tls(error))) => error,
        Error::Io(IoError::Tls(error)) => return Some(Failure::of(error.to_string())),
        Error::Io(IoError::Io(error)) => match rustls_error(error) {
            Some(error) => error,
            None if error.to_string().contains("tls handshake eof") => {
                return Some(Failure::of("the server broke the handshake off"));
            }
            None => return None,
        },
        _ => return None,
    };
    let fault = match error {
        rustls::Error::InvalidCertificate(cause) => Some(fault(cause)),
        _ => None,
    };
    Some(Failure { why: Text::new(sentence(error)), fault })
}

fn rustls_error(error: &std::io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// Says which of issuer, host name and dates failed, then the details.
fn sentence(error: &rustls::Error) -> String {
    let rustls::Error::InvalidCertificate(cause) = error else {
        return match error {
            rustls::Error::AlertReceived(alert) => {
                format!("the server refused the handshake: {alert:?}")
            }
            other => other.to_string(),
        };
    };
    match fault(cause) {
        CertificateFault::Dates => format!("the certificate's dates exclude today: {cause}"),
        CertificateFault::Issuer => "the certificate's issuer is not trusted".to_owned(),
        CertificateFault::NoHost => "the certificate names no host".to_owned(),
        CertificateFault::OtherHost => format!("the certificate is for another host name: {cause}"),
        CertificateFault::Other => format!("the certificate is not accepted: {cause}"),
    }
}

fn fault(cause: &CertificateError) -> CertificateFault {
    match cause {
        // Server packages give every authority they generate the same name, so a certificate of
        // another one is told by its signature only.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            CertificateFault::Issuer
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => CertificateFault::Dates,
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            CertificateFault::NoHost
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFault::OtherHost
        }
        _ => CertificateFault::Other,
    }
}

#[cfg(test)]
mod tests {
    use rustls::CertificateError;
    use rustls::pki_types::{ServerName, UnixTime};

    use super::{ANY_HOST, sentence};

    /// The word that `mysql_async` looks for.
    const WORD: &str = "NotValidForName";

    #[test]
    fn only_a_name_mismatch_is_forgiven() {
        let expected = ServerName::try_from(ANY_HOST).expect("a name").to_owned();
        let presented = vec!["DnsName(\"db.example.com\")".to_owned()];
        let name = CertificateError::NotValidForNameContext { expected, presented };
        assert!(rustls::Error::InvalidCertificate(name).to_string().contains(WORD));
        let time = UnixTime::now();
        let others = [
            CertificateError::BadSignature,
            CertificateError::Expired,
            CertificateError::ExpiredContext { time, not_after: time },
            CertificateError::NotValidYetContext { time, not_before: time },
            CertificateError::Revoked,
            CertificateError::UnknownIssuer,
        ];
        for other in others {
            assert!(!rustls::Error::InvalidCertificate(other).to_string().contains(WORD));
        }
    }

    #[test]
    fn a_failed_handshake_says_what_failed() {
        let cases = [
            (CertificateError::UnknownIssuer, "issuer"),
            (CertificateError::BadSignature, "issuer"),
            (CertificateError::Expired, "dates"),
            (CertificateError::NotValidForName, "another host name"),
            (CertificateError::Revoked, "not accepted"),
        ];
        for (cause, word) in cases {
            let text = sentence(&rustls::Error::InvalidCertificate(cause));
            assert!(text.contains(word), "{text}");
        }
    }
}
