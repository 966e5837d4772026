//! The profiles that the vendor's own programs keep in files.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::{CredentialError, KeyChain, SigningKey, cli_config, ini, is_sendable};
use crate::eventbridge::signing::AccessKey;

/// The largest file of profiles that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// Which profile a key comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: PathBuf,
    /// Whether others than the file's owner may read it.
    pub is_open_to_others: bool,
}

impl Profile {
    /// What a person should be told about it, if anything.
    pub(super) fn note(&self) -> Option<String> {
        let file = shown(&self.file);
        let words = format!("others on this machine can read the keys in {file}: chmod 600 {file}");
        self.is_open_to_others.then_some(words)
    }
}

/// A profile as a file has it, before its key is made of it.
pub(super) struct Entry {
    pub(super) name: String,
    /// How it gets its key: the file's own word, and what the file calls it.
    pub(super) mode: (&'static str, Option<String>),
    pub(super) id: Option<String>,
    pub(super) secret: Option<SecretString>,
    pub(super) token: Option<SecretString>,
}

/// The profiles of a file.
pub(super) struct Entries {
    pub(super) all: Vec<Entry>,
    /// The one that is used where nobody says otherwise.
    pub(super) current: String,
}

/// A file of profiles, and how it is understood.
struct Place {
    path: PathBuf,
    read: fn(&str) -> Result<Entries, String>,
    /// It was named: that it is not there is an error.
    must_be_there: bool,
}

/// The key of the profile that is asked for, or that the first file uses; `None` where there is no
/// file.
pub(super) fn find(chain: &KeyChain<'_>) -> Result<Option<SigningKey>, CredentialError> {
    let asked = chain.profile.map(str::to_owned).or_else(|| {
        let names = ["ALIBABA_CLOUD_PROFILE", "ALIBABACLOUD_PROFILE"];
        names.into_iter().find_map(|name| chain.variable(name))
    });
    let mut known = Vec::new();
    for place in places(chain) {
        let Some((entries, is_open_to_others)) = read(&place)? else { continue };
        let name = asked.as_ref().unwrap_or(&entries.current);
        if let Some(entry) = entries.all.iter().find(|entry| entry.name == *name) {
            let file = place.path.clone();
            let profile = Profile { name: entry.name.clone(), file, is_open_to_others };
            return key(entry, profile).map(Some);
        }
        let names: Vec<String> =
            entries.all.iter().map(|entry| format!("{:?}", entry.name)).collect();
        known.push(format!("{} has {}", shown(&place.path), listed(&names)));
    }
    match asked {
        None => Ok(None),
        Some(name) if known.is_empty() => {
            let known = "there is no file of profiles: `aliyun configure` makes one".into();
            Err(CredentialError::NoProfile { name, known })
        }
        Some(name) => Err(CredentialError::NoProfile { name, known: known.join("; ") }),
    }
}

/// The files in the order of the vendor's own clients. One that the environment names stands for
/// all others.
fn places(chain: &KeyChain<'_>) -> Vec<Place> {
    if let Some(path) = chain.variable("ALIBABA_CLOUD_CREDENTIALS_FILE") {
        return vec![Place { path: path.into(), read: ini::read, must_be_there: true }];
    }
    let Some(home) = &chain.home else { return Vec::new() };
    let place = |path: &str, read| Place { path: home.join(path), read, must_be_there: false };
    let is_off = chain
        .variable("ALIBABA_CLOUD_CLI_PROFILE_DISABLED")
        .is_some_and(|word| word.eq_ignore_ascii_case("true"));
    let cli = (!is_off).then(|| place(".aliyun/config.json", cli_config::read));
    let ini = [".alibabacloud/credentials", ".alibabacloud/credentials.ini"];
    cli.into_iter().chain(ini.map(|path| place(path, ini::read))).collect()
}

/// The profiles of a file, and whether others may read it; `None` where it is not there.
fn read(place: &Place) -> Result<Option<(Entries, bool)>, CredentialError> {
    let wrong = |reason: String| CredentialError::File { file: shown(&place.path), reason };
    let metadata = match std::fs::metadata(&place.path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !place.must_be_there => {
            return Ok(None);
        }
        Err(error) => return Err(wrong(error.to_string())),
    };
    if !metadata.is_file() {
        return Err(wrong("it is no file".into()));
    }
    if metadata.len() > LARGEST {
        return Err(wrong(format!("it is larger than {LARGEST} bytes")));
    }
    let text = std::fs::read_to_string(&place.path).map_err(|error| wrong(error.to_string()))?;
    let text = SecretString::from(text);
    let entries = (place.read)(secrecy::ExposeSecret::expose_secret(&text)).map_err(wrong)?;
    Ok(Some((entries, is_open_to_others(&metadata))))
}

#[cfg(unix)]
fn is_open_to_others(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &std::fs::Metadata) -> bool {
    false
}

fn key(entry: &Entry, profile: Profile) -> Result<SigningKey, CredentialError> {
    let file = shown(&profile.file);
    let incomplete = |member| {
        let (name, file) = (entry.name.clone(), file.clone());
        CredentialError::Incomplete { name, file, member }
    };
    let (word, mode) = &entry.mode;
    let is_temporary = match mode.as_deref() {
        None | Some("AK" | "access_key") => false,
        Some("StsToken" | "sts") => true,
        Some(other) => {
            let takes = if *word == "mode" { "AK and StsToken" } else { "access_key and sts" };
            let (name, mode) = (entry.name.clone(), other.to_owned());
            return Err(CredentialError::UnusableMode { name, file, word, mode, takes });
        }
    };
    let secret = |secret: &Option<SecretString>| {
        let is_usable = |it: &&SecretString| {
            let text = secrecy::ExposeSecret::expose_secret(*it);
            !text.is_empty() && is_sendable(text)
        };
        secret.as_ref().filter(is_usable).cloned()
    };
    let id = entry.id.clone().filter(|id| !id.is_empty() && is_sendable(id));
    let key = AccessKey {
        id: id.ok_or_else(|| incomplete("access_key_id"))?,
        secret: secret(&entry.secret).ok_or_else(|| incomplete("access_key_secret"))?,
    };
    let member = if *word == "mode" { "sts_token" } else { "security_token" };
    let token = secret(&entry.token).filter(|_| is_temporary);
    if is_temporary && token.is_none() {
        return Err(incomplete(member));
    }
    Ok(SigningKey { key, token, profile: Some(profile) })
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().escape_debug().to_string()
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

#[cfg(test)]
mod tests;
