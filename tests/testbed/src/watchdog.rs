//! Leaving nothing behind, however this process ends.
//!
//! A small shell outside the process reads a pipe whose other end only this process holds. The end
//! of the pipe is the end of the process: by return, panic, Ctrl-C or SIGKILL. Then the shell
//! removes what was started. Rust never drops statics, so nothing less would do.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::readiness::random_word;
use crate::{Error, Result};

/// The label every container carries; its value is the process id of its owner.
pub(crate) const OWNER_LABEL: &str = "cdc-preflight.testbed";

/// The label by which the watchdog finds its containers; process ids are reused, this is not.
pub(crate) const SESSION_LABEL: &str = "cdc-preflight.testbed.session";

const SCRIPT: &str = include_str!("watchdog.sh");

struct Watchdog {
    session: String,
    pipe: Mutex<ChildStdin>,
}

static WATCHDOG: OnceLock<Watchdog> = OnceLock::new();
static STARTING: Mutex<()> = Mutex::new(());

/// The value of [`SESSION_LABEL`] for containers of this process; starts the watchdog if need be.
///
/// # Errors
/// The watchdog cannot be started.
pub(crate) fn session() -> Result<&'static str> {
    Ok(&watchdog()?.session)
}

/// From now on, containers of this session are removed when this process ends.
///
/// # Errors
/// The watchdog cannot be reached.
pub(crate) fn watch_containers() -> Result<()> {
    tell("watch-containers")
}

/// From now on, the server whose process id is in `directory`/server.pid is ended and the
/// directory removed when this process ends.
///
/// # Errors
/// The watchdog cannot be reached.
pub(crate) fn watch_directory(directory: &Path) -> Result<()> {
    tell(&format!("watch-directory {}", directory.display()))
}

/// Removes a container without waiting for it.
pub(crate) fn remove_container(name: &str) {
    // Unreachable means ended, and the end has removed everything.
    let _ = tell(&format!("remove-container {name}"));
}

/// Ends the server of a directory and removes the directory, without waiting for it.
pub(crate) fn remove_directory(directory: &Path) {
    let _ = tell(&format!("remove-directory {}", directory.display()));
}

fn tell(line: &str) -> Result<()> {
    let mut pipe = watchdog()?.pipe.lock().unwrap_or_else(PoisonError::into_inner);
    writeln!(pipe, "{line}").map_err(Error::io("write to", "the watchdog"))
}

fn watchdog() -> Result<&'static Watchdog> {
    let _guard = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if WATCHDOG.get().is_none() {
        let started = start()?;
        let _ = WATCHDOG.set(started);
    }
    WATCHDOG.get().ok_or_else(|| Error::Environment("the watchdog is gone".to_owned()))
}

/// Starts the shell in a process group of its own, out of reach of the terminal's Ctrl-C, and with
/// no stream of ours: whoever reads our output must not wait for it.
fn start() -> Result<Watchdog> {
    let session = random_word()?;
    let mut child = Command::new("sh")
        .args(["-c", SCRIPT, "testbed-watchdog", SESSION_LABEL, &session])
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(Error::io("run", "sh"))?;
    let pipe =
        child.stdin.take().ok_or_else(|| Error::Environment("sh has no input".to_owned()))?;
    Ok(Watchdog { session, pipe: Mutex::new(pipe) })
}
