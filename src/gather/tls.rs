//! Encryption of a PostgreSQL session: what each mode verifies, and why a handshake failed.
//!
//! The driver knows three modes and verifies all or nothing, so verification is done here, by two
//! separate questions: is the issuer trusted, and does the certificate name this host.

use std::error::Error;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use cdc_checks::Text;
use cdc_checks::facts::connection::{Certificate, TlsMode};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;
use x509_cert::der::Decode;

use super::{ClientIdentity, TlsOptions};

/// What keeps a TLS configuration from being built.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConfigError {
    /// A file of certificates or a key cannot be read.
    #[error("cannot read {path}: {source}")]
    File { path: String, source: pem::Error },
    /// A file of certificates has none.
    #[error("{path} holds no certificate")]
    Empty { path: String },
    /// The library does not take what the files hold.
    #[error("{}", describe(.0))]
    Rejected(rustls::Error),
}

impl From<rustls::Error> for ConfigError {
    fn from(error: rustls::Error) -> Self {
        Self::Rejected(error)
    }
}

/// Where the certificate is noted that the server shows; unset until it has shown one.
pub(super) type Shown = Arc<OnceLock<Certificate>>;

/// The client's side of TLS for these options, and where the server's certificate will be.
pub(super) fn client_config(options: &TlsOptions) -> Result<(ClientConfig, Shown), ConfigError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Verifier::new(options, &provider)?;
    let shown = Arc::clone(&verifier.shown);
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    match &options.identity {
        None => Ok((builder.with_no_client_auth(), shown)),
        Some(identity) => {
            let (chain, key) = read_identity(identity)?;
            Ok((builder.with_client_auth_cert(chain, key)?, shown))
        }
    }
}

fn read_identity(
    identity: &ClientIdentity,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), ConfigError> {
    let chain = read_certificates(&identity.certificate_file)?;
    let key = PrivateKeyDer::from_pem_file(&identity.key_file)
        .map_err(|source| ConfigError::File { path: name(&identity.key_file), source })?;
    Ok((chain, key))
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|source| ConfigError::File { path: name(path), source })?;
    if certificates.is_empty() {
        return Err(ConfigError::Empty { path: name(path) });
    }
    Ok(certificates)
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

/// Verifies what the mode asks for: nothing, the issuer, or the issuer and the host's name. What it
/// does not insist on it notes.
#[derive(Debug)]
struct Verifier {
    trusted: Trusted,
    by_ca_file: bool,
    insists_on_issuer: bool,
    insists_on_name: bool,
    algorithms: WebPkiSupportedAlgorithms,
    shown: Shown,
}

#[derive(Debug)]
struct Trusted {
    roots: RootCertStore,
    /// The certificates of the CA file. A server that presents one of them is trusted as it is: a
    /// self-signed certificate is commonly its own CA file, and no chain leads to it.
    pinned: Vec<CertificateDer<'static>>,
}

impl Trusted {
    fn read(ca_file: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = ca_file else {
            let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
            return Ok(Self { roots, pinned: Vec::new() });
        };
        let pinned = read_certificates(path)?;
        let mut roots = RootCertStore::empty();
        for certificate in &pinned {
            roots.add(certificate.clone())?;
        }
        Ok(Self { roots, pinned })
    }
}

impl Trusted {
    fn verify(
        &self,
        shown: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<(), rustls::Error> {
        if self.pinned.iter().any(|pinned| pinned == shown) {
            return Ok(());
        }
        let parsed = ParsedCertificate::try_from(shown)?;
        let (roots, algorithms) = (&self.roots, algorithms.all);
        verify_server_cert_signed_by_trust_anchor(&parsed, roots, intermediates, now, algorithms)
    }
}

impl Verifier {
    fn new(options: &TlsOptions, provider: &CryptoProvider) -> Result<Self, ConfigError> {
        Ok(Self {
            trusted: Trusted::read(options.ca_file.as_deref())?,
            by_ca_file: options.ca_file.is_some(),
            insists_on_issuer: matches!(options.mode, TlsMode::VerifyCa | TlsMode::VerifyFull),
            insists_on_name: options.mode == TlsMode::VerifyFull,
            algorithms: provider.signature_verification_algorithms,
            shown: Shown::default(),
        })
    }

    /// Notes what the certificate proves. An expired one is asked for its issuer as of its last
    /// second, so that the two questions stay apart.
    fn note(
        &self,
        shown: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        now: UnixTime,
    ) {
        let expires = expiry(shown);
        let when = expires.map_or(now, |expires| now.min(UnixTime::since_unix_epoch(expires)));
        let issuer = self.trusted.verify(shown, intermediates, when, &self.algorithms);
        let certificate = Certificate {
            issuer_flaw: issuer.err().map(|error| Text::new(describe(&error))),
            name_flaw: names(shown, server_name).err().map(|error| Text::new(describe(&error))),
            expires_in_seconds: expires.and_then(|expires| {
                let expires = i64::try_from(expires.as_secs()).ok()?;
                Some(expires - i64::try_from(now.as_secs()).ok()?)
            }),
            by_ca_file: self.by_ca_file,
        };
        // Further connections of a visit lead to the same server.
        let _ = self.shown.set(certificate);
    }
}

fn names(shown: &CertificateDer<'_>, host: &ServerName<'_>) -> Result<(), rustls::Error> {
    verify_server_name(&ParsedCertificate::try_from(shown)?, host)
}

/// The end of a certificate's validity, since the Unix epoch.
fn expiry(shown: &CertificateDer<'_>) -> Option<Duration> {
    let parsed = x509_cert::Certificate::from_der(shown).ok()?;
    Some(parsed.tbs_certificate.validity.not_after.to_unix_duration())
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.note(end_entity, intermediates, server_name, now);
        if self.insists_on_issuer {
            self.trusted.verify(end_entity, intermediates, now, &self.algorithms)?;
        }
        if self.insists_on_name {
            names(end_entity, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// What came of the handshake of one connection; unset where none was begun, for example because
/// the server does not offer encryption.
pub(super) type Handshake = Arc<OnceLock<Result<(), String>>>;

/// A connector for one connection that notes what came of its handshake. The driver keeps that to
/// itself, and an encrypted session has to be told from one that fell back.
pub(super) struct Connector<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> {
    inner: <MakeRustlsConnect as MakeTlsConnect<S>>::TlsConnect,
    handshake: Handshake,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Connector<S> {
    /// A connector to `host`, and where the outcome of its handshake will be.
    pub(super) fn new(
        config: &ClientConfig,
        host: &str,
    ) -> Result<(Self, Handshake), Box<dyn Error + Send + Sync>> {
        let mut maker = MakeRustlsConnect::new(config.clone());
        let inner = MakeTlsConnect::<S>::make_tls_connect(&mut maker, host)?;
        let handshake = Handshake::default();
        Ok((Self { inner, handshake: Arc::clone(&handshake) }, handshake))
    }
}

type HandshakeFuture<T> = Pin<Box<dyn Future<Output = std::io::Result<T>> + Send>>;

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for Connector<S> {
    type Stream = <MakeRustlsConnect as MakeTlsConnect<S>>::Stream;
    type Error = std::io::Error;
    type Future = HandshakeFuture<Self::Stream>;

    fn connect(self, stream: S) -> Self::Future {
        let Self { inner, handshake } = self;
        Box::pin(async move {
            let result = inner.connect(stream).await;
            let outcome = result.as_ref().map(|_| ()).map_err(describe_io);
            // A connector is consumed by its only connection: nothing was noted before.
            let _ = handshake.set(outcome);
            result
        })
    }
}

/// Says in one clause why a handshake failed.
pub(super) fn describe_io(error: &std::io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    inner.map_or_else(|| error.to_string(), describe)
}

/// Says in one clause which of issuer, host name and expiry stood in the way.
fn describe(error: &rustls::Error) -> String {
    use CertificateError as Flaw;
    let rustls::Error::InvalidCertificate(reason) = error else {
        return error.to_string();
    };
    match reason {
        Flaw::UnknownIssuer => "the certificate's issuer is not trusted".into(),
        Flaw::NotValidForName => "the certificate does not name this host".into(),
        Flaw::NotValidForNameContext { .. } => {
            format!("the certificate does not name this host: {reason}")
        }
        Flaw::Expired => "the certificate has expired".into(),
        Flaw::ExpiredContext { .. } => format!("the certificate has expired: {reason}"),
        Flaw::NotValidYet | Flaw::NotValidYetContext { .. } => {
            "the certificate is not valid yet".into()
        }
        // What the library has no words for concerns the chain; mostly, that there is none.
        Flaw::Other(detail) => format!(
            "the certificate's issuer is not trusted: it is self-signed, or its chain is not \
             acceptable ({detail})"
        ),
        other => format!("the certificate is not acceptable: {other}"),
    }
}
