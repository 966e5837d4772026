//! What must hold on MySQL and MariaDB.

/// The checks of this area, in the order in which they are reported.
pub(crate) const CHECKS: &[crate::Check<crate::facts::MySql>] = &[];
