//! Names that mean harm, in every format: read back by a reader of the format, each has to stand
//! in the text, and to change nothing else.

use cdc_preflight::checks::{Engine, Facts, Intent, Text};
use cdc_preflight::events::DiffFormat;
use cdc_preflight::gate::Policy;
use cdc_preflight::preflight::{Examined, run_report};
use cdc_preflight::remedy::{Plan, Scope, Selection, render_json, render_script, render_undo};
use cdc_preflight::report::{
    Format, Options, ReportDiff, RunReport, SarifKinds, Saved, cut_markdown, escape_terminal,
    render, render_diff,
};
use serde_json::{Value, json};

use super::readers::{self, Read};
use super::{assert_harmless, samples, without_styles};

/// What each name tries, and the name.
fn names() -> Vec<(&'static str, String)> {
    let names = [
        ("move the cursor", "\u{1b}[2J\u{1b}[1;1HGATE OPEN"),
        ("name the window", "a\u{1b}]0;b\u{7}\u{9b}31m"),
        ("command the runner", "a\n::error file=x,line=1::b"),
        ("command it at once", "::set-output name=gate::open"),
        ("command it behind other line ends", "a\u{2028}::warning::b\u{85}::notice::c"),
        ("command it by escapes", "a%0A::error::b%0D%25%3A%2C"),
        ("end a command's head", "a::b,title=c:d"),
        ("command the agent", "##vso[task.complete result=Succeeded]##[error]a"),
        ("run a script", "<script>alert(1)</script>"),
        ("leave an element", "</title></style></script></pre></code><script>x</script>"),
        ("leave an attribute", "\"><img src=x onerror=alert(1)>' onmouseover='x"),
        ("begin a comment", "a<!--b"),
        ("leave CDATA", "a]]><failure message=\"b\"/><![CDATA["),
        ("be an entity", "&lt;b&gt;&#10;&nbsp;&bogus"),
        ("leave code", "```\n# a\n````\n`b`"),
        ("add columns", "a|b||c\\|d"),
        (
            "link",
            "[a](https://evil.example) <https://evil.example> https://evil.example www.b.example",
        ),
        ("show an image", "![a](https://evil.example/x.png)"),
        ("mention", "@team #1 owner/repository#2 a@evil.example"),
        ("emphasize", "**a** _b_ ~~c~~ $d$"),
        ("begin blocks", "# a\n\n> b\n\n- c\n\n1. d\n\n***\n\n| a |\n| - |\n"),
        ("fold", "</details><details open><summary>a</summary>"),
        ("break lines", "a\n\nb\r\nc\rd\u{b}e\u{c}f"),
        ("turn the line", "a\u{202e}b\u{2066}c\u{2069}d\u{200f}"),
        ("be invisible", "a\u{200b}\u{feff}\u{ad}\u{e0041}b"),
        ("end the string", "a\0b"),
        ("end the statement", "a\"; DROP TABLE b; --'`\\"),
        ("end it with the other quote", "a`; DROP TABLE b; -- '\\' OR 1=1; #"),
        ("command psql", "a\n\\! id\n\\connect b"),
        ("format", "{{ a }} ${b} {0} %s %n"),
    ];
    let mut names: Vec<_> = names.map(|(what, name)| (what, name.to_owned())).into();
    names.push(("be long", "n".repeat(20_000)));
    names.push(("be long and escaped", "\u{1b}|".repeat(5_000)));
    names
}

/// Names that mean no harm: one that can be pasted, one that can only be shown, and one that is too
/// long for either. What is to be pasted looks another way for each.
fn harmless() -> [String; 3] {
    ["x".into(), "x\ty".into(), "x".repeat(20_000)]
}

/// Whether everything is as with a harmless name.
fn assert_unchanged(what: &str, hostile: &Read, harmless: &[Read]) {
    if harmless.iter().any(|read| read.skeleton == hostile.skeleton) {
        return;
    }
    let expected = &harmless[0].skeleton;
    let at = expected.iter().zip(&hostile.skeleton).position(|(one, other)| one != other);
    let at = at.unwrap_or(expected.len().min(hostile.skeleton.len()));
    panic!(
        "{what}: at {at}: {:?} in place of {:?}",
        &hostile.skeleton[at..].iter().take(5).collect::<Vec<_>>(),
        &expected[at..].iter().take(5).collect::<Vec<_>>(),
    );
}

/// Whether the name can be read in it, as it is shown.
fn assert_told(what: &str, read: &Read, name: &str) {
    let plain = |text: &str| text.chars().filter(|c| *c != '\\').collect::<String>();
    let shown: String = plain(&escape_terminal(&Text::new(name))).chars().take(60).collect();
    assert!(plain(&read.text).contains(&shown), "{what}: {shown} is not told");
}

/// Reads the report in the format.
fn read(format: Format, run: &RunReport, options: &Options) -> Read {
    let text = render(format, run, options);
    match format {
        Format::Json | Format::Sarif => readers::json(&text),
        Format::Jsonl => readers::json_lines(&text),
        Format::Junit => readers::xml(&text),
        Format::Github => readers::build_log(&text),
        Format::Markdown => readers::markdown(&text),
        Format::Html => readers::html(&text),
        Format::Short => short(&text),
        Format::Human => human(&text),
    }
}

/// A finding a line: the first three words.
fn short(text: &str) -> Read {
    let heads = text.lines().map(|line| line.split(' ').take(3).collect::<Vec<_>>().join(" "));
    Read { skeleton: heads.collect(), text: text.into() }
}

/// Its lines are wrapped by what stands in them; the marks of verdicts and findings are not.
fn human(text: &str) -> Read {
    const MARKS: [&str; 9] =
        ["GATE ", "next", "Failed: ", "  ✗ ", "  ? ", "  ! ", "  ~ ", "  ✓ ", "  - "];
    let text: String = text.split_inclusive('\n').map(without_styles).collect();
    let marks = text.lines().filter_map(|line| {
        MARKS.into_iter().find(|mark| line.starts_with(mark)).map(str::to_owned)
    });
    let skeleton = marks.collect();
    Read { skeleton, text: text.split_whitespace().collect::<Vec<_>>().join(" ") }
}

#[test]
fn no_name_injects_into_any_format() {
    for format in Format::ALL {
        let options = Options {
            color: format == Format::Human,
            verbose: true,
            sarif_kinds: SarifKinds::All,
            width: 120,
            ..Options::default()
        };
        let plain = harmless().map(|name| read(format, &samples::filled(&name), &options));
        assert!(!plain[0].skeleton.is_empty(), "{format:?}: nothing is compared");
        for (what, name) in names() {
            let what = format!("{format:?}: {what}");
            let read = read(format, &samples::filled(&name), &options);
            assert_unchanged(&what, &read, &plain);
            // Wrapped, or as it came.
            if !matches!(format, Format::Human | Format::Json | Format::Jsonl) {
                assert_told(&what, &read, &name);
            }
        }
    }
}

#[test]
fn what_is_printed_is_harmless_in_every_log() {
    let options = Options { verbose: true, ..Options::default() };
    for (_, name) in names() {
        for format in [Format::Human, Format::Short, Format::Json, Format::Jsonl, Format::Html] {
            let text = render(format, &samples::filled(&name), &options);
            assert_harmless(&text, &options, format, &name);
            assert!(readers::build_log(&text).skeleton.is_empty(), "{format:?}: a command");
        }
        let text = render(Format::Markdown, &samples::filled(&name), &options);
        assert!(readers::build_log(&text).skeleton.is_empty(), "a command: {text}");
    }
}

#[test]
fn a_summary_that_is_cut_leaves_nothing_open() {
    for (what, name) in names() {
        let whole = render(Format::Markdown, &samples::filled(&name), &Options::default());
        let all = headings(&whole);
        for size in (0..whole.len()).step_by(whole.len() / 40) {
            let cut = cut_markdown(whole.clone(), size);
            assert!(cut.len() <= size, "{what}");
            let read = readers::markdown(&cut).skeleton;
            let count = |tag: &str| read.iter().filter(|part| part.starts_with(tag)).count();
            assert_eq!(count("</details>"), count("<details>"), "{what}, {size} bytes: {cut}");
            let headings = headings(&cut);
            assert!(all.starts_with(&headings), "{what}, {size} bytes: {headings:?}");
        }
    }
}

fn headings(markdown: &str) -> Vec<String> {
    let skeleton = readers::markdown(markdown).skeleton.into_iter();
    skeleton.filter(|part| part.starts_with("Heading")).collect()
}

#[test]
fn no_name_injects_into_a_comparison() {
    let saved = |name: &str| {
        let text = render(Format::Json, &samples::filled(name), &Options::default());
        Saved::parse(&text).expect("a report")
    };
    let before = saved("before");
    let options = Options { verbose: true, ..Options::default() };
    let read = |name: &str, format| {
        let diff = ReportDiff::between(&before, &saved(name));
        let text = render_diff(&diff, format, &options);
        match format {
            DiffFormat::Json => readers::json(&text),
            DiffFormat::Markdown => readers::markdown(&text),
            DiffFormat::Human => {
                assert_harmless(&text, &options, Format::Human, name);
                Read { skeleton: readers::build_log(&text).skeleton, text }
            }
        }
    };
    for format in [DiffFormat::Human, DiffFormat::Json, DiffFormat::Markdown] {
        let plain = harmless().map(|name| read(&name, format));
        for (what, name) in names() {
            assert_unchanged(&format!("{format:?}: {what}"), &read(&name, format), &plain);
        }
    }
}

/// The recording of a server on which a table with this name lacks what it needs.
fn broken(recording: &str, name: &str) -> RunReport {
    let path = format!("{}/tests/facts/{recording}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("a recording");
    let mut facts: Value = serde_json::from_str(&text).expect("JSON");
    facts["request"]["fields"].as_object_mut().expect("fields").remove("TableNames");
    if recording == "postgres" {
        let table = &mut facts["source"]["postgres"]["tables"]["known"]["found"][0];
        table["name"]["name"] = json!(name);
        table["select"] = json!("none");
        table["identity"] = json!("nothing");
        table["primary_key"] = json!([]);
        table["owner"] = json!(name);
    } else {
        let source = &mut facts["source"]["my_sql"];
        source["tables"]["known"]["found"][0]["name"]["name"] = json!(name);
        source["grants"] = json!({ "known": ["GRANT USAGE ON *.* TO `cdc_user`@`%`"] });
    }
    let facts: Facts = serde_json::from_value(facts).expect("facts");
    let intent = Intent::of(&facts.request);
    run_report(&[Examined::new(facts, intent)], &Policy::default()).0
}

#[test]
fn no_name_injects_into_a_script() {
    let selection = Selection { scope: Scope::All, ..Selection::default() };
    for (recording, engine) in [("postgres", Engine::Postgres), ("mysql", Engine::MySql)] {
        let plans = |name: &str| Plan::of(&broken(recording, name).targets, &selection);
        for write in [render_script, render_undo] {
            let script = |name: &str| plans(name).iter().map(write).collect::<String>();
            let plain = readers::statements(&script("plain"), engine);
            assert!(!plain.is_empty(), "{recording}: nothing to paste");
            for (what, name) in names() {
                let script = script(&name);
                assert!(readers::build_log(&script).skeleton.is_empty(), "{what}: {script}");
                let hidden = script.chars().find(|c| c.is_control() && *c != '\n');
                assert_eq!(hidden, None, "{what}");
                // What cannot be pasted stands in a comment: there may be less, never more.
                let found = readers::statements(&script, engine);
                assert!(found.is_subset(&plain), "{recording}: {what}: {found:?} not in {plain:?}");
            }
        }
        let read = |name: &str| readers::json(&render_json(&plans(name)));
        // TableNames cannot carry every name for certain, of which there is a check.
        let plain = ["plain", "a+b", "a,b"].map(read);
        for (what, name) in names() {
            assert_unchanged(&format!("{recording}: {what}"), &read(&name), &plain);
            let text = render_json(&plans(&name));
            assert_harmless(&text, &Options::default(), Format::Json, &name);
        }
    }
}
