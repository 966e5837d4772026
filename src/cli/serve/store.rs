//! Where the service keeps what outlives a request.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::cli::once::own;
use crate::eventbridge::journal::StateDir;

#[derive(Args, Debug)]
pub(crate) struct StoreArgs {
    /// Where preflights are kept: postgres://... or the path of an SQLite file
    /// [default: preflights.db in the state folder]
    #[arg(long, value_name = "URL|FILE", env = "CDC_PREFLIGHT_STORE", hide_env_values = true)]
    store: Option<StoreAddress>,
    /// Folder of what must outlive a run
    /// [default: $XDG_STATE_HOME/cdc-preflight or ~/.local/state/cdc-preflight]
    #[arg(long, value_name = "DIR", env = "CDC_PREFLIGHT_STATE_DIR")]
    state_dir: Option<PathBuf>,
}

/// The address of a store, which may hold a password.
#[derive(Clone)]
pub(in crate::cli) struct StoreAddress(String);

impl StoreAddress {
    /// Whether it is the path of a file.
    pub(in crate::cli) fn is_path(text: &str) -> bool {
        !text.contains("://")
    }
}

impl FromStr for StoreAddress {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Debug for StoreAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoreAddress(..)")
    }
}

impl StoreArgs {
    /// The address of the store.
    pub(super) fn address(&self) -> Result<String, String> {
        if let Some(StoreAddress(address)) = &self.store {
            return Ok(address.clone());
        }
        let state = StateDir::find(self.state_dir.as_deref(), own);
        let state = state.map_err(|error| error.to_string())?;
        Ok(state.path().join("preflights.db").to_string_lossy().into_owned())
    }
}
