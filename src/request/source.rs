//! The text of an input, and the parts of it that must never be shown.

use std::ops::Range;

use super::excerpt::Excerpt;
use super::layout::Layout;
use super::origin::Region;
use super::problem::{Place, Problem, Problems, Severity};

/// A place in the text, in bytes.
pub(crate) type Span = Range<usize>;

/// Something wrong, before it is known which parts of the text may be shown.
pub(crate) struct Complaint {
    pub(super) severity: Severity,
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) help: String,
    /// The check whose finding it is.
    pub(super) rule: Option<&'static str>,
}

impl Complaint {
    pub(crate) fn error(span: &Span, message: impl Into<String>, help: impl Into<String>) -> Self {
        let (message, help) = (message.into(), help.into());
        Self { severity: Severity::Error, span: span.clone(), message, help, rule: None }
    }

    pub(crate) fn warning(
        span: &Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(span, message, help) }
    }
}

/// The text of an input. It may hold secrets, so it has no `Debug`.
pub(crate) struct Source {
    /// The file, `<stdin>` or `<url>`.
    pub(super) name: String,
    pub(super) text: String,
    /// Where everything is, once the text is understood.
    pub(super) layout: Option<Layout>,
    hidden: Hidden,
}

/// Which parts of the text must not be shown.
enum Hidden {
    /// Everything but the names of fields and operations: before the text is understood, nobody
    /// can tell which part of it is the password.
    AllButNames,
    /// These parts, in order.
    Spans(Vec<Span>),
}

impl Source {
    pub(super) fn new(name: impl Into<String>, text: String) -> Self {
        let hidden = Hidden::AllButNames;
        Self { name: printable(&name.into()), text, layout: None, hidden }
    }

    /// A text without secrets.
    pub(crate) fn shown(name: &str, text: &str) -> Self {
        Self { hidden: Hidden::Spans(Vec::new()), ..Self::new(name, text.into()) }
    }

    /// Says which parts are secret, now that the text is understood.
    pub(crate) fn hide_only(&mut self, spans: impl IntoIterator<Item = Span>) {
        let mut spans: Vec<Span> = spans.into_iter().collect();
        spans.sort_by_key(|span| span.start);
        self.hidden = Hidden::Spans(spans);
    }

    /// Turns complaints into problems, in the order of their places; the first hundred, because
    /// nobody reads more.
    pub(crate) fn problems(&self, complaints: impl IntoIterator<Item = Complaint>) -> Problems {
        const MOST: usize = 100;
        let mut complaints: Vec<Complaint> = complaints.into_iter().collect();
        complaints.sort_by_key(|complaint| complaint.span.start);
        let rest = complaints.split_off(complaints.len().min(MOST));
        let is_error = |complaint: &Complaint| complaint.severity == Severity::Error;
        let more = rest.iter().find(|it| is_error(it)).or(rest.first()).map(|one| {
            let message = format!("{} more problems are not shown", rest.len());
            Problem { severity: one.severity, ..Problem::nowhere(&self.name, message, "") }
        });
        complaints.iter().map(|complaint| self.problem(complaint)).chain(more).collect()
    }

    fn problem(&self, complaint: &Complaint) -> Problem {
        Problem {
            severity: complaint.severity,
            message: printable(&complaint.message),
            help: printable(&complaint.help),
            place: Some(self.place(&complaint.span)),
            pointer: self.pointer(&complaint.span),
            file: self.name.clone(),
            rule: complaint.rule,
        }
    }

    /// The path to a place, as far as it may be shown.
    fn pointer(&self, span: &Span) -> Option<String> {
        let Hidden::Spans(hidden) = &self.hidden else { return None };
        let is_hidden = |key: &Span| hidden.iter().any(|span| overlap(span, key).is_some());
        self.layout.as_ref().map(|layout| layout.pointer(span, &is_hidden))
    }

    /// Whether it is a file, so that others can open it as well.
    pub(super) fn is_file(&self) -> bool {
        !self.name.starts_with('<')
    }

    /// Finds the lines and columns of spans.
    pub(super) fn ruler(&self) -> Ruler<'_> {
        Ruler { text: &self.text, at: 0, line: 1, column: 1 }
    }

    /// The text at a span; empty where the span is not within the text.
    pub(super) fn slice(&self, span: &Span) -> &str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    /// The text without these parts, which stand in order and apart from each other.
    pub(super) fn without(&self, spans: &[Span]) -> String {
        let ends = spans.iter().map(|span| span.start).chain([self.text.len()]);
        let starts = [0].into_iter().chain(spans.iter().map(|span| span.end));
        starts.zip(ends).map(|(start, end)| self.slice(&(start..end))).collect()
    }

    /// The number of the line, from 1.
    pub(super) fn line_of(&self, span: &Span) -> usize {
        let before = self.text.get(..span.start).unwrap_or(&self.text);
        before.matches('\n').count() + 1
    }

    fn place(&self, span: &Span) -> Place {
        let start = floor(&self.text, span.start);
        let end = floor(&self.text, span.end.max(start));
        let (before, after) = self.text.split_at(start);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line_end = after.find('\n').map_or(self.text.len(), |at| start + at);
        let line = line_start..line_end;
        let text = self.text.get(line.clone()).unwrap_or_default();
        let within = start - line_start..end.min(line_end).max(start) - line_start;
        let excerpt = match &self.hidden {
            Hidden::AllButNames => Excerpt::names_only(text, within),
            Hidden::Spans(spans) => {
                let hidden = spans.iter().filter_map(|span| overlap(span, &line));
                Excerpt::without(text, within, hidden)
            }
        };
        Place {
            line: self.line_of(span),
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            excerpt,
        }
    }
}

/// Walks along the text, counting lines and columns. Going on is quicker than going back.
pub(super) struct Ruler<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    column: usize,
}

impl Ruler<'_> {
    /// The lines and columns of a span, without white space at its end.
    pub(super) fn region(&mut self, span: &Span) -> Region {
        let start = floor(self.text, span.start);
        let text = self.text.get(start..floor(self.text, span.end.max(start))).unwrap_or_default();
        let (start_line, start_column) = self.place(start);
        let (end_line, end_column) = self.place(start + text.trim_end().len());
        Region { start_line, start_column, end_line, end_column }
    }

    fn place(&mut self, at: usize) -> (usize, usize) {
        if at < self.at {
            (self.at, self.line, self.column) = (0, 1, 1);
        }
        for c in self.text.get(self.at..at).unwrap_or_default().chars() {
            match c {
                '\n' => (self.line, self.column) = (self.line + 1, 1),
                _ => self.column += 1,
            }
        }
        self.at = at;
        (self.line, self.column)
    }
}

/// The part of `span` within `line`, counted from the beginning of the line.
fn overlap(span: &Span, line: &Span) -> Option<Span> {
    let (start, end) = (span.start.max(line.start), span.end.min(line.end));
    (start < end).then(|| start - line.start..end - line.start)
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Makes control characters, and those that reorder or hide text, visible.
pub(super) fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if is_deceptive(c) {
            out.extend(c.escape_unicode())
        } else {
            out.push(c)
        }
        out
    })
}

/// Whether a character acts on a terminal, or is there without being seen.
pub(super) fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}
