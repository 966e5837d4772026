//! Reports in Chinese: nothing that the program itself says is left in English.

use cdc_checks::{Language, catalogue};
use cdc_preflight::report::{Format, Options, RunReport, render};
use regex::Regex;

use super::samples;

/// What has no language: names of this program, of formats and products.
const NAMES: &[&str] = &[
    "DBA",
    "JSON",
    "json",
    "cdc-preflight",
    "checks explain",
    "--report",
    "--verbose",
    "REQUEST",
    "check",
    "configure",
    "configurePostgreSQLSource",
    "configureMySQLSource",
    "PostgreSQL",
    "MySQL",
    "ApsaraDB RDS",
    "eventbridge",
    "schema",
];

fn in_chinese(format: Format, run: &RunReport, verbose: bool) -> String {
    let options = Options { language: Language::Chinese, verbose, ..Options::default() };
    render(format, run, &options)
}

/// The words in Latin letters that are no name, nor what the checks say.
fn english(text: &str, own: &str) -> Vec<String> {
    let mut text = text.to_owned();
    for name in NAMES {
        text = text.replace(name, " ");
    }
    let word = Regex::new(r"[A-Za-z][A-Za-z'/.-]+").expect("a pattern");
    let words = word.find_iter(&text).map(|found| found.as_str().trim_end_matches(['.', '-']));
    let own = own.to_lowercase();
    let mut left: Vec<String> = words
        .filter(|word| !word.contains('/'))
        .filter(|word| !word.to_lowercase().split('.').all(|part| own.contains(part)))
        .map(str::to_owned)
        .collect();
    left.sort();
    left.dedup();
    left
}

/// What the checks say, each of one case in English so far, and what their pages say.
fn own(run: &RunReport) -> String {
    let mut own = String::new();
    let mut say = |words: &str| own.extend([words, " "]);
    for target in &run.targets {
        let report = &target.report;
        say(&format!("{:?} {:?} {:?}", target.target, report.assumptions, report.server_version));
        say(&format!("{:?} {:?}", target.gate.reasons, target.exit));
        for result in &report.results {
            say(result.check.id);
            say(result.check.title);
            for subject in &result.subjects {
                let finding = &subject.finding;
                say(finding.subject.name().untrusted());
                for words in [&finding.observed, &finding.expected, &finding.message] {
                    say(words.as_ref().map_or("", |words| words.untrusted()));
                }
                say(finding.missing.as_ref().map_or(String::new(), sentence).as_str());
                say(&format!("{:?}", subject.remedy));
            }
        }
        for left_out in target.rulings.left_out() {
            say(&left_out.by);
        }
    }
    for review in &run.waivers {
        say(&format!("{:?}", review.waiver));
    }
    catalogue::translations().for_each(|page| say(page.text));
    say("Without it the connector starts, and then stops at the first change that it cannot read.");
    own
}

fn sentence(missing: &cdc_checks::Missing) -> String {
    format!("{} {missing:?}", missing.sentence().untrusted())
}

/// Every word of the reports' own, wherever it stands: a word of a sample excuses it elsewhere.
const SAID: &[&str] = &[
    "found",
    "needed",
    "why",
    "fix",
    "then",
    "undo",
    "note",
    "more",
    "outcome",
    "level",
    "hidden",
    "unknown",
    "passed",
    "otherwise",
    "reason",
    "accepted",
    "owner",
    "next",
    "FAIL",
    "WARN",
    "UNDETERMINED",
    "GATE",
    "Failed",
    "Warnings",
    "Waived",
    "Baseline",
    "instead",
    "EXPIRED",
    "UNUSED",
    "account",
    "tables",
    "target",
    "gate",
    "assumed of",
];

#[test]
fn nothing_is_left_in_english() {
    let runs = [
        samples::closed(),
        samples::open(),
        samples::refused(),
        samples::many(),
        samples::mixed(),
        samples::ruled(),
        samples::several(),
        samples::filled("文"),
    ];
    for (run, verbose) in runs.iter().flat_map(|run| [(run, true), (run, false)]) {
        let report = in_chinese(Format::Human, run, verbose);
        assert_eq!(english(&report, &own(run)), Vec::<String>::new(), "{report}");
        for line in report.lines() {
            let label = line.trim_start().split("  ").next().unwrap_or_default();
            assert!(!SAID.contains(&label), "{label} in {report}");
        }
    }
}

#[test]
fn human_report_in_chinese() {
    for (name, run) in [("closed", samples::closed()), ("ruled", samples::ruled())] {
        let report = in_chinese(Format::Human, &run, true);
        insta::assert_snapshot!(format!("human_{name}_zh"), report);
    }
    insta::assert_snapshot!(
        "human_several_zh",
        in_chinese(Format::Human, &samples::several(), false)
    );
}

#[test]
fn the_page_speaks_chinese() {
    let page = in_chinese(Format::Html, &samples::closed(), true);
    for words in ["<html lang=\"zh\">", "不可提交", "<h1>", "预写日志带有逻辑变更", "复制"]
    {
        assert!(page.contains(words), "{words} is missing");
    }
    for words in [">Gate closed<", ">Filter", ">Copy<", "Undo", ">found<"] {
        assert!(!page.contains(words), "{words} is left");
    }
}

#[test]
fn formats_for_programs_have_no_language() {
    for format in Format::ALL {
        if matches!(format, Format::Human | Format::Html) {
            continue;
        }
        let options = Options { verbose: true, ..Options::default() };
        let english = render(format, &samples::closed(), &options);
        assert_eq!(in_chinese(format, &samples::closed(), true), english, "{format:?}");
    }
}
