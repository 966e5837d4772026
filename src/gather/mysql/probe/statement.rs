//! Statements in the binary log: whether one changes rows, and which tables it speaks of.

use cdc_checks::TableName;

/// First words of statements that change rows.
const CHANGING: [&str; 7] = ["CALL", "DELETE", "INSERT", "LOAD", "REPLACE", "UPDATE", "WITH"];

/// More of a statement is not searched.
const SEARCHED: usize = 64 << 10;

/// The first word of a statement that changes rows; `None` for any other.
pub(super) fn changing_verb(text: &str) -> Option<&'static str> {
    let text = after_comments(text);
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let first = &text[..end];
    CHANGING.into_iter().find(|verb| verb.eq_ignore_ascii_case(first))
}

/// What follows blanks and comments. What a comment hides from other products is no comment here.
fn after_comments(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        text = if let Some(hidden) = text.strip_prefix("/*!").or(text.strip_prefix("/*M!")) {
            hidden.trim_start_matches(|c: char| c.is_ascii_digit())
        } else if let Some(comment) = text.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, rest)| rest)
        } else if text.starts_with('#') || text.starts_with("-- ") {
            text.split_once('\n').map_or("", |(_, rest)| rest)
        } else {
            return text;
        };
    }
}

/// Whether a table's name is a word of the statement, and its database is the session's or a word,
/// too.
pub(super) fn names(text: &str, database: &str, table: &TableName) -> bool {
    let end = (0..=SEARCHED.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    let text = &text[..end.unwrap_or(0)];
    let (schema, name) = (table.schema.untrusted(), table.name.untrusted());
    has_word(text, name) && (database.eq_ignore_ascii_case(schema) || has_word(text, schema))
}

fn has_word(text: &str, word: &str) -> bool {
    let (text, word) = (text.to_lowercase(), word.to_lowercase());
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    !word.is_empty()
        && text.match_indices(&word).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + word.len()..].chars().next();
            !before.is_some_and(is_part) && !after.is_some_and(is_part)
        })
}

#[cfg(test)]
mod tests {
    use cdc_checks::TableName;

    use super::{changing_verb, names};

    #[test]
    fn only_statements_that_change_rows_have_a_verb() {
        let cases = [
            ("INSERT INTO t VALUES (1)", Some("INSERT")),
            ("  update t set a = 1", Some("UPDATE")),
            ("/* an app */ -- more\n# and more\nDelete from t", Some("DELETE")),
            ("/*!50001 REPLACE INTO t VALUES (1) */", Some("REPLACE")),
            ("LOAD DATA INFILE 'x' INTO TABLE t", Some("LOAD")),
            ("BEGIN", None),
            ("COMMIT", None),
            ("CREATE TABLE t (id int)", None),
            ("TRUNCATE TABLE t", None),
            ("inserted", None),
            ("/* never ends", None),
            ("", None),
        ];
        for (text, verb) in cases {
            assert_eq!(changing_verb(text), verb, "{text}");
        }
    }

    #[test]
    fn a_table_is_named_by_whole_words() {
        let orders = TableName::new("inventory", "orders");
        assert!(names("UPDATE `orders` SET a = 1", "inventory", &orders));
        assert!(names("UPDATE Inventory.Orders SET a = 1", "", &orders));
        assert!(!names("UPDATE preorders SET a = 1", "inventory", &orders));
        assert!(!names("UPDATE orders_old SET a = 1", "inventory", &orders));
        assert!(!names("UPDATE orders SET a = 1", "other", &orders));
    }

    #[test]
    fn long_statements_of_any_script_are_searched_as_far_as_it_goes() {
        let orders = TableName::new("inventory", "orders");
        let long = format!("INSERT INTO orders VALUES ('{}')", "\u{4f60}".repeat(40_000));
        assert!(names(&long, "inventory", &orders));
    }
}
