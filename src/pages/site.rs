//! All pages as a site: plain files that a browser opens from a disk as well as from a server.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use askama::Template;
use cdc_checks::{CheckInfo, Language, catalogue};

use super::cases::{self, Case};
use super::{engines, html, lead, related, section};
use crate::report::html::{STYLE as SHARED, policy};

/// What these pages have besides the style of the reports.
pub(crate) const STYLE: &str = include_str!("site.css");
/// The filter of the list.
pub(crate) const SCRIPT: &str = include_str!("index.js");

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

/// How links lead to a check's page: what stands before and behind its id.
type Links = (&'static str, &'static str);

#[derive(Template)]
#[template(path = "pages/index.html")]
struct Index {
    language: &'static str,
    policy: String,
    style: String,
    script: &'static str,
    list: List,
}

/// The list of all checks, with a filter.
struct List {
    areas: Vec<(&'static str, Vec<Row>)>,
    levels: [&'static str; 3],
    number: usize,
    links: Links,
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
        let style = style();
        Self {
            language: language.as_str(),
            policy: policy(&style, SCRIPT),
            style,
            script: SCRIPT,
            list: List::of(language, ("", ".html")),
        }
    }
}

impl List {
    fn of(language: Language, links: Links) -> Self {
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
        let number = areas.iter().map(|(_, rows)| rows.len()).sum();
        Self { areas, levels: ["required", "recommended", "informational"], number, links }
    }
}

#[derive(Template)]
#[template(path = "pages/page.html")]
struct Page {
    language: &'static str,
    policy: String,
    style: String,
    sheet: Sheet,
}

/// What is said of a check.
struct Sheet {
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
    links: Links,
}

impl Page {
    fn of(check: &CheckInfo, language: Language) -> Self {
        let style = style();
        let sheet = Sheet::of(check, language, ("../", ".html"));
        let (language, policy) = (sheet.spoken.as_str(), policy(&style, ""));
        Self { language, policy, style, sheet }
    }
}

impl Sheet {
    fn of(check: &CheckInfo, language: Language, links: Links) -> Self {
        let doc = check.doc_in(language);
        let spoken = check.spoken(language);
        let sections = spoken
            .headings()
            .map(|heading| (heading.trim_start_matches("## "), html(section(doc, heading), 0)));
        Self {
            check: *check,
            title: check.title_in(language),
            engines: engines(check).iter().map(|engine| engine.as_str()).collect(),
            lead: html(lead(doc), 0),
            sections: sections.into(),
            cases: cases::all(check.doc),
            break_it: html(section(check.doc, "## Break it"), 0),
            related: related(check),
            spoken,
            links,
        }
    }
}

/// The list of all checks as a part of another page, which brings [`STYLE`] and [`SCRIPT`].
#[derive(Template)]
#[template(path = "pages/list_part.html")]
pub(crate) struct ListPart {
    list: List,
}

impl ListPart {
    /// The list in English; links lead to `/checks/ID`.
    pub(crate) fn new() -> Self {
        Self { list: List::of(Language::English, ("/checks/", "")) }
    }

    /// How many checks there are.
    pub(crate) fn number(&self) -> usize {
        self.list.number
    }
}

/// What is said of a check as a part of another page.
#[derive(Template)]
#[template(path = "pages/sheet.html")]
pub(crate) struct SheetPart {
    sheet: Sheet,
}

impl SheetPart {
    /// What is said of the check in English; links lead to `/checks/ID`.
    pub(crate) fn of(check: &CheckInfo) -> Self {
        Self { sheet: Sheet::of(check, Language::English, ("/checks/", "")) }
    }
}

/// The style of the reports, and what these pages have besides.
fn style() -> String {
    format!("{SHARED}{STYLE}")
}
