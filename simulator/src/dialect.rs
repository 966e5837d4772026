//! The ways of writing a request that the simulator understands.

use hyper::Method;

use crate::operations::Operation;

/// A way of writing a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Dialect {
    /// `POST /`, the operation in a header, a form, signed by ACS3-HMAC-SHA256: today's cloud.
    Openapi,
    /// `POST /eventstreaming/<operation>` with JSON: the older documents.
    Rest,
    /// `POST /openapi/v2/<operation>` with JSON: the older SDK.
    SdkRest,
    /// `POST /<operation>` or `/api/eventbridge/2020-04-01/<Operation>` with JSON and an API key.
    Seed,
}

impl Dialect {
    /// The word for it in the journal.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Openapi => "openapi",
            Self::Rest => "rest",
            Self::SdkRest => "sdk-rest",
            Self::Seed => "seed",
        }
    }

    /// Whether an operation can be asked for in it.
    pub(crate) fn has(self, operation: Operation) -> bool {
        match operation {
            Operation::ConfigureMySqlSource | Operation::ConfigurePostgreSqlSource => {
                self == Self::Seed
            }
            // The older interfaces ended before these came.
            Operation::DiscoverEventSource
            | Operation::TestEventSourceConfig
            | Operation::UpdateEventStreamingBusinessOption => {
                matches!(self, Self::Openapi | Self::Seed)
            }
            _ => true,
        }
    }

    /// Whether an operation may be called by this method.
    pub(crate) fn takes(self, operation: Operation, method: &Method) -> bool {
        let reads = self == Self::Openapi && operation == Operation::ListEventStreamings;
        method == Method::POST || (reads && method == Method::GET)
    }

    /// The media type of a body.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Openapi => "application/x-www-form-urlencoded",
            Self::Rest | Self::SdkRest | Self::Seed => "application/json",
        }
    }

    /// Whether the vendor's gateway stands in front, which has its own codes.
    pub(crate) fn has_gateway(self) -> bool {
        self == Self::Openapi
    }
}
