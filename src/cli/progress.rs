//! One line on the terminal while something takes longer than a second.

use std::future::Future;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(1);
const BEAT: Duration = Duration::from_millis(500);

/// Awaits `work`. On a terminal, says what is going on and for how long once it takes more than a
/// second, and wipes the line afterwards. Elsewhere it says nothing.
pub(crate) async fn watch<T>(what: &str, work: impl Future<Output = T>) -> T {
    if !std::io::stderr().is_terminal() {
        return work.await;
    }
    let started = Instant::now();
    let mut beat = tokio::time::interval_at((started + PATIENCE).into(), BEAT);
    let mut said = false;
    let mut work = std::pin::pin!(work);
    let result = loop {
        tokio::select! {
            result = &mut work => break result,
            _ = beat.tick() => {
                said = true;
                say(&format!("\r\x1b[2K{what}, {} s", started.elapsed().as_secs()));
            }
        }
    };
    if said {
        say("\r\x1b[2K");
    }
    result
}

/// Progress that cannot be shown is no reason to fail.
fn say(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
