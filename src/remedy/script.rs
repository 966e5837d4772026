//! The plan as a script for the database's own client, `psql -f` or `mysql <`, and for the shell
//! where it is about a broker.
//!
//! What no statement does stands in it as a comment, in its place. A comment never spans a line,
//! and a statement that cannot be printed as it stands becomes a comment as well: a script must
//! not run anything that its reader could not see.

use std::collections::BTreeSet;

use cdc_checks::{Action, Cost, Engine, Flavour, Step, Text};

use super::rest::{Rest, Why};
use super::{Part, Plan, Purpose, Scope, Task};
use crate::report::{actor_words, cost_words, escape_terminal, exact_lines};

/// Columns of comments.
const WIDTH: usize = 100;

/// Subjects that a comment names; more are counted.
const SUBJECTS_NAMED: usize = 4;

/// The script of a plan. Pure; ends with a line feed.
pub fn render(plan: &Plan) -> String {
    let mut script = Script::new(plan);
    script.head();
    for (number, part) in plan.parts.iter().enumerate() {
        script.part(number + 1, part);
        let next = plan.parts.get(number + 1);
        if part.cost == Cost::Restart && next.is_none_or(|next| next.cost != Cost::Restart) {
            script.blank();
            let then = if next.is_some() { " What follows needs it." } else { "" };
            script.comment(&format!("RESTART THE SERVER NOW, once.{then}"));
        }
    }
    script.rest();
    script.out
}

/// The script that takes a plan back: what was done last goes first.
pub fn undo(plan: &Plan) -> String {
    let mut script = Script::new(plan);
    script.title("undo");
    script.comment(
        "Takes back what the script did, last things first. Leave out what you did not run.",
    );
    let mut told = BTreeSet::new();
    for task in plan.tasks().rev() {
        script.take_back(task, &mut told);
    }
    if plan.tasks().any(|task| task.step.cost == Cost::Restart) {
        script.blank();
        script.comment("Restart the server now, once.");
    }
    script.out
}

struct Script<'a> {
    plan: &'a Plan,
    out: String,
    /// The database that the client is connected to, where the script has said.
    database: Option<&'a Text>,
}

impl<'a> Script<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self { plan, out: String::new(), database: None }
    }

    fn title(&mut self, what: &str) {
        let product = self.plan.flavour.map_or(self.plan.engine.as_str(), Flavour::as_str);
        let server = escape_terminal(&self.plan.server);
        self.comment(&format!("cdc-preflight {what}: {server} ({product})"));
    }

    fn head(&mut self) {
        self.title("remedy");
        let steps = self.plan.tasks().count();
        let rest = &self.plan.rest;
        let is_whole = rest.iter().all(|rest| self.plan.is_pending(rest));
        let aim = match (self.plan.scope, is_whole) {
            (Scope::Gate, true) if !rest.is_empty() => "open the gate, as far as can be told yet",
            (Scope::Gate, true) => "open the gate",
            (Scope::Gate, false) => "cure what can be cured; the gate stays closed, see the end",
            (Scope::All, true) => "cure every failure and warning",
            (Scope::All, false) => "cure what can be cured; for the rest see the end",
        };
        if steps == 0 {
            self.comment(match self.plan.rest.is_empty() {
                true => "There is nothing to do.",
                false => "No step of it can be told: see what remains.",
            });
            return;
        }
        let restarts = match self.plan.restarts() {
            0 => "no restart".to_owned(),
            1 => "1 restart".to_owned(),
            several => format!("{several} restarts"),
        };
        let steps = if steps == 1 { "1 step".to_owned() } else { format!("{steps} steps") };
        self.comment(&format!("{steps}, {restarts}: {aim}."));
        self.comment("Nothing of it was carried out. Read it, then run it as who each part names.");
        if self.plan.engine == Engine::Postgres && self.plan.tasks().any(is_statement) {
            self.line("\\set ON_ERROR_STOP on");
        }
    }

    fn part(&mut self, number: usize, part: &'a Part) {
        self.blank();
        self.comment(&format!("{number}. {}: {}", actor_words(part.actor), cost_words(part.cost)));
        let mut notes = BTreeSet::new();
        for task in &part.tasks {
            self.blank();
            task.serves.iter().for_each(|purpose| self.comment(&purpose_line(purpose)));
            self.step(&task.step);
            if let Some(note) = &task.step.note
                && notes.insert(note)
            {
                self.comment(&format!("Note: {}", escape_terminal(note)));
            }
        }
    }

    fn step(&mut self, step: &'a Step) {
        match &step.action {
            Action::Sql { sql, database } => {
                if let Some(database) = database {
                    self.connect(database);
                }
                self.statement(sql);
            }
            Action::Config { file, section, line } => {
                let place = if section.is_empty() { "" } else { ", section " };
                self.comment(&format!("In {file}{place}{section}:"));
                self.line(&format!("{}     {}", self.mark(), escape_terminal(line)));
            }
            Action::Command { command } => self.statement(command),
            Action::Console { change: words } | Action::Manual { instruction: words } => {
                self.comment(&format!("By hand: {}", escape_terminal(words)));
            }
        }
    }

    fn statement(&mut self, sql: &Text) {
        match exact_lines(sql) {
            Some(lines) => lines.iter().for_each(|line| self.line(line)),
            None => {
                self.comment("Do not paste: some characters are shown as escapes.");
                self.line(&format!("{} {}", self.mark(), escape_terminal(sql)));
            }
        }
    }

    /// Statements of MySQL name their database themselves.
    fn connect(&mut self, database: &'a Text) {
        if self.plan.engine != Engine::Postgres || self.database == Some(database) {
            return;
        }
        self.database = Some(database);
        let name = database.untrusted();
        // psql takes these for more than a name.
        let is_name = !name.contains(['=', '/', ':']) && escape_terminal(database) == name;
        if is_name {
            self.line(&format!("\\connect \"{}\"", name.replace('"', "\"\"")));
        } else {
            self.comment(&format!("Connect to the database {} first.", escape_terminal(database)));
        }
    }

    fn take_back(&mut self, task: &'a Task, told: &mut BTreeSet<&'a Text>) {
        let ids: Vec<&str> = task.serves.iter().map(|purpose| purpose.check.id).collect();
        let Some(undo) = &task.step.undo else {
            if let Some(words) = lasting(&task.step) {
                self.blank();
                self.comment(&format!("{}: nothing here takes back: {words}", ids.join(", ")));
            }
            return;
        };
        if !told.insert(undo) {
            return;
        }
        self.blank();
        self.comment(&ids.join(", "));
        if let Action::Sql { database: Some(database), .. } = &task.step.action {
            self.connect(database);
        }
        self.statement(undo);
    }

    fn rest(&mut self) {
        if self.plan.rest.is_empty() {
            return;
        }
        self.blank();
        self.comment("What remains after that, as far as it is known:");
        let mut told = BTreeSet::new();
        let mut not_reached = BTreeSet::new();
        for rest in &self.plan.rest {
            if let Why::NotReached { because } = &rest.why {
                not_reached.insert((because.as_str(), rest.check.id));
            } else if told.insert(rest_line(rest)) {
                self.comment(&rest_line(rest));
            }
        }
        if !not_reached.is_empty() {
            let roots: BTreeSet<&str> = not_reached.iter().map(|(root, _)| *root).collect();
            let roots = roots.into_iter().collect::<Vec<_>>().join(", ");
            let checks = not_reached.len();
            let checks =
                if checks == 1 { "1 check was".into() } else { format!("{checks} checks were") };
            self.comment(&format!("{checks} not reached because of {roots}: check again."));
        }
    }

    /// A comment, on as many lines as it takes.
    fn comment(&mut self, words: &str) {
        for line in textwrap::wrap(words, WIDTH - 3) {
            self.line(&format!("{} {line}", self.mark()));
        }
    }

    /// What a comment begins with.
    fn mark(&self) -> &'static str {
        match self.plan.engine {
            Engine::MySql | Engine::Postgres => "--",
            Engine::RabbitMq => "#",
        }
    }

    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.blank();
    }

    fn blank(&mut self) {
        self.out.push('\n');
    }
}

fn is_statement(task: &Task) -> bool {
    matches!(task.step.action, Action::Sql { .. })
}

/// A lasting change that no statement of the step takes back, in words.
fn lasting(step: &Step) -> Option<String> {
    let words = match &step.action {
        Action::Sql { sql, .. } if sql.untrusted().starts_with("SELECT ") => return None,
        Action::Sql { sql: words, .. }
        | Action::Command { command: words }
        | Action::Console { change: words }
        | Action::Manual { instruction: words } => escape_terminal(words),
        Action::Config { file, line, .. } => format!("{} in {file}", escape_terminal(line)),
    };
    Some(words)
}

/// `postgres/wal-level: the write-ahead log carries logical changes (orders, items)`.
fn purpose_line(purpose: &Purpose) -> String {
    let names: Vec<String> = purpose.subjects.iter().map(escape_terminal).collect();
    let shown = names.iter().take(SUBJECTS_NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = match names.len().saturating_sub(SUBJECTS_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let subjects = if names == ["server"] { String::new() } else { format!(" ({shown}{more})") };
    format!("{}: {}{subjects}", purpose.check.id, purpose.check.title)
}

fn rest_line(rest: &Rest) -> String {
    let (id, subject) = (rest.check.id, escape_terminal(&rest.subject));
    let why = match &rest.why {
        Why::LeftOut { actor, cost } => {
            format!("left out: {}, {}", actor_words(*actor), cost_words(*cost))
        }
        Why::NoRemedy => "nothing can be done about it from here".into(),
        Why::Unknown { sentence, .. } => escape_terminal(sentence),
        Why::NotReached { because } => format!("not reached because of {because}"),
    };
    format!("  {id} ({subject}): {why}")
}
