//! An answer of the service: two bytes for its status, then the body.

#![no_main]

use cdc_preflight::eventbridge::Exchange;
use cdc_preflight::request::Operation;
use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;

/// Stands in no name of the program's own.
const SECRET: &str = "hunter22";

fuzz_target!(|bytes: &[u8]| {
    let Some((status, body)) = bytes.split_first_chunk() else { return };
    let status = 100 + u16::from_le_bytes(*status) % 900;
    let secrets = vec![SecretString::from(SECRET)];
    let operation = Operation::ALL[usize::from(status) % Operation::ALL.len()];
    let exchange = Exchange::of_answer(operation, status, body.to_vec(), secrets);
    let Some(exchange) = exchange else { return };
    let kept = format!("{:?} {:?}", exchange.attempts, exchange.outcome());
    assert!(!kept.contains(SECRET), "{kept}");
});
