//! `PGPASSWORD_FILE` for `PGPASSWORD`, and so on: where a secret is mounted as a file.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::OnceLock;

use secrecy::{ExposeSecret, SecretString};

use super::Stopped;
use super::tell::Terminal;
use crate::Exit;

/// The variables that hold secrets.
const SECRETS: [&str; 7] = [
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
    "DASHSCOPE_API_KEY",
    "EVENTBRIDGE_API_KEY",
    "MYSQL_PWD",
    "PGPASSWORD",
];

/// The largest file, in bytes.
const LARGEST: u64 = 64 * 1024;

static FOUND: OnceLock<BTreeMap<&str, SecretString>> = OnceLock::new();

/// Reads the files that the environment names. Nothing is read where it names none.
pub(super) fn read(terminal: &Terminal) -> Result<(), Stopped> {
    let found = secrets(|name| std::env::var(name).ok()).map_err(|reason| {
        terminal.error(&reason);
        Exit::Usage
    })?;
    FOUND.get_or_init(|| found);
    Ok(())
}

/// The content of the file that stands for a variable.
pub(super) fn content(name: &str) -> Option<String> {
    Some(FOUND.get()?.get(name)?.expose_secret().to_owned())
}

fn secrets(
    env: impl Fn(&str) -> Option<String>,
) -> Result<BTreeMap<&'static str, SecretString>, String> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let mut found = BTreeMap::new();
    for name in SECRETS {
        let Some(path) = set(&format!("{name}_FILE")) else { continue };
        if set(name).is_some() {
            return Err(format!("{name} and {name}_FILE are both set: which one holds?"));
        }
        let secret = one(&path).map_err(|error| format!("{name}_FILE: {path:?}: {error}"))?;
        found.insert(name, secret.into());
    }
    Ok(found)
}

/// The file without its last line end.
fn one(path: &str) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(std::io::Error::other(format!("it is larger than {LARGEST} bytes")));
    }
    let line = text.strip_suffix('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    Ok(line.map_or_else(|| text.clone(), Into::into))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::secrets;

    #[test]
    fn a_file_stands_for_a_variable() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        std::fs::write(&path, " p4ss \r\n").expect("a file");
        let path = path.display().to_string();
        let of = |variables: &[(&str, &str)]| {
            secrets(|name| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        let found = of(&[("PGPASSWORD_FILE", &path), ("MYSQL_PWD_FILE", "")]).expect("secrets");
        let shown = found.iter().map(|(name, secret)| (*name, secret.expose_secret()));
        assert_eq!(shown.collect::<Vec<_>>(), [("PGPASSWORD", " p4ss ")]);
        let both = of(&[("PGPASSWORD_FILE", &path), ("PGPASSWORD", "x")]).expect_err("both");
        assert!(both.contains("both set"), "{both}");
        let gone = of(&[("EVENTBRIDGE_API_KEY_FILE", "/no/such/file")]).expect_err("no file");
        assert!(gone.contains("EVENTBRIDGE_API_KEY_FILE"), "{gone}");
        assert!(of(&[]).expect("nothing").is_empty());
    }
}
