//! `--report jsonl`: tells what happens while it happens. Every line is flushed at once.

use std::cell::RefCell;
use std::io::{self, Write};

use cdc_checks::Text;
use cdc_checks::facts::Connection;

use super::Stopped;
use super::tell::Terminal;
use crate::Exit;
use crate::gate::Policy;
use crate::preflight::Examined;
use crate::report::jsonl::{self, Lines};
use crate::report::{Format, ReportSink, RunReport, SinkError, TargetSummary};

/// Who is told of a run as it goes. Where nobody is, telling does nothing.
pub(crate) struct Live<'a> {
    policy: Policy,
    what_if: Vec<Text>,
    terminal: &'a Terminal,
    listeners: RefCell<Vec<Listener>>,
    run: RefCell<Run>,
}

/// What was told of the run so far.
#[derive(Default)]
struct Run {
    /// `None` until the requests are known.
    lines: Option<Lines>,
    /// The look at the databases that is under way, from 1.
    attempt: u32,
    /// The last one that was not given up.
    completed: u32,
    report: Option<RunReport>,
    has_ended: bool,
}

/// Where the lines go.
struct Listener {
    sink: ReportSink,
    state: State,
}

enum State {
    /// Nothing was written yet: a wrong command line leaves the file of before as it is.
    New,
    Open(Box<dyn Write>),
    /// It went away, which is no error.
    Gone,
    /// It could not be written to, which was told.
    Failed,
}

impl<'a> Live<'a> {
    /// Tells the sinks that follow a run.
    pub(crate) fn new(
        sinks: &[ReportSink],
        policy: Policy,
        what_if: Vec<Text>,
        terminal: &'a Terminal,
    ) -> Self {
        let following = sinks.iter().filter(|sink| sink.format == Format::Jsonl);
        let listeners = following.map(|sink| Listener { sink: sink.clone(), state: State::New });
        let listeners = RefCell::new(listeners.collect());
        Self { policy, what_if, terminal, listeners, run: RefCell::default() }
    }

    /// Tells nobody.
    pub(crate) fn silent(terminal: &'a Terminal) -> Self {
        Self::new(&[], Policy::default(), Vec::new(), terminal)
    }

    /// These are about to be looked at, for the first time or again.
    pub(crate) fn begin(&self, targets: impl Iterator<Item = TargetSummary>) {
        if self.is_silent() {
            return;
        }
        let mut run = self.run.borrow_mut();
        run.attempt += 1;
        if run.lines.is_none() {
            let lines = run.lines.insert(Lines::of(targets.collect()));
            self.tell(&lines.run_started(&self.what_if));
        }
    }

    /// The visit of a target begins.
    pub(crate) fn started(&self, target: usize) {
        self.told(|lines, attempt| lines.target_started(target, attempt));
    }

    /// The visit of a target has ended.
    pub(crate) fn visited(&self, target: usize, to: &Connection) {
        self.told(|lines, attempt| lines.target_visited(target, attempt, to));
    }

    /// A target was judged, under the user's rules.
    pub(crate) fn judged(&self, target: usize, examined: &Examined) {
        self.told(|lines, attempt| {
            let (report, _) = examined.target_report(&self.policy);
            lines.target_judged(target, attempt, &report)
        });
    }

    /// Everything was looked at.
    pub(crate) fn complete(&self) {
        let mut run = self.run.borrow_mut();
        run.completed = run.attempt;
    }

    /// What all of it comes to.
    ///
    /// # Errors
    /// Somebody who should have been told could not be, as was told to the user.
    pub(crate) fn reported(&self, report: &RunReport) -> Result<(), Stopped> {
        if !self.is_silent() {
            self.run.borrow_mut().report = Some(report.clone());
        }
        self.intact()
    }

    /// The last that is told: how the process ends.
    ///
    /// # Errors
    /// How it ends early, for whatever reason.
    pub(crate) fn end(self, ended: Result<Exit, Stopped>) -> Result<Exit, Stopped> {
        self.ended(ended.unwrap_or_else(|stopped| stopped));
        ended.and_then(|exit| self.intact().map(|()| exit))
    }

    fn ended(&self, exit: Exit) {
        let line = {
            let mut run = self.run.borrow_mut();
            if run.lines.is_none() || run.has_ended {
                return;
            }
            run.has_ended = true;
            let report = run.report.as_ref();
            // The report may say more of the same code.
            let own = report.map(|report| &report.exit).filter(|own| own.code == exit.code());
            let exit = own.cloned().unwrap_or_else(|| exit.described());
            jsonl::run_ended(&exit, report.map(|report| (report, run.completed)))
        };
        self.tell(&line);
    }

    fn is_silent(&self) -> bool {
        self.listeners.borrow().is_empty()
    }

    fn told(&self, line: impl FnOnce(&Lines, u32) -> String) {
        let run = self.run.borrow();
        if let Some(lines) = &run.lines {
            self.tell(&line(lines, run.attempt));
        }
    }

    fn tell(&self, lines: &str) {
        for listener in self.listeners.borrow_mut().iter_mut() {
            if let Err(error) = listener.tell(lines) {
                self.terminal.error(&error.to_string());
            }
        }
    }

    fn intact(&self) -> Result<(), Stopped> {
        let listeners = self.listeners.borrow();
        match listeners.iter().any(|listener| matches!(listener.state, State::Failed)) {
            true => Err(Exit::Internal),
            false => Ok(()),
        }
    }
}

/// A run that is dropped was interrupted: whoever follows it is told.
impl Drop for Live<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.ended(Exit::Interrupted);
        }
    }
}

impl Listener {
    fn tell(&mut self, lines: &str) -> Result<(), SinkError> {
        if matches!(self.state, State::New) {
            self.state = State::Failed;
            self.state = State::Open(self.sink.open()?);
        }
        let State::Open(out) = &mut self.state else { return Ok(()) };
        match out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.state = State::Gone;
                Ok(())
            }
            Err(error) => {
                self.state = State::Failed;
                Err(self.sink.refused(error))
            }
        }
    }
}
