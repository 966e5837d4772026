//! Breaks a healthy broker as a check's page says, demands red, applies the printed remedy, and
//! demands green.

use std::collections::BTreeMap;
use std::time::Duration;

use cdc_preflight::checks::{Action, CheckInfo, CheckResult, Level, Outcome, Remedy, Report};
use lapin::Connection;
use serde_json::Value;
use testbed::Product;

use crate::fixture::{Fixture, Overlay, PASSWORD};
use crate::page::{self, Block, Kind};

/// Looks at a broker that is to turn red or green: what its management API says of queues is some
/// seconds old, and alarms are raised a moment after their cause.
const LOOKS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(400);

/// What is laid over the healthy state while a check is tried.
#[derive(Default)]
struct Staged {
    request: Overlay,
    wanted: Overlay,
    held: Option<Connection>,
}

pub(crate) async fn goes_red_and_green(fixture: &Fixture, check: CheckInfo) -> Result<(), String> {
    let healthy = outcomes(&fixture.report(&[]).await);
    let before = healthy[check.id];
    if before != Outcome::Pass && before != Outcome::NotApplicable {
        return Err(format!("{} before anything was broken", before.as_str()));
    }
    let blocks = page::blocks(check.doc, Product::RABBITMQ);
    let mut staged = Staged::default();
    apply(fixture, &blocks, false, &mut staged).await?;
    let result = until_red(fixture, check, &blocks, &staged).await?;
    for subject in &result.subjects {
        carry_out(fixture, &subject.remedy).await?;
    }
    apply(fixture, &blocks, true, &mut staged).await?;
    let mut looks = 0;
    loop {
        let mended = outcomes(&fixture.report_for(&staged.request, &staged.wanted).await);
        let worse: Vec<String> = healthy
            .iter()
            .filter(|(id, outcome)| mended[*id] > **outcome.max(&&Outcome::Pass))
            .map(|(id, _)| format!("{id} is {}", mended[id].as_str()))
            .collect();
        looks += 1;
        if worse.is_empty() {
            return Ok(());
        }
        if looks == LOOKS {
            return Err(format!("after the remedy {}", worse.join(", ")));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn until_red(
    fixture: &Fixture,
    check: CheckInfo,
    blocks: &[Block],
    staged: &Staged,
) -> Result<CheckResult, String> {
    let only_warns = blocks.iter().any(|block| block.warns);
    let mut said = "";
    for _ in 0..LOOKS {
        let report = fixture.report_for(&staged.request, &staged.wanted).await;
        let result = report.results.into_iter().find(|result| result.check.id == check.id);
        let result = result.expect("it was there before");
        let is_red = match check.level {
            Level::Required if !only_warns => result.closes_gate(),
            _ => result.outcome == Outcome::Warn,
        };
        if is_red {
            return Ok(result);
        }
        said = result.outcome.as_str();
        tokio::time::sleep(PAUSE).await;
    }
    Err(format!("still {said} when broken"))
}

async fn apply(
    fixture: &Fixture,
    blocks: &[Block],
    mend: bool,
    staged: &mut Staged,
) -> Result<(), String> {
    for block in blocks.iter().filter(|block| block.mend == mend) {
        match block.kind {
            Kind::Command => run(fixture, &block.body.replace("${PASSWORD}", PASSWORD)).await?,
            Kind::Consume if mend => release(staged).await,
            Kind::Consume => staged.held = Some(fixture.consume().await),
            Kind::Declare => {
                let how: Value = serde_json::from_str(&block.body).map_err(|it| it.to_string())?;
                release(staged).await;
                staged.held = fixture.declare(&how).await;
            }
            Kind::Intent => lay(&mut staged.wanted, &block.body),
            Kind::Request => lay(&mut staged.request, &block.body),
            Kind::Hold | Kind::Settings | Kind::Sql => panic!("{:?} is of databases", block.kind),
        }
    }
    Ok(())
}

/// Closes the connection that held a queue or a consumer.
async fn release(staged: &mut Staged) {
    if let Some(connection) = staged.held.take() {
        connection.close(200, "bye".into()).await.expect("a goodbye");
    }
}

/// Lays lines over what is there; `original` takes one back.
fn lay(over: &mut Overlay, body: &str) {
    for (name, value) in page::pairs(body) {
        over.retain(|(known, _)| *known != name);
        if value != "original" {
            over.push((name, value));
        }
    }
}

/// The commands that the tool prints, as they stand.
async fn carry_out(fixture: &Fixture, remedy: &Remedy) -> Result<(), String> {
    for step in &remedy.steps {
        if let Action::Command { command } = &step.action {
            run(fixture, command.untrusted()).await?;
        }
    }
    Ok(())
}

async fn run(fixture: &Fixture, commands: &str) -> Result<(), String> {
    let done = fixture.server.execute(commands).await;
    done.map(drop).map_err(|error| format!("{commands}: {error}"))
}

fn outcomes(report: &Report) -> BTreeMap<&'static str, Outcome> {
    report.results.iter().map(|result| (result.check.id, result.outcome)).collect()
}
