//! Every check goes red when its page's "Break it" is done to a healthy server, and green again
//! after the remedy that the tool prints, with nothing else changed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cdc_preflight::checks::{
    Action, CheckInfo, CheckResult, Cost, Level, Outcome, Remedy, Report, catalogue,
};
use testbed::Product;

use crate::fixture::{Fixture, Held, PASSWORD};
use crate::page::{self, Block, Kind};

type Overlay = Vec<(String, String)>;

/// What a trial lays over the request and over what is wanted, and what it holds open.
#[derive(Default)]
struct Staged {
    request: Overlay,
    wanted: Overlay,
    held: Vec<Held>,
}

impl Staged {
    /// Lays pairs over those that are there; `original` takes one back.
    fn lay(over: &mut Overlay, pairs: Overlay) {
        for (name, value) in pairs {
            over.retain(|(set, _)| *set != name);
            if value != "original" {
                over.push((name, value));
            }
        }
    }
}

/// What came of a product's trials.
pub(crate) struct Trials {
    /// The checks that were broken and mended.
    pub(crate) broken: BTreeSet<&'static str>,
    /// What did not come out as it should.
    pub(crate) wrong: Vec<String>,
}

/// Breaks, mends and compares, check by check.
pub(crate) async fn every_check(product: Product) -> Trials {
    let fixture = Fixture::start(product).await.expect("the server starts");
    let healthy = outcomes(&fixture.report(&[]).await);
    let mut broken = BTreeSet::new();
    let mut wrong = Vec::new();
    for check in catalogue::all().filter(|check| is_asked_for(check.id)) {
        let blocks = page::blocks(check.doc, product);
        if blocks.iter().all(|block| block.mend) || !healthy.contains_key(check.id) {
            continue;
        }
        broken.insert(check.id);
        let trial = Trial { fixture: &fixture, check, healthy: &healthy, blocks: &blocks };
        let restarted = match trial.run().await {
            Ok(restarted) => restarted,
            Err(error) => {
                wrong.push(format!("{product} {}: {error}", check.id));
                true
            }
        };
        fixture.reset(restarted).await.expect("the fixture can be restored");
    }
    Trials { broken, wrong }
}

/// Whether a check is tried: all are, unless only some are asked for while their pages are written.
pub(crate) fn is_asked_for(id: &str) -> bool {
    // Those of RabbitMQ have a test of their own.
    if id.starts_with("rabbitmq/") {
        return false;
    }
    let only = std::env::var("CDC_PREFLIGHT_ONLY");
    only.map_or(true, |only| only.split(',').any(|part| id.contains(part)))
}

struct Trial<'a> {
    fixture: &'a Fixture,
    check: CheckInfo,
    healthy: &'a BTreeMap<&'static str, Outcome>,
    blocks: &'a [Block],
}

impl Trial<'_> {
    /// Returns whether the server has to be restarted to be as it was.
    async fn run(&self) -> Result<bool, String> {
        let before = self.healthy[self.check.id];
        if before != Outcome::Pass && before != Outcome::NotApplicable {
            return Err(format!("{} before anything was broken", before.as_str()));
        }
        let mut staged = Staged::default();
        let mut restarted = self.apply(false, &mut staged).await?;
        match self.fixture.read(&staged.request) {
            // The input itself is refused, by the rule of this very check.
            Err(problems) => {
                let by_this = problems.iter().any(|problem| problem.rule == Some(self.check.id));
                if !by_this {
                    return Err(format!("the request is refused for something else: {problems:?}"));
                }
            }
            Ok(_) => {
                let red = self.fixture.report_for(&staged.request, &staged.wanted).await;
                let result = result(&red, self.check.id);
                self.is_red(result)?;
                restarted |= self.remedy(result).await?;
            }
        }
        restarted |= self.apply(true, &mut staged).await?;
        let mended = outcomes(&self.fixture.report_for(&staged.request, &staged.wanted).await);
        match worse(self.healthy, &mended) {
            worse if worse.is_empty() => Ok(restarted),
            worse => Err(format!("after the remedy {worse}")),
        }
    }

    fn is_red(&self, result: &CheckResult) -> Result<(), String> {
        let only_warns = self.blocks.iter().any(|block| block.warns);
        let red = match self.check.level {
            Level::Required if !only_warns => result.closes_gate(),
            _ => result.outcome == Outcome::Warn,
        };
        if red { Ok(()) } else { Err(format!("still {} when broken", result.outcome.as_str())) }
    }

    async fn apply(&self, mend: bool, staged: &mut Staged) -> Result<bool, String> {
        let mut restarted = false;
        for block in self.blocks.iter().filter(|block| block.mend == mend) {
            let pairs = page::pairs(&block.body);
            match block.kind {
                Kind::Command | Kind::Consume | Kind::Declare => {
                    panic!("{:?} is of the broker", block.kind)
                }
                Kind::Hold => staged.held.push(self.fixture.hold(&block.body).await),
                Kind::Intent => Staged::lay(&mut staged.wanted, pairs),
                Kind::Request => Staged::lay(&mut staged.request, pairs),
                Kind::Settings => {
                    restarted = true;
                    self.fixture.restart_with(&pairs).await.map_err(|error| error.to_string())?;
                }
                Kind::Sql => {
                    let sql = block.body.replace("${PASSWORD}", PASSWORD);
                    restarted |= self.sets_variables(&sql);
                    self.execute(&sql).await?;
                }
            }
        }
        Ok(restarted)
    }

    async fn execute(&self, sql: &str) -> Result<(), String> {
        let done = self.fixture.execute(sql).await;
        done.map_err(|error| format!("{sql}: {error}"))?;
        self.settle(sql).await;
        Ok(())
    }

    /// The server reads its configuration again, and ends sessions, when it gets to it, not within
    /// the statement.
    async fn settle(&self, sql: &str) {
        let later = ["pg_reload_conf", "pg_terminate_backend", "KILL "];
        if later.iter().any(|word| sql.contains(word)) {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// Only a restart makes a variable of MySQL or MariaDB forget that a statement has set it.
    fn sets_variables(&self, sql: &str) -> bool {
        let sql = sql.to_ascii_lowercase();
        let is_postgres = self.fixture.action() == "configurePostgreSQLSource";
        !is_postgres && (sql.contains("set global") || sql.contains("set persist"))
    }

    /// Does what the tool prints, as it stands.
    async fn remedy(&self, result: &CheckResult) -> Result<bool, String> {
        let mut done: Vec<&Remedy> = Vec::new();
        let mut restarted = false;
        for subject in &result.subjects {
            if done.contains(&&subject.remedy) {
                continue;
            }
            done.push(&subject.remedy);
            restarted |= self.steps(&subject.remedy).await?;
        }
        Ok(restarted)
    }

    async fn steps(&self, remedy: &Remedy) -> Result<bool, String> {
        let mut settings = Vec::new();
        let (mut restart, mut changed) = (false, false);
        for step in &remedy.steps {
            restart |= step.cost == Cost::Restart;
            match &step.action {
                Action::Sql { sql, database } => {
                    let sql = sql.untrusted();
                    changed |= self.sets_variables(sql);
                    let done = match database {
                        Some(name) => self.fixture.server.execute_in(name.untrusted(), sql).await,
                        None => self.fixture.execute(sql).await,
                    };
                    done.map_err(|error| format!("the printed remedy fails: {sql}: {error}"))?;
                    self.settle(sql).await;
                }
                Action::Config { line, .. } => settings.extend(page::pairs(line.untrusted())),
                Action::Console { change } => {
                    return Err(format!("no console here: {}", change.untrusted()));
                }
                Action::Command { command } => {
                    return Err(format!("no such tools here: {}", command.untrusted()));
                }
                Action::Manual { .. } => {}
            }
        }
        if restart || !settings.is_empty() {
            self.fixture.restart_with(&settings).await.map_err(|error| error.to_string())?;
        }
        Ok(restart || changed || !settings.is_empty())
    }
}

fn outcomes(report: &Report) -> BTreeMap<&'static str, Outcome> {
    report.results.iter().map(|result| (result.check.id, result.outcome)).collect()
}

fn result<'a>(report: &'a Report, id: &str) -> &'a CheckResult {
    report.results.iter().find(|result| result.check.id == id).expect("it was there before")
}

/// What is not as good as it was.
fn worse(
    before: &BTreeMap<&'static str, Outcome>,
    after: &BTreeMap<&'static str, Outcome>,
) -> String {
    let good = |outcome: &Outcome| *outcome.max(&Outcome::Pass);
    let changed =
        before.iter().filter(|(id, outcome)| after.get(*id).map(good) > Some(good(outcome)));
    let lines = changed
        .map(|(id, outcome)| format!("{id} is {}, was {}", after[id].as_str(), outcome.as_str()));
    lines.collect::<Vec<_>>().join(", ")
}
