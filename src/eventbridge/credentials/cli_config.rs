//! `~/.aliyun/config.json`, which the vendor's command line tool keeps.

use serde_json::Value;

use super::profile::{Entries, Entry};

/// The profiles of the file's text.
///
/// # Errors
/// What is wrong with it, without a part of it.
pub(super) fn read(text: &str) -> Result<Entries, String> {
    let document: Value = serde_json::from_str(text)
        .map_err(|error| format!("no JSON at {}:{}", error.line(), error.column()))?;
    let Some(profiles) = document.get("profiles").and_then(Value::as_array) else {
        return Err("it has no list \"profiles\"".into());
    };
    let all = profiles.iter().filter_map(entry).collect();
    let current = document.get("current").and_then(Value::as_str).unwrap_or("default");
    Ok(Entries { all, current: current.to_owned() })
}

fn entry(profile: &Value) -> Option<Entry> {
    let text = |name: &str| profile.get(name).and_then(Value::as_str);
    Some(Entry {
        name: text("name")?.to_owned(),
        mode: ("mode", text("mode").filter(|mode| !mode.is_empty()).map(str::to_owned)),
        id: text("access_key_id").map(str::to_owned),
        secret: text("access_key_secret").map(Into::into),
        token: text("sts_token").map(Into::into),
    })
}
