//! Which large values have something to stand in for them where an update does not send them again.

use super::Column;
use crate::{BinaryHandling, Conversion, DecimalHandling, TimePrecision};

impl Column {
    /// Whether the engine has nothing to put for a large value of this column that an update left
    /// unchanged: null is left, and where the column is NOT NULL the engine stops.
    pub fn lacks_stand_in(&self, conversion: &Conversion) -> bool {
        let name = self.base_type.trim_start_matches('_');
        if self.is_array {
            return elements_lack_stand_in(name, self.element_kind.as_deref(), conversion);
        }
        match name {
            "bytea" => is_base64_text(conversion),
            "numeric" => conversion.decimal != DecimalHandling::String,
            "halfvec" | "sparsevec" | "varbit" | "vector" => true,
            _ => false,
        }
    }
}

/// Bytes that are text to the engine, which the placeholder's bytes are not.
fn is_base64_text(conversion: &Conversion) -> bool {
    matches!(conversion.binary, BinaryHandling::Base64 | BinaryHandling::Base64UrlSafe)
}

/// Of arrays the placeholder fits few: those of text, and those whose elements its characters can
/// pass for.
fn elements_lack_stand_in(name: &str, kind: Option<&str>, conversion: &Conversion) -> bool {
    match (kind, name) {
        // Without a converter for the elements, the array comes as bytes, if at all.
        (Some("c" | "d" | "m"), _) => false,
        (Some("e" | "r"), _) => true,
        (_, "date") => {
            matches!(conversion.time, TimePrecision::Connect | TimePrecision::Isostring)
        }
        (_, "bytea") => conversion.binary != BinaryHandling::Bytes,
        (
            _,
            "bool" | "cidr" | "citext" | "daterange" | "float4" | "float8" | "geography"
            | "geometry" | "halfvec" | "hstore" | "inet" | "int2" | "int4range" | "int8range"
            | "ltree" | "macaddr" | "macaddr8" | "numeric" | "numrange" | "oid" | "time"
            | "timestamp" | "timestamptz" | "timetz" | "tsrange" | "tstzrange" | "tsvector"
            | "vector" | "sparsevec",
        ) => true,
        _ => false,
    }
}
