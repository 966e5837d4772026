//! What must hold on PostgreSQL.

/// The checks of this area, in the order in which they are reported.
pub(crate) const CHECKS: &[crate::Check<crate::facts::Postgres>] = &[];
