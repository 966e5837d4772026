//! Product lines and their version numbers.

/// The product line, which decides on names of statements and privileges.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Line {
    /// MariaDB.
    MariaDb,
    /// MySQL and its builds.
    MySql,
}

/// A version number. Never compare MariaDB's with MySQL's.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Version {
    /// For example 8.
    pub major: u32,
    /// For example 4.
    pub minor: u32,
    /// For example 6.
    pub patch: u32,
}

impl Version {
    /// A version from its three parts.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// Reads the leading `a.b.c`; what follows (`-log`, `-MariaDB`, `-0ubuntu0.24.04.5`) is passed
    /// over, and so is the `5.5.5-` that MariaDB's greeting puts before its own number.
    pub fn parse(text: &str) -> Option<Self> {
        let own = match text.strip_prefix("5.5.5-") {
            Some(rest) if rest.contains("MariaDB") => rest,
            _ => text,
        };
        let end = own.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(own.len());
        let mut parts = own.get(..end)?.split('.').map(str::parse);
        let (major, minor) = (parts.next()?.ok()?, parts.next()?.ok()?);
        let patch = parts.next().and_then(Result::ok).unwrap_or(0);
        Some(Self { major, minor, patch })
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_are_read_with_every_suffix() {
        let cases = [
            ("8.0.46-0ubuntu0.24.04.5", Some(Version::new(8, 0, 46))),
            ("5.5.5-10.11.18-MariaDB-4 from Debian-log", Some(Version::new(10, 11, 18))),
            ("9.7.4", Some(Version::new(9, 7, 4))),
            ("8.4", Some(Version::new(8, 4, 0))),
            ("unknown", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Version::parse(text), expected, "{text}");
        }
    }
}
