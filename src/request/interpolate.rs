//! `${NAME}`, `${NAME:-default}`, `${file:PATH}` and `$$` in texts.
//!
//! It happens after parsing, so that a value can never become a part of the document's structure,
//! and once, so that a value that contains `${` stays as it is.

use std::io::Read;
use std::path::Path;

/// The largest file that is read into a value, in bytes. Passwords and names are shorter.
const MAX_FILE: u64 = 64 * 1024;

/// From where the values of references come, and which of them may be used.
pub trait References {
    /// The value of a reference, for a secret or for something that will be shown; `None` where
    /// nothing is set.
    ///
    /// # Errors
    /// Why there is no value, and what to do about it.
    fn value(
        &self,
        reference: Reference<'_>,
        is_secret: bool,
    ) -> Result<Option<String>, Unavailable>;
}

/// What a text refers to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reference<'a> {
    /// The file of `${file:PATH}`.
    File(&'a str),
    /// The variable of `${NAME}`.
    Variable(&'a str),
}

/// Why a reference has no value. Neither text holds one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unavailable {
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// What to do about it, in a sentence.
    pub help: String,
}

/// The environment and the files of whoever wrote the input.
pub(super) struct Surroundings<'a> {
    pub(super) env: &'a dyn Fn(&str) -> Option<String>,
    /// Relative paths start here.
    pub(super) folder: &'a Path,
}

impl References for Surroundings<'_> {
    fn value(&self, reference: Reference<'_>, _: bool) -> Result<Option<String>, Unavailable> {
        match reference {
            Reference::Variable(name) => Ok((self.env)(name)),
            Reference::File(path) => read_value(&self.folder.join(path), path)
                .map(Some)
                .map_err(|message| Unavailable { message, help: RELATIVE.into() }),
        }
    }
}

const RELATIVE: &str = "Relative paths start at the input's folder.";

/// A text with its references replaced.
pub(super) struct Resolved {
    pub(super) text: String,
    /// The text is one reference and nothing else.
    pub(super) is_reference: bool,
}

/// A reference that cannot be replaced.
pub(super) struct Unresolved {
    /// The reference as it is written, to find it in the source.
    pub(super) token: String,
    pub(super) message: String,
    pub(super) help: String,
}

impl Unresolved {
    fn new(token: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { token: token.into(), message: message.into(), help: help.into() }
    }
}

/// Replaces every reference.
///
/// # Errors
/// All references that cannot be replaced.
pub(super) fn resolve(
    text: &str,
    is_secret: bool,
    from: &dyn References,
) -> Result<Resolved, Vec<Unresolved>> {
    let mut unresolved = Vec::new();
    let mut out = String::new();

    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        if let Some(after) = rest.strip_prefix("$$") {
            out.push('$');
            rest = after;
        } else if rest.starts_with("${") {
            let (token, after) = split_reference(rest);
            match value_of(token, is_secret, from) {
                Ok(value) => out.push_str(&value),
                Err(problem) => unresolved.push(problem),
            }
            rest = after;
        } else {
            out.push('$');
            rest = rest.strip_prefix('$').unwrap_or_default();
        }
    }
    out.push_str(rest);
    if !unresolved.is_empty() {
        return Err(unresolved);
    }
    Ok(Resolved { text: out, is_reference: is_reference(text) })
}

/// Whether a text is exactly one reference.
pub(super) fn is_reference(text: &str) -> bool {
    text.starts_with("${") && split_reference(text).1.is_empty()
}

/// Whether a text is one reference that can be shown: it carries no default, which may be secret.
pub(super) fn is_plain_reference(text: &str) -> bool {
    is_reference(text)
        && inner(text).is_some_and(|inner| is_name(inner) || inner.starts_with("file:"))
}

/// The reference at the beginning of the text, and what follows it.
fn split_reference(text: &str) -> (&str, &str) {
    let end = text.find('}').map_or(text.len(), |at| at + 1);
    text.split_at(end)
}

fn inner(token: &str) -> Option<&str> {
    token.strip_prefix("${")?.strip_suffix('}')
}

fn value_of(token: &str, is_secret: bool, from: &dyn References) -> Result<String, Unresolved> {
    let Some(inner) = inner(token) else {
        let help = "Close the reference with }, or write $$ for a dollar sign.";
        return Err(Unresolved::new(token, "a reference that begins with ${ does not end", help));
    };
    let look_up = |reference| {
        from.value(reference, is_secret)
            .map_err(|reason| Unresolved::new(token, reason.message, reason.help))
    };
    if let Some(path) = inner.strip_prefix("file:") {
        let missing = || Unresolved::new(token, "a reference to a file names none", RELATIVE);
        let path = Some(path).filter(|path| !path.is_empty()).ok_or_else(missing)?;
        return look_up(Reference::File(path))?.ok_or_else(missing);
    }
    let (name, default) = match inner.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inner, None),
    };
    if !is_name(name) {
        let help = "Write ${NAME}, ${NAME:-default} or ${file:PATH}, or $$ for a dollar sign.";
        return Err(Unresolved::new(token, "a reference that is not understood", help));
    }
    match (look_up(Reference::Variable(name))?, default) {
        (Some(value), None) => Ok(value),
        (Some(value), Some(_)) if !value.is_empty() => Ok(value),
        (_, Some(default)) => Ok(default.into()),
        (None, None) => {
            let message = format!("the environment variable {name} is not set");
            Err(Unresolved::new(token, message, format!("Set {name} in the environment.")))
        }
    }
}

fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A file's text without its last line end, which editors add; `shown` is its name for people.
pub(crate) fn read_value(file: &Path, shown: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .map_err(|cause| format!("the file {shown} cannot be read: {cause}"))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(format!("the file {shown} is larger than {MAX_FILE} bytes"));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| format!("the file {shown} is not UTF-8 text"))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_string())
}
