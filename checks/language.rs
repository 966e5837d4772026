//! The languages in which people read reports and pages.

use std::str::FromStr;

/// A language of reports and pages. Ids, statements and the formats for programs have none.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Language {
    /// The language in which everything is written first.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// Its code in ISO 639, as on the command line and in names of files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// The headings of a check's page that say why and how to fix it.
    pub fn headings(self) -> [&'static str; 2] {
        match self {
            Self::English => ["## Why", "## Fix"],
            Self::Chinese => ["## 原因", "## 修复"],
        }
    }
}

impl FromStr for Language {
    type Err = String;

    /// Reads `en` or `zh`.
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|language| language.as_str() == word);
        found.ok_or_else(|| "one of en, zh".to_owned())
    }
}
