//! What the terminal can show: decided from the environment, which is a parameter.

use std::str::FromStr;

/// What the user asked for with `--color`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ColorChoice {
    /// The environment and the terminal decide.
    #[default]
    Auto,
    /// Colour in any case.
    Always,
    /// No colour in any case.
    Never,
}

impl FromStr for ColorChoice {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "auto" => Ok(Self::Auto),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            _ => Err(format!("{word:?} is none of auto, always, never")),
        }
    }
}

/// Whether to write colour. The first of these that says anything decides: the flag; `NO_COLOR`
/// (not empty); `FORCE_COLOR` or `CLICOLOR_FORCE` (not empty, not 0); `CLICOLOR=0`; `TERM=dumb`;
/// whether the output is a terminal.
///
/// `env` looks a variable up, for example `|name| std::env::var(name).ok()`.
pub fn use_color(
    choice: ColorChoice,
    env: impl Fn(&str) -> Option<String>,
    is_terminal: bool,
) -> bool {
    let forced = |name| env(name).is_some_and(|value| !value.is_empty() && value != "0");
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if env("NO_COLOR").is_some_and(|value| !value.is_empty()) => false,
        ColorChoice::Auto if forced("FORCE_COLOR") || forced("CLICOLOR_FORCE") => true,
        ColorChoice::Auto if env("CLICOLOR").as_deref() == Some("0") => false,
        ColorChoice::Auto if env("TERM").as_deref() == Some("dumb") => false,
        ColorChoice::Auto => is_terminal,
    }
}

/// Whether the locale reads UTF-8: the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is not empty
/// says so. Windows has no such variables and reads Unicode.
///
/// `env` looks a variable up, for example `|name| std::env::var(name).ok()`.
pub fn use_unicode(env: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(env)
        .find(|value| !value.is_empty())
        .map(|value| value.to_ascii_lowercase());
    match locale {
        Some(locale) => locale.contains("utf-8") || locale.contains("utf8"),
        None => cfg!(windows),
    }
}

#[cfg(test)]
mod tests {
    use super::{ColorChoice, use_color, use_unicode};

    fn env(pairs: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        move |name| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    #[test]
    fn each_source_of_colour_yields_to_the_one_before() {
        let steps: &[(&str, &str, bool)] = &[
            ("TERM", "dumb", false),
            ("CLICOLOR", "0", false),
            ("CLICOLOR_FORCE", "1", true),
            ("NO_COLOR", "1", false),
        ];
        for last in 1..=steps.len() {
            let set: Vec<_> = steps[..last].iter().map(|&(name, value, _)| (name, value)).collect();
            assert_eq!(use_color(ColorChoice::Auto, env(&set), true), steps[last - 1].2, "{set:?}");
        }
        let no_color = [("NO_COLOR", "1")];
        assert!(use_color(ColorChoice::Always, env(&no_color), false));
        assert!(!use_color(ColorChoice::Never, env(&[("FORCE_COLOR", "1")]), true));
    }

    #[test]
    fn empty_and_zero_say_nothing() {
        for set in [("NO_COLOR", ""), ("FORCE_COLOR", ""), ("FORCE_COLOR", "0")] {
            assert!(use_color(ColorChoice::Auto, env(&[set]), true), "{set:?}");
            assert!(!use_color(ColorChoice::Auto, env(&[set]), false), "{set:?}");
        }
        assert!(use_color(ColorChoice::Auto, env(&[("FORCE_COLOR", "3")]), false));
    }

    #[test]
    fn the_first_locale_variable_that_is_set_decides() {
        assert!(use_unicode(env(&[("LANG", "de_DE.UTF-8")])));
        assert!(use_unicode(env(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8")])));
        assert!(!use_unicode(env(&[("LC_ALL", "C"), ("LANG", "C.UTF-8")])));
        assert_eq!(use_unicode(env(&[])), cfg!(windows));
    }
}
