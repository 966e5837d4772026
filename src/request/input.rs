//! Where an input comes from: a file, the standard input or a URL on the command line.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::problem::{Problem, Problems};
use super::url;

/// The largest input, in bytes.
pub const MAX_INPUT: u64 = 1024 * 1024;

/// An input that was read, but not yet understood.
pub enum Input {
    /// A manifest or a bare payload.
    Document {
        /// The file as the user named it, or `<stdin>`.
        name: String,
        /// What is in it.
        bytes: Vec<u8>,
        /// Relative paths in the document start here.
        folder: PathBuf,
        /// The operation that a bare payload is for.
        action: Option<String>,
    },
    /// A database's URL, for a quick look.
    Url {
        /// The URL, which may hold a password.
        url: String,
        /// Tables, `schema.table` or bare.
        tables: Vec<String>,
    },
}

impl Input {
    /// A manifest that is at hand already. Relative paths in it start at the working directory.
    pub fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        let bytes = text.into().into_bytes();
        Self::Document { name: name.into(), bytes, folder: ".".into(), action: None }
    }

    /// Reads what the command line names: a URL, a file, or `-` for the standard input.
    ///
    /// # Errors
    /// Options that do not fit, and what cannot be read or is too large.
    pub fn open(
        argument: &str,
        action: Option<String>,
        tables: Vec<String>,
    ) -> Result<Self, Problems> {
        if url::is_url(argument) {
            return match action {
                None => Ok(Self::Url { url: argument.into(), tables }),
                Some(_) => {
                    let help = "Leave out --action.";
                    Err(Problem::nowhere("--action", "a URL is not a payload", help).into())
                }
            };
        }
        if !tables.is_empty() {
            let help = "Write the tables into the request's TableNames.";
            return Err(Problem::nowhere("--table", "only a URL needs tables", help).into());
        }
        if argument == "-" {
            let bytes = read("<stdin>", std::io::stdin().lock())?;
            return Ok(Self::Document {
                name: "<stdin>".into(),
                bytes,
                folder: ".".into(),
                action,
            });
        }
        let path = Path::new(argument);
        let file = std::fs::File::open(path).map_err(|cause| unreadable(argument, &cause))?;
        let bytes = read(argument, file)?;
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        Ok(Self::Document { name: argument.into(), bytes, folder, action })
    }
}

fn read(name: &str, from: impl Read) -> Result<Vec<u8>, Problems> {
    let mut bytes = Vec::new();
    from.take(MAX_INPUT + 1).read_to_end(&mut bytes).map_err(|cause| unreadable(name, &cause))?;
    Ok(bytes)
}

fn unreadable(name: &str, cause: &std::io::Error) -> Problems {
    let help = match cause.kind() {
        std::io::ErrorKind::NotFound => "Name a file, a URL, or - for the standard input.",
        _ => "",
    };
    Problem::nowhere(name, format!("cannot be read: {cause}"), help).into()
}
