//! `check`: verify and report.

use cdc_checks::{Level, Text};

use super::Stopped;
use super::args::{CheckArgs, ReportArgs, SourceArgs};
use super::exit::Exit;
use super::source::{self, Examined};
use super::tell::Terminal;
use crate::gate::{Policy, Reasons, Standing};
use crate::report::{self, Destination, Format, GateSummary, ReportSink, RunReport, TargetReport};

pub(super) async fn run(args: CheckArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let sinks = sinks(&args.report, terminal)?;
    let examined = source::examine(&args.source, args.report.strict, terminal).await?;
    let report = run_report(&examined, args.report.fail_on);
    let next = Some(format!("cdc-preflight configure {}", args.source.shown()));
    write(&sinks, &report.0, &args.report, &args.source, next, terminal)?;
    Ok(report.1)
}

/// The sinks that were asked for, the human report where none was.
pub(super) fn sinks(args: &ReportArgs, terminal: &Terminal) -> Result<Vec<ReportSink>, Stopped> {
    let mut sinks = args.sinks.clone();
    if sinks.is_empty() {
        sinks.push(ReportSink { format: Format::Human, destination: Destination::Stdout });
    }
    report::check_sinks(&sinks).map_err(|error| {
        terminal.error(&error.to_string());
        Exit::Usage
    })?;
    Ok(sinks)
}

/// The report of a run, and how the process ends by it.
pub(super) fn run_report(examined: &[Examined], fail_on: Level) -> (RunReport, Exit) {
    let policy = Policy { fail_on, ..Policy::default() };
    let mut overall = Exit::Open;
    let targets = examined.iter().map(|one| {
        let exit = standing_exit(Standing::of(&one.report, &policy));
        overall = overall.and(exit);
        TargetReport {
            target: one.summary(),
            engine: one.intent.engine,
            report: one.report.clone(),
            gate: gate_summary(one),
            exit: described(exit),
        }
    });
    let targets = targets.collect();
    (RunReport { targets, exit: described(overall) }, overall)
}

fn gate_summary(one: &Examined) -> GateSummary {
    let reasons = Reasons::closing(&one.report);
    GateSummary {
        open: reasons.is_empty(),
        reasons: reasons.iter().map(|reason| reason.line()).collect(),
    }
}

fn standing_exit(standing: Standing) -> Exit {
    match standing {
        Standing::Open => Exit::Open,
        Standing::OpenWithFindings => Exit::LesserFailed,
        Standing::ClosedUndetermined => Exit::Undetermined,
        Standing::ClosedFailed => Exit::Failed,
    }
}

fn described(exit: Exit) -> report::Exit {
    report::Exit { code: exit.code(), reason: exit.reason().into() }
}

/// Writes every report that was asked for, with the command to suggest when the gate is open.
pub(super) fn write(
    sinks: &[ReportSink],
    run: &RunReport,
    args: &ReportArgs,
    source: &SourceArgs,
    next_when_open: Option<String>,
    terminal: &Terminal,
) -> Result<(), Stopped> {
    for sink in sinks {
        let mut options = terminal.report_options(args.verbose);
        options.next_when_open = next_when_open.clone().map(Text::new);
        options.next_when_closed =
            Some(Text::new(format!("cdc-preflight check {}", source.shown())));
        if sink.destination != Destination::Stdout {
            options.color = false;
        }
        let text = report::render(sink.format, run, &options);
        sink.write(&text, &mut std::io::stdout().lock()).map_err(|error| {
            terminal.error(&error.to_string());
            Exit::Internal
        })?;
    }
    Ok(())
}
