//! The arguments of `stream`.

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::once::OnceArgs;
use crate::cli::service::ServiceArgs;
use crate::eventbridge::operations::{self, BusinessMode};

#[derive(Debug, Subcommand)]
pub(crate) enum StreamCommand {
    /// Create a stream whose source is no database
    #[command(after_help = CREATE_EXAMPLES)]
    Create(DefinitionArgs),
    /// Replace the definition of a stream whose source is no database
    #[command(after_help = CREATE_EXAMPLES)]
    Update(DefinitionArgs),
    /// Show a stream
    Get(NameArgs),
    /// List the streams of a region
    List(ListArgs),
    /// Start a stream
    Start(StartArgs),
    /// Stop a stream; it can be started again
    Pause(ChangeArgs),
    /// Delete a stream; one that is gone already is no error
    Delete(DeleteArgs),
    /// Change how a stream is billed
    #[command(after_help = BILLING_EXAMPLES)]
    Billing(BillingArgs),
    /// Have the service look into the MySQL of a request: databases, tables, columns
    #[command(after_help = DISCOVER_EXAMPLES)]
    Discover(DiscoverArgs),
}

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  cdc-preflight stream list --region cn-hangzhou
  cdc-preflight stream get orders --region cn-hangzhou --format json
  cdc-preflight stream start orders --wait --region cn-hangzhou
  cdc-preflight stream pause orders --wire rest --account-id 1234567890123456 --region cn-hangzhou
  cdc-preflight stream delete orders --yes --wait --region cn-hangzhou

What changes a stream is recorded before it is sent, in the same journal as `configure`: it is not
sent twice, after an unknown outcome (21) the service is asked what came of it, and of two runs for
one stream the second waits for the first.

Exit codes: 0 accepted, done before, or (delete) gone already; 2 usage or input or not confirmed;
20 rejected or failed; 21 outcome unknown, or not running or not gone when the wait is over";

const CREATE_EXAMPLES: &str = "\
A stream whose source is MySQL, PostgreSQL, or a RabbitMQ with an address is refused:
`cdc-preflight configure` proves that first.

Examples:
  cdc-preflight stream create mns.yaml --dry-run
  cdc-preflight stream update mns.yaml --region cn-hangzhou

Exit codes: 0 accepted, 2 usage or input, 20 rejected, 21 outcome unknown";

const BILLING_EXAMPLES: &str = "\
Examples:
  cdc-preflight stream billing orders --mode CapacityUnitMode --min 1 --max 4 --region cn-hangzhou
  cdc-preflight stream billing orders --mode EventNumMode --yes --region cn-hangzhou";

const DISCOVER_EXAMPLES: &str = "\
The service itself connects to the database: what it finds is what its connector will see. It takes
an access key (wire openapi). Nothing is configured.

Examples:
  cdc-preflight stream discover request.yaml
  cdc-preflight stream discover stream.yaml --table shop.orders --format json";

/// What every command about streams takes.
#[derive(Args, Debug)]
pub(crate) struct CommonArgs {
    /// The region, for example cn-hangzhou
    #[arg(long, value_name = "REGION", env = "ALIBABA_CLOUD_REGION_ID")]
    pub(super) region: Option<String>,
    /// How to print the answer
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) service: ServiceArgs,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// For people
    #[default]
    Human,
    /// What the service answered, without secrets
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct DefinitionArgs {
    /// Request file (YAML or JSON), or `-` for standard input
    #[arg(value_name = "REQUEST")]
    pub(super) request: String,
    /// The operation of a bare API payload: createEventStreaming or updateEventStreaming
    #[arg(long, value_name = "OPERATION")]
    pub(super) action: Option<String>,
    /// Show the request that would be sent, without secrets, and send nothing
    #[arg(long, conflicts_with_all = ["again", "resolve"])]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) common: CommonArgs,
    #[command(flatten)]
    pub(super) once: OnceArgs,
}

#[derive(Args, Debug)]
pub(crate) struct NameArgs {
    /// The stream's name
    #[arg(value_parser = operations::stream_name)]
    pub(super) name: String,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(Args, Debug)]
pub(crate) struct DiscoverArgs {
    /// Request file (YAML or JSON) with one MySQL source, or `-` for standard input
    #[arg(value_name = "REQUEST")]
    pub(super) request: String,
    /// The operation of a bare API payload: configureMySQLSource or createEventStreaming
    #[arg(long, value_name = "OPERATION")]
    pub(super) action: Option<String>,
    /// Show the columns of this table; its database is the request's, unless it is named
    #[arg(long, value_name = "TABLE")]
    pub(super) table: Option<String>,
    /// How many names at most, 1 to 100
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(super) limit: Option<u16>,
    /// How many names to leave out before
    #[arg(long, value_name = "COUNT")]
    pub(super) offset: Option<u32>,
    /// Also show the rows that the service gives as a sample
    #[arg(long)]
    pub(super) sample: bool,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// What every command takes that changes one stream.
#[derive(Args, Debug)]
pub(crate) struct ChangeArgs {
    /// The stream's name
    #[arg(value_parser = operations::stream_name)]
    pub(super) name: String,
    #[command(flatten)]
    pub(super) common: CommonArgs,
    #[command(flatten)]
    pub(super) once: OnceArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    /// Only streams whose name begins so
    #[arg(long, value_name = "PREFIX")]
    pub(super) name_prefix: Option<String>,
    /// Only streams of this source
    #[arg(long, value_name = "ARN")]
    pub(super) source_arn: Option<String>,
    /// Only streams to this sink
    #[arg(long, value_name = "ARN")]
    pub(super) sink_arn: Option<String>,
    /// How many streams are asked for at once, 1 to 100; all pages are read
    #[arg(long, value_name = "COUNT", default_value_t = operations::MAX_PAGE,
          value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(super) limit: u16,
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

#[derive(Args, Debug)]
pub(crate) struct StartArgs {
    #[command(flatten)]
    pub(super) change: ChangeArgs,
    /// Wait until the stream runs or has failed, for so many seconds [default of SECONDS: 600]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "600",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(super) wait: Option<u64>,
}

#[derive(Args, Debug)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    pub(super) change: ChangeArgs,
    /// Also where a label protects it from deletion (wire openapi)
    #[arg(long)]
    pub(super) force: bool,
    /// Wait until the stream is gone, for so many seconds [default of SECONDS: 600]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "600",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(super) wait: Option<u64>,
    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,
}

#[derive(Args, Debug)]
pub(crate) struct BillingArgs {
    #[command(flatten)]
    pub(super) change: ChangeArgs,
    /// CapacityUnitMode (reserved capacity units) or EventNumMode (pay by event)
    #[arg(long, value_name = "MODE")]
    pub(super) mode: BusinessMode,
    /// The least capacity units, 1 to 999
    #[arg(long, value_name = "UNITS", value_parser = clap::value_parser!(u16).range(1..=999))]
    pub(super) min: Option<u16>,
    /// Show the request that would be sent and the prices, and send nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// The most capacity units, 1 to 999
    #[arg(long, value_name = "UNITS", value_parser = clap::value_parser!(u16).range(1..=999))]
    pub(super) max: Option<u16>,
    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,
}
