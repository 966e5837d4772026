//! Where the configuration file is looked for.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;

use super::file::Config;
use crate::Exit;
use crate::cli::Stopped;
use crate::cli::definition::definition;
use crate::cli::tell::{Terminal, env};
use crate::request::{Problem, Problems};

/// The file in the working directory, and the one that `init` writes.
pub(in crate::cli) const NAME: &str = "cdc-preflight.toml";

/// Which file is read.
#[derive(Args, Clone, Debug)]
pub(crate) struct FileArgs {
    /// Read defaults of flags from this file [default: ./cdc-preflight.toml, else
    /// $XDG_CONFIG_HOME/cdc-preflight/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, global = true, conflicts_with = "config")]
    no_config: bool,
}

impl FileArgs {
    /// As these say, and where they say nothing as the others do.
    pub(super) fn or(self, others: &Self) -> Self {
        if self.config.is_some() || self.no_config { self } else { others.clone() }
    }
}

/// The largest file, in bytes.
const LARGEST: u64 = 1024 * 1024;

impl Config {
    /// The file that `--config` names, else the first of `./cdc-preflight.toml` and
    /// `$XDG_CONFIG_HOME/cdc-preflight/config.toml` that is there.
    pub(super) fn find(args: &FileArgs, terminal: &Terminal) -> Result<Option<Self>, Stopped> {
        if args.no_config {
            return Ok(None);
        }
        let named = args.config.clone();
        let Some(path) = named.or_else(|| usual(env).into_iter().find(|path| path.exists())) else {
            return Ok(None);
        };
        let read = read(&path).and_then(|text| Self::parse(&path, &text, &definition()));
        read.map(Some).map_err(|problems| {
            terminal.problems(&problems);
            Exit::Usage
        })
    }
}

fn usual(env: impl Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    let own = env("XDG_CONFIG_HOME").and_then(|folder| absolute(folder.into()));
    let home = || env("HOME").and_then(|home| absolute(home.into())).map(|it| it.join(".config"));
    let folder = own.or_else(home);
    let users = folder.map(|folder| folder.join("cdc-preflight").join("config.toml"));
    [Some(PathBuf::from(NAME)), users].into_iter().flatten().collect()
}

fn read(path: &Path) -> Result<String, Problems> {
    let bad = |message: String, help: &str| {
        Problems::from(Problem::nowhere(&path.display().to_string(), message, help))
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path);
    let read = file.and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| bad(format!("cannot be read: {error}"), "--config names a file."))?;
    if bytes.len() as u64 > LARGEST {
        return Err(bad(format!("is larger than {LARGEST} bytes"), ""));
    }
    let text = String::from_utf8(bytes);
    text.map_err(|_| bad("is not UTF-8 text".into(), "Save the file as UTF-8."))
}

#[cfg(test)]
mod tests {
    use super::usual;

    #[test]
    fn the_users_folder_follows_the_xdg_rules() {
        let with = |variables: &'static [(&str, &str)]| {
            usual(|name| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).into())
            })
            .last()
            .map(|path| path.display().to_string())
        };
        let cases: [(&'static [(&str, &str)], &str); 4] = [
            (&[], "cdc-preflight.toml"),
            (&[("HOME", "/home/me")], "/home/me/.config/cdc-preflight/config.toml"),
            (&[("XDG_CONFIG_HOME", "/x"), ("HOME", "/h")], "/x/cdc-preflight/config.toml"),
            // A relative folder is to be ignored.
            (&[("XDG_CONFIG_HOME", "x"), ("HOME", "/h")], "/h/.config/cdc-preflight/config.toml"),
        ];
        for (variables, last) in cases {
            assert_eq!(with(variables).as_deref(), Some(last));
        }
    }
}
