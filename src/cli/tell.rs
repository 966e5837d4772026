//! What goes to standard output and standard error.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use cdc_checks::Language;

use super::secret_file;
use crate::Exit;
use crate::report::{self, ColorChoice};
use crate::request::{self, Problems};

/// The terminal, and how to write on it.
pub(crate) struct Terminal {
    choice: ColorChoice,
    language: Language,
    /// A request is on its way: an interruption leaves its outcome unknown.
    sending: AtomicBool,
    /// A request was on its way before: what came of it has been told.
    has_sent: AtomicBool,
    /// Secrets are to be announced to GitHub's runner before anything else is printed.
    masks: AtomicBool,
}

impl Terminal {
    pub(crate) fn new(choice: ColorChoice) -> Self {
        Self {
            choice,
            language: Language::default(),
            sending: AtomicBool::new(false),
            has_sent: AtomicBool::new(false),
            masks: AtomicBool::new(false),
        }
    }

    /// The same terminal, with reports in this language.
    pub(crate) fn speaking(self, language: Language) -> Self {
        Self { language, ..self }
    }

    /// The language of what is for people.
    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// Writes a result. A reader that has gone away is no error.
    ///
    /// # Errors
    /// What else the operating system says, as told to the user.
    pub(crate) fn print(&self, text: &str) -> Result<(), Exit> {
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                self.error(&format!("cannot write to standard output: {error}"));
                Err(Exit::Internal)
            }
            _ => Ok(()),
        }
    }

    /// As [`Self::print`], for what is large: it is written while it is made.
    ///
    /// # Errors
    /// As [`Self::print`].
    pub(crate) fn stream(
        &self,
        write: impl FnOnce(&mut BufWriter<StdoutLock<'static>>) -> io::Result<()>,
    ) -> Result<(), Exit> {
        let mut stdout = BufWriter::new(io::stdout().lock());
        match write(&mut stdout).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                self.error(&format!("cannot write to standard output: {error}"));
                Err(Exit::Internal)
            }
            _ => Ok(()),
        }
    }

    /// Tells the user on standard error; there is nowhere left to tell where that fails.
    pub(crate) fn note(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// As [`Self::note`], marked as an error.
    pub(crate) fn error(&self, text: &str) {
        self.note(&format!("error: {text}"));
    }

    /// Shows what is wrong with an input.
    pub(crate) fn problems(&self, problems: &Problems) {
        let styled = report::use_color(self.choice, env, std::io::stderr().is_terminal());
        self.note(request::render(problems, styled, width()).trim_end());
    }

    /// Whether colours go to standard output.
    pub(crate) fn colors_stdout(&self) -> bool {
        report::use_color(self.choice, env, std::io::stdout().is_terminal())
    }

    /// How reports for people are written to standard output.
    pub(crate) fn report_options(&self, verbose: bool) -> report::Options {
        report::Options {
            verbose,
            color: self.colors_stdout(),
            // Chinese has no form in ASCII.
            unicode: self.language == Language::Chinese || report::use_unicode(env),
            language: self.language,
            width: width(),
            ..report::Options::default()
        }
    }

    /// Has secrets announced to GitHub's runner as soon as they are known.
    pub(crate) fn set_masks(&self, masks: bool) {
        self.masks.store(masks, Ordering::SeqCst);
    }

    /// Whether secrets are to be announced.
    pub(crate) fn masks(&self) -> bool {
        self.masks.load(Ordering::SeqCst)
    }

    /// From now on an interruption leaves an outcome unknown, or no longer does.
    pub(crate) fn set_sending(&self, sending: bool) {
        self.sending.store(sending, Ordering::SeqCst);
        self.has_sent.fetch_or(sending, Ordering::SeqCst);
    }

    /// Says what an interruption means.
    pub(crate) fn interrupted(&self) {
        if self.sending.load(Ordering::SeqCst) {
            self.error(
                "interrupted while the request was being sent: nobody can tell whether it \
                        was taken; the next run will ask you, so look at the service first",
            );
        } else if self.has_sent.load(Ordering::SeqCst) {
            self.error("interrupted; what was sent before is told above");
        } else {
            self.error("interrupted; nothing was sent");
        }
    }
}

/// A variable of the environment, where it is text; a secret may stand in a file instead.
pub(crate) fn env(name: &str) -> Option<String> {
    secret_file::content(name).or_else(|| std::env::var(name).ok())
}

/// Columns to wrap prose to: the terminal's, but no more than can be read well.
fn width() -> usize {
    textwrap::termwidth().clamp(40, 120)
}
