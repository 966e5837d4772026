//! The published description of the API is that of the handlers.

use std::path::Path;

use serde_json::Value;

use crate::app::App;

/// `CDC_PREFLIGHT_UPDATE=1 cargo test --test serve openapi` writes what is new; read the difference
/// before it is committed.
#[tokio::test]
async fn the_committed_document_is_the_one_that_is_served() {
    let app = App::idle(cdc_preflight::serve::Config::default()).await;
    let served = app.get("/openapi.json").await.json();
    assert_eq!(served["openapi"], "3.1.0");
    let served = format!("{served:#}\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json");
    if std::env::var_os("CDC_PREFLIGHT_UPDATE").is_some() {
        std::fs::write(&path, &served).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == served, "docs/openapi.json is not what is served: see this test");
}

#[tokio::test]
async fn every_reference_of_the_document_leads_somewhere() {
    let app = App::idle(cdc_preflight::serve::Config::default()).await;
    let served = app.get("/openapi.json").await.json();
    let mut references = Vec::new();
    collect(&served, &mut references);
    assert!(references.len() > 20, "{references:?}");
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(served.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own() {
    let app = App::idle(cdc_preflight::serve::Config::default()).await;
    let served = app.get("/openapi.json").await.json();
    let paths = served["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let names: Vec<_> = operations.filter_map(|it| it["operationId"].as_str()).collect();
    let distinct: std::collections::BTreeSet<_> = names.iter().collect();
    assert!(names.len() > 25 && distinct.len() == names.len(), "{names:?}");
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect(member, references));
        }
        Value::Array(elements) => elements.iter().for_each(|it| collect(it, references)),
        _ => {}
    }
}
