//! Encryption of a PostgreSQL session: what each mode verifies, and why a handshake failed.
//!
//! The driver knows three modes and verifies all or nothing, so verification is done here, by two
//! separate questions: is the issuer trusted, and does the certificate name this host.

use std::error::Error;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use cdc_checks::facts::connection::TlsMode;
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

/// The client's side of TLS for these options.
pub(super) fn client_config(options: &TlsOptions) -> Result<ClientConfig, ConfigError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Verifier::new(options, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    match &options.identity {
        None => Ok(builder.with_no_client_auth()),
        Some(identity) => {
            let (chain, key) = read_identity(identity)?;
            Ok(builder.with_client_auth_cert(chain, key)?)
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

/// Verifies what the mode asks for: nothing, the issuer, or the issuer and the host's name.
#[derive(Debug)]
struct Verifier {
    /// Whom to trust; `None` where the mode trusts everybody.
    trusted: Option<Trusted>,
    names_host: bool,
    algorithms: WebPkiSupportedAlgorithms,
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

impl Verifier {
    fn new(options: &TlsOptions, provider: &CryptoProvider) -> Result<Self, ConfigError> {
        let verifies = matches!(options.mode, TlsMode::VerifyCa | TlsMode::VerifyFull);
        let trusted = verifies.then(|| Trusted::read(options.ca_file.as_deref())).transpose()?;
        Ok(Self {
            trusted,
            names_host: options.mode == TlsMode::VerifyFull,
            algorithms: provider.signature_verification_algorithms,
        })
    }
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
        let Some(trusted) = &self.trusted else {
            return Ok(ServerCertVerified::assertion());
        };
        let certificate = ParsedCertificate::try_from(end_entity)?;
        if !trusted.pinned.iter().any(|pinned| pinned == end_entity) {
            let algorithms = self.algorithms.all;
            let roots = &trusted.roots;
            verify_server_cert_signed_by_trust_anchor(
                &certificate,
                roots,
                intermediates,
                now,
                algorithms,
            )?;
        }
        if self.names_host {
            verify_server_name(&certificate, server_name)?;
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
    use CertificateError as Certificate;
    let rustls::Error::InvalidCertificate(reason) = error else {
        return error.to_string();
    };
    match reason {
        Certificate::UnknownIssuer => "the certificate's issuer is not trusted".into(),
        Certificate::NotValidForName => "the certificate does not name this host".into(),
        Certificate::NotValidForNameContext { .. } => {
            format!("the certificate does not name this host: {reason}")
        }
        Certificate::Expired => "the certificate has expired".into(),
        Certificate::ExpiredContext { .. } => format!("the certificate has expired: {reason}"),
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
            "the certificate is not valid yet".into()
        }
        // What the library has no words for concerns the chain; mostly, that there is none.
        Certificate::Other(detail) => format!(
            "the certificate's issuer is not trusted: it is self-signed, or its chain is not \
             acceptable ({detail})"
        ),
        other => format!("the certificate is not acceptable: {other}"),
    }
}
