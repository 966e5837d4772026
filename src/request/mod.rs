//! From what the user wrote to the typed [`Request`]: manifests and API payloads (YAML or JSON),
//! and URLs for a quick look.
//!
//! Everything that is wrong is reported at once, each with its place and a suggestion. The rules are
//! those of the catalogue (`request/*`); here they only get their places. Values may refer to the
//! environment and to files, see [`load`].

mod broker;
mod configure_source;
mod document;
mod draft;
mod excerpt;
mod input;
mod interpolate;
mod layout;
mod operations;
mod origin;
mod problem;
mod render;
mod scalar;
mod source;
mod stream;
mod tree;
mod url;

pub use broker::{NamedBroker, broker};
pub use configure_source::{Broker, ConnectOptions, ManagementApi, Request};
pub use input::{Input, MAX_INPUT};
pub(crate) use interpolate::read_value;
pub use interpolate::{Reference, References, Unavailable};
pub use operations::Operation;
pub use origin::{Origin, Region};
pub use problem::{Place, Problem, Problems, Severity};
pub use render::render;
pub use stream::{Stream, redact};

use document::Reader;
use draft::Draft;
use interpolate::Surroundings;
use layout::Layout;
pub(crate) use source::{Complaint, Source, Span};

/// Requests that can be used.
#[derive(Debug)]
pub struct Loaded {
    /// The requests that can be proven on a database, in the order of the input.
    pub requests: Vec<Request>,
    /// The streams whose source is neither a database nor a RabbitMQ, in the order of the input.
    /// Nothing is known of them but that the service's models take them.
    pub streams: Vec<Stream>,
    /// What deserves a look.
    pub warnings: Problems,
    /// The document without its comments, where no secret stands in it: it can be kept, and read
    /// again. References to secrets are none. `None` of a URL, too.
    pub shareable: Option<String>,
}

/// Understands an input.
///
/// In texts, `${NAME}` stands for a variable of `env`, `${NAME:-default}` for the default where the
/// variable is not set or empty, `${file:PATH}` for a file's content without its last line end, and
/// `$$` for a dollar sign; any other dollar sign is itself. A `Port` may be one such reference.
///
/// # Errors
/// Everything that is wrong with the input, and then also what deserves a look.
pub fn load(input: Input, env: &dyn Fn(&str) -> Option<String>) -> Result<Loaded, Problems> {
    match input {
        Input::Url { url, tables } => {
            let (source, draft, complaints) = url::read(&url, &tables, env)?;
            let (drafts, streams, shareable) = (vec![draft], Vec::new(), None);
            finish(&source, Read { drafts, streams, complaints, shareable })
        }
        Input::Document { name, bytes, folder, action } => {
            let references = Surroundings { env, folder: &folder };
            load_document(name, bytes, action.as_deref(), &references)
        }
    }
}

/// Understands a document with the references that somebody else says may be used. A bare payload
/// needs the `action` that it is for.
///
/// # Errors
/// As [`load`].
pub fn load_document(
    name: impl Into<String>,
    bytes: Vec<u8>,
    action: Option<&str>,
    references: &dyn References,
) -> Result<Loaded, Problems> {
    let action = action
        .map(operations::find)
        .transpose()
        .map_err(|(message, help)| Problems::from(Problem::nowhere("--action", message, help)))?;
    let mut source = text(name.into(), bytes)?;
    let read = read(&mut source, references, action)?;
    finish(&source, read)
}

/// The input as text, without a byte order mark.
fn text(name: String, bytes: Vec<u8>) -> Result<Source, Problems> {
    if bytes.len() as u64 > MAX_INPUT {
        let message = format!("the input is larger than {MAX_INPUT} bytes");
        return Err(Problem::nowhere(&name, message, "Split it.").into());
    }
    let text = String::from_utf8(bytes).map_err(|error| not_utf8(&name, &error))?;
    let text = text.strip_prefix('\u{feff}').map(str::to_string).unwrap_or(text);
    Ok(Source::new(name, text))
}

fn not_utf8(name: &str, error: &std::string::FromUtf8Error) -> Problems {
    let at = error.utf8_error().valid_up_to();
    let valid = error.as_bytes().get(..at).unwrap_or_default();
    let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
    let message = format!("the input is not UTF-8 text: line {line} has other bytes");
    Problem::nowhere(name, message, "Save the file as UTF-8.").into()
}

/// What was read of an input, and what was said about it.
struct Read {
    drafts: Vec<Draft>,
    /// Streams whose source is no database.
    streams: Vec<Stream>,
    complaints: Vec<Complaint>,
    /// See [`Loaded::shareable`].
    shareable: Option<String>,
}

/// Reads a document. From then on the source knows what to hide.
fn read(
    source: &mut Source,
    references: &dyn References,
    action: Option<Operation>,
) -> Result<Read, Problems> {
    let tree = match tree::read(source) {
        Ok(tree) => tree,
        Err(complaints) => return Err(source.problems(complaints)),
    };
    source.layout = Some(Layout::of(&tree.root));
    let complaints = tree.complaints;
    let (hidden, drafts, streams) = (Vec::new(), Vec::new(), Vec::new());
    let mut reader = Reader { source, references, complaints, hidden, drafts, streams };
    reader.read(tree.root, action);
    let Reader { complaints, hidden, drafts, streams, .. } = reader;
    let shareable = hidden.is_empty().then(|| source.without(&tree.hidden));
    source.hide_only(hidden.into_iter().chain(tree.hidden));
    Ok(Read { drafts, streams, complaints, shareable })
}

/// Applies the rules to the drafts.
fn finish(source: &Source, read: Read) -> Result<Loaded, Problems> {
    let Read { drafts, streams, mut complaints, shareable } = read;
    let mut requests = Vec::new();
    for draft in drafts {
        let (request, found) = draft.finish(source);
        requests.extend(request);
        complaints.extend(found);
    }
    let problems = source.problems(complaints);
    if problems.has_errors() {
        return Err(problems);
    }
    Ok(Loaded { requests, streams, warnings: problems, shareable })
}
