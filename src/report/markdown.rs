//! The report for a pull request, an issue or the summary of a job.
//!
//! What has to be done stands open; what is only worth knowing is folded. Text from outside is
//! escaped for prose or stands in code, which nothing in it can end.

use cdc_checks::{Action, CheckResult, Language, Missing, Outcome, Subject, Text};

use super::batch::{Batch, batches, common, terms};
use super::group::{Group, more, notable};
use super::human::waivers;
use super::order::{Blocked, by_root, with};
use super::text::Statement;
use super::{NAME_LIMIT, RunReport, TargetReport, selected, tally, text, translate, words};
use crate::gate::WaiverReview;

/// What is pasted into pull requests is in the language of reviews.
const ENGLISH: Language = Language::English;

/// Names of tables, and statements of one kind, that are shown.
const TABLES_NAMED: usize = 20;
const SUBJECTS_SHOWN: usize = 25;
const STATEMENTS_SHOWN: usize = 25;

/// Renders the report.
pub(super) fn render(run: &RunReport) -> String {
    let mut out = String::new();
    for assumed in &run.what_if {
        let words = format!("> **What if:** {}; assumed, not read from the server", code(assumed));
        paragraph(&mut out, &words);
    }
    if run.targets.len() > 1 {
        matrix(&mut out, run);
    }
    for target in &run.targets {
        self::target(&mut out, target);
    }
    to_look_after(&mut out, run);
    if run.targets.is_empty() {
        line(&mut out, "No request was checked.");
    }
    // It may be printed to the log of a build.
    out.lines().map(|line| text::guard_line(line) + "\n").collect()
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// A paragraph of its own.
fn paragraph(out: &mut String, text: &str) {
    line(out, text);
    out.push('\n');
}

fn prose(words: &str) -> String {
    text::escape_markdown(&words.into())
}

fn code(name: &Text) -> String {
    text::code_markdown(&text::shortened(name, NAME_LIMIT))
}

/// All targets at a glance.
fn matrix(out: &mut String, run: &RunReport) {
    let open = run.targets.iter().filter(|target| target.gate.open).count();
    let closed = run.targets.len() - open;
    let all = tally::plural(run.targets.len(), "request");
    paragraph(out, &format!("# {all}: {open} open, {closed} closed"));
    line(out, "| gate | source | checks |");
    line(out, "| --- | --- | --- |");
    for target in &run.targets {
        let state = if target.gate.open { "✅ open" } else { "❌ closed" };
        let tally = tally::phrase(&target.report.results, ENGLISH);
        line(out, &format!("| {state} | {} | {tally} |", address(target)));
    }
    out.push('\n');
}

fn address(target: &TargetReport) -> String {
    text::code_markdown(&target.target.address().into())
}

fn target(out: &mut String, target: &TargetReport) {
    let results = &target.report.results;
    let state = if target.gate.open { "✅ Gate open" } else { "❌ Gate closed" };
    paragraph(out, &format!("## {state}: {}", address(target)));
    paragraph(out, &format!("**{}.** {}", tally::phrase(results, ENGLISH), about(target)));
    reasons(out, target);
    let mut blocked = by_root(results);
    for (outcome, title) in [(Outcome::Fail, "Failed"), (Outcome::Undetermined, "Undetermined")] {
        let found = with(results, outcome);
        if !found.is_empty() {
            paragraph(out, &format!("### {title}"));
            found.iter().for_each(|result| check(out, result, &mut blocked));
        }
    }
    for (root, checks) in &blocked {
        not_reached(out, root, checks);
    }
    let warnings = with(results, Outcome::Warn);
    folded(out, "Warnings", warnings.len(), |out| {
        warnings.iter().for_each(|result| check(out, result, &mut Blocked::new()));
    });
    waived(out, target);
    for (outcome, title) in [(Outcome::Pass, "Passed"), (Outcome::NotApplicable, "Not applicable")]
    {
        let found = with(results, outcome);
        folded(out, title, found.len(), |out| list(out, &found));
    }
    assumptions(out, target);
}

/// Every finding that somebody accepts, who, why and until when.
fn waived(out: &mut String, target: &TargetReport) {
    let mut lines = Vec::new();
    for result in &target.report.results {
        for finding in result.subjects.iter().map(|subject| &subject.finding) {
            if let Some(accepted) = words::acceptance(target, result, finding) {
                let (id, title) = (result.check.id, prose(result.check.title));
                let subject = code(&finding.subject.name());
                lines.push(format!("* `{id}` {title}, {subject}: {}", prose(&accepted)));
            }
        }
    }
    folded(out, "Waived", lines.len(), |out| {
        lines.iter().for_each(|words| line(out, words));
        out.push('\n');
    });
}

/// The waivers that somebody has to do something about.
fn to_look_after(out: &mut String, run: &RunReport) {
    let reviews: Vec<&WaiverReview> = words::to_look_after(run).collect();
    if reviews.is_empty() {
        return;
    }
    paragraph(out, "## Waivers to look after");
    for review in reviews {
        let about = text::code_markdown(&waivers::about(review, ENGLISH).into());
        let words = format!("{} ({})", waivers::meaning(review, ENGLISH), words::whose(review));
        line(out, &format!("* **{}** {about}: {}", review.state(), prose(&words)));
    }
    out.push('\n');
}

/// Operation, product, account and tables.
fn about(target: &TargetReport) -> String {
    let report = &target.report;
    let product = report.flavour.as_ref().map_or(target.engine.as_str(), |it| it.as_str());
    let version = match &report.server_version {
        Ok(version) => code(version),
        Err(_) => "(version unknown)".into(),
    };
    let (operation, user) = (target.target.operation.as_str(), code(&target.target.user));
    let selection = selection(target);
    format!("`{operation}` of {} {version}, account {user}, {selection}.", prose(product))
}

fn selection(target: &TargetReport) -> String {
    let (noun, names) = selected::names(target);
    if names.is_empty() {
        return noun.into();
    }
    if names.len() > TABLES_NAMED {
        return format!("{} {noun}s", names.len());
    }
    let ending = if names.len() == 1 { "" } else { "s" };
    let names: Vec<String> = names.iter().map(code).collect();
    format!("{noun}{ending} {}", names.join(", "))
}

/// Why the gate is closed, where no check says so.
fn reasons(out: &mut String, target: &TargetReport) {
    if target.gate.open || !tally::closing(&target.report.results, ENGLISH).is_empty() {
        return;
    }
    for reason in &target.gate.reasons {
        line(
            out,
            &format!("* {}", text::escape_markdown(&text::shortened(reason, 4 * NAME_LIMIT))),
        );
    }
    out.push('\n');
}

/// One check with everything that is to be done about it.
fn check(out: &mut String, result: &CheckResult, blocked: &mut Blocked<'_>) {
    paragraph(out, &format!("#### {} `{}`", prose(result.check.title), result.check.id));
    let groups = notable(result);
    let mut reason = translate::why(result.check.doc, ENGLISH);
    let together = common(&groups);
    let mut room = SUBJECTS_SHOWN;
    for group in &groups {
        if room == 0 {
            break;
        }
        finding(out, group, room);
        if let Some(reason) = reason.take() {
            paragraph(out, &reason);
        }
        if !together {
            steps(out, std::slice::from_ref(group));
        }
        room = room.saturating_sub(group.subjects.len());
    }
    if together {
        steps(out, &groups);
    }
    if let Some(checks) = blocked.remove(result.check.id) {
        not_reached(out, result.check.id, &checks);
    }
}

/// What was found of the subjects of a group, and why it matters.
fn finding(out: &mut String, group: &Group<'_>, room: usize) {
    let finding = group.finding();
    let mut facts: Vec<String> = Vec::new();
    if finding.subject != Subject::Server {
        let subjects = group.subjects.iter().take(room);
        facts.extend(subjects.map(|it| code(&it.finding.subject.name())));
    }
    if group.subjects.len() > room {
        facts.push(more(group.subjects.len() - room, ENGLISH));
    }
    let values = [("found", &finding.observed), ("needed", &finding.expected)];
    let values = values.into_iter().filter_map(|(word, value)| Some((word, value.as_ref()?)));
    facts.extend(values.map(|(word, value)| format!("{word} {}", code(value))));
    let outcome = words::capital(finding.outcome);
    match facts.is_empty() {
        true => paragraph(out, &format!("{outcome}.")),
        false => paragraph(out, &format!("{outcome}: {}.", facts.join(", "))),
    }
    let missing = finding.missing.as_ref().map(Missing::sentence);
    for words in [finding.message.as_ref(), missing.as_ref()].into_iter().flatten() {
        let words = text::escape_markdown(&text::shortened(words, 4 * NAME_LIMIT));
        paragraph(out, &words::sentence(words));
    }
}

/// The steps of a remedy: what to paste stands in code.
fn steps(out: &mut String, groups: &[Group<'_>]) {
    for (number, batch) in batches(groups).iter().enumerate() {
        let label = if number == 0 { "Fix" } else { "Then" };
        paragraph(out, &format!("**{label}** ({}):", prose(&terms(batch.step, ENGLISH))));
        typed(out, batch);
        if let Some(note) = &batch.step.note {
            paragraph(out, &text::escape_markdown(&text::shortened(note, 4 * NAME_LIMIT)));
        }
        undo(out, batch);
    }
}

fn typed(out: &mut String, batch: &Batch<'_>) {
    let shown = batch.steps.iter().take(STATEMENTS_SHOWN);
    let (mut exact, mut told) = (Vec::new(), Vec::new());
    for step in shown {
        match &step.action {
            Action::Sql { sql: typed, .. }
            | Action::Command { command: typed }
            | Action::Config { line: typed, .. } => exact.push(typed),
            Action::Console { change: words } | Action::Manual { instruction: words } => {
                told.push(words);
            }
        }
    }
    let language = match &batch.step.action {
        Action::Sql { .. } => "sql",
        Action::Command { .. } => "sh",
        _ => "ini",
    };
    statements(out, language, &exact);
    for words in told {
        paragraph(out, &text::escape_markdown(&text::shortened(words, 8 * NAME_LIMIT)));
    }
    if batch.steps.len() > STATEMENTS_SHOWN {
        paragraph(out, &more(batch.steps.len() - STATEMENTS_SHOWN, ENGLISH));
    }
}

/// Statements in one block; those that cannot be pasted stand beside it.
fn statements(out: &mut String, language: &str, statements: &[&Text]) {
    let (mut lines, mut others) = (Vec::new(), Vec::new());
    for statement in statements {
        match text::statement(statement, true) {
            Statement::Exact(exact) => lines.extend(exact),
            Statement::Altered(shown) => others.push(format!(
                "{} (written with escapes: do not paste it)",
                text::code_markdown(&shown.into())
            )),
            Statement::TooLong(length) => {
                others.push(format!("A statement of {length} characters: see the JSON report."));
            }
        }
    }
    if !lines.is_empty() {
        let block = lines.join("\n");
        let longest = block.split(|c| c != '`').map(str::len).max().unwrap_or_default();
        let fence = "`".repeat(longest.max(2) + 1);
        paragraph(out, &format!("{fence}{language}\n{block}\n{fence}"));
    }
    others.iter().for_each(|other| paragraph(out, other));
}

fn undo(out: &mut String, batch: &Batch<'_>) {
    let mut undo: Vec<&Text> = Vec::new();
    for statement in batch.steps.iter().filter_map(|step| step.undo.as_ref()) {
        if !undo.contains(&statement) && undo.len() < STATEMENTS_SHOWN {
            undo.push(statement);
        }
    }
    if !undo.is_empty() {
        fold(out, "Undo", |out| statements(out, "sql", &undo));
    }
}

/// Checks that `root` kept from being made.
fn not_reached(out: &mut String, root: &str, checks: &[&CheckResult]) {
    let number = tally::plural(checks.len(), "check");
    let root = text::escape_html(&root.into());
    fold(out, &format!("{number} not reached because of {root}"), |out| list(out, checks));
}

fn list(out: &mut String, results: &[&CheckResult]) {
    for result in results {
        let first = result.subjects.first().and_then(|only| only.finding.message.as_ref());
        let message = match (result.outcome, first) {
            (Outcome::NotApplicable, Some(words)) => {
                format!(": {}", text::escape_markdown(&text::shortened(words, 4 * NAME_LIMIT)))
            }
            _ => String::new(),
        };
        line(out, &format!("* `{}` {}{message}", result.check.id, prose(result.check.title)));
    }
    out.push('\n');
}

fn assumptions(out: &mut String, target: &TargetReport) {
    let assumptions = &target.report.assumptions;
    folded(out, "Assumed of the connector", assumptions.len(), |out| {
        assumptions.iter().for_each(|it| line(out, &format!("* {}", prose(it))));
        out.push('\n');
    });
}

/// A folded section with its number of entries; nothing where there is none.
fn folded(out: &mut String, title: &str, number: usize, content: impl FnOnce(&mut String)) {
    if number > 0 {
        fold(out, &format!("{title} ({number})"), content);
    }
}

/// Markdown is read again only behind an empty line.
fn fold(out: &mut String, title: &str, content: impl FnOnce(&mut String)) {
    paragraph(out, &format!("<details><summary>{title}</summary>"));
    content(out);
    paragraph(out, "</details>");
}
