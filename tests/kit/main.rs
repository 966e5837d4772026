//! What users copy or start from `examples/` and `docker-compose.yml` works with this program.
//!
//! Images and containers need a Docker engine; where the test bed does without one, the tests say
//! what they have not proven.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot start has to stop")]

mod commands;
mod compose;
mod image;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Output;

/// The program that was built for the tests.
const PROGRAM: &str = env!("CARGO_BIN_EXE_cdc-preflight");

/// A file of the project.
fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Both streams of a program, as text.
fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

/// Whether containers can be used; if not, `what` is said not to be proven, past the capture of the
/// test runner.
async fn containers_for(what: &str) -> bool {
    let here = testbed::in_containers().await.expect("a usable choice");
    if !here {
        let _ = writeln!(std::io::stderr(), "not proven here: {what} needs a Docker engine");
    }
    here
}
