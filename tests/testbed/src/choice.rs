//! Which product to take where the one that is wanted cannot be had.

use crate::binaries::Binaries;
use crate::{Product, Result, docker};

/// The product to run where `wanted` is only a wish: in containers just that; on this machine's own
/// programs the version that is installed, and MariaDB where MySQL is wanted and is not there.
///
/// # Errors
/// Neither an engine nor the programs are here, and they cannot be installed.
pub async fn nearest(wanted: Product) -> Result<Product> {
    if docker::in_containers().await? {
        return Ok(wanted);
    }
    Binaries::nearest(wanted)
}
