//! What must hold of the request itself. The same rules produce the diagnostics of the input.

/// The checks of this area, in the order in which they are reported.
pub(crate) const CHECKS: &[crate::Check<crate::Facts>] = &[];
