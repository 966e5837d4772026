//! Identifiers and literals in statements that people paste. The only place that quotes.

/// Quoting as PostgreSQL reads it.
pub mod postgres {
    /// A quoted identifier: always in double quotes, so that case and keywords are kept.
    pub fn ident(name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    /// A qualified identifier.
    pub fn qualified(schema: &str, name: &str) -> String {
        format!("{}.{}", ident(schema), ident(name))
    }

    /// A string literal that means the same whatever `standard_conforming_strings` says.
    pub fn literal(value: &str) -> String {
        let prefix = if value.contains('\\') { "E" } else { "" };
        format!("{prefix}'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
    }
}

/// Quoting as MySQL and MariaDB read it.
pub mod mysql {
    /// A quoted identifier.
    pub fn ident(name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    /// A qualified identifier.
    pub fn qualified(schema: &str, name: &str) -> String {
        format!("{}.{}", ident(schema), ident(name))
    }

    /// An account from the form that `CURRENT_USER()` gives, split at the last `@`.
    pub fn account(current_user: &str) -> String {
        let (user, host) = current_user.rsplit_once('@').unwrap_or((current_user, "%"));
        format!("{}@{}", ident(user), ident(host))
    }

    /// A string literal that means the same whatever `NO_BACKSLASH_ESCAPES` says: text with a
    /// backslash is written as a hexadecimal literal.
    pub fn literal(value: &str) -> String {
        if value.contains('\\') {
            let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
            return format!("_utf8mb4 0x{hex}");
        }
        format!("'{}'", value.replace('\'', "''"))
    }
}

/// Quoting as a shell of POSIX reads it.
pub mod shell {
    /// One word of a command: as it is where nothing in it means anything to a shell.
    pub fn word(text: &str) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+=,".contains(c);
        if !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain) {
            return text.to_owned();
        }
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// Regular expressions in RabbitMQ's permissions and policies.
pub mod rabbitmq {
    /// An expression that matches this name only.
    pub fn exactly(name: &str) -> String {
        let escaped = name.chars().flat_map(|c| {
            let is_special = !c.is_alphanumeric() && c.is_ascii() && !"_-/ ".contains(c);
            is_special.then_some('\\').into_iter().chain([c])
        });
        format!("^{}$", escaped.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::{mysql, postgres, rabbitmq, shell};

    #[test]
    fn a_shell_takes_a_word_as_one() {
        assert_eq!(shell::word("orders"), "orders");
        assert_eq!(shell::word("it's $(rm -rf /)"), r"'it'\''s $(rm -rf /)'");
        assert_eq!(shell::word(""), "''");
        assert_eq!(shell::word("--force"), "'--force'");
    }

    #[test]
    fn an_expression_matches_one_name() {
        assert_eq!(rabbitmq::exactly("orders"), "^orders$");
        assert_eq!(rabbitmq::exactly("a.b|c"), r"^a\.b\|c$");
    }

    #[test]
    fn hostile_names_stay_inside_their_quotes() {
        assert_eq!(postgres::ident("a\"; DROP TABLE b; --"), "\"a\"\"; DROP TABLE b; --\"");
        assert_eq!(mysql::ident("a`b"), "`a``b`");
        assert_eq!(mysql::account("u@v@%"), "`u@v`@`%`");
    }

    #[test]
    fn literals_do_not_depend_on_session_settings() {
        assert_eq!(postgres::literal("it's"), "'it''s'");
        assert_eq!(postgres::literal("a\\'b"), "E'a\\\\''b'");
        assert_eq!(mysql::literal("a\\b"), "_utf8mb4 0x615c62");
    }
}
