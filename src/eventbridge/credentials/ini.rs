//! `~/.alibabacloud/credentials`, which the vendor's SDKs share: sections of `name = value`.

use super::profile::{Entries, Entry};

/// The profiles of the file's text.
///
/// # Errors
/// What is wrong with it, without a part of it.
pub(super) fn read(text: &str) -> Result<Entries, String> {
    let mut all: Vec<Entry> = Vec::new();
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        // A comment may also stand behind a value, as the SDKs read it.
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with(';') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            all.push(empty(name.trim()));
            continue;
        }
        let number = number + 1;
        let Some((name, value)) = line.split_once(['=', ':']) else {
            return Err(format!("line {number} is neither [PROFILE] nor NAME = VALUE"));
        };
        let entry = all
            .last_mut()
            .ok_or_else(|| format!("line {number} stands before the first [PROFILE]"))?;
        set(entry, name.trim(), value.trim());
    }
    Ok(Entries { all, current: "default".into() })
}

fn empty(name: &str) -> Entry {
    Entry { name: name.to_owned(), mode: ("type", None), id: None, secret: None, token: None }
}

/// Takes what is known; profiles hold much that is of no use here.
fn set(entry: &mut Entry, name: &str, value: &str) {
    match name.to_ascii_lowercase().as_str() {
        "type" => entry.mode.1 = Some(value.to_owned()),
        "access_key_id" => entry.id = Some(value.to_owned()),
        "access_key_secret" => entry.secret = Some(value.into()),
        "security_token" => entry.token = Some(value.into()),
        _ => {}
    }
}
