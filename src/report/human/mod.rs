//! The report for a person who is tired: the verdict first, then what has to be done, and the next
//! command last. What passed takes one line.

mod block;
mod fix;
mod matrix;
mod rules;
pub(super) mod waivers;

use cdc_checks::{CheckResult, Flavour, Language, Outcome, Report, Text};
use textwrap::core::display_width;

use super::order::{Blocked, by_area, by_root, with};
use super::page::{Page, Tone};
use super::translate::{say, say_of};
use super::{NAME_LIMIT, Options, RunReport, TargetReport, selected, tally, text};
use crate::gate::WaiverReview;

/// Tables that the head of a report names; more are counted.
const TABLES_NAMED: usize = 5;

/// Renders the report.
pub(super) fn render(run: &RunReport, options: &Options) -> String {
    let mut page = Page::new(options);
    what_if(&mut page, run);
    for target in &run.targets {
        verdict(&mut page, target, options.quiet);
        if options.quiet {
            continue;
        }
        sections(&mut page, target, options.verbose);
        page.blank();
        tally_line(&mut page, &target.report.results, options.verbose);
        if run.targets.len() > 1 {
            page.blank();
        }
    }
    if options.quiet {
        return page.finish();
    }
    waivers::to_look_after(&mut page, run);
    if run.targets.len() > 1 {
        matrix::render(&mut page, &run.targets);
    }
    next(&mut page, run, options);
    page.finish()
}

/// Says loudly that the verdict is not about the server as it is.
fn what_if(page: &mut Page, run: &RunReport) {
    if run.what_if.is_empty() {
        return;
    }
    let told: Vec<String> = run.what_if.iter().map(|it| text::shorten(it, NAME_LIMIT)).collect();
    let words = page.say_of("{}; assumed, not read from the server", told.join(", "));
    let mark = page.say("WHAT IF");
    let column = display_width(mark) + 2;
    page.hanging(0, &[(Tone::Doubt, mark), (Tone::Plain, "  ")], column, Tone::Plain, &words);
}

/// Renders waivers without a report.
pub(super) fn waivers(reviews: &[WaiverReview], options: &Options) -> String {
    waivers::audit(reviews, options)
}

/// `GATE CLOSED  operation database@host:port — why`, and what answered there.
fn verdict(page: &mut Page, target: &TargetReport, alone: bool) {
    let (tone, state) =
        if target.gate.open { (Tone::Good, "GATE OPEN") } else { (Tone::Bad, "GATE CLOSED") };
    let state = page.say(state);
    let address = format!("{} {}", target.target.operation.as_str(), target.target.address());
    let why = why(target, page.language());
    let column = display_width(state) + 2;
    let tail = format!(" — {why}");
    let head = [(tone, state), (Tone::Plain, "  "), (Tone::Strong, address.as_str())];
    let whole: Vec<_> = head.into_iter().chain([(Tone::Plain, tail.as_str())]).collect();
    if page.fits(0, &whole) {
        page.line(0, &whole);
    } else {
        page.hanging(0, &head[..2], column, Tone::Strong, &address);
        page.prose(column, Tone::Plain, &why);
    }
    if alone {
        return;
    }
    page.prose(column, Tone::Faint, &server(target, page.language()));
    assumptions(page, column, target);
}

/// What the verdicts take for granted of the connector, in one sentence.
fn assumptions(page: &mut Page, column: usize, target: &TargetReport) {
    let Report { connector, assumptions, .. } = &target.report;
    if assumptions.is_empty() {
        return;
    }
    let assumed = page.say_of("assumed of the connector {}", connector);
    let assumed = format!("{assumed}: {}", assumptions.join(", "));
    page.prose(column, Tone::Faint, &text::shorten(&Text::new(assumed), 8 * NAME_LIMIT));
}

/// Why the gate is open or closed: by the checks, and what no check tells, for example that the
/// facts changed since.
pub(super) fn why(target: &TargetReport, language: Language) -> String {
    let results = &target.report.results;
    if target.gate.open {
        return tally::good_phrase(results, language);
    }
    let told = Some(tally::closing(results, language)).filter(|why| !why.is_empty());
    let whole: Vec<String> = told.into_iter().chain(untold_reasons(target)).collect();
    match whole.is_empty() {
        true => tally::phrase(results, language),
        false => whole.join(say(language, ", ")),
    }
}

/// Product, version, account and tables.
fn server(target: &TargetReport, language: Language) -> String {
    let report = &target.report;
    let product = report.flavour.as_ref().map_or(target.engine.as_str(), |it| Flavour::as_str(*it));
    let version = match &report.server_version {
        Ok(version) => text::shorten(version, NAME_LIMIT),
        Err(_) => say(language, "(version unknown)").into(),
    };
    let user = text::shorten(&target.target.user, NAME_LIMIT);
    let parts = [
        format!("{product} {version}"),
        say_of(language, "account {}", user),
        selected::phrase(target, TABLES_NAMED, language),
    ];
    parts.join(say(language, ", "))
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
    let results = &*rules::to_show(target, verbose);
    let mut blocked = by_root(results);
    for (area, failed) in by_area(results, Outcome::Fail) {
        heading(page, &page.say_of("Failed: {}", area));
        blocks(page, &failed, &mut blocked, verbose);
    }
    for (outcome, title) in [(Outcome::Undetermined, "Undetermined"), (Outcome::Warn, "Warnings")] {
        let mut found = with(results, outcome);
        found.retain(|result| !tally::is_left_out(result));
        if !found.is_empty() {
            heading(page, page.say(title));
            blocks(page, &found, &mut blocked, verbose);
        }
    }
    // What is left has a root that is not shown itself, for example one that passed meanwhile.
    if !blocked.is_empty() {
        heading(page, page.say("Not reached"));
        for (root, checks) in &blocked {
            block::not_reached(page, root, checks, verbose);
        }
    }
    rules::left_out(page, target, verbose);
    waivers::waived(page, target);
    rules::baseline(page, target, verbose);
    rules::levels(page, target);
    if verbose {
        list(page, "Passed", &with(results, Outcome::Pass));
        list(page, "Not applicable", &with(results, Outcome::NotApplicable));
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

fn heading(page: &mut Page, title: &str) {
    page.blank();
    page.line(0, &[(Tone::Strong, title)]);
    page.blank();
}

fn list(page: &mut Page, title: &'static str, results: &[&CheckResult]) {
    if results.is_empty() {
        return;
    }
    heading(page, page.say(title));
    for result in results {
        block::brief(page, result);
    }
}

fn tally_line(page: &mut Page, results: &[CheckResult], verbose: bool) {
    let language = page.language();
    let checks = tally::checks(results.len(), language);
    let quiet = results
        .iter()
        .any(|result| matches!(result.outcome, Outcome::Pass | Outcome::NotApplicable));
    let hint = if quiet && !verbose { page.say(" (--verbose lists them all)") } else { "" };
    page.prose(0, Tone::Plain, &format!("{checks}: {}{hint}", tally::phrase(results, language)));
}

fn next(page: &mut Page, run: &RunReport, options: &Options) {
    let open = run.targets.iter().all(|target| target.gate.open);
    let (label, command) = match open {
        true => ("next: ", &options.next_when_open),
        false => ("next, when this is fixed: ", &options.next_when_closed),
    };
    let script = options.script_when_closed.as_ref().filter(|_| !open && has_fixes(run));
    let lines = [
        script.map(|script| ("all fixes as one script: ", script)),
        command.as_ref().map(|command| (label, command)),
    ];
    for (label, command) in lines.into_iter().flatten() {
        let command = text::escape_terminal(command);
        page.line(0, &[(Tone::Plain, page.say(label)), (Tone::Code, &command)]);
    }
}

/// Whether anything that failed can be cured.
fn has_fixes(run: &RunReport) -> bool {
    let results = run.targets.iter().flat_map(|target| &target.report.results);
    let mut failed = results.filter(|result| result.outcome == Outcome::Fail);
    failed.any(|result| result.subjects.iter().any(|it| !it.remedy.steps.is_empty()))
}
