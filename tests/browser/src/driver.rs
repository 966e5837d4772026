//! The driver that all browsers of this process share.

use testbed::Program;
use tokio::sync::OnceCell;

static DRIVER: OnceCell<Program> = OnceCell::const_new();

/// The driver; started by whoever asks first, and ended with the process.
///
/// # Errors
/// It is missing and cannot be installed here, or does not start; the next caller tries again.
pub(crate) async fn shared() -> Result<&'static Program, testbed::Error> {
    let arguments = |port: u16| vec![format!("--port={port}")];
    let start = || Program::listening("chromedriver", &["chromium", "chromium-driver"], arguments);
    DRIVER.get_or_try_init(start).await
}
