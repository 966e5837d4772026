//! A manifest or a bare payload, without its operation and with it.

#![no_main]

use cdc_preflight::request::{Input, Severity, load, render};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // What stands in files of this machine is nobody's input.
    if bytes.windows(7).any(|window| window == b"${file:") {
        return;
    }
    for action in [None, Some("configureMySQLSource"), Some("createEventStreaming")] {
        let input = Input::Document {
            name: "fuzz".into(),
            bytes: bytes.to_vec(),
            folder: "/nonexistent".into(),
            action: action.map(str::to_owned),
        };
        match load(input, &|_| None) {
            Ok(loaded) => {
                assert!(!loaded.warnings.has_errors());
                for request in &loaded.requests {
                    let _ = request.redacted_body().to_string();
                }
                for stream in &loaded.streams {
                    let _ = stream.redacted_body().to_string();
                }
            }
            Err(problems) => {
                assert!(problems.iter().any(|problem| problem.severity == Severity::Error));
                let _ = render(&problems, true, 80);
            }
        }
    }
});
