//! Whether enough of what the server allows is left, and how much more to allow.

use crate::{Finding, Outcome, Verdict};

/// What to allow where it is less, and how much to add where it is more already.
const ROOMY: i64 = 20;
const MORE: i64 = 10;

/// Judges `used` of `all`. Exactly what is needed and nothing besides is a warning, for which
/// `without_spare` says what it means.
pub(super) fn judge(all: i64, used: i64, needed: u32, without_spare: &'static str) -> Verdict {
    let needed = i64::from(needed);
    let free = all.saturating_sub(used);
    let outcome = match free {
        free if free < needed => Outcome::Fail,
        free if free == needed => Outcome::Warn,
        _ => Outcome::Pass,
    };
    let finding = Finding::server(outcome)
        .expected(format!("{needed} free"))
        .observed(format!("{} free of {all}", free.max(0)));
    match outcome {
        Outcome::Warn => finding.because(without_spare).into(),
        _ => finding.into(),
    }
}

/// How many to allow, where `all` are allowed and too few.
pub(super) fn enough(all: i64) -> i64 {
    if all < ROOMY { ROOMY } else { all.saturating_add(MORE) }
}
