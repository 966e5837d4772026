//! What can be asked of the service, whatever the dialect it is asked in.

pub(crate) mod configure_source;

/// An operation of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    ConfigureMySqlSource,
    ConfigurePostgreSqlSource,
}

impl Operation {
    /// The name the API gives it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ConfigureMySqlSource => "configureMySQLSource",
            Self::ConfigurePostgreSqlSource => "configurePostgreSQLSource",
        }
    }
}
