//! Facts of a recorded server, and what may become of it.

use serde_json::{Value, json};

fn healthy_value() -> Value {
    serde_json::from_str(include_str!("../facts/postgres.json")).unwrap()
}

/// A server on which all is well.
pub(crate) fn healthy() -> String {
    healthy_value().to_string()
}

/// The server with another level of its write-ahead log.
pub(crate) fn with_wal_level(level: &str) -> String {
    let mut facts = healthy_value();
    let settings = &mut facts["source"]["postgres"]["server"]["known"]["settings"];
    settings["wal_level"]["value"] = json!(level);
    facts.to_string()
}

/// The server after a migration that removes a column.
pub(crate) fn without_a_column() -> String {
    let mut facts = healthy_value();
    let tables = &mut facts["source"]["postgres"]["tables"]["known"]["found"];
    tables[0]["columns"].as_array_mut().unwrap().pop().unwrap();
    facts.to_string()
}

/// The server when nobody answers.
pub(crate) fn unreachable() -> String {
    let mut facts = healthy_value();
    let missing =
        |because: &str| json!({ "missing": { "reason": "not_reached", "because": because } });
    let refused = json!({ "missing": {
        "reason": "refused", "what": "a connection", "detail": "connection refused",
    } });
    facts["connection"]["reached"] = refused;
    for member in ["login", "tls"] {
        facts["connection"][member] = missing("connection/reachable");
    }
    for member in ["server", "tables", "probe"] {
        facts["source"]["postgres"][member] = missing("connection/reachable");
    }
    facts.to_string()
}
