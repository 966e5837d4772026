//! What a configuration file may say: the flags of the commands that read it.

use std::any::TypeId;
use std::path::PathBuf;

use clap::{Arg, ArgAction, Command};

use crate::cli::serve::StoreAddress;
use crate::report::ReportSink;

/// The commands that read a file, each of which may have a table there.
pub(super) const COMMANDS: [&str; 5] = ["check", "configure", "events", "serve", "stream"];

/// Flags that are about one run, which nobody wants to hold for all of them.
const OF_ONE_RUN: [&str; 30] = [
    "action",
    "again",
    "apply",
    "costs",
    "dry-run",
    "expires",
    "facts",
    "force",
    "max",
    "min",
    "mode",
    "name",
    "name-prefix",
    // It would win over the flag --probe; the file says `probe = "never"`.
    "no-probe",
    "plan",
    "queue",
    "rabbitmq-endpoint",
    "rabbitmq-management",
    "receipt",
    "resolve",
    "save-facts",
    "scope",
    "sink-arn",
    "source-arn",
    "start",
    "table",
    "update",
    "valid-for",
    "wait",
    "yes",
];

/// A flag of one run that holds for all of them where a command runs on and on.
const OF_SERVICE: [(&str, &str); 1] = [("serve", "valid-for")];

fn is_key(command: &str, flag: &str) -> bool {
    !OF_ONE_RUN.contains(&flag) || OF_SERVICE.contains(&(command, flag))
}

/// A flag as a key of the file.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) arg: Arg,
    /// The commands that have it.
    pub(super) commands: Vec<&'static str>,
}

/// What a key takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// `true` or `false`.
    Switch,
    /// A table: names and their values.
    Named,
    /// One value.
    One,
    /// One value or a list of them.
    Several,
}

impl Key {
    pub(super) fn name(&self) -> &str {
        self.arg.get_long().unwrap_or_default()
    }

    pub(super) fn kind(&self) -> Kind {
        kind(&self.arg)
    }

    /// Whether a key at the top of the file is meant for more than one command.
    pub(super) fn is_shared(&self) -> bool {
        self.commands.len() > 1
    }

    /// Whether it is the same flag: other commands use some names for something else.
    pub(super) fn is(&self, arg: &Arg) -> bool {
        self.arg.get_long() == arg.get_long()
            && self.arg.get_value_parser().type_id() == arg.get_value_parser().type_id()
    }

    /// Whether a value names a file, and in which part of it: relative names start at the
    /// configuration file.
    pub(super) fn path_in<'a>(&self, value: &'a str) -> Option<(&'a str, &'a str)> {
        let is_file = holds::<StoreAddress>(&self.arg) && StoreAddress::is_path(value);
        if holds::<PathBuf>(&self.arg) || is_file {
            return Some(("", value));
        }
        let at = value.find('=').filter(|_| holds::<ReportSink>(&self.arg))? + 1;
        Some(value.split_at(at)).filter(|(_, path)| !matches!(*path, "" | "-"))
    }
}

/// What a flag takes.
pub(super) fn kind(arg: &Arg) -> Kind {
    match arg.get_action() {
        ArgAction::SetTrue => Kind::Switch,
        _ if holds::<(String, String)>(arg) => Kind::Named,
        ArgAction::Append => Kind::Several,
        _ => Kind::One,
    }
}

/// Whether a flag's value is of this type.
pub(super) fn holds<T: 'static>(arg: &Arg) -> bool {
    arg.get_value_parser().type_id() == TypeId::of::<T>()
}

/// Every key.
pub(super) struct Keys(Vec<Key>);

impl Keys {
    pub(super) fn of(definition: &Command) -> Self {
        let mut keys = Self(Vec::new());
        for name in COMMANDS {
            if let Some(command) = definition.find_subcommand(name) {
                keys.add(name, command);
            }
        }
        keys
    }

    /// Adds the flags of a command, its own before those of its subcommands.
    fn add(&mut self, name: &'static str, command: &Command) {
        for arg in command.get_arguments() {
            let flag = arg.get_long().filter(|flag| is_key(name, flag));
            let own = self.within(Some(name)).find(|key| Some(key.name()) == flag);
            // A subcommand may use a name of its command for something else.
            let is_taken = own.is_some_and(|key| !key.is(arg));
            if flag.is_none() || arg.is_global_set() || is_taken {
                continue;
            }
            match self.0.iter_mut().find(|key| key.is(arg)) {
                Some(key) if key.commands.contains(&name) => {}
                Some(key) => key.commands.push(name),
                None => self.0.push(Key { arg: arg.clone(), commands: vec![name] }),
            }
        }
        for subcommand in command.get_subcommands() {
            self.add(name, subcommand);
        }
    }

    /// The keys at the top, or in the table of a command.
    pub(super) fn within(&self, table: Option<&str>) -> impl Iterator<Item = &Key> {
        self.0.iter().filter(move |key| match table {
            None => key.is_shared(),
            Some(command) => key.commands.contains(&command),
        })
    }

    pub(super) fn find(&self, table: Option<&str>, name: &str) -> Option<&Key> {
        self.within(table).find(|key| key.name() == name)
    }

    /// Why there is no such key, and what to do.
    pub(super) fn advice(&self, table: Option<&str>, name: &str) -> String {
        if OF_ONE_RUN.contains(&name) {
            return format!("--{name} is about one run: give it on the command line.");
        }
        if let Some(key) = self.0.iter().find(|key| key.name() == name) {
            let tables: Vec<_> = key.commands.iter().map(|table| format!("[{table}]")).collect();
            return format!("It stands in {}.", tables.join(" or "));
        }
        let tables = COMMANDS.into_iter().filter(|_| table.is_none());
        let known = self.within(table).map(Key::name).chain(tables).chain(["version"]);
        match cdc_checks::request::fields::nearest(name, known) {
            Some(near) => format!("Did you mean {near}?"),
            None => "Keys have the names of flags; `cdc-preflight init -` lists them.".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::{COMMANDS, Keys, OF_ONE_RUN, OF_SERVICE};
    use crate::cli::definition::definition;

    #[test]
    fn what_is_shared_stands_at_the_top() {
        let definition = definition();
        let keys = Keys::of(&definition);
        for shared in ["tls-ca", "timeout", "report", "endpoint", "threshold", "fail-on"] {
            assert!(keys.find(None, shared).is_some(), "{shared}");
        }
        for (table, own) in [("configure", "remote-check"), ("events", "envelope")] {
            assert!(keys.find(None, own).is_none() && keys.find(Some(table), own).is_some());
        }
        assert!(COMMANDS.iter().all(|command| definition.find_subcommand(command).is_some()));
    }

    #[test]
    fn what_is_about_one_run_is_a_flag_and_no_key() {
        fn has(command: &Command, flag: &str) -> bool {
            command.get_arguments().any(|arg| arg.get_long() == Some(flag))
                || command.get_subcommands().any(|command| has(command, flag))
        }
        let definition = definition();
        let keys = Keys::of(&definition);
        for flag in OF_ONE_RUN {
            assert!(has(&definition, flag), "{flag}");
            for table in COMMANDS {
                let is_of_service = OF_SERVICE.contains(&(table, flag));
                assert_eq!(keys.find(Some(table), flag).is_some(), is_of_service, "{flag}");
            }
        }
    }

    #[test]
    fn the_same_name_for_something_else_is_another_key() {
        let definition = definition();
        let keys = Keys::of(&definition);
        let check = keys.find(Some("check"), "fail-on").expect("a key");
        let events = keys.find(Some("events"), "fail-on").expect("a key");
        assert!(!check.is(&events.arg));
        assert!(keys.find(None, "format").is_none());
    }
}
