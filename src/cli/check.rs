//! `check`: verify and report.

use cdc_checks::Text;
use jiff::Timestamp;

use super::Stopped;
use super::args::{CheckArgs, ReportArgs, SourceArgs};
use super::assume;
use super::github;
use super::source;
use super::tell::Terminal;
use crate::Exit;
use crate::preflight::{self, Examined};
use crate::report::{self, Destination, Format, ReportSink, RunReport};

pub(super) async fn run(args: CheckArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let sinks = sinks(&args.report, terminal)?;
    if !args.source.assume.is_empty() {
        tell_no_machine(&sinks, terminal)?;
    }
    let examined = examined(&args, terminal).await?;
    let (mut report, mut exit) = preflight::run_report(&examined, &args.report.policy());
    if args.exit_zero {
        (report.exit, exit) = exit.forgiven();
    }
    report.what_if = assume::told(&args.source.assume);
    add_events(&mut report, &sinks, &examined);
    let next = Some(format!("cdc-preflight configure {}", args.source.shown()));
    write(&sinks, &report, &args.report, &args.source, next, terminal)?;
    Ok(exit)
}

/// A service that shows results to others would take what was assumed for what is there.
fn tell_no_machine(sinks: &[ReportSink], terminal: &Terminal) -> Result<(), Stopped> {
    let as_facts = [Format::Github, Format::Junit, Format::Sarif];
    let Some(sink) = sinks.iter().find(|sink| as_facts.contains(&sink.format)) else {
        return Ok(());
    };
    let format = sink.format.as_str();
    terminal.error(&format!(
        "--assume: {format} would be taken for what was found; take human, short, json, markdown \
         or html"
    ));
    Err(Exit::Usage)
}

async fn examined(args: &CheckArgs, terminal: &Terminal) -> Result<Vec<Examined>, Stopped> {
    let CheckArgs { source, report, rules, wait, .. } = args;
    let rules = rules.rules(terminal)?;
    if source.facts.is_some() {
        let examined = source::examine(source, report.strict, terminal).await?;
        return Ok(preflight::all_under(examined, &rules, Timestamp::now()));
    }
    let requests = source::load(source, terminal)?;
    let examine = async || {
        let examined = source::examine_requests(source, &requests, report.strict, terminal).await?;
        Ok::<_, Stopped>(preflight::all_under(examined, &rules, Timestamp::now()))
    };
    wait.examined(report, terminal, examine).await
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
    terminal.set_masks(github::takes_masks(&sinks));
    Ok(sinks)
}

/// Describes the events to expect, where a report that was asked for tells them.
pub(super) fn add_events(run: &mut RunReport, sinks: &[ReportSink], examined: &[Examined]) {
    if sinks.iter().any(|sink| sink.format.tells_events()) {
        preflight::add_events(run, examined);
    }
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
        let mut options = args.options(terminal);
        options.next_when_open = next_when_open.clone().map(Text::new);
        options.next_when_closed =
            Some(Text::new(format!("cdc-preflight check {}", source.shown())));
        if sink.destination != Destination::Stdout {
            options.color = false;
        }
        let mut text = report::render(sink.format, run, &options);
        if sink.destination == Destination::Stdout {
            text = github::fenced(sink.format, text);
        }
        sink.write(&text, &mut std::io::stdout().lock()).map_err(|error| {
            terminal.error(&error.to_string());
            Exit::Internal
        })?;
    }
    github::conclude(sinks, run, &args.options(terminal), terminal)
}
