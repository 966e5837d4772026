//! `configure`: verify, and send only through an open gate. Of several requests none is sent
//! unless all gates are open.

use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::Stopped;
use super::args::{ConfigureArgs, SourceArgs};
use super::live::Live;
use super::once::{Due, Once, Sent};
use super::plan::Applied;
use super::service::{Service, ServiceArgs};
use super::source::Look;
use super::stream::Afterwards;
use super::tell::{Terminal, env};
use super::{check, costs, events, input, once, plan, progress, remote_check, source, stream};
use crate::Exit;
use crate::eventbridge::journal::{Submitted, Target};
use crate::eventbridge::{Call, Receipt, Wire, dry_run, pricing};
use crate::gate::{
    self, Clearance, Confirmed, Digest, Drift, Evidence, Gate, Policy, Reasons, Rules, decide,
};
use crate::gather::LiveProbe;
use crate::preflight::{self, Examined};
use crate::report::{self, Destination};
use crate::request::{Operation, Request};

pub(super) async fn run(args: ConfigureArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let sinks = check::sinks(&args.report, terminal)?;
    let live = Live::new(&sinks, args.report.policy(), Vec::new(), terminal);
    let exit = Box::pin(configured(args, &sinks, &live, terminal)).await;
    live.end(exit)
}

async fn configured(
    args: ConfigureArgs,
    sinks: &[report::ReportSink],
    live: &Live<'_>,
    terminal: &Terminal,
) -> Result<Exit, Stopped> {
    let rules = args.rules.rules(terminal)?;
    let human = |sink: &report::ReportSink| {
        sink.format == report::Format::Human || sink.destination != Destination::Stdout
    };
    let aside = Aside { terminal, to_stdout: sinks.iter().all(human) };
    let submissions = submissions(&args, terminal)?;
    let once = if args.sends() { Some(Once::new(&args.once, terminal)?) } else { None };
    let mut applied = None;
    if let Some(once) = &once {
        let dues: Vec<Due<'_>> = submissions.iter().map(Submission::due).collect();
        once.settle(&dues).await?;
        applied = Applied::read(&args.plan, &submissions, once, terminal)?;
    }

    let requests: Vec<Request> = submissions.iter().map(|one| one.request.clone()).collect();
    let (source, strict) = (&args.source, args.report.strict);
    let look = Look { args: source, strict, rules: &rules, live, terminal };
    let examine = async || look.at(&requests).await;
    let examined = args.wait_for_source.examined(&args.report, terminal, examine).await?;
    let (mut report, exit) = preflight::run_report(&examined, &args.report.policy());
    check::add_events(&mut report, sinks, &examined);
    let next = format!("cdc-preflight configure {}", args.source.shown());
    let next = args.dry_run.then_some(next);
    check::write(sinks, &report, &args.report, &args.source, next, terminal)?;
    live.reported(&report)?;

    if args.dry_run {
        preview(&args, &submissions, &examined, &aside)?;
        return Ok(exit);
    }
    for (one, examined) in submissions.iter().zip(&examined) {
        if let Some((service, call)) = &one.remote_check {
            let answers = remote_check::run(service, call, examined, terminal).await?;
            aside.print(&format!("\n{answers}"))?;
        }
    }
    let policy = args.plan.policy();
    let Some(clearances) = clearances(&submissions, &examined, &policy) else {
        return if applied.is_some() { Err(closed(&examined, terminal)) } else { Ok(exit) };
    };
    let Some(once) = once else {
        let words = plan::write(&args, &submissions, clearances, terminal)?;
        aside.print(&words)?;
        return Ok(exit);
    };
    if let Some(plan) = &applied {
        plan.bear_out(&clearances).map_err(|drift| stale(&drift, terminal))?;
    }
    let ready = submissions.into_iter().zip(clearances).zip(&examined);
    let mut receipts = Vec::new();
    for ((submission, clearance), examined) in ready {
        let (service, stream) = (submission.service.clone(), submission.request.stream().cloned());
        let sender = Sender { source: &args.source, rules: &rules, once: &once, terminal };
        let sent = sender.send(submission, clearance, examined, applied.as_mut());
        let sent = Box::pin(sent).await?;
        let (words, receipt, result) = told(sent, terminal);
        aside.print(&format!("\n{words}"))?;
        receipts.push(receipt);
        save(args.receipt.as_deref(), &receipts, terminal)?;
        let sent_exit = result?;
        if sent_exit != Exit::Open {
            return Ok(sent_exit);
        }
        aside.print(&format!("\n{}", events::expected(examined, terminal)?))?;
        if let Some(stream) = stream {
            let afterwards = Afterwards { start: args.start, wait: args.wait };
            let exit = stream::follow(&once, &service, stream.name(), afterwards, terminal).await?;
            if exit != Exit::Open {
                return Ok(exit);
            }
        }
    }
    Ok(exit)
}

/// Shows what would be sent, and what it would cost.
fn preview(
    args: &ConfigureArgs,
    submissions: &[Submission],
    examined: &[Examined],
    aside: &Aside<'_>,
) -> Result<(), Stopped> {
    let mut all = Vec::new();
    for (one, examined) in submissions.iter().zip(examined) {
        let Service { wire, endpoint, .. } = &one.service;
        aside.print(&stream::preview(&dry_run(*wire, endpoint, &one.call)))?;
        let costs = costs::of_database(one.call.operation(), examined);
        aside.print(&pricing::human(&costs))?;
        all.push(costs);
    }
    if let Some(path) = &args.costs {
        costs::save(path, &all, aside.terminal)?;
    }
    aside.print("Dry run: nothing was sent.\n")
}

/// Where everything but the report goes: to standard output, unless a report for machines is there.
struct Aside<'a> {
    terminal: &'a Terminal,
    to_stdout: bool,
}

impl Aside<'_> {
    fn print(&self, text: &str) -> Result<(), Stopped> {
        if self.to_stdout {
            return self.terminal.print(text);
        }
        self.terminal.note(text.trim_end());
        Ok(())
    }
}

/// A request, and the call that would send it.
pub(super) struct Submission {
    request: Request,
    service: Service,
    call: Call,
    /// How the service is asked to check the database by itself, where that is wanted.
    remote_check: Option<(Service, Call)>,
}

impl Submission {
    /// What it is about, and who is called.
    pub(super) fn due(&self) -> Due<'_> {
        let (service, call) = (&self.service, &self.call);
        let target = Target::of(&self.request, call, service.endpoint.to_string());
        Due { target, service, call }
    }

    /// What a plan says about it.
    pub(super) fn planned(&self) -> (Digest, gate::Destination) {
        let endpoint = self.service.endpoint.to_string();
        let wire = self.service.wire.to_string();
        (self.call.digest(), gate::Destination { endpoint, wire })
    }
}

/// Everything that can be wrong before anything is visited or sent.
fn submissions(args: &ConfigureArgs, terminal: &Terminal) -> Result<Vec<Submission>, Stopped> {
    if args.source.facts.is_some() {
        terminal.error("configure visits the database itself: --facts is for check and events");
        return Err(Exit::Usage);
    }
    let input::Read { requests, streams } = input::read(&args.source, terminal)?;
    if let Some(stream) = streams.first() {
        let (name, source) = (stream.name().escape_debug(), stream.source().escape_debug());
        terminal.error(&format!(
            "the stream {name} reads from {source}, which cannot be proven: send it \
             with `cdc-preflight stream create`"
        ));
        return Err(Exit::Usage);
    }
    if (args.update || args.start || args.wait.is_some())
        && requests.iter().any(|request| request.stream().is_none())
    {
        terminal
            .error("--update, --start and --wait are about streams: write createEventStreaming");
        return Err(Exit::Usage);
    }
    requests.into_iter().map(|request| submission(request, args, terminal)).collect()
}

fn submission(
    request: Request,
    args: &ConfigureArgs,
    terminal: &Terminal,
) -> Result<Submission, Stopped> {
    let request = if args.update { request.as_update() } else { request };
    if request.is_quick_look() {
        terminal.error("a URL can be checked, not configured: write a request file");
        return Err(Exit::Usage);
    }
    // A stream whose source and sink name no region is sent to that of the environment.
    let of_environment = env("ALIBABA_CLOUD_REGION_ID");
    let region = request.region().or(of_environment.as_deref());
    let service = args.service.service(request.asked(), region, args.sends(), terminal)?;
    let body = request.body_with_secrets();
    let call = Call::new(request.asked(), &body, request.redacted_body()).map_err(|error| {
        terminal.error(&error.to_string());
        Exit::Usage
    })?;
    let remote_check = match args.remote_check {
        true => Some(remote(&request, args, terminal)?),
        false => None,
    };
    Ok(Submission { request, service, call, remote_check })
}

fn remote(
    request: &Request,
    args: &ConfigureArgs,
    terminal: &Terminal,
) -> Result<(Service, Call), Stopped> {
    if let Some(reason) = remote_check::refusal(request) {
        terminal.error(reason);
        return Err(Exit::Usage);
    }
    // The configure operations have a dialect of their own, in which nobody can be asked.
    let service = ServiceArgs { wire: Some(Wire::Openapi), ..args.service.clone() };
    let operation = Operation::TestEventSourceConfig;
    let service = service.service(operation, request.region(), true, terminal)?;
    Ok((service, remote_check::call(request, terminal)?))
}

/// A clearance for each request, or nothing where any gate is closed.
fn clearances(
    submissions: &[Submission],
    examined: &[Examined],
    policy: &Policy,
) -> Option<Vec<Clearance>> {
    let decisions = submissions.iter().zip(examined).map(|(submission, examined)| {
        let evidence = evidence(submission, examined);
        match decide(&evidence, policy, Timestamp::now(), Uuid::new_v4()) {
            Gate::Open(clearance) => Some(clearance),
            Gate::Closed(_) => None,
        }
    });
    decisions.collect()
}

fn evidence<'a>(submission: &'a Submission, examined: &'a Examined) -> Evidence<'a> {
    Evidence {
        operation: submission.call.operation(),
        redacted_body: submission.call.redacted_body(),
        facts: &examined.facts,
        report: &examined.report,
        rulings: &examined.rulings,
    }
}

/// What every sending needs.
struct Sender<'a> {
    source: &'a SourceArgs,
    rules: &'a Rules,
    once: &'a Once<'a>,
    terminal: &'a Terminal,
}

impl Sender<'_> {
    /// Visits the database again and, where nothing has changed, sends; all while no other run
    /// can send there. What was accepted before is not sent again.
    async fn send(
        &self,
        submission: Submission,
        clearance: Clearance,
        cleared: &Examined,
        plan: Option<&mut Applied>,
    ) -> Result<Sent<Receipt>, Stopped> {
        let terminal = self.terminal;
        let mut journal = self.once.open(submission.due().target).await?;
        if let Some(plan) = &plan {
            plan.refuse_used(self.once, terminal)?;
        }
        if let Some(past) = self.once.before(&journal, &submission.due()).await? {
            return Ok(Sent::Before(Box::new(past)));
        }
        let confirmed = self.confirm(&submission, clearance, cleared).await?;
        let Submission { service, call, .. } = submission;
        let client = service.client(terminal)?;
        let nonce = match plan {
            Some(plan) => Some(plan.use_up(self.once, terminal)?),
            None => None,
        };
        let sending = self.once.submit(&mut journal, &client, confirmed, &call, nonce);
        progress::watch("sending", sending).await
    }

    async fn confirm(
        &self,
        submission: &Submission,
        clearance: Clearance,
        cleared: &Examined,
    ) -> Result<Confirmed, Stopped> {
        let probing = LiveProbe::Never.into();
        let again = source::visit(self.source, &submission.request, &cleared.intent, probing);
        let mut facts = progress::watch("reading the facts again", again).await;
        // What the probe tried a moment ago is not tried again: the settings, roles and slots that
        // it depends on have just been read again.
        facts.keep_probe_of(&cleared.facts);
        // A waiver may have ended meanwhile, so it is asked for with the time of now.
        let now = Timestamp::now();
        let fresh = Examined::new(facts, cleared.intent.clone()).under(self.rules, now);
        clearance
            .confirm(&evidence(submission, &fresh), now)
            .map_err(|drift| stale(&drift, self.terminal))
    }
}

/// What to print, what to archive, and how to exit: with an error where the journal could not be
/// told what came of a request that was sent.
fn told(sent: Sent<Receipt>, terminal: &Terminal) -> (String, Value, Result<Exit, Stopped>) {
    match sent {
        Sent::Now(submitted) => {
            let Submitted { receipt, recorded } = *submitted;
            let recorded = recorded.map_err(|error| once::unrecorded(&error, terminal));
            let exit = Exit::from(&receipt.outcome);
            let kept = serde_json::to_value(&receipt).unwrap_or_default();
            (receipt.human(), kept, recorded.map(|()| exit))
        }
        Sent::Before(past) => {
            let words = format!(
                "Accepted before: the very same request was sent at {}, and nothing was sent now. \
                 Secrets are not\ncompared: --again sends it once more, for example with another \
                 password.\n",
                past.began_at
            );
            (words, past.receipt.unwrap_or_default(), Ok(Exit::Open))
        }
    }
}

fn stale(drift: &Drift, terminal: &Terminal) -> Exit {
    terminal.error(&format!("nothing was sent: {drift}"));
    for line in drift.lines() {
        terminal.note(&format!("  {}", report::escape_terminal(&line)));
    }
    terminal.note("Run the command again to decide on what is there now.");
    Exit::Stale
}

/// A plan says that the gates are open, and they are not.
fn closed(examined: &[Examined], terminal: &Terminal) -> Exit {
    let reasons = examined.iter().map(|one| Reasons::closing(&one.report));
    let closed = reasons.into_iter().find(|reasons| !reasons.is_empty());
    stale(&Drift::Closed(closed.unwrap_or_default()), terminal)
}

fn save(path: Option<&Path>, receipts: &[Value], terminal: &Terminal) -> Result<(), Stopped> {
    let Some(path) = path else { return Ok(()) };
    let written = serde_json::to_string_pretty(receipts)
        .map_err(std::io::Error::other)
        .and_then(|text| std::fs::write(path, text + "\n"));
    written.map_err(|error| {
        // The request is out: say what the file would have said about it.
        terminal.error(&format!("cannot write the receipts to {path:?}: {error}"));
        Exit::Internal
    })
}
