//! Patterns of names, as shells have them.

use std::fmt;

/// A pattern that a whole name must fit: `*` stands for any characters, `?` for one; everything
/// else stands for itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Glob(String);

impl Glob {
    /// The pattern that this text is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The pattern that everything fits.
    pub fn any() -> Self {
        Self::new("*")
    }

    /// Whether anything in it stands for more than itself.
    pub fn is_pattern(&self) -> bool {
        self.0.contains(['*', '?'])
    }

    /// Whether a name fits.
    pub fn matches(&self, name: &str) -> bool {
        let (pattern, name): (Vec<char>, Vec<char>) =
            (self.0.chars().collect(), name.chars().collect());
        let (mut at, mut read) = (0, 0);
        // Where to go on when what comes after the last `*` does not fit: the `*` takes one more.
        let mut retry = None;
        while read < name.len() {
            match pattern.get(at) {
                Some('*') => {
                    retry = Some((at + 1, read));
                    at += 1;
                }
                Some(&c) if c == '?' || c == name[read] => (at, read) = (at + 1, read + 1),
                _ => {
                    let Some((after, taken)) = retry else { return false };
                    retry = Some((after, taken + 1));
                    (at, read) = (after, taken + 1);
                }
            }
        }
        pattern[at..].iter().all(|&c| c == '*')
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn a_pattern_fits_whole_names() {
        for (pattern, name, fits) in [
            ("mysql/*", "mysql/binlog-format", true),
            ("mysql/*", "postgres/slot", false),
            ("*/slot*", "postgres/slots-free", true),
            ("public.orders", "public.orders", true),
            ("public.orders", "public.orders2", false),
            ("public.o?ders", "public.orders", true),
            ("*a*b*c", "xxaxbxbxc", true),
            ("*a*b*c", "xxaxbxbx", false),
            ("*", "", true),
            ("?", "", false),
            ("", "", true),
            ("", "x", false),
            ("?", "\u{8ba2}", true),
            ("[a]", "a", false),
        ] {
            assert_eq!(Glob::new(pattern).matches(name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn no_pattern_takes_long() {
        let name = "a".repeat(2_000);
        assert!(!Glob::new(format!("{}b", "*a".repeat(500))).matches(&name));
    }
}
