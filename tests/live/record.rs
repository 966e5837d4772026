//! The recordings under `tests/facts` hold what a visit to a server of their version reads.
//!
//! The pages' cases build on the values that were recorded, so that these stay. What a newer visit
//! reads besides is compared by its members, and put in from the real server by
//! `CDC_PREFLIGHT_RECORD=1 CDC_PREFLIGHT_LIVE=all cargo test --test with_servers recordings`; a
//! recording that is not there is made anew.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cdc_preflight::checks::Facts;
use serde_json::Value;
use testbed::Product;

use crate::fixture::Fixture;

/// What servers of the same version differ in.
const OF_ONE_SERVER: [&str; 2] = [".extensions.", ".tls.known."];

/// The members that a visit reads and the recording lacks, and the other way round.
pub(crate) async fn differences(product: Product) -> Vec<String> {
    let fixture = Fixture::shared(product).await;
    let visited = serde_json::to_value(fixture.facts(&[]).await).expect("JSON");
    let path = path(product);
    if std::env::var_os("CDC_PREFLIGHT_RECORD").is_some() {
        let is_there = path.exists();
        let mut recorded = if is_there { read(&path) } else { anonymous(&visited, product) };
        complete(&mut recorded, &visited);
        write(&path, recorded);
    }
    let mut differences = BTreeSet::new();
    compare(&read(&path), &visited, &product.to_string(), &mut differences);
    let is_of_this_server = |path: &String| OF_ONE_SERVER.iter().any(|part| path.contains(part));
    differences.into_iter().filter(|path| !is_of_this_server(path)).collect()
}

/// The versions that the pages take for granted have the plain names.
fn path(product: Product) -> PathBuf {
    let name = match product {
        Product::Postgres(17) => "postgres".to_owned(),
        Product::MYSQL => "mysql".to_owned(),
        other => other.to_string().replace(':', "-"),
    };
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/facts/{name}.json"))
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let facts: Facts = serde_json::from_str(&text).expect("facts");
    // By way of the type, so that members which are left out where they are empty look alike.
    serde_json::to_value(facts).expect("JSON")
}

fn write(path: &Path, facts: Value) {
    let facts: Facts = serde_json::from_value(facts).expect("facts");
    let mut text = Vec::new();
    let indented = serde_json::ser::PrettyFormatter::with_indent(b" ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, indented);
    serde::Serialize::serialize(&facts, &mut serializer).expect("JSON");
    text.push(b'\n');
    std::fs::write(path, text).expect("a recording");
}

/// A new recording does not tell on which port the server happened to listen.
fn anonymous(visited: &Value, product: Product) -> Value {
    let mut facts = visited.clone();
    let port = if product.is_postgres() { 5432 } else { 3306 };
    facts["connection"]["port"] = port.into();
    facts["request"]["fields"]["Port"]["number"] = port.into();
    facts
}

/// Puts in what is read now and was not recorded.
fn complete(recorded: &mut Value, visited: &Value) {
    match (recorded, visited) {
        (Value::Object(recorded), Value::Object(visited))
            if !is_other_outcome(recorded, visited) =>
        {
            for (name, value) in visited {
                match recorded.get_mut(name) {
                    Some(own) if !own.is_null() => complete(own, value),
                    _ => drop(recorded.insert(name.clone(), value.clone())),
                }
            }
        }
        (Value::Array(recorded), Value::Array(visited)) => {
            recorded.iter_mut().zip(visited).for_each(|(own, value)| complete(own, value));
        }
        _ => {}
    }
}

/// The one was read, and the other could not be.
fn is_other_outcome(
    one: &serde_json::Map<String, Value>,
    other: &serde_json::Map<String, Value>,
) -> bool {
    one.contains_key("known") && other.contains_key("missing")
        || one.contains_key("missing") && other.contains_key("known")
}

fn compare(recorded: &Value, visited: &Value, path: &str, differences: &mut BTreeSet<String>) {
    match (recorded, visited) {
        (Value::Object(recorded), Value::Object(visited))
            if !is_other_outcome(recorded, visited) =>
        {
            for name in visited.keys().filter(|name| !recorded.contains_key(*name)) {
                let path = format!("{path}.{name}");
                differences.insert(format!("{path} is not recorded"));
            }
            for (name, own) in recorded {
                let path = format!("{path}.{name}");
                match visited.get(name) {
                    Some(value) => compare(own, value, &path, differences),
                    None => drop(differences.insert(format!("{path} is read no more"))),
                }
            }
        }
        (Value::Array(recorded), Value::Array(visited)) => {
            let pairs = recorded.iter().zip(visited);
            pairs.for_each(|(own, value)| compare(own, value, &format!("{path}[]"), differences));
        }
        _ => {}
    }
}
