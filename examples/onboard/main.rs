//! The whole flight on real servers, in under a minute: a PostgreSQL that is broken in two ways and
//! a MySQL that is fine; a closed gate, the printed remedy, an open gate, a submission to a
//! simulated EventBridge, and the events to expect.
//!
//! `cargo run --example onboard` needs nothing but a Docker engine or, on Debian, root.

#![allow(clippy::print_stdout, reason = "showing is what a demonstration is for")]

mod databases;

use std::error::Error;

use cdc_preflight::checks::{Action, Cost};
use cdc_preflight::eventbridge::{
    Call, Client, Credentials, Endpoint, RetryPolicy, Timeouts, Wire,
};
use cdc_preflight::events;
use cdc_preflight::gate::{Evidence, Gate, Policy, decide};
use cdc_preflight::gather::{Deadlines, LiveProbe, TlsOptions, gather};
use cdc_preflight::preflight::{Examined, run_report};
use cdc_preflight::report::{self, Format};
use cdc_preflight::request::{self, Input, Request};
use eventbridge_simulator::{Running, Simulator};
use jiff::Timestamp;
use testbed::Server;
use uuid::Uuid;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const MANIFEST: &str = include_str!("requests.yaml");
const API_KEY: &str = "a-key-that-only-the-simulator-knows";

#[tokio::main]
async fn main() -> Result<()> {
    step("Starting a PostgreSQL and a MySQL (their first start on a machine takes longer)");
    let (postgres, mysql) = tokio::try_join!(databases::postgres(), databases::mysql())?;
    let simulator = Simulator::start(databases::simulator(API_KEY)).await?;

    step("The requests, as they would be sent to EventBridge");
    println!("{MANIFEST}");
    let requests = load(&postgres, &mysql)?;

    step("cdc-preflight check: the gate of one request is closed");
    let first = examine(&requests).await;
    show(&first);

    step("Pasting the printed remedy, as it stands");
    paste_remedies(&first[0], &postgres).await?;

    step("cdc-preflight check: both gates are open");
    let second = examine(&requests).await;
    show(&second);

    step("cdc-preflight configure: one request each, with a receipt and the events to expect");
    for (request, examined) in requests.iter().zip(&second) {
        submit(request, examined, &simulator).await?;
    }
    step("What the simulated EventBridge received");
    for entry in simulator.journal() {
        println!("{}", serde_json::to_string(&entry)?);
    }
    simulator.stop().await;
    Ok(())
}

fn step(what: &str) {
    println!("\n\u{2500}\u{2500} {what}\n");
}

fn load(postgres: &Server, mysql: &Server) -> Result<Vec<Request>> {
    let variables = |name: &str| match name {
        "PG_PORT" => Some(postgres.port().to_string()),
        "MYSQL_PORT" => Some(mysql.port().to_string()),
        "CDC_PASSWORD" => Some(databases::PASSWORD.to_owned()),
        _ => None,
    };
    let input = Input::text("requests.yaml", MANIFEST);
    let loaded = request::load(input, &variables).map_err(|problems| problems.short())?;
    Ok(loaded.requests)
}

async fn examine(requests: &[Request]) -> Vec<Examined> {
    let mut examined = Vec::new();
    for request in requests {
        examined.push(examine_one(request).await);
    }
    examined
}

async fn examine_one(request: &Request) -> Examined {
    let deadlines = Deadlines::default();
    let (tls, intent) = (TlsOptions::default(), request.intent());
    let facts = gather(request, &intent, &tls, deadlines, LiveProbe::default()).await;
    Examined::new(facts, intent)
}

/// What `cdc-preflight check` would print.
fn show(examined: &[Examined]) {
    let (run, _) = run_report(examined, &Policy::default());
    println!("{}", report::render(Format::Human, &run, &report::Options::default()));
}

/// Runs the statements of the report as an administrator would, restarting once where it says so.
async fn paste_remedies(examined: &Examined, server: &Server) -> Result<()> {
    let closing = examined.report.results.iter().filter(|result| result.closes_gate());
    let steps = closing.flat_map(|result| &result.subjects).flat_map(|one| &one.remedy.steps);
    let mut restart = false;
    for step in steps {
        if let Action::Sql { sql, .. } = &step.action {
            println!("inventory=# {}", report::escape_terminal(sql));
            server.execute_in("inventory", sql.untrusted()).await?;
        }
        restart |= step.cost == Cost::Restart;
    }
    if restart {
        println!("(restart)");
        server.restart().await?;
    }
    Ok(())
}

async fn submit(request: &Request, examined: &Examined, simulator: &Running) -> Result<()> {
    let redacted_body = request.redacted_body();
    let operation: request::Operation = request.operation().into();
    let evidence = |one: &Examined| -> Gate {
        let evidence = Evidence {
            operation,
            redacted_body: &redacted_body,
            facts: &one.facts,
            report: &one.report,
            rulings: &one.rulings,
        };
        decide(&evidence, &Policy::default(), Timestamp::now(), Uuid::new_v4())
    };
    let Gate::Open(clearance) = evidence(examined) else {
        return Err("the gate is closed: nothing is sent".into());
    };
    // The facts are read again: what was true a minute ago is no reason to send.
    let again = examine_one(request).await;
    let fresh = Evidence {
        operation,
        redacted_body: &redacted_body,
        facts: &again.facts,
        report: &again.report,
        rulings: &again.rulings,
    };
    let confirmed = clearance.confirm(&fresh, Timestamp::now())?;
    let call = Call::new(operation, &request.body_with_secrets(), redacted_body.clone())?;
    let lookup = |name: &str| (name == "EVENTBRIDGE_API_KEY").then(|| API_KEY.into());
    let key = Credentials::from_lookup(lookup, Some(Wire::Seed))?;
    let endpoint = Endpoint::parse(&simulator.url(), Default::default())?;
    let (timeouts, retry) = (Timeouts::default(), RetryPolicy::default());
    let client = Client::new(Wire::Seed, endpoint, key, timeouts, retry)?;
    println!("{}", client.submit(confirmed, &call).await?.human());
    let contract = events::describe(&again.facts, &request.intent())
        .map_err(|missing| report::escape_terminal(&missing.sentence()))?;
    println!("{}", events::human(&contract));
    Ok(())
}
