//! What may stand in a stream's definition, in one table: the members that the service's models
//! have, and what each takes. Other members are carried as they are.

mod sinks;
mod sources;

use cdc_checks::facts::request::Operation;

use sinks::SINKS;
use sources::SOURCES;

/// A member of an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
}

/// What may stand in a member.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Anything: it is carried.
    Any,
    /// The parameters of a database or a broker, which are proven on it.
    Proven(Operation),
    /// True or false.
    Flag,
    /// A filter pattern: JSON as a text.
    Pattern,
    /// An object with these members.
    Map(&'static [Spec]),
    /// The name of a stream.
    Name,
    /// A whole number in this range.
    Number(i64, i64),
    /// An object with exactly one of these members.
    One(&'static [Spec]),
    /// Where a log is read from: its beginning, its end, or a time in seconds.
    Position,
    /// A text.
    Text,
    /// A field of a target: form, value and template.
    Transform,
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these words, which the documents spell in more than one way.
    WordInAnyCase(&'static [&'static str]),
}

pub(super) use crate::eventbridge::operations::MAX_NAME;
/// The most tags of a stream.
pub(super) const MAX_TAGS: usize = 20;
/// The longest description, in characters.
pub(super) const MAX_DESCRIPTION: usize = 255;

impl Spec {
    const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

const fn of(name: &'static str, kind: Kind) -> Spec {
    Spec { name, kind, required: false }
}

/// A text.
const fn t(name: &'static str) -> Spec {
    of(name, Kind::Text)
}

/// A field of a target.
const fn x(name: &'static str) -> Spec {
    of(name, Kind::Transform)
}

const fn any(name: &'static str) -> Spec {
    of(name, Kind::Any)
}

const fn map(name: &'static str, members: &'static [Spec]) -> Spec {
    of(name, Kind::Map(members))
}

const NETWORKS: Kind = Kind::Word(&["PublicNetwork", "PrivateNetwork"]);
/// How a message's body is understood.
const BODY: Kind = Kind::WordInAnyCase(&["JSON", "TEXT", "BINARY"]);
const NETWORK_TYPE: Spec = of("NetworkType", NETWORKS);
const VPC: Spec = t("VpcId");
const VSWITCHES: Spec = t("VSwitchIds");
const GROUP: Spec = t("SecurityGroupId");
const REGION: Spec = t("RegionId");

/// The members of the request itself.
pub(super) const STREAM: &[Spec] = &[
    of("EventStreamingName", Kind::Name).required(),
    t("Description"),
    of("FilterPattern", Kind::Pattern),
    of("Source", Kind::One(SOURCES)),
    t("Metadata"),
    of("Sink", Kind::One(SINKS)).required(),
    map("RunOptions", RUN_OPTIONS),
    any("Transforms"),
    any("Tags"),
];

const RUN_OPTIONS: &[Spec] = &[
    of("ErrorsTolerance", Kind::Word(&["ALL", "NONE"])),
    map(
        "RetryStrategy",
        &[
            of("PushRetryStrategy", Kind::Word(&["BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY"])),
            of("MaximumRetryAttempts", Kind::Number(0, i64::MAX)),
            of("MaximumEventAgeInSeconds", Kind::Number(0, i64::MAX)),
        ],
    ),
    map("DeadLetterQueue", &[t("Arn"), of("Network", NETWORKS), VPC, VSWITCHES, GROUP]),
    map(
        "BatchWindow",
        &[
            of("CountBasedWindow", Kind::Number(1, 10_000)),
            of("TimeBasedWindow", Kind::Number(0, 15)),
        ],
    ),
    of("MaximumTasks", Kind::Number(1, i64::MAX)),
    of("Throttling", Kind::Number(0, i64::MAX)),
    map("BusinessOption", BUSINESS_OPTION),
];

/// How a stream is billed.
const BUSINESS_OPTION: &[Spec] = &[
    of("BusinessMode", Kind::Word(&["CapacityUnitMode", "EventNumMode"])),
    of("MinCapacityUnitCount", Kind::Number(1, 999)),
    of("MaxCapacityUnitCount", Kind::Number(1, 999)),
];

pub(super) fn find(specs: &'static [Spec], name: &str) -> Option<&'static Spec> {
    specs.iter().find(|spec| spec.name == name)
}

/// Whether the values below a name must never be shown. Headers may authorise, the address of a
/// database may hold its password, and metadata a whole source.
pub(super) fn is_secret(name: &str) -> bool {
    const PARTS: [&str; 8] = [
        "password",
        "secret",
        "token",
        "credential",
        "keystorekey",
        "jdbcurl",
        "headers",
        "headerparameters",
    ];
    let name = name.to_ascii_lowercase().replace(['_', '-', '.'], "");
    PARTS.iter().any(|part| name.contains(part))
        || ["authorization", "metadata"].contains(&name.as_str())
}
