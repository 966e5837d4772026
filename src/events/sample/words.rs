//! What a column probably holds, by its name.

/// A price, as a decimal number.
pub(super) const DECIMAL: &str = "19.90";

/// What names contain, and two values of such a column. The first that is contained counts.
const TEXTS: &[(&str, [&str; 2])] = &[
    ("email", ["ada@example.com", "grace@example.com"]),
    ("mail", ["ada@example.com", "grace@example.com"]),
    ("phone", ["+86 571 0000 0000", "+86 571 0000 0001"]),
    ("url", ["https://example.com/a", "https://example.com/b"]),
    ("first_name", ["Ada", "Grace"]),
    ("last_name", ["Lovelace", "Hopper"]),
    ("user", ["ada", "grace"]),
    ("country", ["CN", "DE"]),
    ("city", ["Hangzhou", "Hamburg"]),
    ("street", ["1 Sample Road", "2 Sample Road"]),
    ("address", ["1 Sample Road", "2 Sample Road"]),
    ("currency", ["CNY", "EUR"]),
    ("zip", ["310000", "20095"]),
    ("postal", ["310000", "20095"]),
    ("status", ["new", "paid"]),
    ("state", ["new", "done"]),
    ("type", ["standard", "express"]),
    ("kind", ["standard", "express"]),
    ("sku", ["SKU-1001", "SKU-1002"]),
    ("code", ["A1001", "A1002"]),
    ("title", ["A title", "Another title"]),
    ("name", ["Ada Lovelace", "Grace Hopper"]),
    ("lang", ["en", "zh"]),
    ("color", ["blue", "green"]),
    ("description", ["A description", "Another description"]),
    ("note", ["a note", "another note"]),
    ("comment", ["a comment", "another comment"]),
];

/// Types whose text has a form of its own.
const FORMED: &[(&str, [&str; 2])] = &[
    ("inet6", ["2001:db8::10", "2001:db8::11"]),
    ("inet", ["192.0.2.10", "192.0.2.11"]),
    ("cidr", ["192.0.2.0/24", "198.51.100.0/24"]),
    ("macaddr8", ["08:00:2b:01:02:03:04:05", "08:00:2b:01:02:03:04:06"]),
    ("macaddr", ["08:00:2b:01:02:03", "08:00:2b:01:02:04"]),
    ("ltree", ["top.first", "top.second"]),
    ("tsvector", ["'sample':1", "'other':1"]),
    ("daterange", ["[2026-01-15,2026-02-15)", "[2026-01-16,2026-02-16)"]),
    (
        "tsrange",
        [
            "[\"2026-01-15 09:30:00\",\"2026-01-15 10:30:00\")",
            "[\"2026-01-16 09:30:00\",\"2026-01-16 10:30:00\")",
        ],
    ),
    (
        "tstzrange",
        [
            "[\"2026-01-15 09:30:00+00\",\"2026-01-15 10:30:00+00\")",
            "[\"2026-01-16 09:30:00+00\",\"2026-01-16 10:30:00+00\")",
        ],
    ),
    ("int4range", ["[1,10)", "[2,10)"]),
    ("int8range", ["[1,10)", "[2,10)"]),
    ("numrange", ["[1.5,2.5)", "[1.5,3.5)"]),
];

/// What names contain, and a whole number that such a column may hold.
const INTEGERS: &[(&str, i64)] = &[
    ("quantity", 3),
    ("qty", 3),
    ("count", 3),
    ("age", 36),
    ("price", 1990),
    ("amount", 1990),
    ("total", 1990),
    ("cents", 1990),
    ("version", 1),
    ("status", 1),
    ("flag", 1),
    ("is_", 1),
    ("year", 2026),
    ("id", 1001),
];

/// Text of a column; `state` tells the first state of a row from a later one.
pub(super) fn text(name: &str, database_type: &str, encoding: &str, state: usize) -> &'static str {
    let of = |pair: &[&'static str; 2]| pair[state % 2];
    let formed = FORMED.iter().find(|(own, _)| database_type.starts_with(own));
    if let Some((_, pair)) = formed {
        return of(pair);
    }
    if encoding == "JSON as text" {
        return of(&["{}", "{\"a\":1}"]);
    }
    match TEXTS.iter().find(|(part, _)| name.contains(part)) {
        Some((_, pair)) => of(pair),
        None => of(&["sample", "another"]),
    }
}

/// A whole number of a column.
pub(super) fn integer(name: &str) -> i64 {
    INTEGERS.iter().find(|(part, _)| name.contains(part)).map_or(42, |(_, number)| *number)
}

/// A number of a column.
pub(super) fn number(name: &str) -> f64 {
    match name {
        name if name.contains("lat") => 30.25,
        name if name.contains("lon") || name.contains("lng") => 120.25,
        name if name.contains("rate") || name.contains("ratio") => 0.25,
        _ => 19.5,
    }
}
