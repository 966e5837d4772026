//! Reads the requests that the command line names: files, folders of them, the standard input, a
//! URL.

use std::path::{Path, PathBuf};

use super::Stopped;
use super::args::SourceArgs;
use super::github;
use super::tell::{Terminal, env};
use crate::Exit;
use crate::request::{self, Input, Loaded, Problem, Problems, Request, Stream};

/// Which files of a folder are requests.
const EXTENSIONS: [&str; 3] = ["json", "yaml", "yml"];

/// What was read, in the order of the command line.
#[derive(Default)]
pub(super) struct Read {
    /// The requests that can be proven on a database.
    pub(super) requests: Vec<Request>,
    /// The streams whose source is no database.
    pub(super) streams: Vec<Stream>,
}

/// Reads everything, and tells everything that is wrong with it.
pub(super) fn read(args: &SourceArgs, terminal: &Terminal) -> Result<Read, Stopped> {
    let mut read = Read::default();
    let (mut problems, mut warnings) = (Vec::new(), Vec::new());
    for name in names(&args.requests, terminal)? {
        let input = Input::open(&name, args.action.clone(), args.tables.clone());
        match input.and_then(|input| request::load(input, &env)) {
            Ok(loaded) => {
                read.requests.extend(loaded.requests);
                read.streams.extend(loaded.streams);
                warnings.extend(loaded.warnings.iter().cloned());
            }
            Err(found) => problems.extend(found.iter().cloned()),
        }
    }
    if terminal.masks() {
        terminal.print(&github::masks(&read.requests))?;
    }
    let found: Problems =
        if problems.is_empty() { warnings } else { problems }.into_iter().collect();
    if !found.is_empty() {
        terminal.problems(&found);
    }
    if found.has_errors() {
        return Err(Exit::Usage);
    }
    read.requests = args.broker.over(read.requests, terminal)?;
    Ok(read)
}

/// Reads one file, and tells everything that is wrong with it and what deserves a look.
pub(super) fn read_one(
    name: &str,
    action: Option<&str>,
    terminal: &Terminal,
) -> Result<Loaded, Stopped> {
    let loaded = Input::open(name, action.map(str::to_owned), Vec::new())
        .and_then(|input| request::load(input, &env))
        .map_err(|problems| {
            terminal.problems(&problems);
            Exit::Usage
        })?;
    if !loaded.warnings.is_empty() {
        terminal.problems(&loaded.warnings);
    }
    Ok(loaded)
}

/// The arguments, with the files of a folder in its place.
fn names(arguments: &[String], terminal: &Terminal) -> Result<Vec<String>, Stopped> {
    if arguments.iter().filter(|name| *name == "-").count() > 1 {
        terminal.error("the standard input can be read once: name `-` once");
        return Err(Exit::Usage);
    }
    let mut names = Vec::new();
    for argument in arguments {
        let path = Path::new(argument);
        match path.is_dir() {
            true => names.extend(files(path).map_err(|problems| {
                terminal.problems(&problems);
                Exit::Usage
            })?),
            false => names.push(argument.clone()),
        }
    }
    Ok(names)
}

/// The requests in a folder, by name; not those in folders within it.
fn files(folder: &Path) -> Result<Vec<String>, Problems> {
    let name = folder.display().to_string();
    let listed = std::fs::read_dir(folder).and_then(|entries| {
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>()
    });
    let bad = |message: String, help: &str| Problems::from(Problem::nowhere(&name, message, help));
    let mut paths: Vec<PathBuf> =
        listed.map_err(|error| bad(format!("cannot be read: {error}"), ""))?;
    paths.retain(|path| is_request(path) && path.is_file());
    paths.sort();
    if paths.is_empty() {
        let help = "Requests are in files *.yaml, *.yml or *.json.";
        return Err(bad("there is no request in this folder".into(), help));
    }
    let text = |path: PathBuf| {
        let text = path.into_os_string().into_string();
        text.map_err(|path| bad(format!("{path:?} is no name in UTF-8"), "Give it another name."))
    };
    paths.into_iter().map(text).collect()
}

fn is_request(path: &Path) -> bool {
    let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let extension = path.extension().and_then(|extension| extension.to_str());
    !is_hidden && extension.is_some_and(|extension| EXTENSIONS.contains(&extension))
}
