//! All pages as a site: plain files that a browser opens from a disk as well as from a server.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use askama::Template;
use cdc_checks::{CheckInfo, Language, catalogue};

use super::cases::{self, Case};
use super::{engines, html, lead, related, section};
use crate::report::html::{STYLE as SHARED, policy};

const STYLE: &str = include_str!("site.css");
const SCRIPT: &str = include_str!("index.js");

/// A file of the site that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {path:?}: {source}")]
pub struct PageError {
    /// The file or directory.
    pub path: PathBuf,
    /// What the operating system said.
    pub source: io::Error,
}

/// Writes `index.html` and `AREA/NOUN.html` for every check. Says how many files there are.
///
/// # Errors
/// A directory cannot be made, or a file cannot be written.
pub fn write_site(directory: &Path, language: Language) -> Result<usize, PageError> {
    let write = |name: &str, text: String| {
        let path = directory.join(name);
        let parent = path.parent().unwrap_or(directory).to_owned();
        fs::create_dir_all(&parent).map_err(|source| PageError { path: parent, source })?;
        fs::write(&path, text).map_err(|source| PageError { path, source })
    };
    write("index.html", rendered(&Index::of(language)))?;
    let mut files = 1;
    for check in catalogue::all() {
        write(&format!("{}.html", check.id), rendered(&Page::of(&check, language)))?;
        files += 1;
    }
    Ok(files)
}

fn rendered(page: &impl Template) -> String {
    page.render().expect("the template only writes to memory") + "\n"
}

#[derive(Template)]
#[template(path = "pages/index.html")]
struct Index {
    language: &'static str,
    policy: String,
    style: String,
    script: &'static str,
    areas: Vec<(&'static str, Vec<Row>)>,
    levels: [&'static str; 3],
    number: usize,
}

/// A check in the index.
struct Row {
    id: &'static str,
    title: &'static str,
    level: &'static str,
    tags: String,
    lead: String,
}

impl Index {
    fn of(language: Language) -> Self {
        let mut areas: Vec<(&'static str, Vec<Row>)> = Vec::new();
        for check in catalogue::all() {
            let row = Row {
                id: check.id,
                title: check.title_in(language),
                level: check.level.as_str(),
                tags: check.tags.join(" "),
                lead: html(lead(check.doc_in(language)), 0),
            };
            match areas.last_mut() {
                Some((area, rows)) if *area == check.area() => rows.push(row),
                _ => areas.push((check.area(), vec![row])),
            }
        }
        let style = style();
        Self {
            language: language.as_str(),
            policy: policy(&style, SCRIPT),
            style,
            script: SCRIPT,
            number: areas.iter().map(|(_, rows)| rows.len()).sum(),
            areas,
            levels: ["required", "recommended", "informational"],
        }
    }
}

#[derive(Template)]
#[template(path = "pages/page.html")]
struct Page {
    language: &'static str,
    policy: String,
    style: String,
    check: CheckInfo,
    title: &'static str,
    engines: Vec<&'static str>,
    lead: String,
    /// Heading and text: why, and how to fix it.
    sections: Vec<(&'static str, String)>,
    cases: Vec<Case<'static>>,
    break_it: String,
    related: Vec<CheckInfo>,
    spoken: Language,
}

impl Page {
    fn of(check: &CheckInfo, language: Language) -> Self {
        let doc = check.doc_in(language);
        let spoken = check.spoken(language);
        let style = style();
        let sections = spoken
            .headings()
            .map(|heading| (heading.trim_start_matches("## "), html(section(doc, heading), 0)));
        Self {
            language: spoken.as_str(),
            policy: policy(&style, ""),
            style,
            check: *check,
            title: check.title_in(language),
            engines: engines(check).iter().map(|engine| engine.as_str()).collect(),
            lead: html(lead(doc), 0),
            sections: sections.into(),
            cases: cases::all(check.doc),
            break_it: html(section(check.doc, "## Break it"), 0),
            related: related(check),
            spoken,
        }
    }
}

/// The style of the reports, and what these pages have besides.
fn style() -> String {
    format!("{SHARED}{STYLE}")
}
