//! Geometry and vectors.

use serde_json::json;

use super::Type;
use crate::events::mapping::Mapping;

pub(super) fn of(data_type: &Type) -> Option<Mapping> {
    Some(match data_type.name {
        "point" => point().at_most(16),
        "geometry" | "geography" => geometry(),
        "vector" => vector(data_type.first(), 4),
        "halfvec" => vector(data_type.first(), 2).note("numbers are rounded to half precision"),
        "sparsevec" => sparse_vector(),
        _ => return None,
    })
}

fn point() -> Mapping {
    // Little-endian WKB of a point at 0, 0.
    let wkb = format!("AQEA{}", "A".repeat(24));
    let zero = json!({"x": 0.0, "y": 0.0, "wkb": wkb, "srid": null});
    Mapping { zero: Some(zero), ..Mapping::geometry(true) }
}

fn geometry() -> Mapping {
    // An empty collection.
    let zero = json!({"wkb": "AQcAAAAAAAAA", "srid": null});
    Mapping { zero: Some(zero), ..Mapping::geometry(false) }.note("the WKB is EWKB")
}

fn vector(dimensions: Option<u32>, bytes: u32) -> Mapping {
    let mut schema = json!({"type": "array", "items": {"type": "number"}});
    if let Some(dimensions) = dimensions {
        schema["minItems"] = json!(dimensions);
        schema["maxItems"] = json!(dimensions);
    }
    let max_bytes = dimensions.map(|dimensions| dimensions.saturating_mul(bytes).saturating_add(8));
    Mapping { max_bytes, zero: Some(json!([])), ..Mapping::new("array", schema) }
}

fn sparse_vector() -> Mapping {
    let pair = json!({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2});
    let schema = json!({
        "type": "object",
        "properties": {
            "dimensions": {"type": "integer", "minimum": 1},
            "vector": {"type": "array", "items": pair},
        },
        "required": ["dimensions", "vector"],
        "additionalProperties": false,
    });
    Mapping::new("object", schema)
}
