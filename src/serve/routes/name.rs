//! Names that callers give to what they store.

use crate::serve::problem::{Kind, Problem};

/// Whether something can be stored under this name.
pub(super) fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// Refuses other names.
pub(super) fn check_name(name: &str) -> Result<(), Problem> {
    match is_name(name) {
        true => Ok(()),
        false => {
            let detail = "A name is 1 to 64 letters, digits, -, _ and ., and begins with a letter \
                          or a digit.";
            Err(Problem::new(Kind::BadRequest, detail))
        }
    }
}
