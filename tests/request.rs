//! What users write becomes a request, or a list of everything that is wrong with it.

#![allow(clippy::expect_used, reason = "a test that cannot read its own input has to stop")]

use cdc_preflight::request::{Input, Loaded, Problems, load, render};

fn env(name: &str) -> Option<String> {
    match name {
        "PG_PASSWORD" => Some("hunter2".into()),
        "EMPTY" => Some(String::new()),
        "PORT" => Some("5433".into()),
        _ => None,
    }
}

fn document(text: impl AsRef<[u8]>, action: Option<&str>) -> Result<Loaded, Problems> {
    let input = Input::Document {
        name: "r.yaml".into(),
        bytes: text.as_ref().to_vec(),
        folder: ".".into(),
        action: action.map(Into::into),
    };
    load(input, &env)
}

fn url(url: &str, tables: &[&str]) -> Result<Loaded, Problems> {
    let tables = tables.iter().map(|table| (*table).into()).collect();
    load(Input::Url { url: url.into(), tables }, &env)
}

#[test]
fn probe() {
    let text = std::fs::read_to_string("/tmp/probe.yaml").expect("probe");
    let action = std::env::var("ACTION").ok();
    let result = if text.contains("://") {
        url(text.trim(), &[])
    } else {
        document(text, action.as_deref())
    };
    match result {
        Ok(loaded) => {
            println!("{loaded:#?}");
            println!("{}", render(&loaded.warnings, false, 100));
        }
        Err(problems) => println!("{}{}", problems.short(), render(&problems, false, 100)),
    }
}
