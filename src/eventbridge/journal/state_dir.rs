//! The folder in which this program keeps what must outlive a run.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::JournalError;

/// The folder in which this program keeps what must outlive a run. It holds no secrets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StateDir(PathBuf);

impl StateDir {
    /// The folder that was named, or else the user's own: `cdc-preflight` in `XDG_STATE_HOME`, or
    /// in `.local/state` below `HOME`. It is made when it is needed.
    ///
    /// # Errors
    /// When none is named and the environment names none either.
    pub fn find(
        named: Option<&Path>,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, JournalError> {
        // Relative paths in these variables are to be ignored, says their specification.
        let folder = |name| env(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let own = || {
            let home = || folder("HOME").map(|home| home.join(".local/state"));
            folder("XDG_STATE_HOME").or_else(home).map(|state| state.join("cdc-preflight"))
        };
        named.map(Path::to_owned).or_else(own).map(Self).ok_or(JournalError::NoFolder)
    }

    /// Where it is. It may not be there yet.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Marks a plan as used: it succeeds once, whichever run asks first.
    ///
    /// # Errors
    /// When it cannot be marked.
    pub fn use_plan(&self, nonce: Uuid) -> Result<bool, JournalError> {
        let path = self.folder("plans")?.join(nonce.to_string());
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let marked = options.open(&path).and_then(|mut file| {
            file.write_all(format!("{}\n", jiff::Timestamp::now()).as_bytes())?;
            file.sync_all()
        });
        match marked {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(source) => Err(JournalError::Io { path, done: "written", source }),
        }
    }

    /// Whether a plan is marked as used.
    pub fn is_used(&self, nonce: Uuid) -> bool {
        self.0.join("plans").join(nonce.to_string()).exists()
    }

    /// A folder in it, of its owner alone.
    pub(super) fn folder(&self, name: &str) -> Result<PathBuf, JournalError> {
        let path = self.0.join(name);
        make(&path).map_err(|source| JournalError::Io {
            path: path.clone(),
            done: "made",
            source,
        })?;
        Ok(path)
    }
}

fn make(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_the_one_named_or_the_users_own() {
        let find = |named: Option<&str>, pairs: &[(&str, &str)]| {
            let env = |name: &str| {
                pairs.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned())
            };
            let found = StateDir::find(named.map(Path::new), env);
            found.ok().map(|StateDir(path)| path.to_str().expect("text").to_owned())
        };
        let home = ("HOME", "/home/me");
        assert_eq!(find(Some("here"), &[home]).as_deref(), Some("here"));
        let own = find(None, &[home, ("XDG_STATE_HOME", "/state")]);
        assert_eq!(own.as_deref(), Some("/state/cdc-preflight"));
        for pairs in [&[home][..], &[home, ("XDG_STATE_HOME", "state")]] {
            let own = find(None, pairs);
            assert_eq!(own.as_deref(), Some("/home/me/.local/state/cdc-preflight"));
        }
        assert_eq!(find(None, &[]), None);
    }

    #[test]
    fn a_plan_is_used_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = StateDir(folder.path().join("state"));
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert!(!state.is_used(one));
        assert_eq!(state.use_plan(one).ok(), Some(true));
        assert_eq!(state.use_plan(one).ok(), Some(false));
        assert!(state.is_used(one));
        assert_eq!(state.use_plan(other).ok(), Some(true));
    }
}
