//! A check's page for a terminal.

use cdc_checks::{CheckInfo, Engine};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::cases;
use super::{address, engines, lead, related, section};
use crate::report::Options;
use crate::report::page::{Page, Tone};

/// Width of the labels beside which values stand.
const COLUMN: usize = 10;

/// The whole page, wrapped.
pub(super) fn page(check: &CheckInfo, options: &Options) -> String {
    let mut page = Page::new(options);
    let doc = check.doc_in(options.language);
    let spoken = check.spoken(options.language);
    page.prose(0, Tone::Strong, check.title_in(options.language));
    let level = page.say(check.level.as_str());
    let engines: Vec<&str> = engines(check).iter().map(|engine| product(*engine)).collect();
    let about = [check.id, level, &engines.join(", "), &check.tags.join(", ")];
    let about: Vec<&str> = about.into_iter().filter(|part| !part.is_empty()).collect();
    page.prose(0, Tone::Faint, &about.join(" · "));
    page.blank();
    body(&mut page, 0, lead(doc));
    for heading in spoken.headings() {
        headed(&mut page, heading.trim_start_matches("## "));
        body(&mut page, 2, section(doc, heading));
    }
    examples(&mut page, check);
    let breaks = section(check.doc, "## Break it");
    headed(&mut page, "How to see it fail");
    body(&mut page, 2, breaks);
    let related = related(check);
    if !related.is_empty() {
        headed(&mut page, "Related");
        for other in related {
            let id = format!("{}  ", other.id);
            let title = other.title_in(options.language);
            page.hanging(2, &[(Tone::Code, &id)], 4, Tone::Plain, title);
        }
    }
    page.blank();
    page.prose(0, Tone::Faint, &address(check.id));
    page.finish()
}

fn product(engine: Engine) -> &'static str {
    match engine {
        Engine::MySql => "MySQL, MariaDB",
        Engine::Postgres => "PostgreSQL",
        Engine::RabbitMq => "RabbitMQ",
    }
}

fn headed(page: &mut Page, title: &'static str) {
    page.blank();
    page.line(0, &[(Tone::Strong, page.say(title))]);
}

/// What comes of which facts, in a line or two each.
fn examples(page: &mut Page, check: &CheckInfo) {
    headed(page, "Cases");
    for case in cases::all(check.doc) {
        let tone = match case.outcome {
            "pass" => Tone::Good,
            "fail" => Tone::Bad,
            "not-applicable" => Tone::Faint,
            _ => Tone::Doubt,
        };
        let outcome = format!("{:<COLUMN$} ", page.say_outcome(case.outcome));
        let facts = case.facts.join("; ");
        let parts = [case.what, facts.as_str()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let told = if parts.is_empty() { "–".to_owned() } else { parts.join(": ") };
        page.hanging(2, &[(tone, &outcome)], COLUMN + 1, Tone::Plain, &told);
    }
}

/// Markdown as wrapped paragraphs; what is in a block is not wrapped.
fn body(page: &mut Page, indent: usize, markdown: &str) {
    let mut words = String::new();
    let mut block = None;
    let mut is_first = true;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                gap(page, &mut is_first);
                if let CodeBlockKind::Fenced(info) = kind
                    && !info.is_empty()
                {
                    page.prose(indent, Tone::Faint, &info);
                }
                block = Some(String::new());
            }
            Event::End(TagEnd::CodeBlock) => {
                for line in block.take().unwrap_or_default().lines() {
                    page.line(indent + 2, &[(Tone::Code, line)]);
                }
            }
            Event::Text(text) => block.as_mut().unwrap_or(&mut words).push_str(&text),
            Event::Code(code) => words.extend(["`", &code, "`"]),
            Event::SoftBreak | Event::HardBreak => words.push(' '),
            Event::End(TagEnd::Heading(_)) => {
                gap(page, &mut is_first);
                page.prose(indent, Tone::Strong, &std::mem::take(&mut words));
                // What the heading is about follows at once.
                is_first = true;
            }
            Event::End(TagEnd::Paragraph | TagEnd::Item) => {
                gap(page, &mut is_first);
                page.prose(indent, Tone::Plain, &std::mem::take(&mut words));
            }
            _ => {}
        }
    }
}

/// An empty line between two blocks, but not before the first.
fn gap(page: &mut Page, is_first: &mut bool) {
    if !std::mem::take(is_first) {
        page.blank();
    }
}
