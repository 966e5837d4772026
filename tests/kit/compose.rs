//! `docker-compose.yml` as a gate: open in front of healthy databases, closed in front of broken
//! ones.

use std::path::Path;
use std::process::Output;

use testbed::Product;

use super::{PROGRAM, containers_for, file, said};

const BROKEN: &str = "examples/compose/broken.yaml";

/// A run of the demonstration, under a name of its own; its containers go with it.
struct Project {
    name: String,
    files: &'static [&'static str],
}

impl Project {
    fn new(name: &str, files: &'static [&'static str]) -> Self {
        Self { name: format!("preflight-test-{}-{name}", std::process::id()), files }
    }

    fn compose(&self, arguments: &[&str]) -> Output {
        let mut compose = testbed::compose().expect("Docker Compose");
        compose.current_dir(file("")).args(["--project-name", &self.name]);
        for file in self.files {
            compose.args(["--file", file]);
        }
        let image = |product| testbed::provide_image(product).expect("an image");
        compose
            .env("BINARIES", binaries())
            .env("POSTGRES_IMAGE", image(Product::Postgres(17)))
            .env("MYSQL_IMAGE", image(Product::MYSQL))
            .env("RUNTIME_IMAGE", testbed::provide_runtime_image().expect("an image"));
        compose.args(arguments).output().expect("it starts")
    }

    /// Runs the gate; the exit code, and what all services said.
    fn up(&self) -> (Option<i32>, String) {
        let output = self.compose(&["up", "--no-color", "--exit-code-from", "preflight"]);
        (output.status.code(), said(&output))
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = self.compose(&["kill"]);
        let _ = self.compose(&["down", "--volumes"]);
    }
}

/// The folder of the program and of the simulator. Cargo builds the simulator for the tests of its
/// own package, which is here only where those are built as well.
fn binaries() -> &'static Path {
    let folder = Path::new(PROGRAM).parent().expect("a folder");
    let simulator = folder.join("eventbridge-simulator");
    assert!(simulator.is_file(), "no {}: run `cargo build` first", simulator.display());
    folder
}

async fn run(name: &str, files: &'static [&'static str]) -> Option<(Option<i32>, String)> {
    if !containers_for("the demonstration in docker-compose.yml").await {
        return None;
    }
    let up = move |name: String| Project::new(&name, files).up();
    let name = name.to_owned();
    Some(tokio::task::spawn_blocking(move || up(name)).await.expect("it ends"))
}

#[tokio::test]
async fn healthy_databases_open_the_gate() {
    let Some((code, said)) = run("healthy", &["docker-compose.yml"]).await else { return };
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said.matches("GATE OPEN").count(), 2, "{said}");
}

#[tokio::test]
async fn broken_databases_close_the_gate() {
    let Some((code, said)) = run("broken", &["docker-compose.yml", BROKEN]).await else { return };
    assert_eq!(code, Some(10), "{said}");
    assert_eq!(said.matches("GATE CLOSED").count(), 2, "{said}");
    for check in ["[postgres/wal-level]", "[postgres/table-select]", "[mysql/binlog-format]"] {
        assert!(said.contains(check), "{check}: {said}");
    }
}
