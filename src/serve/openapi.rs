//! The OpenAPI document, from what the handlers say and the table of rules.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};

use super::access::secured;

/// The document with what no handler can say: names of operations, and what each of them needs.
pub(super) fn finished(mut document: OpenApi) -> OpenApi {
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            operation.operation_id = Some(name(method, path));
        }
    }
    secured(document)
}

/// Every operation on a path, with its method.
pub(super) fn operations(
    item: &mut PathItem,
) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("GET", &mut item.get),
        ("PUT", &mut item.put),
        ("POST", &mut item.post),
        ("DELETE", &mut item.delete),
        ("PATCH", &mut item.patch),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// A name that no other operation has, for generated clients: handlers of several resources are
/// called the same.
fn name(method: &str, path: &str) -> String {
    let path = path.strip_prefix("/v1").unwrap_or(path);
    let words = path.split('/').filter(|word| !word.is_empty()).map(|word| {
        let parameter = word.strip_prefix('{').and_then(|word| word.strip_suffix('}'));
        parameter.map_or_else(|| capitalised(word), |it| format!("By{}", capitalised(it)))
    });
    method.to_ascii_lowercase() + &words.collect::<String>()
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// The document, as it goes over the wire.
#[derive(Clone)]
pub(super) struct Written(Bytes);

impl Written {
    pub(super) fn new(document: &OpenApi) -> Self {
        // It has neither maps with odd keys nor numbers that JSON cannot hold.
        Self(serde_json::to_vec(document).expect("the document is JSON").into())
    }
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn operations_are_named_by_method_and_path() {
        assert_eq!(name("GET", "/v1/preflights/{id}/events"), "getPreflightsByIdEvents");
        assert_eq!(name("PUT", "/v1/sources/{name}"), "putSourcesByName");
        assert_eq!(name("GET", "/livez"), "getLivez");
    }
}
