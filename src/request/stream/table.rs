//! What may stand in a stream's definition, in one table: the members that the service's models
//! have, and what each takes. Other members are carried as they are.

use cdc_checks::facts::request::Operation;

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
    /// The parameters of a database, which are proven on it.
    Database(Operation),
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
    /// The same, as a text.
    NumberText(i64, i64),
    /// An object with exactly one of these members.
    One(&'static [Spec]),
    /// A text.
    Text,
    /// A field of a target: form, value and template.
    Transform,
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these words, which the documents spell in more than one way.
    WordInAnyCase(&'static [&'static str]),
}

/// The longest name of a stream, in bytes. Longer ones are cut without a word.
pub(super) const MAX_NAME: usize = 127;
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

const SOURCES: &[Spec] = &[
    of("SourceMySQLParameters", Kind::Database(Operation::ConfigureMySqlSource)),
    of("SourcePostgreSQLParameters", Kind::Database(Operation::ConfigurePostgreSqlSource)),
    map(
        "SourceRabbitMQParameters",
        &[
            REGION,
            t("InstanceId"),
            t("VirtualHostName"),
            t("QueueName"),
            NETWORK_TYPE,
            VPC,
            VSWITCHES,
            GROUP,
        ],
    ),
    map(
        "SourceOpenSourceRabbitMQParameters",
        &[
            t("Endpoint"),
            t("AuthType"),
            t("Username"),
            t("Password"),
            t("VirtualHostName"),
            t("QueueName"),
            of("BodyDataType", BODY),
            NETWORK_TYPE,
            VPC,
            VSWITCHES,
            GROUP,
        ],
    ),
    map(
        "SourceRabbitMQMsgSyncParameters",
        &[
            t("InstanceType"),
            t("InstanceId"),
            t("Endpoint"),
            t("VirtualHostName"),
            of("OrderConsume", Kind::Word(&["true", "false"])),
            of("BodyDataType", BODY),
            of("PrefetchCount", Kind::NumberText(1, 1_000)),
            t("Username"),
            t("Password"),
            VPC,
            VSWITCHES,
            GROUP,
            NETWORK_TYPE,
            t("Regex"),
            t("SyncMetaType"),
            t("CloudMigrationTaskId"),
            t("SrcClusterHost"),
            t("SrcClusterType"),
            t("DstClusterHost"),
            t("DstClusterType"),
        ],
    ),
    map(
        "SourceRabbitMQMetaParameters",
        &[
            t("Endpoint"),
            t("InnerNameSuffix"),
            t("InstanceId"),
            t("InstanceType"),
            any("MaxHops"),
            NETWORK_TYPE,
            of("OrderConsume", Kind::Word(&["true", "false"])),
            t("Password"),
            t("Regex"),
            GROUP,
            t("SyncMetaType"),
            t("Username"),
            VSWITCHES,
            t("VirtualHostName"),
            VPC,
        ],
    ),
    map("SourceMNSParameters", &[REGION, t("QueueName"), of("IsBase64Decode", Kind::Flag)]),
    map(
        "SourceRocketMQParameters",
        &[
            REGION,
            t("InstanceId"),
            t("Topic"),
            t("Tag"),
            t("GroupID"),
            of(
                "Offset",
                Kind::Word(&[
                    "CONSUME_FROM_LAST_OFFSET",
                    "CONSUME_FROM_FIRST_OFFSET",
                    "CONSUME_FROM_TIMESTAMP",
                ]),
            ),
            of("Timestamp", Kind::Number(0, i64::MAX)),
            t("FilterType"),
            t("FilterSql"),
            of("InstanceType", Kind::Word(&["Cloud_4", "Cloud_5", "SelfBuilt"])),
            t("InstanceEndpoint"),
            t("InstanceNetwork"),
            t("InstanceVpcId"),
            t("InstanceVSwitchIds"),
            t("InstanceSecurityGroupId"),
            t("InstanceUsername"),
            t("InstancePassword"),
            t("AuthType"),
            of("BodyDataType", BODY),
            of("Network", NETWORKS),
            VPC,
            VSWITCHES,
            GROUP,
        ],
    ),
    map(
        "SourceKafkaParameters",
        &[
            REGION,
            t("InstanceId"),
            t("Topic"),
            t("ConsumerGroup"),
            of("OffsetReset", Kind::Word(&["latest", "earliest"])),
            // Here PublicNetwork means a VPC.
            of("Network", Kind::Word(&["Default", "PublicNetwork"])),
            VPC,
            VSWITCHES,
            GROUP,
            of("ValueDataType", BODY),
        ],
    ),
    map(
        "SourceApacheKafkaParameters",
        &[
            t("Bootstraps"),
            t("Topic"),
            t("ConsumerGroup"),
            of("OffsetReset", Kind::Word(&["latest", "earliest"])),
            of("ValueDataType", BODY),
            NETWORK_TYPE,
            VPC,
            VSWITCHES,
            GROUP,
            of("SecurityProtocol", Kind::Word(&["SASL_SSL", "PLAINTEXT", "SASL_PLAINTEXT"])),
            t("SaslMechanism"),
            t("SaslUser"),
            t("SaslPassword"),
            t("SslTruststoreCertificates"),
            t("SslKeystoreCertificateChain"),
            any("SslKeystoreKey"),
            t("SslKeyPassword"),
        ],
    ),
    map(
        "SourceSLSParameters",
        &[t("Project"), t("LogStore"), t("ConsumePosition"), t("RoleName"), t("ConsumerGroup")],
    ),
    map(
        "SourceMQTTParameters",
        &[
            REGION,
            t("InstanceId"),
            t("Topic"),
            of("BodyDataType", BODY),
            NETWORK_TYPE,
            VPC,
            VSWITCHES,
            GROUP,
        ],
    ),
    map("SourceEventBusParameters", &[t("EventBusName"), t("EventRuleName")]),
    map(
        "SourceDTSParameters",
        &[
            REGION,
            t("TaskId"),
            t("BrokerUrl"),
            t("Topic"),
            t("Sid"),
            t("Username"),
            t("Password"),
            any("InitCheckPoint"),
        ],
    ),
    map(
        "SourceJDBCParameters",
        &[
            t("JdbcUrl"),
            t("Username"),
            t("Password"),
            t("TableName"),
            t("CustomQuery"),
            of(
                "QueryMode",
                Kind::Word(&["bulk", "incrementing", "timestamp", "timestamp_incrementing"]),
            ),
            t("IncrementingColumn"),
            t("TimestampColumn"),
            of("BatchSize", Kind::Number(1, 10_000)),
            of("PollingInterval", Kind::Number(10, i64::MAX)),
            of("QueryTimeout", Kind::Number(1, 300)),
            of("Network", NETWORKS),
            VPC,
            VSWITCHES,
            GROUP,
        ],
    ),
    map(
        "SourceOSSParameters",
        &[
            t("BucketName"),
            t("Prefix"),
            of("LoadMode", Kind::Word(&["single", "element"])),
            t("LoadFormat"),
            t("Delimiter"),
            any("FileExtensions"),
            t("RoleName"),
        ],
    ),
    map(
        "SourcePrometheusParameters",
        &[REGION, t("ClusterId"), t("DataType"), t("Labels"), t("ExternalLabels"), t("RoleName")],
    ),
    any("SourceCustomizedKafkaConnectorParameters"),
    map("SourceCustomizedKafkaParameters", &[t("InstanceId")]),
    any("SourceRocketMQCheckpointParameters"),
    any("SourceApacheRocketMQCheckpointParameters"),
    map(
        "SourceFeiShuDocsParameters",
        &[
            t("AppId"),
            t("AppSecret"),
            t("KnowledgeSpaceName"),
            of("LoadMode", Kind::Word(&["block", "single"])),
        ],
    ),
];

const SINKS: &[Spec] = &[
    map("SinkMNSParameters", &[x("QueueName"), x("Body"), x("IsBase64Encode")]),
    map(
        "SinkRabbitMQParameters",
        &[
            x("InstanceId"),
            x("VirtualHostName"),
            x("TargetType"),
            x("Exchange"),
            x("RoutingKey"),
            x("QueueName"),
            x("Body"),
            x("MessageId"),
            x("Properties"),
            x("NetworkType"),
            x("VpcId"),
            x("VSwitchIds"),
            x("SecurityGroupId"),
        ],
    ),
    map(
        "SinkOpenSourceRabbitMQParameters",
        &[
            t("AuthType"),
            t("Endpoint"),
            t("Username"),
            t("Password"),
            t("VirtualHostName"),
            t("TargetType"),
            t("Exchange"),
            t("QueueName"),
            NETWORK_TYPE,
            VPC,
            VSWITCHES,
            GROUP,
            x("Body"),
            x("MessageId"),
            x("Properties"),
            x("RoutingKey"),
        ],
    ),
    map(
        "SinkRabbitMQMsgSyncParameters",
        &[
            t("Endpoint"),
            t("InstanceId"),
            t("InstanceType"),
            any("MaxHops"),
            NETWORK_TYPE,
            t("Username"),
            t("Password"),
            t("VirtualHostName"),
            VPC,
            VSWITCHES,
            GROUP,
            x("Body"),
            x("Exchange"),
            x("RoutingKey"),
            x("MessageId"),
            x("Properties"),
        ],
    ),
    map(
        "SinkRabbitMQMetaParameters",
        &[
            t("Endpoint"),
            t("InstanceId"),
            t("InstanceType"),
            NETWORK_TYPE,
            t("Username"),
            t("Password"),
            t("VirtualHostName"),
            VPC,
            VSWITCHES,
            GROUP,
        ],
    ),
    map(
        "SinkRocketMQParameters",
        &[
            x("InstanceId"),
            x("InstanceType"),
            x("InstanceEndpoint"),
            x("InstanceUsername"),
            x("InstancePassword"),
            x("Topic"),
            x("Body"),
            x("Keys"),
            x("Tags"),
            x("Properties"),
            x("ShardingKey"),
            x("DeliveryOrderType"),
            x("Network"),
            x("VpcId"),
            x("VSwitchIds"),
            x("SecurityGroupId"),
        ],
    ),
    map(
        "SinkKafkaParameters",
        &[
            x("InstanceId"),
            x("Topic"),
            x("DynamicTopic"),
            x("Acks"),
            x("Key"),
            x("Value"),
            x("Headers"),
            any("CompressionType"),
        ],
    ),
    map(
        "SinkApacheKafkaParameters",
        &[
            t("Bootstraps"),
            t("Topic"),
            t("Acks"),
            t("CompressionType"),
            t("SaslMechanism"),
            t("SaslUser"),
            t("SaslPassword"),
            t("SecurityProtocol"),
            t("SslTruststoreCertificates"),
            t("SslKeystoreCertificateChain"),
            any("SslKeystoreKey"),
            t("SslKeyPassword"),
            x("DynamicTopic"),
            x("Key"),
            x("Value"),
            x("Headers"),
            x("NetworkType"),
            x("VpcId"),
            x("VSwitchIds"),
            x("SecurityGroupId"),
        ],
    ),
    map(
        "SinkFcParameters",
        &[
            x("ServiceName"),
            x("FunctionName"),
            x("Qualifier"),
            x("InvocationType"),
            x("Concurrency"),
            x("DataFormat"),
            x("Body"),
        ],
    ),
    map(
        "SinkSLSParameters",
        &[
            x("Project"),
            x("LogStore"),
            x("Topic"),
            x("RoleName"),
            x("Body"),
            x("ContentType"),
            x("ContentSchema"),
        ],
    ),
    map(
        "SinkHttpsParameters",
        &[x("URL"), x("Body"), t("Method"), t("Token"), NETWORK_TYPE, VPC, VSWITCHES, GROUP],
    ),
    map(
        "SinkApiDestinationParameters",
        &[
            t("Name"),
            of("Timeout", Kind::Number(1, 60)),
            x("BodyParameters"),
            x("HeaderParameters"),
            x("QueryStringParameters"),
        ],
    ),
    map(
        "SinkDorisParameters",
        &[
            x("FeHttpEndpoint"),
            x("BeHttpEndpoint"),
            x("QueryEndpoint"),
            x("Database"),
            x("Table"),
            x("UserName"),
            x("Password"),
            x("Body"),
            x("NetworkType"),
            x("VpcId"),
            x("VSwitchIds"),
            x("SecurityGroupId"),
        ],
    ),
    map(
        "SinkDataHubParameters",
        &[
            x("Project"),
            x("Topic"),
            x("TopicSchema"),
            x("TopicType"),
            x("RoleName"),
            x("Body"),
            x("ContentType"),
            x("ContentSchema"),
        ],
    ),
    map(
        "SinkOSSParameters",
        &[
            t("BucketName"),
            t("Endpoint"),
            REGION,
            t("RoleArn"),
            t("PathFormat"),
            t("TimeZone"),
            t("CompressionType"),
            any("RotateIntervalMs"),
            any("RotateSizeBytes"),
            any("TaskConcurrency"),
            of("SSLEnabled", Kind::Flag),
            x("ContentTransform"),
        ],
    ),
    map(
        "SinkMQTTParameters",
        &[
            any("InstanceId"),
            any("ParentTopic"),
            any("SubTopic"),
            x("Mqtt5UserProperty"),
            x("Payload"),
        ],
    ),
    map("SinkFnfParameters", &[x("FlowName"), x("ExecutionName"), x("Input"), x("RoleName")]),
    map(
        "SinkPrometheusParameters",
        &[
            x("URL"),
            x("Data"),
            x("AuthorizationType"),
            x("Username"),
            x("Password"),
            x("HeaderParameters"),
            x("NetworkType"),
            x("VpcId"),
            x("VSwitchId"),
            x("SecurityGroupId"),
        ],
    ),
    any("SinkEventHouseParameters"),
    any("SinkKnowledgeBaseParameters"),
    any("SinkDashVectorParameters"),
    any("SinkDataWorksTriggerParameters"),
    any("SinkCustomizedKafkaParameters"),
    any("SinkCustomizedKafkaConnectorParameters"),
    any("SinkRocketMQCheckpointParameters"),
    any("SinkApacheRocketMQCheckpointParameters"),
    any("SinkOdpsParameters"),
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
