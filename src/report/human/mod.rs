//! The report for a person who is tired: the verdict first, then what has to be done, and the next
//! command last. What passed takes one line.

mod block;
mod fix;
mod group;

use std::collections::BTreeMap;

use cdc_checks::{CheckResult, Engine, Flavour, Outcome, Report, Selection, Subject, Text};

use super::page::{Page, Tone};
use super::{NAME_LIMIT, Options, RunReport, TargetReport, tally, text};

/// Tables that the head of a report names; more are counted.
const TABLES_NAMED: usize = 5;

/// Renders the report.
pub(super) fn render(run: &RunReport, options: &Options) -> String {
    let mut page = Page::new(options);
    for target in &run.targets {
        verdict(&mut page, target);
        sections(&mut page, target, options.verbose);
        page.blank();
        tally_line(&mut page, &target.report.results, options.verbose);
        if run.targets.len() > 1 {
            page.blank();
        }
    }
    summary(&mut page, &run.targets);
    next(&mut page, run, options);
    page.finish()
}

/// `GATE CLOSED  operation database@host:port — why`, and what answered there.
fn verdict(page: &mut Page, target: &TargetReport) {
    let (tone, state) =
        if target.gate.open { (Tone::Good, "GATE OPEN") } else { (Tone::Bad, "GATE CLOSED") };
    let address = format!("{} {}", target.target.operation.as_str(), target.target.address());
    let why = why(target);
    let column = state.len() + 2;
    let tail = format!(" — {why}");
    let head = [(tone, state), (Tone::Plain, "  "), (Tone::Strong, address.as_str())];
    let whole: Vec<_> = head.into_iter().chain([(Tone::Plain, tail.as_str())]).collect();
    if page.fits(0, &whole) {
        page.line(0, &whole);
    } else {
        page.hanging(0, &head[..2], column, Tone::Strong, &address);
        page.prose(column, Tone::Plain, &why);
    }
    page.prose(column, Tone::Faint, &server(target));
    assumptions(page, column, target);
}

/// What the verdicts take for granted of the connector, in one sentence.
fn assumptions(page: &mut Page, column: usize, target: &TargetReport) {
    let Report { connector, assumptions, .. } = &target.report;
    if assumptions.is_empty() {
        return;
    }
    let assumed = format!("assumed of the connector {connector}: {}", assumptions.join(", "));
    page.prose(column, Tone::Faint, &text::shorten(&Text::new(assumed), 8 * NAME_LIMIT));
}

/// Why the gate is open or closed: by the checks, and what no check tells, for example that the
/// facts changed since.
fn why(target: &TargetReport) -> String {
    let results = &target.report.results;
    if target.gate.open {
        return tally::good_phrase(results);
    }
    let told = Some(tally::closing(results)).filter(|why| !why.is_empty());
    let whole: Vec<String> = told.into_iter().chain(untold_reasons(target)).collect();
    if whole.is_empty() { tally::phrase(results) } else { whole.join(", ") }
}

/// Product, version, account and tables.
fn server(target: &TargetReport) -> String {
    let report = &target.report;
    let product = report.flavour.as_ref().map_or(target.engine.as_str(), |it| Flavour::as_str(*it));
    let version = match &report.server_version {
        Ok(version) => text::shorten(version, NAME_LIMIT),
        Err(_) => "(version unknown)".into(),
    };
    let user = text::shorten(&target.target.user, NAME_LIMIT);
    let selected = match target.engine {
        Engine::MySql | Engine::Postgres => selection(&target.target.selection),
        Engine::RabbitMq => queues(&report.results),
    };
    format!("{product} {version}, account {user}, {selected}")
}

/// The queues that were looked for.
fn queues(results: &[CheckResult]) -> String {
    let subjects = results.iter().flat_map(|result| &result.subjects);
    let mut names: Vec<Text> = Vec::new();
    for subject in subjects {
        if let Subject::Queue(name) = &subject.finding.subject
            && !names.contains(name)
        {
            names.push(name.clone());
        }
    }
    if names.is_empty() { "every queue".into() } else { named("queue", &names) }
}

fn selection(selection: &Selection) -> String {
    let (noun, names): (&str, Vec<Text>) = match selection {
        Selection::Schemas(schemas) if schemas.is_empty() => return "every table".into(),
        Selection::Schemas(schemas) => ("every table of schema", schemas.clone()),
        Selection::Tables(tables) => ("table", tables.iter().map(|it| it.display()).collect()),
    };
    named(noun, &names)
}

fn named(noun: &str, names: &[Text]) -> String {
    if names.len() > TABLES_NAMED {
        return format!("{} {noun}s", names.len());
    }
    let shown: Vec<String> = names.iter().map(|name| text::shorten(name, NAME_LIMIT)).collect();
    let ending = if names.len() == 1 { "" } else { "s" };
    format!("{noun}{ending} {}", shown.join(", "))
}

/// The reasons of the gate that name no check that closes it.
fn untold_reasons(target: &TargetReport) -> Vec<String> {
    let results = &target.report.results;
    let told = |reason: &String| {
        results.iter().any(|result| result.closes_gate() && reason.contains(result.check.id))
    };
    let reasons = target.gate.reasons.iter().map(|reason| text::shorten(reason, 4 * NAME_LIMIT));
    reasons.filter(|reason| !told(reason)).collect()
}

fn sections(page: &mut Page, target: &TargetReport, verbose: bool) {
    let results = &target.report.results;
    let mut blocked = by_root(results);
    for (area, failed) in by_area(results, Outcome::Fail) {
        heading(page, &format!("Failed: {area}"));
        blocks(page, &failed, &mut blocked, verbose);
    }
    for (outcome, title) in [(Outcome::Undetermined, "Undetermined"), (Outcome::Warn, "Warnings")] {
        let found = with(results, outcome);
        if !found.is_empty() {
            heading(page, title);
            blocks(page, &found, &mut blocked, verbose);
        }
    }
    // What is left has a root that is not shown itself, for example one that passed meanwhile.
    if !blocked.is_empty() {
        heading(page, "Not reached");
        for (root, checks) in &blocked {
            block::not_reached(page, root, checks, verbose);
        }
    }
    let listed: &[(Outcome, &str)] = match verbose {
        true => &[
            (Outcome::Waived, "Waived"),
            (Outcome::Pass, "Passed"),
            (Outcome::NotApplicable, "Not applicable"),
        ],
        false => &[(Outcome::Waived, "Waived")],
    };
    for &(outcome, title) in listed {
        list(page, title, &with(results, outcome));
    }
}

/// One paragraph for each check; under a root, what it kept from being reached.
fn blocks(page: &mut Page, results: &[&CheckResult], blocked: &mut Blocked<'_>, verbose: bool) {
    for (number, result) in results.iter().enumerate() {
        if number > 0 {
            page.blank();
        }
        block::full(page, result, verbose);
        if let Some(checks) = blocked.remove(result.check.id) {
            block::not_reached(page, result.check.id, &checks, verbose);
        }
    }
}

/// Checks that were not reached, by the id of the check that says why.
type Blocked<'a> = BTreeMap<&'a str, Vec<&'a CheckResult>>;

fn by_root(results: &[CheckResult]) -> Blocked<'_> {
    let mut roots = Blocked::new();
    for result in with(results, Outcome::Blocked) {
        roots.entry(root_of(results, result)).or_default().push(result);
    }
    roots
}

/// The end of the chain of causes. A chain cannot be longer than there are checks.
fn root_of<'a>(results: &'a [CheckResult], blocked: &'a CheckResult) -> &'a str {
    let mut root = blocked.check.id;
    let mut next = Some(blocked);
    for _ in results {
        let Some(because) = next.and_then(|result| result.roots().next()) else { break };
        root = because;
        next = results
            .iter()
            .find(|result| result.check.id == root && result.outcome == Outcome::Blocked);
    }
    root
}

fn with(results: &[CheckResult], outcome: Outcome) -> Vec<&CheckResult> {
    results.iter().filter(|result| result.outcome == outcome).collect()
}

/// The areas in the order of the catalogue.
fn by_area(results: &[CheckResult], outcome: Outcome) -> Vec<(&str, Vec<&CheckResult>)> {
    let mut areas: Vec<(&str, Vec<&CheckResult>)> = Vec::new();
    for result in with(results, outcome) {
        let area = result.check.area();
        match areas.iter_mut().find(|(name, _)| *name == area) {
            Some((_, found)) => found.push(result),
            None => areas.push((area, vec![result])),
        }
    }
    areas
}

fn heading(page: &mut Page, title: &str) {
    page.blank();
    page.line(0, &[(Tone::Strong, title)]);
    page.blank();
}

fn list(page: &mut Page, title: &str, results: &[&CheckResult]) {
    if results.is_empty() {
        return;
    }
    heading(page, title);
    for result in results {
        block::brief(page, result);
    }
}

fn tally_line(page: &mut Page, results: &[CheckResult], verbose: bool) {
    let checks = tally::plural(results.len(), "check");
    let quiet = results
        .iter()
        .any(|result| matches!(result.outcome, Outcome::Pass | Outcome::NotApplicable));
    let hint = if quiet && !verbose { " (--verbose lists them all)" } else { "" };
    page.prose(0, Tone::Plain, &format!("{checks}: {}{hint}", tally::phrase(results)));
}

fn summary(page: &mut Page, targets: &[TargetReport]) {
    if targets.len() > 1 {
        let open = targets.iter().filter(|target| target.gate.open).count();
        let closed = targets.len() - open;
        let line = format!("{} targets: {open} open, {closed} closed", targets.len());
        page.line(0, &[(Tone::Strong, &line)]);
    }
}

fn next(page: &mut Page, run: &RunReport, options: &Options) {
    let open = run.targets.iter().all(|target| target.gate.open);
    let (label, command) = match open {
        true => ("next: ", &options.next_when_open),
        false => ("next, when this is fixed: ", &options.next_when_closed),
    };
    if let Some(command) = command {
        let command = text::escape_terminal(command);
        page.line(0, &[(Tone::Plain, label), (Tone::Code, &command)]);
    }
}
