//! What a column's default means for the values that are shown: defaults as `pg_get_expr` writes
//! them.

use cdc_checks::facts::postgres::Column;

use crate::events::default;
use crate::events::mapping::Literal;

/// What a column's default means for the values that are shown.
pub(super) enum ShownDefault {
    /// A constant, as it is shown.
    Constant(serde_json::Value),
    /// None, or an expression: the engine does not take it over.
    None,
    /// There is one, and the rules do not say how it is shown.
    Unknown,
}

/// Reads a column's default, whose values have this form.
pub(super) fn shown_default(column: &Column, literal: Literal) -> ShownDefault {
    if !column.has_default {
        return ShownDefault::None;
    }
    let Some(expression) = &column.default else { return ShownDefault::Unknown };
    match constant(expression.untrusted()) {
        Constant::Expression | Constant::Null => ShownDefault::None,
        Constant::Literal(text) => match default::shown(literal, &text) {
            Some(value) => ShownDefault::Constant(value),
            None => ShownDefault::Unknown,
        },
    }
}

/// What a default's expression is, as `pg_get_expr` writes it.
enum Constant {
    Expression,
    Literal(String),
    Null,
}

fn constant(expression: &str) -> Constant {
    if let Some(rest) = expression.strip_prefix('\'') {
        return quoted(rest);
    }
    let bare = expression.split("::").next().unwrap_or(expression);
    let bare = bare.strip_prefix('(').and_then(|bare| bare.strip_suffix(')')).unwrap_or(bare);
    if bare.starts_with("NULL") {
        return Constant::Null;
    }
    let is_number = bare.bytes().all(|byte| byte.is_ascii_digit() || b"-.".contains(&byte));
    if is_number || bare == "true" || bare == "false" {
        return Constant::Literal(bare.to_owned());
    }
    Constant::Expression
}

/// A literal behind its opening quote, with nothing but a cast behind its closing one.
fn quoted(rest: &str) -> Constant {
    let unescaped = rest.replace("''", "\0");
    match unescaped.split_once('\'') {
        Some((text, cast)) if cast.is_empty() || is_cast(cast) => {
            Constant::Literal(text.replace('\0', "'"))
        }
        _ => Constant::Expression,
    }
}

fn is_cast(text: &str) -> bool {
    text.strip_prefix("::")
        .is_some_and(|name| name.chars().all(|c| c.is_alphanumeric() || " _.\"()[],".contains(c)))
}
