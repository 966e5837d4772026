//! Lines of a terminal: indenting, wrapping, colour. What is put on a page is escaped already.

use std::borrow::Cow;

use anstyle::{AnsiColor, Style};
use cdc_checks::{Language, Outcome, Text};

use super::text::{self, Statement};
use super::translate::{say, say_of};
use super::{Options, tally};

/// Narrowest and widest page: below, words would break; above, lines are hard to follow.
const WIDTHS: (usize, usize) = (40, 120);

/// Where labels stand.
const LABELS: usize = 4;

/// What a piece of a line is. Colour only repeats what the words say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Tone {
    /// As it comes.
    Plain,
    /// A heading or a title.
    Strong,
    /// Of little weight.
    Faint,
    /// It holds.
    Good,
    /// It does not hold.
    Bad,
    /// It is not certain, or holds with a reserve.
    Doubt,
    /// To be pasted.
    Code,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Good => Style::new().bold().fg_color(Some(AnsiColor::Green.into())),
            Self::Bad => Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
            Self::Doubt => Style::new().bold().fg_color(Some(AnsiColor::Yellow.into())),
            Self::Code => Style::new().fg_color(Some(AnsiColor::Cyan.into())),
        }
    }
}

/// A piece of a line in one tone.
pub(crate) type Piece<'a> = (Tone, &'a str);

/// A growing text of whole lines.
#[derive(Debug)]
pub(crate) struct Page {
    out: String,
    color: bool,
    unicode: bool,
    language: Language,
    width: usize,
}

impl Page {
    pub(crate) fn new(options: &Options) -> Self {
        let width = options.width.clamp(WIDTHS.0, WIDTHS.1);
        Self {
            out: String::new(),
            color: options.color,
            unicode: options.unicode,
            language: options.language,
            width,
        }
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }

    /// The language of its words.
    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// The words in the page's language.
    pub(crate) fn say(&self, english: &'static str) -> &'static str {
        say(self.language, english)
    }

    /// The words in the page's language, with `value` in place of `{}`.
    pub(crate) fn say_of(&self, english: &'static str, value: impl ToString) -> String {
        say_of(self.language, english, value)
    }

    /// The word for an outcome, which is given by the word of the formats.
    pub(crate) fn say_outcome(&self, outcome: &str) -> &'static str {
        let known = tally::OUTCOMES.into_iter().find(|known| known.as_str() == outcome);
        self.say(known.map_or("?", Outcome::as_str))
    }

    /// The character for places that show Unicode, or the word for those that do not.
    pub(crate) fn sign(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.unicode { unicode } else { ascii }
    }

    /// An empty line.
    pub(crate) fn blank(&mut self) {
        self.out.push('\n');
    }

    /// One line, not wrapped. Every line of a page passes here.
    pub(crate) fn line(&mut self, indent: usize, pieces: &[Piece<'_>]) {
        let mut pieces: Vec<(Tone, Cow<'_, str>)> =
            pieces.iter().map(|&(tone, words)| (tone, self.encode(words))).collect();
        guard(&mut pieces);
        self.out.extend(std::iter::repeat_n(' ', indent));
        for (tone, words) in &pieces {
            self.paint(*tone, words);
        }
        self.out.truncate(self.out.trim_end_matches(' ').len());
        self.blank();
    }

    /// Whether the pieces fit on one line.
    pub(crate) fn fits(&self, indent: usize, pieces: &[Piece<'_>]) -> bool {
        let width: usize =
            pieces.iter().map(|(_, it)| textwrap::core::display_width(&self.encode(it))).sum();
        indent + width <= self.width
    }

    /// Wrapped words.
    pub(crate) fn prose(&mut self, indent: usize, tone: Tone, words: &str) {
        self.hanging(indent, &[], 0, tone, words);
    }

    /// A label and wrapped words beside it, which start `column` columns after the label does.
    pub(crate) fn labelled(&mut self, column: usize, label: Piece<'_>, words: Piece<'_>) {
        let padded = pad(label.1, column);
        self.hanging(LABELS, &[(label.0, &padded)], column, words.0, words.1);
    }

    /// A label and a statement beside it; beneath it where that is not a single exact line.
    pub(crate) fn labelled_statement(&mut self, column: usize, label: &str, sql: &Text) {
        match text::statement(sql, self.unicode) {
            Statement::Exact(lines) if lines.len() == 1 => {
                let padded = pad(label, column);
                self.line(LABELS, &[(Tone::Faint, &padded), (Tone::Code, &lines[0])]);
            }
            _ => {
                self.line(LABELS, &[(Tone::Faint, label)]);
                self.statement(LABELS + 4, sql);
            }
        }
    }

    /// Pieces that are not wrapped, and words that are: the lines after the first stand `column`
    /// columns after the beginning of the first piece.
    pub(crate) fn hanging(
        &mut self,
        indent: usize,
        head: &[Piece<'_>],
        column: usize,
        tone: Tone,
        words: &str,
    ) {
        let words = self.encode(words).into_owned();
        let used: usize = head.iter().map(|(_, it)| textwrap::core::display_width(it)).sum();
        let gap = " ".repeat(used);
        let rest = " ".repeat(column);
        let options = textwrap::Options::new(self.width.saturating_sub(indent))
            .initial_indent(&gap)
            .subsequent_indent(&rest)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
        for (number, line) in textwrap::wrap(&words, options).iter().enumerate() {
            if number == 0 {
                let body = line.get(used..).unwrap_or_default();
                let pieces: Vec<Piece<'_>> = head.iter().copied().chain([(tone, body)]).collect();
                self.line(indent, &pieces);
            } else {
                let body = line.trim_start_matches(' ');
                self.line(indent + column, &[(tone, body)]);
            }
        }
    }

    /// A statement to be pasted, never wrapped. Where it cannot be printed as it stands, the page
    /// says so: a statement that was changed must not look like one that can be run.
    pub(crate) fn statement(&mut self, indent: usize, sql: &Text) {
        match text::statement(sql, self.unicode) {
            Statement::Exact(lines) => {
                for line in lines {
                    self.line(indent, &[(Tone::Code, &line)]);
                }
            }
            Statement::Altered(shown) => {
                self.line(indent, &[(Tone::Plain, &shown)]);
                let warning = "^ do not paste: some characters are shown as escapes; --report \
                               json has the exact statement";
                self.prose(indent, Tone::Doubt, self.say(warning));
            }
            Statement::TooLong(length) => {
                let pointer =
                    self.say_of("(a statement of {} characters: --report json has it)", length);
                self.prose(indent, Tone::Plain, &pointer);
            }
        }
    }

    fn encode<'a>(&self, words: &'a str) -> Cow<'a, str> {
        if self.unicode { Cow::Borrowed(words) } else { text::ascii(words) }
    }

    fn paint(&mut self, tone: Tone, words: &str) {
        let style = tone.style();
        if !self.color || style.is_plain() || words.is_empty() {
            self.out.push_str(words);
            return;
        }
        self.out.push_str(&format!("{style}{words}{style:#}"));
    }
}

fn pad(label: &str, column: usize) -> String {
    let used = textwrap::core::display_width(label);
    format!("{label}{} ", " ".repeat(column.saturating_sub(1).saturating_sub(used)))
}

/// Applies [`text::guard_line`] to a line in pieces, by guarding the piece that begins it.
fn guard(pieces: &mut [(Tone, Cow<'_, str>)]) {
    let whole: String = pieces.iter().map(|(_, words)| words.as_ref()).collect();
    if text::guard_line(&whole) == whole {
        return;
    }
    if let Some((_, first)) = pieces.iter_mut().find(|(_, words)| !words.trim().is_empty()) {
        *first = text::escape_first_colon(first).into();
    }
}
