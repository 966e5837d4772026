//! The command line as users write it.

use std::path::PathBuf;

use cdc_checks::{Language, Level};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

use super::assume::Assumption;
use super::broker::BrokerArgs;
use super::checks::ChecksCommand;
use super::completions::{self, ManArgs, Shell};
use super::config::{ConfigCommand, FileArgs};
use super::connection::{TimeArgs, TlsArgs};
use super::connector::ConnectorArgs;
use super::diff::{self, ReportDiffArgs};
use super::events::{self, EventsArgs, EventsCommand};
use super::init::{self, InitArgs};
use super::once::OnceArgs;
use super::pattern::PatternCommand;
use super::plan::PlanArgs;
use super::remedy::{self, RemedyArgs};
use super::rules::RulesArgs;
use super::schema::{self, SchemaCommand};
use super::serve::{self, ServeArgs};
use super::service::ServiceArgs;
use super::stream::{self, StreamCommand};
use super::tell::Terminal;
use super::transform::TransformCommand;
use super::wait::WaitArgs;
use super::waivers::WaiversCommand;
use crate::gate::Policy;
use crate::gather::{LiveProbe, Probing};
use crate::report::{ColorChoice, Options, ReportSink, SarifKinds};

/// Proves on the real database that change data capture will work, before EventBridge is told.
#[derive(Debug, Parser)]
#[command(name = "cdc-preflight", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
    /// The language of what is for people: en or zh
    #[arg(long, global = true, value_name = "LANG", default_value = "en")]
    pub(crate) lang: Language,
    #[command(flatten)]
    pub(crate) config: FileArgs,
}

const EXAMPLES: &str = "\
Examples:
  cdc-preflight init --manifest                      a request.yaml to begin with
  cdc-preflight check request.yaml                   what is in the way, and why
  cdc-preflight remedy request.yaml > remedy.sql     a script for the DBA
  cdc-preflight configure --dry-run request.yaml     what would be sent
  cdc-preflight check --action configurePostgreSQLSource payload.json
  cdc-preflight check postgres://cdc_user@db.example.com/inventory --table public.orders
  cdc-preflight events request.yaml --format json-schema --output-dir schemas
  cdc-preflight stream list --region cn-hangzhou

Every flag has a variable: --tls-mode is CDC_PREFLIGHT_TLS_MODE; true or false where the flag takes
no value, one value a line where it may be repeated. A flag wins over its variable, that over the
configuration file, which `cdc-preflight init` writes.

Exit codes:
  0   gate open and, if asked, submitted
  1   internal error
  2   usage or input
  10  gate closed: a required check failed
  11  gate closed: a required check is undetermined (cannot connect, cannot read)
  12  a lesser check failed and --fail-on asked for it
  20  submission rejected
  21  submission outcome unknown
  22  clearance or plan stale, used or edited, or the database changed
  130 interrupted";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Verify the database of a request, and report
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArgs),
    /// Verify, and send the request only if the gate is open
    #[command(after_help = CONFIGURE_EXAMPLES)]
    Configure(Box<ConfigureArgs>),
    /// Say which events will come out
    #[command(after_help = events::EXAMPLES)]
    Events(EventsArgs),
    /// Print one ordered script of what has to be done; nothing is carried out
    #[command(after_help = remedy::EXAMPLES)]
    Remedy(Box<RemedyArgs>),
    /// Print the JSON Schema of a document that this program writes
    #[command(subcommand, after_help = schema::EXAMPLES)]
    Schema(SchemaCommand),
    /// Look after streams: create, update, get, list, start, pause, delete, billing
    #[command(subcommand, after_help = stream::EXAMPLES)]
    Stream(Box<StreamCommand>),
    /// List the checks, explain one, or write all pages as a site
    #[command(subcommand)]
    Checks(ChecksCommand),
    /// Say what changed from one JSON report to another
    #[command(after_help = diff::EXAMPLES)]
    Diff(ReportDiffArgs),
    /// Look after waivers
    #[command(subcommand)]
    Waivers(WaiversCommand),
    /// Try a filter pattern
    #[command(subcommand)]
    Pattern(PatternCommand),
    /// Try the transform of a target's fields
    #[command(subcommand)]
    Transform(TransformCommand),
    /// Write a configuration file, or a manifest to begin with
    #[command(after_help = init::EXAMPLES)]
    Init(InitArgs),
    /// Show what holds for a command, or the configuration file's schema
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print what makes a shell complete command lines
    #[command(after_help = completions::COMPLETIONS_EXAMPLES)]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print manual pages
    #[command(after_help = completions::MAN_EXAMPLES)]
    Man(ManArgs),
    /// Run the service: an HTTP API around the same checks, with history
    #[command(after_help = serve::EXAMPLES)]
    Serve(Box<ServeArgs>),
}

const CHECK_EXAMPLES: &str = "\
Examples:
  cdc-preflight check request.yaml
  cdc-preflight check request.yaml --report human --report json=report.json
  cdc-preflight check request.yaml --report html=report.html
  cdc-preflight check request.yaml --report sarif=out.sarif --report junit=out.xml
  cdc-preflight check request.yaml --wait 60s --report human --report junit=out.xml   # a CI job
  cdc-preflight check request.yaml --save-facts facts.json
  cdc-preflight check --facts facts.json --report short
  cdc-preflight check --facts facts.json --assume wal_level=logical
  cdc-preflight check request.yaml --waivers waivers.toml
  cdc-preflight check request.yaml --baseline before.json --fail-on recommended
  cdc-preflight check request.yaml --skip 'mysql/gtid-*' --level mysql/charset=informational
  cdc-preflight check requests/ --concurrency 16 --report json=report.json
  cdc-preflight check requests/ --report jsonl | grep '^.\"event\":\"target-judged\"'
  cdc-preflight check request.yaml --wait 60s
  PGPASSWORD=... cdc-preflight check 'postgres://cdc_user@db/inventory?sslmode=verify-full' \\
      --table public.orders
  RABBITMQ_PASSWORD=... cdc-preflight check amqps://eventbridge@mq/shop --queue orders";

const CONFIGURE_EXAMPLES: &str = "\
Examples:
  cdc-preflight configure --dry-run request.yaml
  EVENTBRIDGE_API_KEY=... cdc-preflight configure request.yaml
  cdc-preflight configure request.yaml --endpoint http://127.0.0.1:8400 --receipt receipt.json
  cdc-preflight configure --plan plan.json request.yaml
  cdc-preflight configure --apply plan.json request.yaml
  cdc-preflight configure stream.yaml --wire openapi --start --wait
  cdc-preflight configure stream.yaml --update --wire rest --account-id 1234567890123456

A createEventStreaming request whose source is MySQL, PostgreSQL or RabbitMQ is proven there and
then creates the stream, in the wire openapi or rest. Other sources cannot be proven: exit code 2,
and `cdc-preflight stream create` sends them.

A request is recorded before it is sent. The very same request is not sent again once it was
accepted (--again). After an unknown outcome (21) the service is asked for the stream; where it
cannot tell, nothing is sent until you say what came of it (--resolve).";

#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
    /// Exit with 0 in place of 10, 11 and 12: the report tells, and nothing fails
    #[arg(long, help_heading = "Report")]
    pub(crate) exit_zero: bool,
    #[command(flatten)]
    pub(crate) rules: RulesArgs,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ConfigureArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
    #[command(flatten)]
    pub(crate) rules: RulesArgs,
    /// Show the request that would be sent, without secrets, and send nothing
    #[arg(long, conflicts_with_all = ["again", "resolve"])]
    pub(crate) dry_run: bool,
    /// With --dry-run: write the costs as JSON to this file
    #[arg(long, value_name = "FILE", requires = "dry_run")]
    pub(crate) costs: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) service: ServiceArgs,
    /// Update the stream of a createEventStreaming request: replace its definition
    #[arg(long)]
    pub(crate) update: bool,
    /// After a stream was accepted, start it
    #[arg(long)]
    pub(crate) start: bool,
    /// Wait until the stream runs or has failed, for so many seconds [default of SECONDS: 600]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "600",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) wait: Option<u64>,
    /// Also have the service try the database (MySQL, wire openapi), and show its answers beside
    /// ours; a check of its own that fails closes the gate
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) remote_check: bool,
    /// Write the receipts as JSON to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) plan: PlanArgs,
    #[command(flatten)]
    pub(crate) once: OnceArgs,
    #[command(flatten)]
    pub(crate) wait_for_source: WaitArgs,
}

/// Where the request comes from and how its database is visited.
#[derive(Args, Clone, Debug)]
pub(crate) struct SourceArgs {
    /// Request files (YAML or JSON), folders of them, `-` for standard input, or a postgres://,
    /// mysql:// or amqp:// URL
    #[arg(value_name = "REQUEST", required_unless_present = "facts")]
    pub(crate) requests: Vec<String>,
    /// The operation of a bare API payload, for example configurePostgreSQLSource
    #[arg(long, value_name = "OPERATION")]
    pub(crate) action: Option<String>,
    /// A table, with a URL; may be repeated
    #[arg(long = "table", value_name = "SCHEMA.TABLE")]
    pub(crate) tables: Vec<String>,
    /// Judge these saved facts instead of visiting a database
    #[arg(long, value_name = "FILE", conflicts_with_all = ["requests", "save_facts"])]
    pub(crate) facts: Option<PathBuf>,
    /// With --facts: judge as if this had been read, such as wal_level=logical; may be repeated
    #[arg(long, value_name = "NAME=VALUE", requires = "facts", conflicts_with = "requests")]
    pub(crate) assume: Vec<Assumption>,
    /// Save what was read, without secrets
    #[arg(long, value_name = "FILE")]
    pub(crate) save_facts: Option<PathBuf>,
    /// When to try what reading cannot prove, and leave nothing behind
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    pub(crate) probe: LiveProbe,
    /// Only read: the same as --probe never
    #[arg(long, conflicts_with = "probe")]
    pub(crate) no_probe: bool,
    /// MySQL: also read what the last events of the binary log are; no values are kept
    #[arg(long, conflicts_with_all = ["no_probe", "facts"])]
    pub(crate) sample_binlog: bool,
    /// Databases that are visited at the same time
    #[arg(long, value_name = "NUMBER", default_value_t = 8,
          value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) concurrency: u16,
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
    #[command(flatten)]
    pub(crate) connector: ConnectorArgs,
    #[command(flatten)]
    pub(crate) tls: TlsArgs,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
}

/// What is reported, and what of it decides on the exit code.
#[derive(Args, Debug)]
#[command(next_help_heading = "Report")]
pub(crate) struct ReportArgs {
    /// human, short, json, jsonl, sarif, junit, github, markdown or html, to standard output or a
    /// file; may be repeated, and prints nothing where all go to files [default: human]
    #[arg(long = "report", value_name = "FORMAT[=PATH]")]
    pub(crate) sinks: Vec<ReportSink>,
    /// Show what passed, too
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Only the verdict: a line for each request, in the human and the short report
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// SARIF: problems, or all, which also has what passed, each by its kind
    #[arg(long, value_name = "KINDS", default_value = "problems")]
    pub(crate) sarif_kinds: SarifKinds,
    /// The least level whose warnings and failures give a non-zero exit code
    #[arg(long, value_name = "LEVEL", default_value = "required", value_parser = level())]
    pub(crate) fail_on: Level,
    /// Take warnings of lost data that some can live with for failures, which close the gate
    #[arg(long)]
    pub(crate) strict: bool,
}

impl ReportArgs {
    /// The user's say in what the findings amount to.
    pub(crate) fn policy(&self) -> Policy {
        Policy { fail_on: self.fail_on, ..Policy::default() }
    }

    /// How reports are written.
    pub(crate) fn options(&self, terminal: &Terminal) -> Options {
        Options {
            quiet: self.quiet,
            sarif_kinds: self.sarif_kinds,
            ..terminal.report_options(self.verbose)
        }
    }
}

fn level() -> impl TypedValueParser<Value = Level> {
    const LEVELS: [Level; 3] = [Level::Required, Level::Recommended, Level::Informational];
    let find = |word: String| match word.as_str() {
        "info" => Some(Level::Informational),
        word => LEVELS.into_iter().find(|level| level.as_str() == word),
    };
    let words = LEVELS.map(|level| PossibleValue::new(level.as_str()));
    let words = words
        .map(|word| if word.matches("informational", false) { word.alias("info") } else { word });
    PossibleValuesParser::new(words).try_map(move |word| find(word).ok_or(NoSuchWord))
}

/// The parser above took a word that stands for nothing.
#[derive(Debug, thiserror::Error)]
#[error("no such word")]
pub(crate) struct NoSuchWord;

impl Command {
    /// The user's rules, and the name of the command that takes them.
    pub(crate) fn rules_mut(&mut self) -> Option<(&'static str, &mut RulesArgs)> {
        match self {
            Self::Check(args) => Some(("check", &mut args.rules)),
            Self::Configure(args) => Some(("configure", &mut args.rules)),
            _ => None,
        }
    }

    /// What the user says of the connector, and the name of the command that takes it.
    pub(crate) fn connector_mut(&mut self) -> Option<(&'static str, &mut ConnectorArgs)> {
        match self {
            Self::Check(args) => Some(("check", &mut args.source.connector)),
            Self::Configure(args) => Some(("configure", &mut args.source.connector)),
            Self::Events(args) => match &mut args.command {
                Some(EventsCommand::Diff(args)) => Some(("events", &mut args.connector)),
                None => Some(("events", &mut args.source.connector)),
            },
            _ => None,
        }
    }
}

impl ConfigureArgs {
    /// Whether anything may be sent.
    pub(crate) fn sends(&self) -> bool {
        !self.dry_run && self.plan.plan.is_none()
    }
}

impl SourceArgs {
    /// What a first visit does beside reading.
    pub(crate) fn probing(&self) -> Probing {
        let when = if self.no_probe { LiveProbe::Never } else { self.probe };
        Probing { when, sample_binlog: self.sample_binlog }
    }

    /// The request as the user named it, to be named again in a command to run next. A URL may
    /// hold a password, and a name that a shell would take apart is no help either.
    pub(crate) fn shown(&self) -> &str {
        let plain = |name: &&str| {
            name.chars().all(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-'))
        };
        match (self.requests.as_slice(), &self.action) {
            ([name], None) if plain(&name.as_str()) && name != "-" => name,
            _ => "REQUEST",
        }
    }
}
