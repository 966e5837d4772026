//! Encryption of the listener.
//!
//! The files are read again now and then: certificates are renewed while the service runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use thiserror::Error;
use tracing::{error, info};

/// How often the files are looked at.
pub(super) const LOOK: Duration = Duration::from_secs(60);

/// The files of a listener that encrypts.
#[derive(Clone, Debug)]
pub struct ListenerTls {
    /// The certificate, with those between it and its authority behind it, as PEM.
    pub certificate: PathBuf,
    /// Its key, as PEM.
    pub key: PathBuf,
    /// The authorities of client certificates, as PEM; `None`: nobody is asked for one.
    pub client_ca: Option<PathBuf>,
}

/// Why the listener cannot encrypt.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file of certificates or a key cannot be read.
    #[error("cannot read {0:?}: {1}")]
    File(PathBuf, pem::Error),
    /// A file of certificates has none.
    #[error("{0:?} holds no certificate")]
    Empty(PathBuf),
    /// The certificate and the key cannot be used.
    #[error("the server's certificate and key: {0}")]
    Rejected(#[from] rustls::Error),
    /// The authorities cannot be used.
    #[error("the authorities of client certificates: {0}")]
    ClientCa(#[from] VerifierBuilderError),
}

impl ListenerTls {
    /// Reads the files.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn load(&self) -> Result<ServerConfig, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()?;
        let builder = match &self.client_ca {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates(path)? {
                    roots.add(certificate)?;
                }
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                // Probes have none, and callers with tokens need none: each route asks for itself.
                builder.with_client_cert_verifier(verifier.allow_unauthenticated().build()?)
            }
        };
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| TlsError::File(self.key.clone(), error))?;
        let mut config = builder.with_single_cert(certificates(&self.certificate)?, key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }

    /// What the files hold; `None` where one cannot be read.
    fn contents(&self) -> Option<Vec<Vec<u8>>> {
        let files = [&self.certificate, &self.key].into_iter().chain(&self.client_ca);
        files.map(|file| std::fs::read(file).ok()).collect()
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let all: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| TlsError::File(path.into(), error))?;
    if all.is_empty() { Err(TlsError::Empty(path.into())) } else { Ok(all) }
}

/// Takes new certificates for ever. Those that cannot be used change nothing.
pub(super) async fn renew(tls: ListenerTls, config: RustlsConfig, look: Duration) {
    let mut known = tls.contents();
    loop {
        tokio::time::sleep(look).await;
        let found = tls.contents();
        if found.is_none() || found == known {
            continue;
        }
        match tls.load() {
            Ok(loaded) => {
                config.reload_from_config(Arc::new(loaded));
                info!("the listener has new certificates");
            }
            Err(error) => error!(%error, "new certificates cannot be used"),
        }
        known = found;
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn write(tls: &ListenerTls) {
        let parameters = CertificateParams::new(vec!["localhost".into()]).expect("parameters");
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.self_signed(&key).expect("a certificate");
        std::fs::write(&tls.certificate, certificate.pem()).expect("a file");
        std::fs::write(&tls.key, key.serialize_pem()).expect("a file");
    }

    fn files(folder: &Path) -> ListenerTls {
        let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        ListenerTls { certificate, key, client_ca: None }
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_with_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let tls = files(folder.path());
        let refused = |tls: &ListenerTls| tls.load().expect_err("not usable").to_string();
        assert!(refused(&tls).contains("key.pem"), "{}", refused(&tls));
        write(&tls);
        assert!(tls.load().is_ok());
        let with_ca = ListenerTls { client_ca: Some(tls.key.clone()), ..tls.clone() };
        assert!(refused(&with_ca).contains("holds no certificate"), "{}", refused(&with_ca));
        let other = ListenerTls { certificate: folder.path().join("other.pem"), ..tls.clone() };
        write(&other);
        let mixed = ListenerTls { certificate: tls.certificate, ..other };
        assert!(refused(&mixed).contains("certificate and key"), "{}", refused(&mixed));
    }

    #[tokio::test]
    async fn new_certificates_are_taken_and_broken_ones_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let tls = files(folder.path());
        write(&tls);
        let first = Arc::new(tls.load().expect("a configuration"));
        let config = RustlsConfig::from_config(first.clone());
        let renewal = tokio::spawn(renew(tls.clone(), config.clone(), Duration::from_millis(5)));
        // What it saw first must not be what is written next.
        tokio::time::sleep(Duration::from_millis(50)).await;
        std::fs::write(&tls.certificate, "no certificate").expect("a file");
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(Arc::ptr_eq(&config.get_inner(), &first), "the old one goes on");
        write(&tls);
        let renewed = async {
            while Arc::ptr_eq(&config.get_inner(), &first) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), renewed).await.expect("it is taken");
        renewal.abort();
    }
}
