//! One line on the terminal while something takes longer than a second; elsewhere nothing.

use std::future::Future;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

const PATIENCE: Duration = Duration::from_secs(1);
const BEAT: Duration = Duration::from_millis(250);

/// What is going on.
pub(crate) struct Progress(ProgressBar);

/// Awaits `work`, of which there is one piece.
pub(crate) fn watch<T>(what: &str, work: impl Future<Output = T>) -> impl Future<Output = T> {
    let bar = Progress::of_many(what, 1);
    // It may be large, and would be part of this and of what awaits this.
    let work = Box::pin(work);
    async move { bar.watch(work).await }
}

impl Progress {
    /// Of so many pieces, each of which ends with [`Self::advance`].
    pub(crate) fn of_many(what: &str, pieces: usize) -> Self {
        match pieces {
            0 | 1 => Self::new(what, None, "{spinner} {elapsed} {wide_msg}"),
            more => Self::new(what, Some(more), "{spinner} {elapsed} {pos} of {len} {wide_msg}"),
        }
    }

    fn new(what: &str, pieces: Option<usize>, template: &str) -> Self {
        let length = pieces.and_then(|pieces| u64::try_from(pieces).ok());
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
        let style =
            ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_spinner());
        let bar = bar.with_style(style.tick_chars("-\\|/ ")).with_message(what.to_owned());
        Self(bar.with_finish(ProgressFinish::AndClear))
    }

    /// One piece is done.
    pub(crate) fn advance(&self) {
        self.0.inc(1);
    }

    /// Awaits the work, and shows on a terminal how it goes once it takes more than a second. The
    /// line is wiped afterwards.
    pub(crate) async fn watch<T>(&self, work: impl Future<Output = T>) -> T {
        if !std::io::stderr().is_terminal() {
            return work.await;
        }
        let mut work = std::pin::pin!(work);
        if let Ok(done) = tokio::time::timeout(PATIENCE, &mut work).await {
            return done;
        }
        self.0.set_draw_target(ProgressDrawTarget::stderr());
        self.0.enable_steady_tick(BEAT);
        let done = work.await;
        self.0.finish_and_clear();
        done
    }
}
