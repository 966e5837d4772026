//! `check`: verify and report.

use cdc_checks::Text;

use super::Stopped;
use super::args::{CheckArgs, ReportArgs, SourceArgs};
use super::assume;
use super::github;
use super::live::Live;
use super::source::{self, Look};
use super::tell::Terminal;
use crate::Exit;
use crate::preflight::{self, Examined};
use crate::report::{self, Destination, Format, ReportSink, RunReport};

pub(super) async fn run(args: CheckArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let sinks = sinks(&args.report, terminal)?;
    if !args.source.assume.is_empty() {
        tell_no_machine(&sinks, terminal)?;
    }
    let what_if = assume::told(&args.source.assume);
    let live = Live::new(&sinks, args.report.policy(), what_if, terminal);
    let exit = checked(&args, &sinks, &live, terminal).await;
    live.end(exit)
}

async fn checked(
    args: &CheckArgs,
    sinks: &[ReportSink],
    live: &Live<'_>,
    terminal: &Terminal,
) -> Result<Exit, Stopped> {
    let examined = examined(args, live, terminal).await?;
    let (mut report, mut exit) = preflight::run_report(&examined, &args.report.policy());
    if args.exit_zero {
        (report.exit, exit) = exit.forgiven();
    }
    report.what_if = assume::told(&args.source.assume);
    add_events(&mut report, sinks, &examined);
    let next = Some(format!("cdc-preflight configure {}", args.source.shown()));
    write(sinks, &report, &args.report, &args.source, next, terminal)?;
    live.reported(&report)?;
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
        "--assume: {format} would be taken for what was found; take human, short, json, jsonl, \
         markdown or html"
    ));
    Err(Exit::Usage)
}

async fn examined(
    args: &CheckArgs,
    live: &Live<'_>,
    terminal: &Terminal,
) -> Result<Vec<Examined>, Stopped> {
    let CheckArgs { source, report, rules, wait, .. } = args;
    let rules = &rules.rules(terminal)?;
    let look = Look { args: source, strict: report.strict, rules, live, terminal };
    if source.facts.is_some() {
        return look.at_all().await;
    }
    let requests = source::load(source, terminal)?;
    wait.examined(report, terminal, async || look.at(&requests).await).await
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
    // What follows the run has been told already.
    for sink in sinks.iter().filter(|sink| sink.format != Format::Jsonl) {
        let mut options = args.options(terminal);
        options.next_when_open = next_when_open.clone().map(Text::new);
        options.next_when_closed =
            Some(Text::new(format!("cdc-preflight check {}", source.shown())));
        options.script_when_closed =
            Some(Text::new(format!("cdc-preflight remedy {}", source.shown())));
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
