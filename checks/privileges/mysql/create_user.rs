//! What `SHOW CREATE USER` says of the account itself. What it verifies passwords with is read over
//! and never kept.

use super::line::{Token, identified, tokens};
use crate::Text;
use crate::facts::mysql::{Account, Expiry};

/// Reads the statement. What it does not understand, it leaves at what is usual.
pub fn account(statement: &str) -> Account {
    let from = identified(statement).unwrap_or(0);
    let methods = statement.get(from..).unwrap_or_default();
    let (secret_end, options) = options(methods);
    Account {
        plugins: plugins(methods.get(..secret_end).unwrap_or_default()),
        requires_tls: after(&options, "REQUIRE").is_some_and(|word| word != "NONE"),
        expiry: expiry(&options),
        limits: options
            .windows(2)
            .filter(|pair| pair[0].starts_with("MAX_"))
            .filter_map(|pair| Some((pair[0].clone(), pair[1].parse().ok()?)))
            .filter(|(_, limit)| *limit > 0)
            .collect(),
    }
}

/// Where the authentication methods end, and the words that follow, in capitals.
///
/// A hash may hold any byte, quotes too, so that its end is not looked for: no hash holds these
/// words between blanks. A comment may, so that only what comes before it counts.
fn options(methods: &str) -> (usize, Vec<String>) {
    let starts = [" REQUIRE ", " WITH MAX_", " PASSWORD EXPIRE", " ACCOUNT "];
    let start = starts.iter().filter_map(|mark| methods.find(mark)).min();
    let start = start.unwrap_or(methods.len());
    let words = tokens(methods.get(start..).unwrap_or_default()).into_iter();
    let words = words.map_while(|token| match token {
        Token::Word(word) if matches!(word.as_str(), "ATTRIBUTE" | "COMMENT") => None,
        Token::Word(word) => Some(word.to_ascii_uppercase()),
        Token::Quoted(_) | Token::Mark(_) => Some(String::new()),
    });
    (start, words.collect())
}

/// The plugins after `IDENTIFIED WITH` (MySQL) or `IDENTIFIED VIA ... OR ...` (MariaDB), which
/// leaves its oldest out.
fn plugins(methods: &str) -> Vec<Text> {
    let methods = methods.strip_prefix("IDENTIFIED ").unwrap_or_default();
    if let Some(one) = methods.strip_prefix("WITH ") {
        return name(one).into_iter().collect();
    }
    if let Some(several) = methods.strip_prefix("VIA ") {
        return several.split(" OR ").filter_map(name).collect();
    }
    let is_oldest = methods.starts_with("BY PASSWORD");
    is_oldest.then(|| Text::new("mysql_native_password")).into_iter().collect()
}

fn name(text: &str) -> Option<Text> {
    let end = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    let bare = text.trim_start_matches(['\'', '`']);
    let name = bare.get(..bare.find(end).unwrap_or(bare.len()))?;
    (!name.is_empty()).then(|| Text::new(name))
}

fn expiry(options: &[String]) -> Expiry {
    let Some(at) = options.windows(2).position(|pair| pair[0] == "PASSWORD" && pair[1] == "EXPIRE")
    else {
        return Expiry::Default;
    };
    let word = |offset: usize| options.get(at + 2 + offset).map_or("", String::as_str);
    match word(0) {
        "DEFAULT" => Expiry::Default,
        "NEVER" => Expiry::Never,
        "INTERVAL" => word(1).parse().map_or(Expiry::Default, Expiry::Days),
        _ => Expiry::Now,
    }
}

fn after<'a>(options: &'a [String], word: &str) -> Option<&'a str> {
    let at = options.iter().position(|own| own == word)?;
    options.get(at + 1).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::{Expiry, Text, account};

    fn plugins(statement: &str) -> Vec<String> {
        account(statement).plugins.iter().map(|name| name.untrusted().to_owned()).collect()
    }

    #[test]
    fn an_account_of_mysql_is_read() {
        let account = account(
            "CREATE USER `IDENTIFIED VIA pam`@`%` IDENTIFIED WITH 'caching_sha2_password' AS \
             '$A$005$\u{1}x\\'y OR z' REQUIRE SSL WITH MAX_QUERIES_PER_HOUR 90 \
             MAX_USER_CONNECTIONS 2 PASSWORD EXPIRE INTERVAL 90 DAY ACCOUNT UNLOCK PASSWORD \
             HISTORY DEFAULT ATTRIBUTE '{\"comment\": \" REQUIRE NONE \"}'",
        );
        assert_eq!(account.plugins, [Text::new("caching_sha2_password")]);
        assert!(account.requires_tls);
        assert_eq!(account.expiry, Expiry::Days(90));
        assert_eq!(account.limits.get("MAX_QUERIES_PER_HOUR"), Some(&90));
        assert_eq!(account.limits.get("MAX_USER_CONNECTIONS"), Some(&2));
    }

    #[test]
    fn what_is_usual_is_read_as_such() {
        let statements = [
            "CREATE USER 'u'@'%' IDENTIFIED WITH 'mysql_native_password' AS '<secret>' REQUIRE \
             NONE PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK",
            "CREATE USER `u`@`%` IDENTIFIED BY PASSWORD '*8B2A'",
        ];
        for statement in statements {
            let account = account(statement);
            assert_eq!(account.plugins, [Text::new("mysql_native_password")], "{statement}");
            assert_eq!((account.requires_tls, account.expiry), (false, Expiry::Default));
            assert!(account.limits.is_empty());
        }
    }

    #[test]
    fn mariadb_names_several_methods() {
        assert_eq!(
            plugins("CREATE USER `u`@`%` IDENTIFIED VIA ed25519 USING 'Zk' OR pam USING 'm'"),
            ["ed25519", "pam"]
        );
        assert_eq!(plugins("CREATE USER `u`@`%` IDENTIFIED VIA parsec USING 'P0:x'"), ["parsec"]);
        let socket = "CREATE USER `u`@`localhost` IDENTIFIED VIA unix_socket";
        assert_eq!(plugins(socket), ["unix_socket"]);
        let never =
            account("CREATE USER `u`@`%` IDENTIFIED VIA gssapi REQUIRE X509 PASSWORD EXPIRE NEVER");
        assert!(never.requires_tls);
        assert_eq!(never.expiry, Expiry::Never);
    }

    #[test]
    fn anything_else_gives_nothing() {
        for text in ["", "CREATE USER", "IDENTIFIED", "IDENTIFIED WITH", "é IDENTIFIED VIA \u{0}"]
        {
            assert!(account(text).plugins.is_empty(), "{text}");
        }
        let expired = account("CREATE USER `u`@`%` IDENTIFIED BY PASSWORD '*8' PASSWORD EXPIRE");
        assert_eq!(expired.expiry, Expiry::Now);
    }
}
