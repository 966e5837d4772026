//! The catalogue to read: a check's page in the terminal, as Markdown or JSON, and all pages as a
//! site that needs no server.

mod cases;
mod index;
mod markup;
mod site;
mod terminal;

use std::str::FromStr;

use cdc_checks::{CheckInfo, Engine, Language, catalogue};
use serde_json::json;

pub use index::markdown_index;
pub(crate) use markup::html;
pub(crate) use site::{ListPart, SCRIPT, STYLE, SheetPart};
pub use site::{PageError, write_site};

use crate::report::Options;

/// Where the pages are, seen from the root of the project or of what has been published of it.
pub const BASE: &str = "docs/checks/";

/// Checks that a page points to.
const RELATED_SHOWN: usize = 8;

/// The address of a check's page, under [`BASE`]: by its id, which is permanent.
pub fn address(id: &str) -> String {
    format!("{BASE}#{id}")
}

/// How a check is explained.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Format {
    /// For a terminal.
    #[default]
    Human,
    /// The page as it is written.
    Markdown,
    /// For programs; always in English.
    Json,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "human" => Ok(Self::Human),
            "markdown" => Ok(Self::Markdown),
            "json" => Ok(Self::Json),
            _ => Err("one of human, markdown, json".into()),
        }
    }
}

/// A check's page. The result ends with a line feed.
pub fn explain(check: &CheckInfo, format: Format, options: &Options) -> String {
    match format {
        Format::Human => terminal::page(check, options),
        Format::Markdown => {
            let title = check.title_in(options.language);
            let level = check.level.as_str();
            format!("# {}\n\n{title} ({level})\n\n{}", check.id, check.doc_in(options.language))
        }
        Format::Json => format!("{:#}\n", document(check)),
    }
}

fn document(check: &CheckInfo) -> serde_json::Value {
    let [why, fix] = Language::English.headings();
    let engines: Vec<&str> = engines(check).iter().map(|engine| engine.as_str()).collect();
    let related: Vec<&str> = related(check).iter().map(|other| other.id).collect();
    json!({
        "id": check.id,
        "area": check.area(),
        "engines": engines,
        "level": check.level,
        "title": check.title,
        "tags": check.tags,
        "summary": lead(check.doc),
        "why": section(check.doc, why),
        "fix": section(check.doc, fix),
        "related": related,
        "page": address(check.id),
    })
}

/// The engines that a check is about.
fn engines(check: &CheckInfo) -> &'static [Engine] {
    match check.area() {
        "mysql" => &[Engine::MySql],
        "postgres" => &[Engine::Postgres],
        "rabbitmq" => &[Engine::RabbitMq],
        _ => &[Engine::MySql, Engine::Postgres, Engine::RabbitMq],
    }
}

/// The checks of the same area that share most tags with this one, in the order of the catalogue.
fn related(check: &CheckInfo) -> Vec<CheckInfo> {
    let shared =
        |other: &CheckInfo| other.tags.iter().filter(|tag| check.tags.contains(tag)).count();
    let mut found: Vec<CheckInfo> = catalogue::all()
        .filter(|other| other.area() == check.area() && other.id != check.id && shared(other) > 0)
        .collect();
    found.sort_by_key(|other| std::cmp::Reverse(shared(other)));
    found.truncate(RELATED_SHOWN);
    found
}

/// What stands before the first heading: a sentence.
fn lead(page: &str) -> &str {
    page.split("## ").next().unwrap_or_default().trim()
}

/// What stands under a heading, up to the next of its kind; empty where there is none.
pub(crate) fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let Some((_, rest)) = page.split_once(&format!("{heading}\n")) else { return "" };
    rest.split_once("\n## ").map_or(rest, |(section, _)| section).trim()
}

#[cfg(test)]
mod tests {
    use super::{lead, section};

    #[test]
    fn a_page_is_taken_apart_by_its_headings() {
        let page =
            "One sentence.\n\n## Why\n\nIt breaks.\n\n### Here\n\nToo.\n\n## Fix\n\nDo it.\n";
        assert_eq!(lead(page), "One sentence.");
        assert_eq!(section(page, "## Why"), "It breaks.\n\n### Here\n\nToo.");
        assert_eq!(section(page, "## Fix"), "Do it.");
        assert_eq!(section(page, "## Cases"), "");
    }
}
