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

/// The words in that language, with the values in place of each `{}`, whatever they hold.
pub(crate) fn say_all<const N: usize>(
    language: Language,
    english: &'static str,
    values: [String; N],
) -> String {
    let mut values = values.into_iter();
    let mut parts = say(language, english).split("{}");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(&values.next().unwrap_or_default());
        out.push_str(part);
    }
    out
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

#[cfg(test)]
mod tests {
    use super::{Language, say_all, why};

    #[test]
    fn values_stand_where_they_belong() {
        let told = |language| say_all(language, "by {} until {}", ["{}".into(), "today".into()]);
        assert_eq!(told(Language::English), "by {} until today");
        assert_eq!(told(Language::Chinese), "由 {} 批准至 today");
    }

    #[test]
    fn why_is_the_first_sentence_of_the_section() {
        let page = "Lead.\n\n## Why\n\nIt breaks\nat 1.5 times. More.\n\n## Fix\n\nNot this.\n";
        let of = |page| why(page, Language::English);
        assert_eq!(of(page).as_deref(), Some("It breaks at 1.5 times."));
        assert_eq!(of("x\n## Why\n\n## Fix\nx"), None);
        assert_eq!(of("no section"), None);
        let page = "引言。\n\n## 原因\n\n会中断。更多。\n\n## 修复\n\n不在此。\n";
        assert_eq!(why(page, Language::Chinese).as_deref(), Some("会中断。"));
    }
}
