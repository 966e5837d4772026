//! The definition of the command line, and what every flag gets by one rule: the variable of
//! `--some-flag` is `CDC_PREFLIGHT_SOME_FLAG`.
//!
//! Variables that the vendor's own tools read (`EVENTBRIDGE_ENDPOINT`) hold where ours is not set.
//! An empty variable is one that is not set.

use std::ffi::{OsStr, OsString};

use clap::builder::{BoolishValueParser, Resettable};
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command, CommandFactory};

use super::args::Cli;

/// The whole command line.
pub(super) fn definition() -> Command {
    let definition = with_variables(Cli::command());
    // Only there is no other flag of that name.
    definition.mut_subcommand("check", |check| {
        check.mut_arg("wait_for_source", |arg| arg.visible_alias("wait"))
    })
}

/// The variable of a flag.
pub(super) fn variable(flag: &str) -> String {
    format!("CDC_PREFLIGHT_{}", flag.to_uppercase().replace('-', "_"))
}

fn with_variables(command: Command) -> Command {
    command.mut_args(with_variable).mut_subcommands(with_variables)
}

fn with_variable(arg: Arg) -> Arg {
    let Some(ours) = arg.get_long().map(variable) else { return arg };
    let arg = match arg.get_action() {
        ArgAction::SetTrue => arg.value_parser(BoolishValueParser::new()),
        // Values may hold commas and spaces.
        ArgAction::Append if arg.get_value_delimiter().is_none() => arg.value_delimiter('\n'),
        _ => arg,
    };
    let vendors = arg.get_env().filter(|name| *name != ours.as_str()).map(OsStr::to_owned);
    match vendors {
        Some(name) if !is_set(OsStr::new(&ours)) => {
            let arg = arg.hide_env_values(true);
            if is_set(&name) || std::env::var_os(&name).is_none() { arg } else { unset(arg) }
        }
        _ if std::env::var_os(&ours).is_some_and(|value| value.is_empty()) => unset(arg),
        _ => arg.env(ours).hide_env(true),
    }
}

fn unset(arg: Arg) -> Arg {
    arg.env(Resettable::Reset)
}

fn is_set(name: &OsStr) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// The variable that holds the value which an error is about; `None` where the command line does.
pub(super) fn variable_of(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(usage)) = error.get(ContextKind::InvalidArg) else { return None };
    let flag = usage.split([' ', '=', '[']).next()?;
    let is_given = arguments.iter().filter_map(|it| it.to_str()).any(|argument| {
        argument.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    });
    let name = variable(flag.strip_prefix("--")?);
    (!is_given && is_set(OsStr::new(&name))).then_some(name)
}

#[cfg(test)]
mod tests {
    use clap::{ArgAction, Command};

    use super::{definition, variable};

    /// Flags that also have a name which is not ours.
    const VENDORS: [(&str, &str); 3] = [
        ("account-id", "ALIBABA_CLOUD_ACCOUNT_ID"),
        ("endpoint", "EVENTBRIDGE_ENDPOINT"),
        ("region", "ALIBABA_CLOUD_REGION_ID"),
    ];

    #[test]
    fn every_flag_has_a_variable() {
        let mut seen = 0;
        walk(&definition(), &mut |command, flag, env| {
            seen += 1;
            let vendors = VENDORS.iter().find(|(name, _)| *name == flag);
            let expected = vendors.map_or_else(|| variable(flag), |(_, own)| (*own).to_owned());
            assert_eq!(env, Some(expected.as_str()), "{command} --{flag}");
        });
        assert!(seen > 100, "{seen}");
    }

    #[test]
    fn no_secret_is_a_flag() {
        walk(&definition(), &mut |command, flag, _| {
            for word in ["password", "secret", "api-key", "token"] {
                assert!(!flag.ends_with(word), "{command} --{flag}");
            }
        });
    }

    fn walk(command: &Command, visit: &mut dyn FnMut(&str, &str, Option<&str>)) {
        for arg in command.get_arguments() {
            let is_built_in = matches!(arg.get_action(), ArgAction::Help | ArgAction::Version);
            if let Some(flag) = arg.get_long().filter(|_| !is_built_in) {
                visit(command.get_name(), flag, arg.get_env().and_then(|name| name.to_str()));
            }
        }
        for subcommand in command.get_subcommands() {
            walk(subcommand, visit);
        }
    }
}
