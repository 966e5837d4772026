//! What a column's default means for the values that are shown.
//!
//! The engine reads the expression that `pg_get_expr` writes as text: it takes the first literal in
//! it, or a value of its own where the expression begins with a function. It knows the types below,
//! by the column's own type, so that a domain's default is not taken over.

use cdc_checks::facts::postgres::Column;

use crate::events::default;
use crate::events::mapping::{Literal, Mapping};

/// What a column's default means for the values that are shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ShownDefault {
    /// A constant, as it is shown.
    Constant(serde_json::Value),
    /// None, or one that the engine does not take over.
    None,
    /// There is one, and the rules do not say how it is shown.
    Unknown,
}

/// Reads a column's default, whose values have this form.
pub(super) fn shown_default(column: &Column, mapping: &Mapping) -> ShownDefault {
    let is_simple = column.type_kind != "d" && !column.is_array;
    if !column.has_default || !is_simple || mapping.json_type == "object" {
        return ShownDefault::None;
    }
    let is_enum = column.type_kind == "e";
    let of_function = of_function(&column.base_type);
    if !is_enum && of_function.is_none() {
        return ShownDefault::None;
    }
    let Some(expression) = &column.default else { return ShownDefault::Unknown };
    let expression = expression.untrusted();
    let text = if is_enum { enum_label(expression) } else { taken(expression, of_function) };
    let Some(text) = text else { return ShownDefault::None };
    match default::shown(mapping.literal, &text) {
        Some(value) => ShownDefault::Constant(value),
        None if is_strict(mapping.literal) || !expression.contains('\'') => ShownDefault::None,
        None => ShownDefault::Unknown,
    }
}

/// Whether what the rules cannot read, the engine cannot read either.
fn is_strict(literal: Literal) -> bool {
    use Literal::{Boolean, Decimal, DecimalText, Integer, Uuid};
    matches!(literal, Boolean | Decimal(_) | DecimalText(_) | Integer | Uuid)
}

/// What the engine puts for the value of a function, for the types whose defaults it takes over.
fn of_function(base_type: &str) -> Option<&'static str> {
    Some(match base_type {
        "bit" => "00",
        "bool" => "false",
        "bpchar" | "text" | "varchar" | "xml" => "",
        "date" | "timestamp" | "timestamptz" => "1970-01-01",
        "float4" | "float8" | "numeric" => "0.0",
        "int2" | "int4" | "int8" | "varbit" => "0",
        "interval" => "epoch",
        "json" | "jsonb" => "{}",
        "time" => "00:00",
        "uuid" => "00000000-0000-0000-0000-000000000000",
        _ => return None,
    })
}

/// The text that the engine takes for the default; `None` where it is NULL.
fn taken(expression: &str, of_function: Option<&'static str>) -> Option<String> {
    if expression.starts_with("NULL::") || expression == "NULL" {
        return None;
    }
    if is_function(expression) {
        return of_function.map(Into::into);
    }
    match expression.split_once('\'') {
        Some((_, rest)) => literal(rest),
        None => Some(expression.to_owned()),
    }
}

/// Whether the engine sees a function in it: a name and a parenthesis at its start, with or without
/// another parenthesis before, or one of the words that stand for the present.
fn is_function(expression: &str) -> bool {
    const PRESENT: [&str; 5] =
        ["current_timestamp", "current_time", "current_date", "localtime", "localtimestamp"];
    if PRESENT.contains(&expression.to_lowercase().as_str()) {
        return true;
    }
    let inner = expression.strip_prefix('(').unwrap_or(expression);
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let behind = inner.trim_start_matches(is_of_name);
    behind.len() < inner.len() && behind.starts_with('(') && behind.contains(')')
}

/// The text behind an opening quote up to its closing one.
fn literal(rest: &str) -> Option<String> {
    let unescaped = rest.replace("''", "\0");
    let (text, _) = unescaped.split_once('\'')?;
    Some(text.replace('\0', "'"))
}

/// The label in `'label'::type`.
fn enum_label(expression: &str) -> Option<String> {
    let (text, _) = expression.rsplit_once("::")?;
    Some(text.strip_prefix('\'')?.strip_suffix('\'')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{enum_label, taken};

    #[test]
    fn expressions_are_read_as_the_engine_reads_them() {
        let cases = [
            ("7", Some("7")),
            ("'-1'::integer", Some("-1")),
            ("'it''s'::text", Some("it's")),
            ("'a'::text || 'b'::text", Some("a")),
            ("('a'::text || 'b'::text)", Some("a")),
            ("now()", Some("of a function")),
            ("(now())::date", Some("of a function")),
            ("(now() + '1 day'::interval)", Some("of a function")),
            ("CURRENT_TIMESTAMP", Some("of a function")),
            ("CURRENT_TIMESTAMP(3)", Some("of a function")),
            ("nextval('s'::regclass)", Some("of a function")),
            ("pg_catalog.upper('a'::text)", Some("of a function")),
            ("(7)::bigint", Some("(7)::bigint")),
            ("NULL::character varying", None),
        ];
        for (expression, expected) in cases {
            let found = taken(expression, Some("of a function"));
            assert_eq!(found.as_deref(), expected, "{expression}");
        }
        assert_eq!(enum_label("'ok'::mood").as_deref(), Some("ok"));
        assert_eq!(enum_label("a_mood()"), None);
    }
}
