//! One server for many tests of a process.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::{Options, Product, Result, Server};

type Slot = Arc<OnceCell<Arc<Server>>>;

static SERVERS: LazyLock<Mutex<HashMap<(Product, Options), Slot>>> = LazyLock::new(Mutex::default);

/// The server of this product with these options that all tests of this process share; started by
/// whoever asks first. It ends with the process.
///
/// Tests that share a server keep to databases and accounts of their own and do not restart it.
///
/// # Errors
/// As [`Server::start`]; the next caller tries again.
pub async fn shared(product: Product, options: Options) -> Result<Arc<Server>> {
    let slot = {
        let mut servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(servers.entry((product, options.clone())).or_default())
    };
    let start = || async { Server::start(product, options).await.map(Arc::new) };
    slot.get_or_try_init(start).await.cloned()
}
