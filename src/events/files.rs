//! Schemas as files. Table names come from a database and may be anything; file names may not.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use cdc_checks::TableName;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::contract::{Contract, TableContract};
use super::format::{Format, write};
use super::json_schema;
use super::sample::samples;
use crate::report::write_json;

/// A file name without its suffix is at most this long, in bytes; file systems allow 255.
const STEM_BYTES: usize = 180;

/// A schema that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}", path.display())]
pub struct WriteError {
    /// The directory or the file.
    pub path: PathBuf,
    /// What the operating system says.
    pub source: io::Error,
}

/// Writes one schema per table into a directory, which is created where it is not there, and returns
/// the paths in the order of the tables. Each file is replaced as a whole or not at all; the same
/// contract gives the same bytes.
///
/// # Errors
/// The first directory or file that could not be written. Files before it stay.
pub fn write_schemas(contract: &Contract, directory: &Path) -> Result<Vec<PathBuf>, WriteError> {
    write_each(contract, directory, ".schema.json", |table| json_schema::document(contract, table))
}

/// Writes a contract into a directory: JSON Schemas and samples a file for each table, the other
/// forms one file for each database. Apart from that as [`write_schemas`].
///
/// # Errors
/// As [`write_schemas`].
pub fn write_files(
    contract: &Contract,
    format: Format,
    directory: &Path,
) -> Result<Vec<PathBuf>, WriteError> {
    let suffix = match format {
        Format::JsonSchema => return write_schemas(contract, directory),
        Format::Samples => {
            return write_each(contract, directory, ".samples.json", |table| {
                samples(contract, table).into_iter().map(|sample| sample.event).collect::<Vec<_>>()
            });
        }
        Format::AsyncApi => "asyncapi.json",
        Format::Human => "events.txt",
        Format::Json => "events.json",
        Format::Markdown => "events.md",
    };
    make(directory)?;
    let database = TableName::new(contract.engine.as_str(), contract.database.untrusted());
    let path = directory.join(format!("{}.{suffix}", stem(&database)));
    let written = replace(&path, |file| write(contract, format, file));
    written.map_err(|source| WriteError { path: path.clone(), source })?;
    Ok(vec![path])
}

/// Writes one document for each table.
fn write_each<'a, D: Serialize>(
    contract: &'a Contract,
    directory: &Path,
    suffix: &str,
    document: impl Fn(&'a TableContract) -> D,
) -> Result<Vec<PathBuf>, WriteError> {
    make(directory)?;
    let mut paths = Vec::new();
    for (table, name) in contract.tables.iter().zip(stems(contract)) {
        let path = directory.join(format!("{name}{suffix}"));
        let written = replace(&path, |file| {
            write_json(file, &document(table))?;
            file.write_all(b"\n")
        });
        written.map_err(|source| WriteError { path: path.clone(), source })?;
        paths.push(path);
    }
    Ok(paths)
}

fn make(directory: &Path) -> Result<(), WriteError> {
    fs::create_dir_all(directory)
        .map_err(|source| WriteError { path: directory.to_owned(), source })
}

/// Writes beside the file first, so that a reader sees the old bytes or the new ones.
fn replace(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let temporary = path.with_file_name(format!(".schema-{}-{number}.tmp", std::process::id()));
    let file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
    let mut file = BufWriter::new(file);
    let written = write(&mut file)
        .and_then(|()| file.flush())
        .and_then(|()| file.get_ref().sync_all())
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The error that matters is the one above.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// The file name of each table's schema, in the order of the tables: `<schema>.<table>.schema.json`,
/// with every character percent-encoded that is not a letter, a digit, `_` or `-`. Names that differ
/// only by case, which some file systems do not tell apart, get a part of their digest.
pub fn file_names(contract: &Contract) -> Vec<String> {
    stems(contract).into_iter().map(|stem| stem + ".schema.json").collect()
}

fn stems(contract: &Contract) -> Vec<String> {
    let names = || contract.tables.iter().map(|table| &table.name);
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for name in names() {
        *uses.entry(stem(name).to_lowercase()).or_default() += 1;
    }
    names()
        .map(|name| {
            let stem = stem(name);
            let is_shared = uses.get(&stem.to_lowercase()).is_some_and(|count| *count > 1);
            let suffix = if is_shared { format!("-{}", digest(name)) } else { String::new() };
            format!("{stem}{suffix}")
        })
        .collect()
}

fn stem(name: &TableName) -> String {
    let [schema, table] = [&name.schema, &name.name].map(|part| encode(part.untrusted()));
    let mut stem = format!("{schema}.{table}");
    if stem.len() > STEM_BYTES {
        let end = (0..=STEM_BYTES).rev().find(|end| stem.is_char_boundary(*end)).unwrap_or(0);
        stem.truncate(end);
        stem.push('-');
        stem.push_str(&digest(name));
    }
    stem
}

fn encode(text: &str) -> String {
    let mut encoded = String::new();
    let mut buffer = [0; 4];
    for c in text.chars() {
        if c.is_alphanumeric() || c == '_' || c == '-' {
            encoded.push(c);
            continue;
        }
        for byte in c.encode_utf8(&mut buffer).bytes() {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The first 16 hexadecimal digits of a digest of both parts; NUL is in no name of a table.
fn digest(name: &TableName) -> String {
    let text = [name.schema.untrusted(), "\0", name.name.untrusted()].concat();
    let mut hex = String::new();
    for byte in Sha256::digest(text.as_bytes()).iter().take(8) {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
