//! Pages in other languages than English say what the page itself says, about the same things.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its own data has to stop")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cdc_checks::{CheckInfo, Language, Level, catalogue};

/// Every translation with its check and its language.
fn all() -> Vec<(CheckInfo, Language, &'static str)> {
    let known = catalogue::translations().map(|translation| {
        let check = catalogue::find(translation.id).expect("the check of a translation");
        let language = translation.language.parse().expect("a language");
        (check, language, translation.text)
    });
    known.collect()
}

fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("{heading}\n")).unwrap();
    rest.split_once("\n## ").map_or(rest, |(section, _)| section)
}

#[test]
fn every_required_check_is_translated() {
    let required = catalogue::all().filter(|check| check.level == Level::Required);
    let bare = required.filter(|check| !all().iter().any(|(other, ..)| other.id == check.id));
    let bare: Vec<&str> = bare.map(|check| check.id).collect();
    assert!(bare.is_empty(), "no NAME.zh.md: {bare:?}");
    assert_eq!(Language::ALL.len(), 2, "say in CONTRIBUTING.md what a new language needs");
}

#[test]
fn a_translation_has_a_title_and_its_own_headings() {
    for (check, language, text) in all() {
        let place = format!("{} in {}", check.id, language.as_str());
        assert!(text.starts_with("# "), "{place}: no title");
        assert_ne!(check.title_in(language), check.title, "{place}: the title is English");
        let found: Vec<&str> = text.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(found, language.headings(), "{place}");
    }
}

#[test]
fn a_translation_tells_of_the_same_platforms() {
    let subsections = |text: &str| text.lines().filter(|line| line.starts_with("### ")).count();
    for (check, language, text) in all() {
        let ([_, fix], [_, own]) = (Language::English.headings(), language.headings());
        let (there, here) = (subsections(section(check.doc, fix)), subsections(section(text, own)));
        assert_eq!(here, there, "{} in {}", check.id, language.as_str());
    }
}

/// What stands between backticks, which no language changes.
fn code(text: &str) -> BTreeSet<String> {
    let spans = text.split('`').skip(1).step_by(2);
    // A span may break where its line does.
    spans.map(|span| span.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn a_translation_names_the_same_settings_and_statements() {
    for (check, language, text) in all() {
        let headings = Language::English.headings().into_iter().zip(language.headings());
        for (english, own) in headings {
            let (there, here) = (code(section(check.doc, english)), code(section(text, own)));
            assert_eq!(here, there, "{} in {}, {own}", check.id, language.as_str());
        }
    }
}

/// The files `NAME.LANGUAGE.md` below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let twins = files.into_iter().filter(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.ends_with(".md") && name.matches('.').count() == 2
    });
    twins.chain(folders.iter().flat_map(|folder| self::files(folder))).collect()
}

#[test]
fn no_translation_is_forgotten_in_the_catalogue() {
    let files = files(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert_eq!(files.len(), all().len(), "`NAME in zh,` in mod.rs brings NAME.zh.md in: {files:?}");
}
