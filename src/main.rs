//! Parse, run, exit.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    cdc_preflight::cli::main().into()
}
