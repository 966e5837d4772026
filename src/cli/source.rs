//! From the command line to facts: loads the requests and visits their databases, or reads facts
//! that were saved.

use std::collections::HashMap;
use std::path::Path;

use cdc_checks::facts::FORMAT_VERSION;
use cdc_checks::{Facts, Intent};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

use super::Stopped;
use super::args::SourceArgs;
use super::assume;
use super::filter;
use super::input;
use super::live::Live;
use super::progress::Progress;
use super::tell::{Terminal, env};
use crate::Exit;
use crate::gate::Rules;
use crate::gather::{self, ClientIdentity, Probing, TlsOptions};
use crate::preflight::Examined;
use crate::report::TargetSummary;
use crate::request::{ConnectOptions, Origin, Request};

/// Reads the requests that can be proven, and names the streams that cannot.
pub(crate) fn load(args: &SourceArgs, terminal: &Terminal) -> Result<Vec<Request>, Stopped> {
    let loaded = input::read(args, terminal)?;
    for stream in &loaded.streams {
        let (operation, name) = (stream.operation(), stream.name().escape_debug());
        let source = stream.source().escape_debug();
        terminal.note(&format!(
            "note: {operation} {name}: {source} is neither a database nor a RabbitMQ: nothing is \
             proven of it"
        ));
    }
    if loaded.requests.is_empty() {
        terminal
            .error("there is nothing to prove: `cdc-preflight stream create` sends such streams");
        return Err(Exit::Usage);
    }
    Ok(loaded.requests)
}

/// Visits the databases of all requests, or reads saved facts, and judges, without rules of the
/// user's.
pub(crate) async fn examine(
    args: &SourceArgs,
    strict: bool,
    terminal: &Terminal,
) -> Result<Vec<Examined>, Stopped> {
    let (rules, live) = (Rules::default(), Live::silent(terminal));
    Look { args, strict, rules: &rules, live: &live, terminal }.at_all().await
}

/// How sources are looked at.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) args: &'a SourceArgs,
    pub(crate) strict: bool,
    pub(crate) rules: &'a Rules,
    /// Who is told while it goes on.
    pub(crate) live: &'a Live<'a>,
    pub(crate) terminal: &'a Terminal,
}

impl Look<'_> {
    /// Visits the databases of all requests, or reads saved facts, and judges.
    pub(crate) async fn at_all(&self) -> Result<Vec<Examined>, Stopped> {
        if let Some(path) = &self.args.facts {
            return self.at_facts(path);
        }
        let requests = load(self.args, self.terminal)?;
        self.at(&requests).await
    }

    /// Visits the databases of these requests and judges.
    pub(crate) async fn at(&self, requests: &[Request]) -> Result<Vec<Examined>, Stopped> {
        let parts: Vec<_> = requests.iter().map(Request::facts).collect();
        let mut intents = intents(self.args, parts.iter(), self.strict, self.terminal)?;
        for (intent, request) in intents.iter_mut().zip(requests) {
            self.args.broker.aim(intent, Some(request.user()));
        }
        self.live.begin(requests.iter().zip(&intents).map(|(request, intent)| {
            TargetSummary::new(request.operation(), request.host(), request.port(), intent)
        }));
        let examined = self.visit_all(requests, intents).await;
        if let Some(path) = &self.args.save_facts {
            let facts: Vec<&Facts> = examined.iter().map(|one| &one.facts).collect();
            save(path, &facts, self.terminal)?;
        }
        self.live.complete();
        filter::warn(requests, &examined, self.terminal);
        Ok(examined)
    }

    fn at_facts(&self, path: &Path) -> Result<Vec<Examined>, Stopped> {
        let (args, terminal) = (self.args, self.terminal);
        let mut facts = read(path, terminal)?;
        assume::lay_over(&mut facts, &args.assume).map_err(|reason| {
            terminal.error(&reason);
            Exit::Usage
        })?;
        let requests = facts.iter().map(|facts| &facts.request);
        let mut intents = intents(args, requests, self.strict, terminal)?;
        for (intent, facts) in intents.iter_mut().zip(&facts) {
            let login = facts.connection.login.known();
            args.broker.aim(intent, login.map(|login| login.user.untrusted()));
        }
        let origin = Some(located(Origin::file_only(path.to_string_lossy())));
        let now = Timestamp::now();
        let judged = facts.into_iter().zip(intents).map(|(facts, intent)| {
            Examined::new(facts, intent).found_in(origin.clone()).under(self.rules, now)
        });
        let examined: Vec<Examined> = judged.collect();
        self.live.begin(examined.iter().map(Examined::summary));
        examined.iter().enumerate().for_each(|(target, one)| self.live.judged(target, one));
        self.live.complete();
        Ok(examined)
    }

    /// Visits the databases, several at a time, and judges each as soon as its visit has ended.
    async fn visit_all(&self, requests: &[Request], intents: Vec<Intent>) -> Vec<Examined> {
        let what = match requests {
            [one] => format!("visiting {}:{}", one.host().escape_debug(), one.port()),
            several => format!("visiting {} databases", several.len()),
        };
        let bar = Progress::of_many(&what, requests.len());
        let turns = Turns::new(requests, self.args.concurrency.into());
        let visits =
            requests.iter().zip(intents).enumerate().map(async |(target, (request, intent))| {
                let turn = turns.take(request).await;
                self.live.started(target);
                let facts = visit(self.args, request, &intent, self.args.probing()).await;
                drop(turn);
                self.live.visited(target, &facts.connection);
                (target, self.judge(target, request, facts, intent))
            });
        // In whatever order they end: a slow server holds up nobody but itself.
        let visits = stream::iter(visits).buffer_unordered(requests.len().max(1));
        let visits = visits.inspect(|_| bar.advance()).collect();
        let mut found: Vec<(usize, Examined)> = bar.watch(visits).await;
        found.sort_by_key(|(target, _)| *target);
        found.into_iter().map(|(_, examined)| examined).collect()
    }

    fn judge(&self, target: usize, request: &Request, facts: Facts, intent: Intent) -> Examined {
        let origin = request.origin().cloned().map(located);
        let examined = Examined::new(facts, intent).found_in(origin);
        let examined = examined.under(self.rules, Timestamp::now());
        self.live.judged(target, &examined);
        examined
    }
}

/// Files are named as the repository knows them, which is where a CI service looks for them.
fn located(origin: Origin) -> Origin {
    let Ok(folder) = std::env::current_dir() else { return origin };
    let root = env("GITHUB_WORKSPACE").filter(|root| !root.is_empty());
    origin.relative_to(root.as_deref().map_or(&folder, Path::new), &folder)
}

/// What is wanted of each source, from its request and the flags.
fn intents<'a>(
    args: &SourceArgs,
    requests: impl Iterator<Item = &'a cdc_checks::facts::Request>,
    strict: bool,
    terminal: &Terminal,
) -> Result<Vec<Intent>, Stopped> {
    let requests: Vec<_> = requests.collect();
    let mut intents = args.connector.intents(&requests).map_err(|reason| {
        terminal.error(&reason);
        Exit::Usage
    })?;
    intents.iter_mut().for_each(|intent| intent.strict = strict);
    Ok(intents)
}

/// Visits of one server at the same time. Each takes sessions, and for a moment a replication slot:
/// more of them could use up what they are there to count.
const VISITS_OF_A_SERVER: usize = 2;

/// Who may visit now: a server is visited by few at a time, and so are all servers together.
struct Turns<'a> {
    everywhere: Semaphore,
    servers: HashMap<(&'a str, u16), Semaphore>,
}

/// A turn, until it is dropped. The semaphores are never closed.
type Turn<'a> = [Result<SemaphorePermit<'a>, AcquireError>; 2];

impl<'a> Turns<'a> {
    fn new(requests: &'a [Request], everywhere: usize) -> Self {
        let servers = requests.iter().map(server);
        let servers = servers.map(|server| (server, Semaphore::new(VISITS_OF_A_SERVER)));
        Self { everywhere: Semaphore::new(everywhere), servers: servers.collect() }
    }

    /// Waits for the server first: who waits for it keeps no other server's visitors waiting.
    async fn take(&self, request: &'a Request) -> Turn<'_> {
        let here = self.servers[&server(request)].acquire().await;
        [here, self.everywhere.acquire().await]
    }
}

fn server(request: &Request) -> (&str, u16) {
    (request.host(), request.port())
}

/// One visit.
pub(crate) async fn visit(
    args: &SourceArgs,
    request: &Request,
    intent: &Intent,
    probing: Probing,
) -> Facts {
    let options = request.connect_options();
    let tls = args.tls.over(tls_options(options));
    let deadlines = args.time.over(options.connect_timeout);
    gather::gather(request, intent, &tls, deadlines, probing).await
}

fn tls_options(url: &ConnectOptions) -> TlsOptions {
    let mut options = TlsOptions { ca_file: url.ca_file.clone(), ..TlsOptions::default() };
    if let Some(mode) = url.tls_mode {
        options.mode = mode;
    }
    if let (Some(certificate_file), Some(key_file)) = (&url.certificate_file, &url.key_file) {
        options.identity = Some(ClientIdentity {
            certificate_file: certificate_file.clone(),
            key_file: key_file.clone(),
        });
    }
    options
}

/// One document for one request, a list for several.
fn save(path: &Path, facts: &[&Facts], terminal: &Terminal) -> Result<(), Stopped> {
    let text = match facts {
        [one] => serde_json::to_string_pretty(one),
        several => serde_json::to_string_pretty(several),
    };
    let written =
        text.map_err(std::io::Error::other).and_then(|text| std::fs::write(path, text + "\n"));
    written.map_err(|error| {
        terminal.error(&format!("cannot save facts to {path:?}: {error}"));
        Exit::Internal
    })
}

/// Facts that were saved.
pub(super) fn read(path: &Path, terminal: &Terminal) -> Result<Vec<Facts>, Stopped> {
    parse(path).map_err(|reason| {
        terminal.error(&format!("{path:?} holds no facts that can be judged: {reason}"));
        Exit::Usage
    })
}

fn parse(path: &Path) -> Result<Vec<Facts>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let document: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let documents = match document {
        Value::Array(documents) => documents,
        one => vec![one],
    };
    if documents.is_empty() {
        return Err("the list is empty".into());
    }
    documents.into_iter().map(facts).collect()
}

fn facts(document: Value) -> Result<Facts, String> {
    // Before anything else: an unknown layout would only give misleading errors.
    match document.get("format_version").and_then(Value::as_u64) {
        Some(version) if version == u64::from(FORMAT_VERSION) => {}
        Some(version) => return Err(format!("format_version {version} is not {FORMAT_VERSION}")),
        None => return Err("there is no format_version".into()),
    }
    serde_json::from_value(document).map_err(|error| error.to_string())
}
