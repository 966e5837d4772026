//! The catalogue as pages: the list that is part of the project, the site, and `checks explain`.

use std::path::Path;

use cdc_checks::{Language, catalogue};
use cdc_preflight::pages::{Format, explain, markdown_index, write_site};
use cdc_preflight::report::Options;

/// `CDC_PREFLIGHT_UPDATE=1 cargo test --test pages` writes the list anew.
#[test]
fn the_list_in_the_project_is_that_of_the_catalogue() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("docs/checks/README.md");
    if std::env::var_os("CDC_PREFLIGHT_UPDATE").is_some() {
        std::fs::write(&path, markdown_index()).expect("written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == markdown_index(), "the list has changed: see this test");
    for check in catalogue::all() {
        let source = format!("checks/{}.md", check.id.replace('-', "_"));
        assert!(root.join(&source).is_file(), "there is no {source}");
    }
}

#[test]
fn the_site_has_a_page_for_every_check() {
    let folder = tempfile::tempdir().expect("a directory");
    let files = write_site(folder.path(), Language::English).expect("written");
    assert_eq!(files, catalogue::all().count() + 1);
    let index = std::fs::read_to_string(folder.path().join("index.html")).expect("an index");
    for check in catalogue::all() {
        assert!(index.contains(&format!("id=\"{}\"", check.id)), "{} has no anchor", check.id);
        let page = folder.path().join(format!("{}.html", check.id));
        let page = std::fs::read_to_string(page).expect("a page");
        for heading in ["Why", "Fix", "Cases", "Break it"] {
            assert!(page.contains(&format!("<h2>{heading}</h2>")), "{}: {heading}", check.id);
        }
    }
}

#[test]
fn a_check_is_explained_to_people() {
    let check = catalogue::find("mysql/binlog-format").expect("a check");
    let page = |options: Options| explain(&check, Format::Human, &options);
    insta::assert_snapshot!("explain_human", page(Options::default()));
    let chinese = Options { language: Language::Chinese, ..Options::default() };
    insta::assert_snapshot!("explain_human_zh", page(chinese));
    insta::assert_snapshot!("explain_json", explain(&check, Format::Json, &Options::default()));
}

#[test]
fn prose_of_every_page_keeps_to_the_width() {
    let options = Options { width: 80, ..Options::default() };
    for check in catalogue::all() {
        for line in explain(&check, Format::Human, &options).lines() {
            // Statements are not wrapped; they stand at least four columns in.
            let is_wrapped = !line.starts_with("    ");
            assert!(!is_wrapped || line.chars().count() <= 80, "{}: {line}", check.id);
        }
    }
}
