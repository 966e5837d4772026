//! Listens, and ends in good order.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use thiserror::Error;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

use super::config::{Config, ConfigError};
use super::router::router;
use super::service::Service;
use super::store::{self, StoreError};
use super::tls::{self, ListenerTls, TlsError};
use crate::gather;

/// How long a connection may be silent before its first request.
const FIRST_REQUEST: Duration = Duration::from_secs(15);

/// Why the service ended, or did not start.
#[derive(Debug, Error)]
pub enum ServeError {
    /// It is not configured well.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address cannot be listened on, or no more connections are taken.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// The listener cannot encrypt.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Signals cannot be received.
    #[error("signals cannot be received: {0}")]
    Signals(std::io::Error),
}

/// Runs the service until it is told to stop by SIGTERM or SIGINT. Then nothing new is begun, and
/// what runs has [`Config::drain`] to end; a job that does not is given back to the queue.
///
/// # Errors
/// When it cannot start.
pub async fn serve(config: Config) -> Result<(), ServeError> {
    config.check()?;
    let encryption = match config.encryption.clone() {
        Some(files) => Some((files.clone(), files.load()?)),
        None => None,
    };
    let store = store::open(&config.store).await?;
    let (listen, drain) = (config.listen, config.drain);
    let failed = |error| ServeError::Listen(listen, error);
    let listener = TcpListener::bind(listen).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;

    if config.destinations().is_nowhere() {
        warn!("no target is allowed: every preflight is refused (--allow-target)");
    }
    let service = Service::new(config, store);
    service.start_jobs();
    let handle = Handle::new();
    service.tasks.spawn(stop_when_told(service.clone(), handle.clone(), drain)?);
    let scheme = if encryption.is_some() { "https" } else { "http" };
    info!(%address, "listening on {scheme}://{address}");
    answer(&service, listener, encryption, handle).await.map_err(failed)?;

    service.stopping.cancel();
    service.tasks.close();
    service.tasks.wait().await;
    gather::settled().await;
    info!("stopped");
    Ok(())
}

/// Answers until the handle says to stop.
async fn answer(
    service: &Service,
    listener: TcpListener,
    encryption: Option<(ListenerTls, ServerConfig)>,
    handle: Handle<SocketAddr>,
) -> std::io::Result<()> {
    let app = router(service.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let Some((files, config)) = encryption else {
        let server = axum_server::from_tcp(listener)?.handle(handle);
        return server.first_request_timeout(FIRST_REQUEST).serve(app).await;
    };
    let config = RustlsConfig::from_config(Arc::new(config));
    let renewal = tls::renew(files, config.clone(), tls::LOOK);
    let until_it_stops = service.stopping.clone().run_until_cancelled_owned(renewal);
    service.tasks.spawn(until_it_stops);
    let server = axum_server::from_tcp_rustls(listener, config)?.handle(handle);
    server.first_request_timeout(FIRST_REQUEST).serve(app).await
}

/// Waits for a signal and has everything end; a second signal cuts that short.
fn stop_when_told(
    service: Service,
    handle: Handle<SocketAddr>,
    drain: Duration,
) -> Result<impl Future<Output = ()>, ServeError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Signals)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = service.stopping.cancelled() => {}
        }
        info!("stopping: what runs has {} s to end", drain.as_secs());
        service.stopping.cancel();
        handle.graceful_shutdown(Some(drain));
        let everything_ended = async {
            while service.slots.available_permits() < service.config.workers {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::select! {
            () = everything_ended => {}
            () = tokio::time::sleep(drain) => warn!("the time to end is over"),
            _ = terminate.recv() => warn!("told to stop again"),
            _ = interrupt.recv() => warn!("told to stop again"),
        }
        service.aborting.cancel();
        handle.graceful_shutdown(Some(Duration::from_secs(1)));
    })
}
