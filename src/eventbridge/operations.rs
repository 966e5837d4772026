//! How the service names the operations.

use cdc_checks::facts::request::Operation;

/// The last part of an operation's path.
pub(super) fn path(operation: Operation) -> &'static str {
    match operation {
        Operation::ConfigureMySqlSource => "configureMySQLSource",
        Operation::ConfigurePostgreSqlSource => "configurePostgreSQLSource",
    }
}
