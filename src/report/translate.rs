//! The words of reports in other languages than English.
//!
//! The English words stand in the code and are the keys. A language is a file,
//! `words.LANGUAGE.toml`; what it lacks stays English. A test sees to it that it lacks nothing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use cdc_checks::Language;

type Words = BTreeMap<String, String>;

static CHINESE: LazyLock<Words> =
    LazyLock::new(|| toml::from_str(include_str!("words.zh.toml")).expect("a test reads it"));

/// The words in that language.
pub(crate) fn say(language: Language, english: &'static str) -> &'static str {
    let words = match language {
        Language::English => return english,
        Language::Chinese => &CHINESE,
    };
    words.get(english).map_or(english, String::as_str)
}

/// The words in that language, with `value` in place of `{}`.
pub(crate) fn say_of(language: Language, english: &'static str, value: impl ToString) -> String {
    say(language, english).replacen("{}", &value.to_string(), 1)
}

/// The first sentence under the heading that says why, of a check's page.
pub(super) fn why(page: &str, language: Language) -> Option<String> {
    let [heading, _] = language.headings();
    let section = crate::pages::section(page, heading);
    let words = section.split_whitespace().collect::<Vec<_>>().join(" ");
    let stop = match language {
        Language::English => ". ",
        Language::Chinese => "。",
    };
    let end = words.find(stop).map_or(words.len(), |at| at + stop.trim_end().len());
    Some(words[..end].to_owned()).filter(|sentence| !sentence.is_empty())
}
