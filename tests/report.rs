//! Every renderer on shared samples: what it looks like, and that no text gets past it.

use std::fs;
use std::path::{Path, PathBuf};

use cdc_preflight::checks::{Facts, Intent};
use cdc_preflight::gate::Policy;
use cdc_preflight::preflight::{Examined, run_report};
use cdc_preflight::report::{
    Destination, Format, Options, ReportSink, RunReport, SarifKinds, SinkError, check_sinks, render,
};

#[path = "report/chinese.rs"]
mod chinese;
#[path = "report/html.rs"]
mod html;
#[path = "report/samples.rs"]
mod samples;

fn human(run: &RunReport, options: Options) -> String {
    render(Format::Human, run, &options)
}

fn narrow() -> Options {
    Options::default()
}

#[test]
fn human_at_80_columns() {
    insta::assert_snapshot!("human_closed", human(&samples::closed(), narrow()));
    insta::assert_snapshot!("human_open", human(&samples::open(), narrow()));
    insta::assert_snapshot!("human_refused", human(&samples::refused(), narrow()));
    insta::assert_snapshot!("human_many", human(&samples::many(), narrow()));
    insta::assert_snapshot!("human_mixed", human(&samples::mixed(), narrow()));
    insta::assert_snapshot!("human_ruled", human(&samples::ruled(), narrow()));
    insta::assert_snapshot!("human_several", human(&samples::several(), narrow()));
}

#[test]
fn human_at_120_columns_with_everything() {
    let wide = || Options { width: 120, verbose: true, ..narrow() };
    insta::assert_snapshot!("human_closed_120_verbose", human(&samples::closed(), wide()));
    insta::assert_snapshot!("human_refused_120_verbose", human(&samples::refused(), wide()));
}

#[test]
fn human_in_ascii() {
    let ascii = Options { unicode: false, ..narrow() };
    insta::assert_snapshot!("human_closed_ascii", human(&samples::closed(), ascii));
}

#[test]
fn human_with_hostile_text() {
    let run = samples::filled("a\n::error::\u{1b}[31m\u{202e}");
    insta::assert_snapshot!("human_hostile", human(&run, narrow()));
}

#[test]
fn short() {
    let all = Options { verbose: true, ..narrow() };
    let of = |run: &RunReport, options: &Options| render(Format::Short, run, options);
    insta::assert_snapshot!("short_closed", of(&samples::closed(), &narrow()));
    insta::assert_snapshot!("short_closed_verbose", of(&samples::closed(), &all));
    insta::assert_snapshot!("short_open", of(&samples::open(), &narrow()));
    insta::assert_snapshot!("short_ruled", of(&samples::ruled(), &narrow()));
    insta::assert_snapshot!("short_several", of(&samples::several(), &narrow()));
}

#[test]
fn json() {
    // The version of the tool is not what these snapshots are about.
    let of = |run: &RunReport| {
        let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
        let json = render(Format::Json, run, &narrow());
        assert!(json.contains(&version), "the tool's version is missing");
        json.replace(&version, "\"version\": \"VERSION\"")
    };
    insta::assert_snapshot!("json_closed", of(&samples::closed()));
    insta::assert_snapshot!("json_ruled", of(&samples::ruled()));
    insta::assert_snapshot!("json_refused", of(&samples::refused()));
    insta::assert_snapshot!(
        "json_hostile",
        of(&samples::filled("a\n##[x]\u{9b}\u{e0041}\u{202e}é"))
    );
}

/// A report without the version of the tool, which snapshots are not about.
fn versionless(format: Format, run: &RunReport, options: &Options) -> String {
    let rendered = render(format, run, options);
    assert!(rendered.contains(env!("CARGO_PKG_VERSION")), "the tool's version is missing");
    rendered.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn sarif() {
    let all = Options { sarif_kinds: SarifKinds::All, ..narrow() };
    insta::assert_snapshot!(
        "sarif_closed",
        versionless(Format::Sarif, &samples::closed(), &narrow())
    );
    insta::assert_snapshot!(
        "sarif_closed_all",
        versionless(Format::Sarif, &samples::closed(), &all)
    );
    insta::assert_snapshot!(
        "sarif_ruled",
        versionless(Format::Sarif, &samples::ruled(), &narrow())
    );
    insta::assert_snapshot!(
        "sarif_several",
        versionless(Format::Sarif, &samples::several(), &narrow())
    );
}

/// Every check of an engine, judged on the recording of a server.
fn recorded(name: &str) -> RunReport {
    let path = format!("{}/tests/facts/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).expect("a recording");
    let facts: Facts = serde_json::from_str(&text).expect("facts");
    let intent = Intent::of(&facts.request);
    run_report(&[Examined::new(facts, intent)], &Policy::default()).0
}

/// Every sample, the recorded ones, none at all, and more than one file of SARIF may have.
fn all_runs() -> Vec<RunReport> {
    let mut runs = vec![samples::closed(), samples::open(), samples::refused(), samples::many()];
    runs.extend([samples::mixed(), samples::several(), recorded("postgres"), recorded("mysql")]);
    runs.push(RunReport { targets: Vec::new(), ..samples::open() });
    // More targets than one file may have runs.
    let crowd = std::iter::repeat_n(samples::closed().targets.remove(0), 21).collect();
    runs.push(RunReport { targets: crowd, ..samples::closed() });
    runs.extend(samples::hostile().iter().map(|text| samples::filled(text)));
    runs
}

#[test]
fn json_is_what_its_schema_says() {
    let published = cdc_preflight::report::json_schema();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schemas/report-v1.json");
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(path, &published).expect("a file");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == published, "UPDATE_SCHEMAS=1 cargo test --test report writes it anew");
    let schema: serde_json::Value = serde_json::from_str(&published).expect("JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    for run in all_runs() {
        let text = render(Format::Json, &run, &narrow());
        let report: serde_json::Value = serde_json::from_str(&text).expect("one document");
        let errors: Vec<String> = validator
            .iter_errors(&report)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new());
    }
    let bare = serde_json::json!({ "format_version": "1.1", "targets": [{}] });
    assert!(!validator.is_valid(&bare), "it asks for something");
}

#[test]
fn sarif_is_what_the_standard_says() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("schemas/sarif-2.1.0.json")).expect("a schema");
    let schema = jsonschema::draft4::new(&schema).expect("a schema of draft 4");
    let runs = all_runs();
    for (run, sarif_kinds) in
        runs.iter().flat_map(|run| [SarifKinds::Problems, SarifKinds::All].map(|it| (run, it)))
    {
        let options = Options { sarif_kinds, ..narrow() };
        let text = render(Format::Sarif, run, &options);
        let sarif: serde_json::Value = serde_json::from_str(&text).expect("one document");
        let errors: Vec<String> = schema
            .iter_errors(&sarif)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new());
        assert!(sarif["runs"].as_array().is_some_and(|runs| runs.len() <= 20));
    }
}

#[test]
fn junit() {
    let runs = [
        ("closed", samples::closed()),
        ("ruled", samples::ruled()),
        ("several", samples::several()),
    ];
    for (name, run) in runs {
        insta::assert_snapshot!(
            format!("junit_{name}"),
            versionless(Format::Junit, &run, &narrow())
        );
    }
}

#[test]
fn github() {
    let of = |run: &RunReport| render(Format::Github, run, &narrow());
    insta::assert_snapshot!("github_closed", of(&samples::closed()));
    insta::assert_snapshot!("github_many", of(&samples::many()));
    insta::assert_snapshot!("github_several", of(&samples::several()));
}

#[test]
fn markdown() {
    let of = |run: &RunReport| render(Format::Markdown, run, &narrow());
    insta::assert_snapshot!("markdown_closed", of(&samples::closed()));
    insta::assert_snapshot!("markdown_ruled", of(&samples::ruled()));
    insta::assert_snapshot!("markdown_refused", of(&samples::refused()));
    insta::assert_snapshot!("markdown_mixed", of(&samples::mixed()));
    insta::assert_snapshot!("markdown_several", of(&samples::several()));
}

#[test]
fn json_says_what_was_put_in() {
    for text in samples::hostile() {
        let json = render(Format::Json, &samples::filled(&text), &narrow());
        let document: serde_json::Value = serde_json::from_str(&json).expect("one document");
        let subject = &document["targets"][0]["results"][0]["subjects"][0];
        assert_eq!(subject["name"], text.as_str());
        assert_eq!(subject["remedies"][0]["sql"], text.as_str());
        assert_eq!(document["targets"][0]["target"]["host"], text.as_str());
    }
}

/// Takes out the escape sequences that our own styles are made of.
fn without_styles(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (codes, rest) = part.split_once('m').expect("a style ends with m");
        assert!(
            codes.chars().all(|c| c.is_ascii_digit() || c == ';'),
            "not one of our styles: {codes:?}"
        );
        plain.push_str(rest);
    }
    plain
}

fn assert_harmless(rendered: &str, options: &Options, format: Format, text: &str) {
    let context = format!("{format:?} {options:?} with {:?}", text.get(..40).unwrap_or(text));
    assert!(rendered.ends_with('\n'), "no line feed at the end: {context}");
    for line in rendered.split('\n') {
        let plain = if options.color { without_styles(line) } else { line.to_owned() };
        let bad = plain.chars().find(|&c| {
            c.is_control()
                || (c.is_whitespace() && c != ' ')
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
                || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
        });
        assert_eq!(bad, None, "{context}: {plain:?}");
        assert!(!plain.trim_start().starts_with("::"), "{context}: {plain:?}");
        assert!(!plain.contains("##"), "{context}: {plain:?}");
        let utf8 = matches!(format, Format::Html | Format::Json);
        let ascii = options.unicode || utf8 || plain.is_ascii();
        assert!(ascii, "{context}: {plain:?}");
    }
}

#[test]
fn no_text_reaches_the_terminal_as_it_stands() {
    let mut texts = samples::hostile();
    // Every control and every character of the general punctuation, where the dangerous ones are.
    let characters: Vec<char> = ('\0'..='\u{ff}').chain('\u{2000}'..='\u{20ff}').collect();
    texts.extend(
        characters
            .chunks(32)
            .map(|some| some.iter().map(|c| format!("a{c}::b{c}#")).collect::<String>()),
    );
    for text in texts {
        let run = samples::filled(&text);
        assert_harmless(&render(Format::Json, &run, &narrow()), &narrow(), Format::Json, &text);
        for (color, unicode, width) in [(false, true, 80), (true, true, 40), (false, false, 120)] {
            let options = Options { color, unicode, width, verbose: true, ..narrow() };
            for format in [Format::Human, Format::Short, Format::Html] {
                let rendered = render(format, &run, &options);
                let colored = color && format == Format::Human;
                let options = Options { color: colored, ..options.clone() };
                assert_harmless(&rendered, &options, format, &text);
            }
        }
    }
}

/// Every file of Rust below a directory, with its text.
fn sources(directory: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("readable") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => found.extend(sources(&path)),
            false => found.push((path.clone(), fs::read_to_string(&path).expect("text"))),
        }
    }
    found
}

#[test]
fn one_file_unwraps_text() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report"));
    let unwrapping: Vec<_> = sources
        .iter()
        .filter(|(_, source)| source.contains("untrusted("))
        .map(|(path, _)| path.file_name().and_then(|name| name.to_str()))
        .collect();
    assert_eq!(unwrapping, [Some("text.rs")]);
}

#[test]
fn same_report_same_bytes() {
    for format in Format::ALL {
        let of = || render(format, &samples::closed(), &narrow());
        assert_eq!(of(), of());
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    let colored = human(&samples::closed(), Options { color: true, ..narrow() });
    assert!(colored.contains("\u{1b}["), "no colour at all");
    assert_eq!(without_styles(&colored), human(&samples::closed(), narrow()));
}

#[test]
fn prose_keeps_to_the_width() {
    for width in [60, 80, 120] {
        let page = human(&samples::closed(), Options { width, ..narrow() });
        for line in page.lines().filter(|line| !line.contains(';')) {
            assert!(line.chars().count() <= width, "{width}: {line:?}");
        }
    }
}

#[test]
fn a_format_is_read_or_a_near_one_suggested() {
    assert_eq!("json".parse(), Ok(Format::Json));
    let message = |word: &str| word.parse::<Format>().expect_err("no format").to_string();
    assert_eq!(
        message("jsn"),
        "\"jsn\" is no report format: use human, short, json, sarif, junit, github, markdown or html; \
         did you mean json?"
    );
    assert!(!message("excel").contains("did you mean"));
}

fn sink(option: &str) -> ReportSink {
    option.parse().expect("a sink")
}

#[test]
fn sinks_are_read_and_checked() {
    assert_eq!(sink("short").destination, Destination::Stdout);
    assert_eq!(sink("json=-").destination, Destination::Stdout);
    assert_eq!(sink("json=a=b.json").destination, Destination::File("a=b.json".into()));
    check_sinks(&[sink("human"), sink("json=out.json"), sink("short=out.txt")]).expect("no clash");
    let message = |sinks: &[ReportSink]| check_sinks(sinks).expect_err("a clash").to_string();
    assert!(message(&[sink("human"), sink("json")]).contains("--report json=FILE"));
    assert!(message(&[sink("short=a"), sink("json=a")]).contains("same file \"a\""));
    assert!(message(&[sink("json=/nowhere/at/all/r.json")]).contains("\"/nowhere/at/all\""));
    assert!(message(&[sink("json=/")]).contains("is a directory"));
}

#[test]
fn a_file_is_replaced_as_a_whole() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("report.json");
    fs::write(&path, "a longer report from before").expect("written");
    let sink = ReportSink { format: Format::Json, destination: Destination::File(path.clone()) };
    sink.write("new\n", &mut Vec::new()).expect("written");
    assert_eq!(fs::read_to_string(&path).expect("readable"), "new\n");
    let left: Vec<_> = fs::read_dir(directory.path()).expect("listed").collect();
    assert_eq!(left.len(), 1, "a temporary file is left: {left:?}");
}

#[cfg(unix)]
#[test]
fn links_and_devices_stay_what_they_are() {
    let directory = tempfile::tempdir().expect("a directory");
    let (file, link) = (directory.path().join("file"), directory.path().join("link"));
    fs::write(&file, "old").expect("written");
    std::os::unix::fs::symlink(&file, &link).expect("linked");
    sink(&format!("short={}", link.display())).write("new", &mut Vec::new()).expect("written");
    assert_eq!(fs::read_to_string(&file).expect("readable"), "new");
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink(), "the link was replaced");
    sink("short=/dev/null").write("new", &mut Vec::new()).expect("written");
    assert!(!fs::metadata("/dev/null").expect("there").is_file(), "the device was replaced");
}

/// Standard output whose reader fails in a way of our choice.
struct Broken(std::io::ErrorKind);

impl std::io::Write for Broken {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_went_away_is_no_error_but_a_full_disk_is() {
    let stdout = sink("human");
    stdout.write("x", &mut Broken(std::io::ErrorKind::BrokenPipe)).expect("ignored");
    let full = stdout.write("x", &mut Broken(std::io::ErrorKind::StorageFull));
    assert!(matches!(full, Err(SinkError::Write { .. })), "{full:?}");
}
