//! A check's page in another language: `NAME.zh.md` beside `NAME.md`.
//!
//! A translation holds the title, as its first heading, then what the page itself has up to its
//! cases: the sentence that leads it, why, and how to fix it. Cases and statements have no
//! language.

use crate::{CheckInfo, Language, catalogue};

/// One page in one language.
#[derive(Clone, Copy, Debug)]
pub struct Translation {
    /// The check that it is about.
    pub id: &'static str,
    /// The language's code, as in the name of the file.
    pub language: &'static str,
    /// The whole file.
    pub text: &'static str,
}

impl Translation {
    /// The title, and what follows it; `None` where the file does not begin with a title.
    pub fn parts(&self) -> Option<(&'static str, &'static str)> {
        let (title, rest) = self.text.strip_prefix("# ")?.split_once('\n')?;
        Some((title.trim(), rest.trim_start()))
    }
}

impl CheckInfo {
    /// The title in that language, in English where it has not been translated.
    pub fn title_in(&self, language: Language) -> &'static str {
        translated(self, language).map_or(self.title, |(title, _)| title)
    }

    /// The page in that language, in English where it has not been translated.
    pub fn doc_in(&self, language: Language) -> &'static str {
        translated(self, language).map_or(self.doc, |(_, page)| page)
    }

    /// The language in which [`Self::title_in`] and [`Self::doc_in`] answer when asked for this.
    pub fn spoken(&self, language: Language) -> Language {
        translated(self, language).map_or(Language::English, |_| language)
    }
}

fn translated(check: &CheckInfo, language: Language) -> Option<(&'static str, &'static str)> {
    if language == Language::English {
        return None;
    }
    let mut all = catalogue::translations();
    all.find(|it| it.id == check.id && it.language == language.as_str())?.parts()
}
