//! `--report FORMAT[=PATH]`: which formats a run writes, and where.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A form in which a report can be written.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Format {
    /// A page for people, which stands by itself.
    Html,
    /// For GitHub's runner: annotations of the lines of the request.
    Github,
    /// For a person.
    #[default]
    Human,
    /// For programs.
    Json,
    /// For programs, while the run goes on: one JSON object a line.
    Jsonl,
    /// For CI services that show tests: JUnit XML.
    Junit,
    /// For a pull request or an issue.
    Markdown,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// A finding a line, for `grep`.
    Short,
}

impl Format {
    /// Every format, in the order in which help names them.
    pub const ALL: [Self; 9] = [
        Self::Human,
        Self::Short,
        Self::Json,
        Self::Jsonl,
        Self::Sarif,
        Self::Junit,
        Self::Github,
        Self::Markdown,
        Self::Html,
    ];

    /// The word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Github => "github",
            Self::Human => "human",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Sarif => "sarif",
            Self::Short => "short",
        }
    }

    /// Whether it tells the events to expect, which have to be described for it.
    pub fn tells_events(self) -> bool {
        matches!(self, Self::Html)
    }
}

impl Format {
    /// The media type of what is written.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Github | Self::Human | Self::Short => "text/plain; charset=utf-8",
            Self::Json => "application/json",
            Self::Jsonl => "application/jsonl",
            Self::Html => "text/html; charset=utf-8",
            Self::Junit => "application/xml",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Sarif => "application/sarif+json",
        }
    }
}

/// A word that names no format.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{word:?} is no report format: use {}{}", list(), hint(.near))]
pub struct UnknownFormat {
    /// The word.
    pub word: String,
    /// The format that it resembles.
    pub near: Option<Format>,
}

/// `human, short or json`, of every format.
fn list() -> String {
    let words = Format::ALL.map(Format::as_str);
    let [rest @ .., last] = words.as_slice() else { return String::new() };
    format!("{} or {last}", rest.join(", "))
}

fn hint(near: &Option<Format>) -> String {
    near.map_or_else(String::new, |format| format!("; did you mean {}?", format.as_str()))
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        if let Some(format) = Self::ALL.into_iter().find(|format| format.as_str() == word) {
            return Ok(format);
        }
        let lower = word.to_lowercase();
        let near = Self::ALL
            .into_iter()
            .map(|format| (strsim::damerau_levenshtein(format.as_str(), &lower), format))
            .min_by_key(|&(distance, _)| distance)
            .filter(|&(distance, _)| distance <= 2)
            .map(|(_, format)| format);
        Err(UnknownFormat { word: word.to_owned(), near })
    }
}

/// Where a report goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file, replaced as a whole.
    File(PathBuf),
}

/// One report to be written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReportSink {
    /// Its format.
    pub format: Format,
    /// Where it goes.
    pub destination: Destination,
}

impl FromStr for ReportSink {
    type Err = UnknownFormat;

    /// Reads `FORMAT`, `FORMAT=-` or `FORMAT=PATH`.
    fn from_str(option: &str) -> Result<Self, Self::Err> {
        let (format, path) = option.split_once('=').unwrap_or((option, "-"));
        let destination = match path {
            "-" | "" => Destination::Stdout,
            path => Destination::File(path.into()),
        };
        Ok(Self { format: format.parse()?, destination })
    }
}

/// Why a report cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// Two reports would mix on standard output.
    #[error(
        "--report {first} and --report {second} both go to standard output: give one of them a \
         file, for example --report {second}=FILE"
    )]
    TwoOnStdout {
        /// The format of the first.
        first: &'static str,
        /// The format of the second.
        second: &'static str,
    },
    /// Two reports would overwrite each other.
    #[error("two reports go to the same file {0:?}")]
    SameFile(PathBuf),
    /// The directory of the file does not exist.
    #[error("cannot write the report {path:?}: there is no directory {parent:?}")]
    NoDirectory {
        /// The file.
        path: PathBuf,
        /// The directory that is missing.
        parent: PathBuf,
    },
    /// The path names a directory.
    #[error("cannot write the report {0:?}: it is a directory")]
    IsDirectory(PathBuf),
    /// Writing failed.
    #[error("cannot write the report {path:?}: {source}")]
    Write {
        /// The file; `-` for standard output.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Finds what can be found before the run: better an error now than a report lost at the end.
///
/// # Errors
/// Two reports on standard output or in one file, or a path that cannot be written to.
pub fn check_sinks(sinks: &[ReportSink]) -> Result<(), SinkError> {
    let mut on_stdout = None;
    let mut files: Vec<&Path> = Vec::new();
    for sink in sinks {
        match (&sink.destination, on_stdout) {
            (Destination::Stdout, None) => on_stdout = Some(sink.format.as_str()),
            (Destination::Stdout, Some(first)) => {
                return Err(SinkError::TwoOnStdout { first, second: sink.format.as_str() });
            }
            (Destination::File(path), _) if files.contains(&path.as_path()) => {
                return Err(SinkError::SameFile(path.clone()));
            }
            (Destination::File(path), _) => {
                check_path(path)?;
                files.push(path);
            }
        }
    }
    Ok(())
}

fn check_path(path: &Path) -> Result<(), SinkError> {
    let parent = directory_of(path);
    if !parent.is_dir() {
        return Err(SinkError::NoDirectory { path: path.into(), parent: parent.into() });
    }
    if path.is_dir() {
        return Err(SinkError::IsDirectory(path.into()));
    }
    Ok(())
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

impl ReportSink {
    /// Writes a rendered report. A reader of the file sees the old report or the new one, never a
    /// part. A reader of standard output that has gone away is no error.
    ///
    /// # Errors
    /// The directory is missing, or the operating system refuses.
    pub fn write(&self, report: &str, stdout: &mut impl Write) -> Result<(), SinkError> {
        match &self.destination {
            Destination::Stdout => {
                write_stream(report, stdout).map_err(|error| self.refused(error))
            }
            Destination::File(path) => {
                check_path(path)?;
                write_file(report, path).map_err(|error| self.refused(error))
            }
        }
    }

    /// Opens it for a report that is written while the run goes on. A file is emptied, and whoever
    /// reads it sees the report grow.
    ///
    /// # Errors
    /// The directory is missing, or the operating system refuses.
    pub fn open(&self) -> Result<Box<dyn Write>, SinkError> {
        match &self.destination {
            Destination::Stdout => Ok(Box::new(io::stdout())),
            Destination::File(path) => {
                check_path(path)?;
                let file = File::create(path).map_err(|error| self.refused(error))?;
                Ok(Box::new(file))
            }
        }
    }

    /// The error of a report that cannot be written.
    pub fn refused(&self, source: io::Error) -> SinkError {
        let path = match &self.destination {
            Destination::Stdout => "-".into(),
            Destination::File(path) => path.clone(),
        };
        SinkError::Write { path, source }
    }
}

fn write_stream(report: &str, stdout: &mut impl Write) -> io::Result<()> {
    match stdout.write_all(report.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

fn write_file(report: &str, path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        // A pipe or a device such as /dev/stderr is written to: renaming would replace it.
        Ok(existing) if !existing.is_file() => {
            OpenOptions::new().write(true).open(path)?.write_all(report.as_bytes())
        }
        // The file behind a symbolic link is replaced, not the link.
        Ok(_) => replace(report, &fs::canonicalize(path)?),
        Err(_) => replace(report, path),
    }
}

fn replace(report: &str, path: &Path) -> io::Result<()> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", uuid::Uuid::new_v4().simple()));
    let temporary = directory_of(path).join(name);
    let written = write_new(report, &temporary).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to tell; a file that was never made cannot be removed.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn write_new(report: &str, path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(report.as_bytes())?;
    file.sync_all()
}
