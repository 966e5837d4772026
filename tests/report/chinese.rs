//! Reports in Chinese: nothing that the program itself says is left in English.

use cdc_checks::{Language, catalogue};
use cdc_preflight::report::{Format, Options, RunReport, render};
use regex::Regex;

use super::samples;

/// What has no language: names of this program, of formats and of the samples, and the samples'
/// own words, which stand for those of checks that have not been translated.
const NAMES: &[&str] = &[
    "DBA",
    "CDC",
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
    "ApsaraDB RDS",
    "Debian",
    "eventbridge",
    "my.cnf",
    "mysqld",
    "schema",
    "events",
    "null",
];

fn in_chinese(format: Format, run: &RunReport) -> String {
    let options = Options { language: Language::Chinese, verbose: true, ..Options::default() };
    render(format, run, &options)
}

/// The words in Latin letters that are no name, outside ids and the words of the samples.
fn english(text: &str, own: &str) -> Vec<String> {
    let mut text = text.to_owned();
    for name in NAMES {
        text = text.replace(name, " ");
    }
    let word = Regex::new(r"[A-Za-z][A-Za-z'/.-]+").expect("a pattern");
    let words = word.find_iter(&text).map(|found| found.as_str().trim_end_matches(['.', '-']));
    let mut left: Vec<String> = words
        .filter(|word| !word.contains('/') && !own.contains(word))
        .map(str::to_owned)
        .collect();
    left.sort();
    left.dedup();
    left
}

/// What the catalogue says: why something is not known, and its pages.
fn sentences(run: &RunReport) -> String {
    let results = run.targets.iter().flat_map(|target| &target.report.results);
    let subjects = results.flat_map(|result| &result.subjects);
    let missing = subjects.filter_map(|subject| subject.finding.missing.as_ref());
    let sentences = missing.map(|it| it.sentence().untrusted().to_owned());
    // Translated pages name what has no other name; a line may break within it.
    let pages = catalogue::translations().map(|page| page.text.to_owned());
    sentences.chain(pages).collect::<Vec<_>>().join(" ")
}

/// The text of a page, without its markup.
fn visible(page: &str) -> String {
    let rules = [r"(?s)<style>.*?</style>", r"(?s)<script>.*?</script>", r"<[^>]*>"];
    rules.iter().fold(page.to_owned(), |text, rule| {
        Regex::new(rule).expect("a pattern").replace_all(&text, " ").into_owned()
    })
}

#[test]
fn nothing_is_left_in_english() {
    let runs = [
        samples::closed(),
        samples::open(),
        samples::refused(),
        samples::many(),
        samples::mixed(),
        samples::several(),
        samples::filled("文"),
    ];
    for run in runs {
        // What the checks and the samples say, as they say it.
        let own = format!("{run:?} {}", sentences(&run));
        assert_eq!(english(&in_chinese(Format::Human, &run), &own), Vec::<String>::new());
        let page = in_chinese(Format::Html, &run);
        assert!(page.contains("<html lang=\"zh\">"), "the page does not say its language");
        assert_eq!(english(&visible(&page), &own), Vec::<String>::new());
    }
}

#[test]
fn formats_for_programs_have_no_language() {
    for format in [Format::Json, Format::Short] {
        let english =
            render(format, &samples::closed(), &Options { verbose: true, ..Options::default() });
        assert_eq!(in_chinese(format, &samples::closed()), english, "{format:?}");
    }
}

#[test]
fn human_report_in_chinese() {
    insta::assert_snapshot!("human_closed_zh", in_chinese(Format::Human, &samples::closed()));
}
