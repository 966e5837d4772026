//! Facts that are read only where they are asked for.

use crate::facts::Fact;
use crate::{Missing, Verdict};

/// What was found; the inner error is the verdict where it was not asked for: nothing is known that
/// speaks against CDC, and nothing for it.
pub(super) fn asked<T>(fact: &Fact<T>) -> Result<Result<&T, Verdict>, Missing> {
    match fact.get() {
        Ok(found) => Ok(Ok(found)),
        Err(missing @ Missing::NotAsked { .. }) => {
            Ok(Err(Verdict::not_applicable(missing.sentence())))
        }
        Err(missing) => Err(missing),
    }
}
