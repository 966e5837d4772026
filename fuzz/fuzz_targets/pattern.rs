//! A filter pattern on the first line, an event on the second.

#![no_main]

use cdc_preflight::eventbridge::pattern::Pattern;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let (pattern, event) = text.split_once('\n').unwrap_or((text, "{}"));
    let pattern = match Pattern::parse("fuzz", pattern) {
        Ok((pattern, warnings)) => {
            let _ = warnings.to_string();
            pattern
        }
        // Nothing is refused without a word.
        Err(problems) => return assert!(!problems.to_string().is_empty()),
    };
    if let Ok(event) = serde_json::from_str::<Value>(event) {
        let mismatch = pattern.mismatch(&event);
        assert_eq!(pattern.matches(&event), mismatch.is_none());
        let _ = mismatch.map(|mismatch| mismatch.to_string());
    }
});
