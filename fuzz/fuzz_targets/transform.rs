//! A field of a target on the first line, an event on the second.

#![no_main]

use cdc_preflight::eventbridge::transform::Transform;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let (field, event) = text.split_once('\n').unwrap_or((text, "{}"));
    let (Ok(field), Ok(event)) =
        (serde_json::from_str::<Value>(field), serde_json::from_str::<Value>(event))
    else {
        return;
    };
    match Transform::parse(&field) {
        Ok(transform) => {
            let made = transform.apply(&event);
            assert_eq!(made, transform.apply(&event), "the same event gives the same text");
        }
        Err(reason) => assert!(!reason.is_empty()),
    }
});
