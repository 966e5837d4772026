//! The configuration file that `init` writes: every key with what it is for and what holds without
//! it, all commented out.

use textwrap::WordSplitter;

use super::file::VERSION;
use super::key::{COMMANDS, Key, Keys, Kind};
use crate::cli::definition::definition;

/// Columns of the comments.
const WIDTH: usize = 96;

const HEAD: &str = "\
# Defaults of cdc-preflight's flags. Each key has the name of a flag and takes what the flag takes.
# A flag wins over its variable (--tls-mode: CDC_PREFLIGHT_TLS_MODE), the variable over this file.
# Relative paths start at this file. No secret belongs here.
#
# A line that is commented out shows what holds without it, or in <> what it takes.
# `cdc-preflight config show --origin` says what holds, and why.
";

/// The file.
pub(in crate::cli) fn template() -> String {
    let definition = definition();
    let keys = Keys::of(&definition);
    let mut text = format!("{HEAD}\nversion = {VERSION}\n");
    let (named, plain): (Vec<&Key>, Vec<&Key>) =
        keys.within(None).partition(|key| key.kind() == Kind::Named);
    plain.iter().for_each(|key| entry(&mut text, key));
    named.iter().for_each(|key| entry(&mut text, key));
    for command in COMMANDS {
        let own: Vec<&Key> = keys.within(Some(command)).filter(|key| !key.is_shared()).collect();
        text.push_str(&format!(
            "\n# For `{command}` alone. Any key from above may stand here, too.\n[{command}]\n"
        ));
        own.iter().for_each(|key| entry(&mut text, key));
    }
    text
}

fn entry(text: &mut String, key: &Key) {
    let help = key.arg.get_help().map(ToString::to_string).unwrap_or_default();
    text.push('\n');
    let options = textwrap::Options::new(WIDTH).word_splitter(WordSplitter::NoHyphenation);
    for line in textwrap::wrap(&help, options) {
        text.push_str(&format!("# {line}\n"));
    }
    text.push_str(&format!("# {} = {}\n", key.name(), value(key)));
}

/// What holds without the key, or what it takes.
fn value(key: &Key) -> String {
    let defaults: Vec<String> = key
        .arg
        .get_default_values()
        .iter()
        .map(|value| literal(&value.to_string_lossy()))
        .collect();
    match (key.kind(), defaults.as_slice()) {
        (Kind::Switch, _) => "false".into(),
        (_, [one]) => one.clone(),
        (Kind::Named, _) => "{ }".into(),
        (Kind::Several, _) => format!("[{}]", defaults.join(", ")),
        (Kind::One, _) => {
            let names = key.arg.get_value_names().unwrap_or_default();
            format!("\"<{}>\"", names.first().map_or("VALUE", |name| name.as_str()))
        }
    }
}

fn literal(value: &str) -> String {
    if value.parse::<i64>().is_ok() { value.into() } else { format!("{value:?}") }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{super::file::Config, template};
    use crate::cli::definition::definition;

    #[test]
    fn as_it_is_it_changes_nothing() {
        let text = template();
        let config = Config::parse(Path::new("t.toml"), &text, &definition()).expect("it parses");
        assert!(config.settings().is_empty());
    }

    #[test]
    fn what_it_shows_are_the_defaults() {
        let text: String = template().lines().map(uncommented).collect();
        let config = Config::parse(Path::new("t.toml"), &text, &definition()).expect("it parses");
        assert!(config.settings().len() > 15, "{text}");
        for setting in config.settings() {
            let defaults = setting.key.arg.get_default_values();
            let defaults: Vec<_> = defaults.iter().map(|value| value.to_string_lossy()).collect();
            let is_off = defaults.is_empty() && setting.values == ["false"];
            assert!(is_off || setting.values == defaults, "{setting:?}");
        }
    }

    /// A line with a default, without the sign that makes it a comment.
    fn uncommented(line: &str) -> String {
        let is_value = line.split_once(" = ").is_some_and(|(key, value)| {
            key.trim_start_matches("# ").split(' ').count() == 1 && !value.starts_with("\"<")
        });
        let line = if is_value { line.trim_start_matches("# ") } else { line };
        format!("{line}\n")
    }
}
