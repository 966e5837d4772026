//! A line of the input as it may be shown: without secrets, without control characters, and not
//! longer than a person reads.

use std::ops::Range;

use cdc_checks::facts::request::Operation;
use cdc_checks::request::fields;

use super::source::is_deceptive;

/// What stands for a secret.
const MASK: &str = "***";

/// Characters shown on either side of the marked part of a very long line.
const CONTEXT: usize = 200;

/// A line as it may be shown, and the part of it that is marked, in bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Excerpt {
    pub(super) line: String,
    pub(super) marked: Range<usize>,
}

impl Excerpt {
    /// The line with the parts in `hidden` masked.
    pub(super) fn without(
        line: &str,
        marked: Range<usize>,
        hidden: impl IntoIterator<Item = Range<usize>>,
    ) -> Self {
        let mut shown = Shown::new(marked);
        let mut at = 0;
        for span in hidden {
            shown.plain(line, at..span.start.max(at));
            shown.masked(span.start.max(at)..span.end.max(at));
            at = span.end.max(at);
        }
        shown.plain(line, at..line.len());
        shown.finish()
    }

    /// The line with everything masked but known names and the indentation.
    pub(super) fn names_only(line: &str, marked: Range<usize>) -> Self {
        let indent = line.len() - line.trim_start().len();
        let mut hidden = Vec::new();
        let mut at = indent;
        for name in names(line) {
            let before = name.start - usize::from(line.get(..name.start).is_some_and(opens));
            if before > at {
                hidden.push(at..before);
            }
            let rest = line.get(name.end..).unwrap_or_default();
            at = name.end + rest.len() - rest.trim_start_matches(['"', '\'']).len();
            let rest = line.get(at..).unwrap_or_default();
            at += usize::from(rest.starts_with(':'));
        }
        let end = line.trim_end().len();
        if end > at {
            hidden.push(at..end);
        }
        Self::without(line, marked, hidden)
    }
}

fn opens(before: &str) -> bool {
    before.ends_with(['"', '\''])
}

/// Where a known name stands as a whole word and before a colon.
fn names(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for word in line.split(|c: char| !c.is_ascii_alphanumeric()) {
        let span = at..at + word.len();
        let rest = line.get(span.end..).unwrap_or_default();
        let is_key = || rest.trim_start_matches(['"', '\'', ' ', '\t']).starts_with(':');
        // Only then is the rest looked at: a line of quotes has as many empty words.
        if is_known(word) && is_key() {
            found.push(span.clone());
        }
        at = span.end + rest.chars().next().map_or(0, char::len_utf8);
    }
    found
}

fn is_known(word: &str) -> bool {
    let is_operation = |operation: Operation| word == operation.as_str();
    let is_field = |operation| fields::find(operation, word).is_some();
    word == "requests" || Operation::ALL.into_iter().any(|it| is_operation(it) || is_field(it))
}

/// Builds the shown line, and carries the marked part over to it.
struct Shown {
    wanted: Range<usize>,
    line: String,
    start: Option<usize>,
    end: usize,
}

impl Shown {
    fn new(wanted: Range<usize>) -> Self {
        Self { wanted, line: String::new(), start: None, end: 0 }
    }

    fn plain(&mut self, line: &str, span: Range<usize>) {
        for (at, c) in line.get(span.clone()).unwrap_or_default().char_indices() {
            let place = span.start + at;
            self.mark(place..place + c.len_utf8(), |out| match c {
                '\t' => out.push_str("    "),
                c if is_deceptive(c) => out.extend(c.escape_unicode()),
                c => out.push(c),
            });
        }
    }

    fn masked(&mut self, span: Range<usize>) {
        if !span.is_empty() {
            self.mark(span, |out| out.push_str(MASK));
        }
    }

    /// Writes what stands for the bytes `span`.
    fn mark(&mut self, span: Range<usize>, write: impl FnOnce(&mut String)) {
        let before = self.line.len();
        write(&mut self.line);
        let is_marked = span.start < self.wanted.end && span.end > self.wanted.start;
        let is_point = self.wanted.is_empty() && span.contains(&self.wanted.start);
        if is_marked || is_point {
            self.start.get_or_insert(before);
            self.end = self.line.len();
        }
    }

    fn finish(self) -> Excerpt {
        let end = self.line.len();
        let marked = self.start.map_or(end..end, |start| start..self.end);
        clip(self.line, marked)
    }
}

/// Cuts a very long line down to what is around the marked part.
fn clip(line: String, marked: Range<usize>) -> Excerpt {
    if line.len() <= 4 * CONTEXT {
        return Excerpt { line, marked };
    }
    let until = marked.end.min(marked.start + CONTEXT);
    let before = line.char_indices().map(|(at, _)| at).filter(|at| *at <= marked.start);
    let from = before.rev().nth(CONTEXT).unwrap_or(0);
    let mut after = line.char_indices().map(|(at, _)| at).filter(|at| *at >= until);
    let to = after.nth(CONTEXT).unwrap_or(line.len());
    let until = after_boundary(&line, until);
    let (head, tail) =
        (if from > 0 { "..." } else { "" }, if to < line.len() { "..." } else { "" });
    let shift = |at: usize| at + head.len() - from;
    Excerpt {
        line: format!("{head}{}{tail}", line.get(from..to).unwrap_or_default()),
        marked: shift(marked.start)..shift(until.min(to)),
    }
}

fn after_boundary(line: &str, at: usize) -> usize {
    (at..=line.len()).find(|at| line.is_char_boundary(*at)).unwrap_or(line.len())
}

#[cfg(test)]
mod tests {
    use std::iter::once;

    use super::Excerpt;

    fn marked(excerpt: &Excerpt) -> &str {
        &excerpt.line[excerpt.marked.clone()]
    }

    #[test]
    fn a_mask_tells_nothing_of_the_length() {
        let excerpt = Excerpt::without("a: secret, b: \tx", 11..12, once(3..9));
        assert_eq!((excerpt.line.as_str(), marked(&excerpt)), ("a: ***, b:     x", "b"));
        let within = Excerpt::without("a: secret", 5..6, once(3..9));
        assert_eq!(marked(&within), "***");
    }

    #[test]
    fn control_characters_are_shown_as_codes() {
        let excerpt = Excerpt::without("a\u{1b}[31m\u{202e}b", 9..10, []);
        assert_eq!(excerpt.line, "a\\u{1b}[31m\\u{202e}b");
        assert_eq!(marked(&excerpt), "b");
    }

    #[test]
    fn only_names_are_left_of_a_line_that_is_not_understood() {
        let only = |line: &str| Excerpt::names_only(line, 0..0).line;
        assert_eq!(only("  Password: \"abc"), "  Password:***");
        assert_eq!(only("{\"Port\":1,\"Password\":\"a,b"), "***\"Port\":***\"Password\":***");
        assert_eq!(only("Portable: x"), "***");
        assert_eq!(only("Password x"), "***");
    }

    #[test]
    fn a_line_of_quotes_takes_no_longer_than_others() {
        let (line, started) = ("'".repeat(400_000), std::time::Instant::now());
        assert_eq!(Excerpt::names_only(&line, 0..0).line, "***");
        assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_mark() {
        let line = format!("{}\u{e4}MARK{}", "\u{e4}".repeat(5_000), "y".repeat(5_000));
        let excerpt = Excerpt::without(&line, 10_002..10_006, []);
        assert_eq!(marked(&excerpt), "MARK");
        assert!(excerpt.line.starts_with("...") && excerpt.line.ends_with("..."));
        assert!(excerpt.line.chars().count() < 500);
        let point = Excerpt::without(&line, line.len()..line.len(), []);
        assert_eq!(point.marked, point.line.len()..point.line.len());
    }
}
