//! What can be asked of the service, whatever the dialect it is asked in.

mod configure_source;
mod event_source;
mod event_streaming;
mod listing;

use jiff::Timestamp;

use crate::Fault;
use crate::content::Fields;
use crate::reply::Outcome;
use crate::streams::{Status, Streams};

pub(crate) use event_streaming::told;

/// An operation of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    ConfigureMySqlSource,
    ConfigurePostgreSqlSource,
    CreateEventStreaming,
    DeleteEventStreaming,
    DiscoverEventSource,
    GetEventStreaming,
    ListEventStreamings,
    PauseEventStreaming,
    StartEventStreaming,
    TestEventSourceConfig,
    UpdateEventStreaming,
    UpdateEventStreamingBusinessOption,
}

impl Operation {
    /// Every operation.
    pub(crate) const ALL: [Self; 12] = [
        Self::ConfigureMySqlSource,
        Self::ConfigurePostgreSqlSource,
        Self::CreateEventStreaming,
        Self::DeleteEventStreaming,
        Self::DiscoverEventSource,
        Self::GetEventStreaming,
        Self::ListEventStreamings,
        Self::PauseEventStreaming,
        Self::StartEventStreaming,
        Self::TestEventSourceConfig,
        Self::UpdateEventStreaming,
        Self::UpdateEventStreamingBusinessOption,
    ];

    /// The name the API gives it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ConfigureMySqlSource => "configureMySQLSource",
            Self::ConfigurePostgreSqlSource => "configurePostgreSQLSource",
            Self::CreateEventStreaming => "CreateEventStreaming",
            Self::DeleteEventStreaming => "DeleteEventStreaming",
            Self::DiscoverEventSource => "DiscoverEventSource",
            Self::GetEventStreaming => "GetEventStreaming",
            Self::ListEventStreamings => "ListEventStreamings",
            Self::PauseEventStreaming => "PauseEventStreaming",
            Self::StartEventStreaming => "StartEventStreaming",
            Self::TestEventSourceConfig => "TestEventSourceConfig",
            Self::UpdateEventStreaming => "UpdateEventStreaming",
            Self::UpdateEventStreamingBusinessOption => "UpdateEventStreamingBusinessOption",
        }
    }

    /// The operation with this name.
    pub(crate) fn of_action(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }

    /// The operation with this name in a path, where it begins with a small letter.
    pub(crate) fn of_path(name: &str) -> Option<Self> {
        let small = name.starts_with(|first: char| first.is_ascii_lowercase());
        let same = |operation: &Self| operation.name().eq_ignore_ascii_case(name);
        let found = Self::ALL.into_iter().filter(|_| small).find(same)?;
        (found.name()[1..] == name[1..]).then_some(found)
    }

    /// Whether it is one of the integration guide's own.
    pub(crate) fn configures_source(self) -> bool {
        matches!(self, Self::ConfigureMySqlSource | Self::ConfigurePostgreSqlSource)
    }

    /// Whether it can be asked without saying anything.
    pub(crate) fn may_be_empty(self) -> bool {
        self == Self::ListEventStreamings
    }
}

/// What an operation works with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) streams: &'a Streams,
    pub(crate) account_id: &'a str,
    pub(crate) region: &'a str,
    pub(crate) now: Timestamp,
    /// A fault that lets the operation happen.
    pub(crate) fault: Option<&'a Fault>,
}

impl Context<'_> {
    /// What a stream becomes that starts.
    fn start_ends(self) -> Status {
        match self.fault {
            Some(Fault::RunFails) => Status::RunningFailed,
            Some(Fault::StartFails) => Status::StartingFailed,
            _ => Status::Running,
        }
    }
}

/// Carries out an operation.
pub(crate) fn perform(operation: Operation, fields: &Fields, context: Context<'_>) -> Outcome {
    match operation {
        Operation::ConfigureMySqlSource | Operation::ConfigurePostgreSqlSource => {
            configure_source::answer(operation, fields)
        }
        Operation::CreateEventStreaming => event_streaming::create(fields, context),
        Operation::DeleteEventStreaming => event_streaming::delete(fields, context),
        Operation::DiscoverEventSource => event_source::discover(fields),
        Operation::GetEventStreaming => event_streaming::get(fields, context),
        Operation::ListEventStreamings => listing::list(fields, context),
        Operation::PauseEventStreaming => event_streaming::pause(fields, context),
        Operation::StartEventStreaming => event_streaming::start(fields, context),
        Operation::TestEventSourceConfig => event_source::test(fields, context.fault),
        Operation::UpdateEventStreaming => event_streaming::update(fields, context),
        Operation::UpdateEventStreamingBusinessOption => {
            event_streaming::update_business_option(fields, context)
        }
    }
}
