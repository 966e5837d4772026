//! The formats as OpenAPI knows them.

use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::Format;

impl PartialSchema for Format {
    fn schema() -> RefOr<Schema> {
        let words = Format::ALL.map(Format::as_str);
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
    }
}

impl ToSchema for Format {}
