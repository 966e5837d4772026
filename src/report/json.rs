//! The report for programs: one JSON document.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::{RunReport, text, v1};

/// Renders the report: indented by two spaces, with a line feed at the end.
pub(super) fn render(run: &RunReport) -> String {
    pretty(&v1::Document::of(run))
}

/// A document indented by two spaces, with a line feed at the end.
pub(crate) fn pretty(document: &impl Serialize) -> String {
    written(document, PrettyFormatter::new()) + "\n"
}

/// As [`pretty`], without the line feed, and written while it is made.
///
/// # Errors
/// What the writer says.
pub(crate) fn write(out: &mut impl Write, document: &impl Serialize) -> io::Result<()> {
    let formatter = Visible(PrettyFormatter::new());
    document.serialize(&mut Serializer::with_formatter(out, formatter))?;
    Ok(())
}

/// A document on one line, without a line feed.
pub(super) fn compact(document: &impl Serialize) -> String {
    written(document, CompactFormatter)
}

fn written(document: &impl Serialize, formatter: impl Formatter) -> String {
    let mut bytes = Vec::new();
    document
        .serialize(&mut Serializer::with_formatter(&mut bytes, Visible(formatter)))
        .expect("no map has keys that are not text, and memory does not fail");
    String::from_utf8(bytes).expect("only whole strings are written")
}

/// JSON that is harmless on a terminal. The grammar makes only the controls below U+0020 be
/// escaped; here everything that a terminal would obey or hide is, and the second of two `#`, for
/// the reason that `text.rs` gives. Readers of JSON see no difference.
struct Visible<F>(F);

impl<F: Formatter> Formatter for Visible<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !fragment.contains("##") {
            return writer.write_all(fragment.as_bytes());
        }
        let mut written = 0;
        let mut before = None;
        for (at, c) in fragment.char_indices() {
            if text::is_hidden(c) || (c == '#' && before == Some('#')) {
                writer.write_all(&fragment.as_bytes()[written..at])?;
                write_escaped(writer, c)?;
                written = at + c.len_utf8();
            }
            before = Some(c);
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

/// `\uXXXX`, two of them for a character beyond the basic plane.
fn write_escaped<W: ?Sized + Write>(writer: &mut W, c: char) -> io::Result<()> {
    for unit in c.encode_utf16(&mut [0; 2]) {
        write!(writer, "\\u{unit:04x}")?;
    }
    Ok(())
}
