//! The report as JUnit XML, as Jenkins, GitLab and others take it.
//!
//! A suite for each target, a case for each check and subject, those that passed included: a gate
//! that shows only what is wrong cannot be told from one that did not look. What failed is a
//! `failure`, what could not be found out an `error`; what was not reached, does not apply or is
//! waived is `skipped`. A warning fails nobody's build, so it passes and says itself in
//! `system-out`. Waivers that want looking after are of all targets together: the `system-out` of
//! the first suite tells them.
//!
//! GitLab drops a case whose class and name came before, so both are unique together. There is no
//! time in it: the same facts give the same bytes.

use std::collections::BTreeMap;

use cdc_checks::{CheckResult, JudgedSubject, Outcome};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{NAME_LIMIT, RunReport, TargetReport, text, words};

/// Bytes of the file that GitLab takes.
const MOST_BYTES: usize = 30_000_000;

/// Renders the report. Where it would be larger than GitLab takes, cases say no more than their
/// outcome.
pub(super) fn render(run: &RunReport) -> String {
    let whole = written(run, Detail::All);
    if whole.len() <= MOST_BYTES { whole } else { written(run, Detail::Outcome) }
}

/// How much a case says.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Detail {
    All,
    Outcome,
}

fn written(run: &RunReport, detail: Detail) -> String {
    let mut report = Report::new("cdc-preflight");
    let mut names = Names::default();
    for (number, target) in run.targets.iter().enumerate() {
        let class = match run.targets.len() {
            1 => String::new(),
            _ => format!("{}/", names.unique(target.target.address())),
        };
        let mut suite = suite(target, number, &class, detail);
        if number == 0 {
            let told: Vec<String> = words::to_look_after(run).map(words::waiver).collect();
            suite.system_out = (!told.is_empty()).then(|| told.join("\n").into());
        }
        report.add_test_suite(suite);
    }
    let xml = report.to_string().expect("memory does not fail, and only text is written");
    // The schema of Jenkins knows this count of a suite, and not of the whole.
    xml.replacen(&format!(" skipped=\"{}\"", report.skipped), "", 1)
}

fn suite(target: &TargetReport, number: usize, class: &str, detail: Detail) -> TestSuite {
    let mut suite = TestSuite::new(target.target.address());
    suite.extra.insert("id".into(), number.to_string().into());
    suite.add_properties(properties(target));
    let mut names = Names::default();
    for result in &target.report.results {
        for subject in &result.subjects {
            let name = format!(
                "{} {}",
                result.check.id,
                text::shorten(&subject.finding.subject.name(), NAME_LIMIT)
            );
            let mut case =
                TestCase::new(names.unique(name), status(target, result, subject, detail));
            case.set_classname(format!("{class}{}", result.check.area()));
            if subject.finding.outcome == Outcome::Warn && detail == Detail::All {
                case.set_system_out(told(result, subject));
            }
            suite.add_test_case(case);
        }
    }
    suite
}

/// What the report says of the target as a whole.
fn properties(target: &TargetReport) -> Vec<(String, String)> {
    let gate = target.gate.state().as_str();
    let version = target.report.server_version.as_ref().ok();
    let version = version.map_or_else(String::new, |it| text::shorten(it, NAME_LIMIT));
    let all = [
        ("gate", gate.to_owned()),
        ("exit-code", target.exit.code.to_string()),
        ("operation", target.target.operation.as_str().to_owned()),
        ("engine", target.engine.as_str().to_owned()),
        ("server-version", version),
        ("account", text::shorten(&target.target.user, NAME_LIMIT)),
        ("tool-version", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn status(
    target: &TargetReport,
    result: &CheckResult,
    subject: &JudgedSubject,
    detail: Detail,
) -> TestCaseStatus {
    let finding = &subject.finding;
    let mut status = match finding.outcome {
        Outcome::Pass | Outcome::Warn => return TestCaseStatus::success(),
        Outcome::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Undetermined => TestCaseStatus::non_success(NonSuccessKind::Error),
        Outcome::Blocked | Outcome::NotApplicable | Outcome::Waived => TestCaseStatus::skipped(),
    };
    status.set_type(finding.outcome.as_str());
    if detail == Detail::All {
        let accepted = words::acceptance(target, result, finding);
        let message = [Some(words::sentences(result, finding)), accepted];
        status.set_message(message.into_iter().flatten().collect::<Vec<_>>().join(" "));
        let fix = words::steps(subject).join("\n");
        if !fix.is_empty() {
            status.set_description(fix);
        }
    }
    status
}

fn told(result: &CheckResult, subject: &JudgedSubject) -> String {
    let told = [words::sentences(result, &subject.finding)].into_iter();
    told.chain(words::steps(subject)).collect::<Vec<_>>().join("\n")
}

/// Gives every name a form of its own.
#[derive(Default)]
struct Names(BTreeMap<String, usize>);

impl Names {
    fn unique(&mut self, name: String) -> String {
        let times = self.0.entry(name.clone()).or_default();
        *times += 1;
        if *times == 1 { name } else { self.again(&name) }
    }

    /// A numbered form that nothing else has, not even something that is called so.
    fn again(&mut self, name: &str) -> String {
        let mut number = self.0.get(name).copied().unwrap_or_default();
        loop {
            let numbered = format!("{name} ({number})");
            if self.0.insert(numbered.clone(), 1).is_none() {
                return numbered;
            }
            number += 1;
        }
    }
}
