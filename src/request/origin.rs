//! Where a request stands in its file, for reports that point at the line.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use cdc_checks::{Subject, Text};

/// A part of a file, without its text: a report may hold it whatever the text is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Region {
    /// The line of the first character, from 1.
    pub start_line: usize,
    /// The column of the first character, from 1, in characters.
    pub start_column: usize,
    /// The line of the last character.
    pub end_line: usize,
    /// The column behind the last character.
    pub end_column: usize,
}

/// The file that a request was read from, and where its parts stand in it.
///
/// A request from standard input or from a URL has no origin: nobody could open it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Origin {
    pub(super) file: String,
    /// Where the operation is named.
    pub(super) operation: Option<Region>,
    /// Where the values of the fields stand.
    pub(super) fields: BTreeMap<String, Region>,
    /// Where the names within `TableNames` stand, by the table's qualified name.
    pub(super) tables: BTreeMap<Text, Region>,
}

impl Origin {
    /// A file of which no part is known, such as one of saved facts.
    pub fn file_only(file: impl Into<String>) -> Self {
        Self { file: file.into(), ..Self::default() }
    }

    /// The file as the user named it, or relative to the root that [`Self::relative_to`] was given.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The part of the file that says what a finding is about: the table's name, the field, the
    /// account. What is about the server as a whole stands where the server is named. Where nothing
    /// says it, it is the name of the operation; `None` where no part is known.
    pub fn region(&self, subject: &Subject) -> Option<Region> {
        let field = |names: &[&str]| names.iter().find_map(|name| self.fields.get(*name)).copied();
        let found = match subject {
            Subject::Account(_) => field(&["User", "Username"]),
            Subject::Database(_) => field(&["DatabaseName", "VirtualHostName"]),
            Subject::Field(name) => field(&[name.untrusted()]),
            Subject::Publication(_) => None,
            Subject::Queue(_) => field(&["QueueName"]),
            Subject::Server => field(&["HostName", "Endpoint", "InstanceId"]),
            Subject::Table(name) => {
                self.table(name).or_else(|| field(&["TableNames", "SchemaName", "DatabaseName"]))
            }
        };
        found.or(self.operation)
    }

    fn table(&self, name: &Text) -> Option<Region> {
        // A name that differs by case alone finds its table, which reports then name.
        let is_alike = |written: &Text| written.untrusted().eq_ignore_ascii_case(name.untrusted());
        let alike = || self.tables.iter().find(|(written, _)| is_alike(written));
        self.tables.get(name).or_else(|| alike().map(|(_, region)| region)).copied()
    }

    /// Names the file from `root` on where it is below it: services that show reports know files
    /// by their paths in the repository. Relative names start at `folder`.
    #[must_use]
    pub fn relative_to(mut self, root: &Path, folder: &Path) -> Self {
        let whole = normalized(&folder.join(&self.file));
        if let Ok(below) = whole.strip_prefix(normalized(root)) {
            self.file = below.to_string_lossy().into_owned();
        }
        self
    }
}

/// The path without `.` and `..`. Links are not followed: the name in the repository counts.
fn normalized(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(out.pop()),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Origin;

    #[test]
    fn a_file_below_the_root_is_named_from_there() {
        let cases = [
            ("request.yaml", "cdc/request.yaml"),
            ("./a/../request.yaml", "cdc/request.yaml"),
            ("../request.yaml", "request.yaml"),
            ("/repo/x/request.yaml", "x/request.yaml"),
            ("../../request.yaml", "../../request.yaml"),
            ("/etc/request.yaml", "/etc/request.yaml"),
        ];
        for (file, expected) in cases {
            let origin = Origin::file_only(file);
            let origin = origin.relative_to(Path::new("/repo"), Path::new("/repo/cdc"));
            assert_eq!(origin.file(), expected, "{file}");
        }
    }
}
