//! Text, bytes, and what arrives as text of a form of its own.

use cdc_checks::{Conversion, HstoreHandling};
use serde_json::{Value, json};

use super::Type;
use crate::events::mapping::{Literal, Mapping, Sent, document};

pub(super) fn of(data_type: &Type) -> Option<Mapping> {
    let conversion = data_type.conversion;
    let limit = data_type.first();
    Some(match data_type.name {
        "varchar" => bounded(Mapping::text(limit), limit),
        // Without a length, `bpchar` has no limit; `character` is written with one.
        "bpchar" => bounded(Mapping::text(limit), limit).note("padded with spaces to its length"),
        "text" | "citext" | "ltree" | "tsvector" => Mapping::text(None),
        "isbn" => Mapping::text(None).at_most(16),
        "char" => Mapping::text(Some(1)).at_most(1),
        "name" => system_name(conversion),
        "bytea" => Mapping::bytes(conversion.binary),
        "uuid" => uuid(),
        "json" => document_text("JSON as text", "application/json"),
        "jsonb" => document_text("JSON as text", "application/json")
            .note("written anew by the server: spaces, order and duplicates of keys change"),
        "xml" => document_text("XML as text", "application/xml"),
        "hstore" => hstore(conversion.hstore),
        "inet" | "cidr" => patterned("address as text", "^[0-9a-f:.]+(/\\d{1,3})?$").at_most(22),
        "macaddr" => patterned("address as text", "^[0-9a-f]{2}(:[0-9a-f]{2}){5}$").at_most(6),
        "macaddr8" => patterned("address as text", "^[0-9a-f]{2}(:[0-9a-f]{2}){7}$").at_most(8),
        _ => return None,
    })
}

fn bounded(mapping: Mapping, limit: Option<u32>) -> Mapping {
    // Up to four bytes a character, and the header.
    let max_bytes = limit.map(|limit| limit.saturating_mul(4).saturating_add(4));
    Mapping { max_bytes, ..mapping }
}

fn patterned(encoding: &'static str, pattern: &str) -> Mapping {
    let schema = json!({"type": "string", "pattern": pattern});
    Mapping { zero: Some(json!("")), ..Mapping::formatted(encoding, schema) }
}

/// The decoder passes over this type, so that later events show null.
fn system_name(conversion: &Conversion) -> Mapping {
    let sent = if conversion.unknown_types { Sent::Always } else { Sent::SnapshotOnly };
    Mapping { sent, ..Mapping::text(Some(63)).at_most(64) }
}

fn uuid() -> Mapping {
    let pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$";
    let schema = json!({"type": "string", "format": "uuid", "pattern": pattern});
    Mapping {
        zero: Some(json!("")),
        literal: Literal::Uuid,
        ..Mapping::formatted("uuid", schema).at_most(16)
    }
}

fn document_text(encoding: &'static str, media_type: &'static str) -> Mapping {
    Mapping { encoding: Some(encoding), schema: document(media_type), ..Mapping::text(None) }
}

fn hstore(mode: HstoreHandling) -> Mapping {
    match mode {
        HstoreHandling::Json => {
            let mut schema = document("application/json");
            schema["pattern"] = json!("^\\{[\\s\\S]*\\}$");
            Mapping { zero: Some(json!("{}")), ..Mapping::formatted("JSON as text", schema) }
        }
        HstoreHandling::Map => {
            let schema = json!({"type": "object", "additionalProperties": nullable_text()});
            Mapping { zero: Some(json!({})), ..Mapping::new("object", schema) }
        }
    }
}

fn nullable_text() -> Value {
    json!({"type": ["string", "null"]})
}
