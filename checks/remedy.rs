//! What somebody can do about a finding: typed steps, so that a script can be ordered by who runs
//! it and by what it costs.

use serde::{Deserialize, Serialize};

use crate::Text;

/// Who is able to carry a step out.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// Whoever wrote the request.
    Requester,
    /// An administrator of the database server.
    Dba,
    /// An administrator of the message broker.
    Admin,
    /// The owner of the table or of the application's schema.
    Owner,
    /// Whoever operates the managed service's console.
    Console,
    /// Whoever operates the network between the service and the database.
    Network,
}

/// What a step costs the running system.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cost {
    /// In force at once.
    Live,
    /// In force after the configuration is read again.
    Reload,
    /// In force for sessions opened afterwards.
    Reconnect,
    /// In force after a restart of the server.
    Restart,
    /// Rewrites or locks a table while it runs.
    Rebuild,
}

/// What is to be done.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Action {
    /// Run a statement, in `database` where it matters.
    Sql {
        /// The statement, with its semicolon.
        sql: Text,
        /// The database to be connected to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        database: Option<Text>,
    },
    /// Run a command on a machine that has the server's own tools.
    Command {
        /// The command, as a shell takes it.
        command: Text,
    },
    /// Put a line into a configuration file.
    Config {
        /// The file, for example `my.cnf`.
        file: String,
        /// The section, for example `[mysqld]`; empty where the file has none.
        section: String,
        /// The line.
        line: Text,
    },
    /// Change a setting in the managed service's console or command line.
    Console {
        /// What to change there.
        change: Text,
    },
    /// Something that no statement does.
    Manual {
        /// What to do, as an imperative sentence.
        instruction: Text,
    },
}

/// One step of a remedy.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Step {
    /// Who can do it.
    pub actor: Actor,
    /// What is to be done.
    #[serde(flatten)]
    pub action: Action,
    /// What it costs.
    pub cost: Cost,
    /// The statement that takes it back, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Text>,
    /// What has to follow, or what to mind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

impl Step {
    /// A statement for an administrator, in force at once unless said otherwise.
    pub fn dba(sql: impl Into<Text>) -> Self {
        Self::new(Actor::Dba, Action::Sql { sql: sql.into(), database: None })
    }

    /// A statement for the owner of the table.
    pub fn owner(sql: impl Into<Text>) -> Self {
        Self::new(Actor::Owner, Action::Sql { sql: sql.into(), database: None })
    }

    /// A command for an administrator, in force at once unless said otherwise.
    pub fn command(command: impl Into<Text>) -> Self {
        Self::new(Actor::Admin, Action::Command { command: command.into() })
    }

    /// A line in the server's configuration file, in force after a restart.
    pub fn config(file: &str, section: &str, line: impl Into<Text>) -> Self {
        let action =
            Action::Config { file: file.into(), section: section.into(), line: line.into() };
        Self::new(Actor::Dba, action).costs(Cost::Restart)
    }

    /// A change in the managed service's console.
    pub fn console(change: impl Into<Text>) -> Self {
        Self::new(Actor::Console, Action::Console { change: change.into() })
    }

    /// An instruction for whoever wrote the request.
    pub fn request(instruction: impl Into<Text>) -> Self {
        Self::manual(Actor::Requester, instruction)
    }

    /// An instruction that no statement carries out.
    pub fn manual(actor: Actor, instruction: impl Into<Text>) -> Self {
        Self::new(actor, Action::Manual { instruction: instruction.into() })
    }

    /// Makes it a step for an administrator of a message broker.
    #[must_use]
    pub fn by_admin(mut self) -> Self {
        self.actor = Actor::Admin;
        self
    }

    /// Sets what the step costs.
    #[must_use]
    pub fn costs(mut self, cost: Cost) -> Self {
        self.cost = cost;
        self
    }

    /// Sets the database to run the statement in.
    #[must_use]
    pub fn in_database(mut self, name: impl Into<Text>) -> Self {
        if let Action::Sql { database, .. } = &mut self.action {
            *database = Some(name.into());
        }
        self
    }

    /// Sets the statement that takes the step back.
    #[must_use]
    pub fn undo(mut self, sql: impl Into<Text>) -> Self {
        self.undo = Some(sql.into());
        self
    }

    /// Sets what has to follow, or what to mind.
    #[must_use]
    pub fn note(mut self, note: impl Into<Text>) -> Self {
        self.note = Some(note.into());
        self
    }

    fn new(actor: Actor, action: Action) -> Self {
        Self { actor, action, cost: Cost::Live, undo: None, note: None }
    }
}

/// The steps that cure one finding, in order. Empty where nothing can be done.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Remedy {
    /// The steps, in the order in which they have to be carried out.
    pub steps: Vec<Step>,
}

impl Remedy {
    /// Nothing can be done, or nothing needs to be.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a step after the others.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

impl From<Step> for Remedy {
    fn from(step: Step) -> Self {
        Self { steps: vec![step] }
    }
}
