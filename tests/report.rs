//! Every renderer on shared samples: what it looks like, and that no text gets past it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cdc_preflight::checks::{Facts, Intent};
use cdc_preflight::gate::Policy;
use cdc_preflight::preflight::{Examined, run_report};
use cdc_preflight::report::{
    Destination, Format, Options, ReportSink, RunReport, SarifKinds, SinkError, check_sinks, render,
};

#[path = "report/chinese.rs"]
mod chinese;
#[path = "report/hostile.rs"]
mod hostile;
#[path = "report/html.rs"]
mod html;
#[path = "report/readers.rs"]
mod readers;
#[path = "report/samples.rs"]
mod samples;

fn human(run: &RunReport, options: Options) -> String {
    render(Format::Human, run, &options)
}

fn narrow() -> Options {
    Options::default()
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

/// A report without the version of the tool, which snapshots are not about.
fn versionless(format: Format, run: &RunReport, options: &Options) -> String {
    let rendered = render(format, run, options);
    let tells = matches!(format, Format::Json | Format::Jsonl | Format::Junit | Format::Sarif);
    let is_told = rendered.contains(env!("CARGO_PKG_VERSION"));
    assert!(is_told || !tells || run.targets.is_empty(), "the tool's version is missing");
    rendered.replace(env!("CARGO_PKG_VERSION"), "VERSION")
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
    let validator = published(&cdc_preflight::report::json_schema(), "report-v1.json");
    for run in all_runs() {
        let text = render(Format::Json, &run, &narrow());
        valid(&validator, &text);
    }
    let bare = serde_json::json!({ "format_version": "1.1", "targets": [{}] });
    assert!(!validator.is_valid(&bare), "it asks for something");
}

#[test]
fn every_line_of_jsonl_is_what_its_schema_says() {
    let validator = published(&cdc_preflight::report::jsonl_schema(), "jsonl-v1.json");
    for run in all_runs() {
        let text = render(Format::Jsonl, &run, &narrow());
        text.lines().for_each(|line| valid(&validator, line));
    }
    for wrong in [r#"{"event":"run-started"}"#, r#"{"event":"other"}"#, "{}"] {
        let wrong = serde_json::from_str(wrong).expect("JSON");
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

/// The schema, which is the one that is committed.
fn published(schema: &str, name: &str) -> jsonschema::Validator {
    let path = format!("{}/docs/schemas/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::write(&path, schema).expect("a file");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == schema, "UPDATE_SCHEMAS=1 cargo test --test report writes it anew");
    let schema: serde_json::Value = serde_json::from_str(schema).expect("JSON");
    jsonschema::draft202012::new(&schema).expect("a schema")
}

fn valid(validator: &jsonschema::Validator, text: &str) {
    let document: serde_json::Value = serde_json::from_str(text).expect("one document");
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, Vec::<String>::new());
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

/// Two documents that a validator that looks has to refuse: two cases of the same name, and two
/// outcomes of one.
const WRONG_JUNIT: [&str; 2] = [
    "<testsuites tests='2' failures='0' errors='0'><testsuite name='a' tests='2' failures='0' \
     errors='0'><testcase classname='b' name='c'/><testcase classname='b' name='c'/></testsuite>\
     </testsuites>",
    "<testsuites tests='1' failures='1' errors='1'><testsuite name='a' tests='1' failures='1' \
     errors='1'><testcase classname='b' name='c'><failure/><error/></testcase></testsuite>\
     </testsuites>",
];

#[test]
fn junit_is_what_its_readers_take() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: String, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    };
    let runs = all_runs().into_iter().chain([samples::ruled(), samples::thousand()]);
    let documents: Vec<PathBuf> = runs
        .map(|run| render(Format::Junit, &run, &narrow()))
        .enumerate()
        .map(|(number, text)| write(format!("{number}.xml"), &text))
        .collect();
    let (right, said) = validated(&documents);
    assert!(right, "{said}");
    assert!(said.contains(&format!("{} documents, 0 errors", documents.len())), "{said}");
    for (number, wrong) in WRONG_JUNIT.into_iter().enumerate() {
        let (right, said) = validated(&[write(format!("wrong-{number}.xml"), wrong)]);
        assert!(!right && said.contains("1 documents, 1 errors"), "{said}");
    }
}

/// Whether all documents are valid, and what the validator says.
fn validated(documents: &[PathBuf]) -> (bool, String) {
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas");
    let output = Command::new(schemas.join("validate.sh"))
        // Kept for the next run.
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("xmlschema"))
        .arg(schemas.join("junit.xsd"))
        .args(documents)
        .output()
        .expect("a shell");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// What every format makes of every sample.
#[test]
fn every_sample_in_every_format() {
    let samples = [
        ("closed", samples::closed()),
        ("open", samples::open()),
        ("refused", samples::refused()),
        ("ruled", samples::ruled()),
        ("several", samples::several()),
        ("thousand", samples::thousand()),
        (
            "hostile",
            samples::filled("a|`b`<c>]]>\n::error::##[x]\u{1b}[31m\u{9b}\u{202e}\u{e0041}é"),
        ),
        ("empty", RunReport { targets: Vec::new(), ..samples::open() }),
    ];
    for format in Format::ALL {
        for (name, run) in &samples {
            let text = match format {
                Format::Html => html::shown(run),
                format => versionless(format, run, &narrow()),
            };
            let text = if *name == "thousand" { cut(&text) } else { text };
            insta::assert_snapshot!(format!("{}_{name}", format.as_str()), text);
        }
    }
}

/// Its first lines and its last ones.
fn cut(text: &str) -> String {
    const LINES: (usize, usize) = (60, 20);
    let lines: Vec<&str> = text.lines().collect();
    let left_out = lines.len().saturating_sub(LINES.0 + LINES.1);
    if left_out == 0 {
        return text.into();
    }
    let (first, last) = (&lines[..LINES.0], &lines[lines.len() - LINES.1..]);
    format!("{}\n[... {left_out} lines ...]\n{}\n", first.join("\n"), last.join("\n"))
}

#[test]
fn what_is_special_of_a_format() {
    let of = |format, run: &RunReport| render(format, run, &narrow());
    insta::assert_snapshot!("human_many", of(Format::Human, &samples::many()));
    insta::assert_snapshot!("human_mixed", of(Format::Human, &samples::mixed()));
    insta::assert_snapshot!("github_many", of(Format::Github, &samples::many()));
    insta::assert_snapshot!("markdown_mixed", of(Format::Markdown, &samples::mixed()));
    let all = Options { verbose: true, sarif_kinds: SarifKinds::All, ..narrow() };
    insta::assert_snapshot!(
        "short_closed_verbose",
        render(Format::Short, &samples::closed(), &all)
    );
    insta::assert_snapshot!(
        "sarif_closed_all",
        versionless(Format::Sarif, &samples::closed(), &all)
    );
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
        let utf8 = matches!(format, Format::Html | Format::Json | Format::Jsonl);
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
        "\"jsn\" is no report format: use human, short, json, jsonl, sarif, junit, github, \
         markdown or html; did you mean json?"
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
