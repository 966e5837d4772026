//! The only escaping: here, and nowhere else in the reports, text from outside is unwrapped.
//!
//! A table name can hold anything. Printed as it stands it could move the cursor over the verdict,
//! recolour it, reverse it, or speak to the CI service that reads the log. So whatever a terminal
//! would obey or hide is shown as `\u{..}`.
//!
//! CI services take commands from the output of a build. GitHub's runner obeys a line that begins
//! with `::`, whatever white space stands before it, and `##[` anywhere in a line; Azure Pipelines
//! obeys `##vso[`, TeamCity `##teamcity[`. The documented remedy, `::stop-commands::` with a random
//! token, would make the output differ from run to run and holds for one service only. Instead, of
//! two `#` in a row the second is escaped in every text, and [`guard_line`] escapes the first colon
//! of a line that begins with two: no line of a report does so by itself. That holds whether or not
//! `GITHUB_ACTIONS` is set, so a log that is replayed elsewhere is harmless as well.

use std::borrow::Cow;

use cdc_checks::Text;

/// Characters beyond ASCII that are neither controls nor spaces, but that change the order of
/// others or show nothing: two names that differ must look different.
const HIDDEN: &[(char, char)] = &[
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Longest statement, in characters, that is printed; a longer one is pointed to.
const STATEMENT_LIMIT: usize = 4000;

/// Whether a terminal would obey or hide the character.
pub(super) fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || c.is_whitespace()
        || HIDDEN.iter().any(|&(first, last)| (first..=last).contains(&c))
}

/// Text from outside on one line of a terminal: what a terminal would obey or hide is shown as
/// `\n`, `\r`, `\t` or `\u{..}`. A backslash is left alone, so the form cannot be read back.
pub fn escape_terminal(text: &Text) -> String {
    escape(text.untrusted())
}

/// As [`escape_terminal`], cut after `limit` characters, with the number of all of them.
pub(super) fn shorten(text: &Text, limit: usize) -> String {
    escape_terminal(&shortened(text, limit))
}

/// The text, cut after `limit` characters, with the number of all of them. It is not escaped yet.
pub(super) fn shortened(text: &Text, limit: usize) -> Text {
    let raw = text.untrusted();
    match raw.char_indices().nth(limit) {
        None => text.clone(),
        Some((end, _)) => {
            Text::new(format!("{}… ({} characters)", &raw[..end], raw.chars().count()))
        }
    }
}

/// Text from outside between the tags of HTML. What a terminal would obey or hide is shown as in
/// [`escape_terminal`].
pub(super) fn escape_html(text: &Text) -> String {
    escape_terminal(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The name of a source as it came: to be compared, not to be printed.
pub(super) fn name(database: &Text, host: &Text, port: u16) -> String {
    format!("{}@{}", database.untrusted(), super::server(host.untrusted(), port))
}

fn escape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut before = None;
    for c in raw.chars() {
        match c {
            '#' if before == Some('#') => out.push_str("\\u{23}"),
            c if is_hidden(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
        before = Some(c);
    }
    out
}

/// Text from outside in Markdown prose and in cells of its tables: nothing of it is markup, a link,
/// a mention or a reference. What a terminal would obey or hide is shown as in [`escape_terminal`].
pub fn escape_markdown(text: &Text) -> String {
    let escaped = escape(text.untrusted());
    let mut out = String::with_capacity(escaped.len());
    let mut rest = escaped.chars().peekable();
    let mut begins = true;
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        match c {
            // Services make mentions and references of these after Markdown is done.
            '@' | '#' => out.extend(c.escape_unicode()),
            // Addresses become links by themselves.
            ':' if next == Some('/') => out.push_str("&#58;"),
            '.' if next.is_some_and(char::is_alphanumeric) => out.push_str("\\."),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            // Only at the beginning these make lists.
            '-' | '+' | '.' | ')' if begins => out.extend(['\\', c]),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '>' | '~' | '|' | '!' | '$' | '='
            | '^' => out.extend(['\\', c]),
            c => out.push(c),
        }
        begins = begins && (c.is_ascii_digit() || c == ' ');
    }
    out
}

/// Text from outside as a code span of Markdown, which also holds in cells of tables.
pub fn code_markdown(text: &Text) -> String {
    let escaped = escape(text.untrusted()).replace('|', "\\|");
    let longest = escaped.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // A space on each side is taken away again; without it a backtick would join the fence.
    match escaped.starts_with(['`', ' ']) || escaped.ends_with(['`', ' ']) || escaped.is_empty() {
        true => format!("{fence} {escaped} {fence}"),
        false => format!("{fence}{escaped}{fence}"),
    }
}

/// A statement or a configuration line that people paste.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Statement {
    /// Safe to print as it stands, in these lines.
    Exact(Vec<String>),
    /// Changed by escaping: to be read, not to be pasted.
    Altered(String),
    /// Too long to print; its length in characters.
    TooLong(usize),
}

/// What can be printed of a statement. Several lines stay several lines where that cannot change
/// what they mean; without `unicode`, only ASCII can be printed as it stands.
pub(super) fn statement(text: &Text, unicode: bool) -> Statement {
    let raw = text.untrusted();
    let length = raw.chars().count();
    if length > STATEMENT_LIMIT {
        return Statement::TooLong(length);
    }
    match exact_lines(text).filter(|_| unicode || raw.is_ascii()) {
        Some(lines) => Statement::Exact(lines),
        None => Statement::Altered(escape(raw)),
    }
}

/// The lines of a statement of any length, where every character of it can be printed.
pub(crate) fn exact_lines(text: &Text) -> Option<Vec<String>> {
    let raw = text.untrusted();
    let lines: Vec<String> = raw.lines().map(str::to_owned).collect();
    let exact = lines.iter().all(|line| escape(line) == *line && guard_line(line) == *line);
    (exact && !breaks_inside_quotes(raw)).then_some(lines)
}

/// Whether a line ends within a quoted name or literal: indented, it would be another one.
fn breaks_inside_quotes(sql: &str) -> bool {
    let mut open = None;
    for c in sql.chars() {
        match (open, c) {
            (Some(_), '\n') => return true,
            (Some(quote), c) if c == quote => open = None,
            (None, '\'' | '"' | '`') => open = Some(c),
            _ => {}
        }
    }
    false
}

/// A finished line that no CI service takes for a command; see the head of this file.
pub fn guard_line(line: &str) -> Cow<'_, str> {
    let start = line.len() - line.trim_start().len();
    if line[start..].starts_with("::") {
        return Cow::Owned(escape_first_colon(line));
    }
    Cow::Borrowed(line)
}

/// The text with its first colon shown as an escape.
pub(super) fn escape_first_colon(text: &str) -> String {
    text.replacen(':', "\\u{3a}", 1)
}

/// Escaped text in ASCII. A terminal that does not read UTF-8 may take the second byte of a
/// character for a control, so this is more than looks.
pub(super) fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '—' => out.push_str("--"),
            '…' => out.push_str("..."),
            '–' => out.push('-'),
            '“' | '”' => out.push('"'),
            '‘' | '’' => out.push('\''),
            c if c.is_ascii() => out.push(c),
            c => out.extend(c.escape_unicode()),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::{
        Statement, Text, ascii, code_markdown, escape_markdown, escape_terminal, guard_line,
        shorten, statement,
    };

    #[test]
    fn what_a_terminal_would_obey_is_visible() {
        let hostile = Text::new("a\u{1b}[2K\r\nb\u{9b}31m\u{202e}c\u{2067}\u{200b}\u{a0}\u{7f}");
        let shown = "a\\u{1b}[2K\\r\\nb\\u{9b}31m\\u{202e}c\\u{2067}\\u{200b}\\u{a0}\\u{7f}";
        assert_eq!(escape_terminal(&hostile), shown);
        assert_eq!(escape_terminal(&Text::new("订单 é \\ 'x'")), "订单 é \\ 'x'");
    }

    #[test]
    fn markdown_is_text_only() {
        let prose = |text: &str| escape_markdown(&Text::new(text));
        assert_eq!(prose("a|b *c* [d](e) `f` <g>"), "a\\|b \\*c\\* \\[d\\](e) \\`f\\` &lt;g\\>");
        assert_eq!(prose("@all #1 http://x"), "\\u{40}all \\u{23}1 http&#58;//x");
        assert_eq!(prose("a.b. c-d: e"), "a\\.b. c-d: e");
        assert_eq!(prose("1. x"), "1\\. x");
        assert_eq!(prose("- x"), "\\- x");
        assert_eq!(prose("a\n\u{1b}b"), "a\\\\n\\\\u\\{1b\\}b");
        let code = |text: &str| code_markdown(&Text::new(text));
        assert_eq!(code("orders"), "`orders`");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("``x"), "``` ``x ```");
        assert_eq!(code("a\nb"), "`a\\nb`");
    }

    #[test]
    fn commands_to_ci_services_are_broken_up() {
        assert_eq!(escape_terminal(&Text::new("x ##[error]y")), "x #\\u{23}[error]y");
        assert_eq!(guard_line("  ::error::x"), "  \\u{3a}:error::x");
        assert_eq!(guard_line("a::text"), "a::text");
    }

    #[test]
    fn a_long_name_is_cut_with_its_length() {
        assert_eq!(shorten(&Text::new("abcdef"), 3), "abc… (6 characters)");
        assert_eq!(shorten(&Text::new("abc"), 3), "abc");
    }

    #[test]
    fn a_statement_is_exact_or_says_that_it_is_not() {
        let of = |sql: &str| statement(&Text::new(sql), true);
        let exact = |lines: &[&str]| Statement::Exact(lines.iter().map(|&l| l.into()).collect());
        assert_eq!(of("SELECT 'é';"), exact(&["SELECT 'é';"]));
        assert_eq!(of("SELECT 1,\n  2;"), exact(&["SELECT 1,", "  2;"]));
        assert_eq!(of("SELECT \"a\nb\";"), Statement::Altered("SELECT \"a\\nb\";".into()));
        assert_eq!(of("SELECT 1\n::text"), Statement::Altered("SELECT 1\\n::text".into()));
        assert_eq!(of("SELECT '\u{1b}'"), Statement::Altered("SELECT '\\u{1b}'".into()));
        assert_eq!(of(&"x".repeat(5000)), Statement::TooLong(5000));
        assert_eq!(
            statement(&Text::new("SELECT 'é';"), false),
            Statement::Altered("SELECT 'é';".into())
        );
    }

    #[test]
    fn ascii_has_a_form_for_everything() {
        assert_eq!(ascii("a — b… ‘é’"), "a -- b... '\\u{e9}'");
    }
}
