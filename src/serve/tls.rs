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

use super::service::Service;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(60);

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

/// Takes new certificates until the service stops. Those that cannot be used change nothing.
pub(super) async fn renew(service: Service, tls: ListenerTls, config: RustlsConfig) {
    let mut known = tls.contents();
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = service.stopping.cancelled() => return,
        }
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
