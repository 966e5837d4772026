//! The fields of each operation, in one table: what may stand in a request, and what it means.

use crate::facts::request::Operation;

/// A field of an operation's request.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    /// The API's name.
    pub name: &'static str,
    /// What may stand in it.
    pub kind: FieldKind,
    /// Whether the API asks for it.
    pub required: bool,
    /// Whether its value must never be shown.
    pub secret: bool,
    /// The values that are allowed; empty where any is.
    pub allowed: &'static [&'static str],
    /// Whether the documents spell those values in more than one case, so that any is taken.
    pub any_case: bool,
    /// What it means, in one line without a full stop.
    pub doc: &'static str,
}

/// What may stand in a field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FieldKind {
    /// A text that holds a whole number in this range.
    Count(u16, u16),
    /// A text that holds the address of a message broker.
    Endpoint,
    /// A text that holds names, separated by commas.
    Names,
    /// A TCP port, written as a number.
    Port,
    /// A text.
    Text,
}

impl FieldSpec {
    const fn text(name: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            kind: FieldKind::Text,
            required: false,
            secret: false,
            allowed: &[],
            any_case: false,
            doc,
        }
    }

    const fn of_kind(mut self, kind: FieldKind) -> Self {
        self.kind = kind;
        self
    }

    const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    const fn one_of(mut self, allowed: &'static [&'static str]) -> Self {
        self.allowed = allowed;
        self
    }

    const fn in_any_case(mut self) -> Self {
        self.any_case = true;
        self
    }

    const fn optional(mut self) -> Self {
        self.required = false;
        self
    }
}

const REGION: FieldSpec =
    FieldSpec::text("RegionId", "the region of EventBridge, for example cn-hangzhou").required();
const HOST: FieldSpec =
    FieldSpec::text("HostName", "the host name or address of the database server").required();
const PORT: FieldSpec = FieldSpec::text("Port", "the TCP port of the database server")
    .of_kind(FieldKind::Port)
    .required();
const USER: FieldSpec = FieldSpec::text("User", "the account that CDC uses").required();
const PASSWORD: FieldSpec =
    FieldSpec::text("Password", "the password of that account").required().secret();
const DATABASE: FieldSpec =
    FieldSpec::text("DatabaseName", "the database whose changes are captured").required();
const SCHEMA: FieldSpec =
    FieldSpec::text("SchemaName", "the schema whose tables are captured, for example public");
const TABLES: FieldSpec =
    FieldSpec::text("TableNames", "the tables to capture, separated by commas")
        .of_kind(FieldKind::Names);
const SNAPSHOT: FieldSpec =
    FieldSpec::text("SnapshotMode", "what happens to rows that exist already")
        .one_of(&["initial", "never", "always"]);
const SCHEMA_CHANGES: FieldSpec = FieldSpec::text(
    "IncludeSchemaChanges",
    "whether changes of the schema become events, as a text: \"true\" or \"false\"",
);
const NETWORK: FieldSpec =
    FieldSpec::text("NetworkType", "the way from EventBridge to the database")
        .one_of(&["PublicNetwork", "PrivateNetwork"]);
const VPC: FieldSpec = FieldSpec::text("VpcId", "the VPC, where the network is private");
const VSWITCHES: FieldSpec =
    FieldSpec::text("VSwitchIds", "the vSwitches in that VPC, separated by commas")
        .of_kind(FieldKind::Names);
const SECURITY_GROUP: FieldSpec =
    FieldSpec::text("SecurityGroupId", "the security group in that VPC");
const BINLOG_FORMAT: FieldSpec =
    FieldSpec::text("BinlogFormat", "an assertion that the server logs rows").one_of(&["ROW"]);

const MYSQL: &[FieldSpec] = &[
    REGION,
    HOST,
    PORT,
    USER,
    PASSWORD,
    DATABASE,
    TABLES,
    SNAPSHOT,
    SCHEMA_CHANGES,
    NETWORK,
    VPC,
    VSWITCHES,
    SECURITY_GROUP,
    BINLOG_FORMAT,
];

const POSTGRES: &[FieldSpec] = &[
    REGION,
    HOST,
    PORT,
    USER,
    PASSWORD,
    DATABASE,
    SCHEMA,
    TABLES,
    SNAPSHOT,
    NETWORK,
    VPC,
    VSWITCHES,
    SECURITY_GROUP,
];

const INSTANCE: FieldSpec =
    FieldSpec::text("InstanceId", "the instance of ApsaraMQ for RabbitMQ, for example amqp-cn-123");
const ENDPOINT: FieldSpec = FieldSpec::text(
    "Endpoint",
    "the address of the broker, for example amqp://mq.example.com:5672",
)
.of_kind(FieldKind::Endpoint);
const VHOST: FieldSpec = FieldSpec::text("VirtualHostName", "the virtual host of the queues");
const QUEUE: FieldSpec = FieldSpec::text("QueueName", "the queue that is read").required();
const MQ_USER: FieldSpec = FieldSpec::text("Username", "the account that reads the queue");
const MQ_PASSWORD: FieldSpec = PASSWORD.optional();
const BODY: FieldSpec = FieldSpec::text("BodyDataType", "how a message's body is understood")
    .one_of(&["JSON", "TEXT", "BINARY"])
    .in_any_case();
const ORDER: FieldSpec =
    FieldSpec::text("OrderConsume", "whether messages are read in strict order, as a text")
        .one_of(&["true", "false"]);
const PREFETCH: FieldSpec = FieldSpec::text(
    "PrefetchCount",
    "how many messages may be unacknowledged at a time, as a text",
)
.of_kind(FieldKind::Count(1, 1000));

const RABBITMQ: &[FieldSpec] = &[
    REGION.optional(),
    INSTANCE.required(),
    VHOST.required(),
    QUEUE,
    NETWORK,
    VPC,
    VSWITCHES,
    SECURITY_GROUP,
];

const OPEN_SOURCE_RABBITMQ: &[FieldSpec] = &[
    ENDPOINT.required(),
    FieldSpec::text("AuthType", "how the account proves who it is"),
    MQ_USER,
    MQ_PASSWORD,
    VHOST,
    QUEUE,
    BODY,
    NETWORK,
    VPC,
    VSWITCHES,
    SECURITY_GROUP,
];

const RABBITMQ_MSG_SYNC: &[FieldSpec] = &[
    FieldSpec::text("InstanceType", "the type of the instance of ApsaraMQ for RabbitMQ"),
    INSTANCE,
    ENDPOINT,
    VHOST,
    ORDER,
    BODY,
    PREFETCH,
    MQ_USER,
    MQ_PASSWORD,
    VPC,
    VSWITCHES,
    SECURITY_GROUP,
    NETWORK,
    FieldSpec::text("Regex", "which names are synchronised"),
    FieldSpec::text("SyncMetaType", "which metadata is synchronised"),
    FieldSpec::text("CloudMigrationTaskId", "the migration that it belongs to"),
    FieldSpec::text("SrcClusterHost", "the host of the cluster that is left"),
    FieldSpec::text("SrcClusterType", "the type of the cluster that is left"),
    FieldSpec::text("DstClusterHost", "the host of the cluster that is moved to"),
    FieldSpec::text("DstClusterType", "the type of the cluster that is moved to"),
];

/// The fields of an operation, in the order of the API's documents.
pub fn of(operation: Operation) -> &'static [FieldSpec] {
    match operation {
        Operation::ConfigureMySqlSource => MYSQL,
        Operation::ConfigurePostgreSqlSource => POSTGRES,
        Operation::RabbitMqSource => RABBITMQ,
        Operation::OpenSourceRabbitMqSource => OPEN_SOURCE_RABBITMQ,
        Operation::RabbitMqMsgSyncSource => RABBITMQ_MSG_SYNC,
    }
}

/// The field of that name.
pub fn find(operation: Operation, name: &str) -> Option<&'static FieldSpec> {
    of(operation).iter().find(|field| field.name == name)
}

/// The name among `known` that `name` was most likely meant to be.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const NEAR: f64 = 0.85;
    let plain = |name: &str| name.to_lowercase().replace(['_', '-', ' '], "");
    let wanted = plain(name);
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&wanted, &plain(candidate)), candidate))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}
