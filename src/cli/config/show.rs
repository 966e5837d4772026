//! `config show`: what holds for a command, and which of flag, variable, file and default says so.

use std::ffi::OsString;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, ValueEnum};
use serde_json::{Value, json};

use super::file::{Config, Setting};
use super::key::{Kind, kind};
use super::{FileArgs, matched, typed};
use crate::Exit;
use crate::cli::Stopped;
use crate::cli::definition::definition;
use crate::cli::tell::Terminal;

pub(super) const EXAMPLES: &str = "\
Examples:
  cdc-preflight config show --origin
  cdc-preflight config show --origin configure --endpoint http://127.0.0.1:8400
  cdc-preflight config show --format json events";

#[derive(Args, Debug)]
pub(crate) struct ShowArgs {
    /// Also show what is not set, and where each value comes from
    #[arg(long)]
    origin: bool,
    /// How to print it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// The command, with flags that are to be taken into account
    #[arg(
        value_name = "COMMAND",
        default_value = "check",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    command: Vec<OsString>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// As the lines of a configuration file
    #[default]
    Toml,
    /// A JSON array
    Json,
}

/// Who says what a value is.
#[derive(Clone)]
enum Origin {
    Flag,
    Variable(String),
    File { name: String, line: usize },
    Default,
    Nobody,
}

struct Row {
    flag: String,
    values: Vec<String>,
    kind: Kind,
    origin: Origin,
}

pub(super) fn run(args: &ShowArgs, file: &FileArgs, terminal: &Terminal) -> Result<Exit, Stopped> {
    let mut arguments = vec![OsString::from("cdc-preflight")];
    arguments.extend(args.command.iter().cloned());
    let definition = without_request(definition());
    let matches = matched(definition.clone(), &arguments)?;
    let file = typed::<FileArgs>(&matches)?.or(file);
    let config = Config::find(&file, terminal)?;
    let definition = match &config {
        Some(config) => config.beneath(definition),
        None => definition,
    };
    let matches = matched(definition.clone(), &arguments)?;
    let Some((name, _)) = matches.subcommand() else { return Ok(Exit::Open) };
    let (command, inner) = innermost(&definition, &matches);
    let view = View { name, config: config.as_ref(), matches: inner };
    let flags = command.get_arguments().filter(|arg| arg.get_long().is_some());
    let rows = flags.filter(|arg| !arg.is_global_set()).flat_map(|arg| view.rows(arg));
    let rows: Vec<Row> =
        rows.filter(|row| args.origin || !matches!(row.origin, Origin::Nobody)).collect();
    terminal.print(&match args.format {
        Format::Toml => toml(&rows, args.origin),
        Format::Json => format!("{:#}\n", rows.iter().map(Row::json).collect::<Value>()),
    })?;
    Ok(Exit::Open)
}

/// What a command is about need not be given.
fn without_request(command: Command) -> Command {
    let optional = |arg: Arg| match arg.is_positional() {
        true => arg.required(false).required_unless_present(clap::builder::Resettable::Reset),
        false => arg,
    };
    command.mut_args(optional).mut_subcommands(without_request)
}

fn innermost<'a>(
    definition: &'a Command,
    matches: &'a ArgMatches,
) -> (&'a Command, &'a ArgMatches) {
    let inner = matches.subcommand();
    match inner.and_then(|(name, inner)| Some((definition.find_subcommand(name)?, inner))) {
        Some((command, inner)) => innermost(command, inner),
        None => (definition, matches),
    }
}

struct View<'a> {
    /// The command's name, the first word where it has two.
    name: &'a str,
    config: Option<&'a Config>,
    matches: &'a ArgMatches,
}

impl View<'_> {
    fn rows(&self, arg: &Arg) -> Vec<Row> {
        let (flag, kind) = (arg.get_long().unwrap_or_default(), kind(arg));
        let given = self.matches.get_raw(arg.get_id().as_str()).into_iter().flatten();
        let values: Vec<String> = given.map(|value| value.to_string_lossy().into()).collect();
        let row = Row { flag: flag.into(), values, kind, origin: self.origin(arg) };
        if kind != Kind::Named {
            return vec![row];
        }
        let given = row.values.iter().map(|value| (value.clone(), row.origin.clone()));
        let said = self.config.into_iter().flat_map(|config| config.named(self.name, flag));
        let said = said.flat_map(|setting| {
            setting.values.iter().map(|value| (value.clone(), self.in_file(setting)))
        });
        let rows: Vec<Row> = last_of_each(said.chain(given))
            .into_iter()
            .map(|(value, origin)| Row { flag: flag.into(), values: vec![value], kind, origin })
            .collect();
        if rows.is_empty() { vec![row] } else { rows }
    }

    fn origin(&self, arg: &Arg) -> Origin {
        match self.matches.value_source(arg.get_id().as_str()) {
            None => Origin::Nobody,
            Some(ValueSource::CommandLine) => Origin::Flag,
            Some(ValueSource::EnvVariable) => {
                let name = arg.get_env().unwrap_or_default();
                Origin::Variable(name.to_string_lossy().into())
            }
            Some(_) => {
                let said = self.config.and_then(|config| config.of(self.name, arg));
                said.map_or(Origin::Default, |setting| self.in_file(setting))
            }
        }
    }

    fn in_file(&self, setting: &Setting) -> Origin {
        let name = self.config.map(|config| config.name.clone()).unwrap_or_default();
        Origin::File { name, line: setting.line }
    }
}

/// Of values `NAME=VALUE` the last of each name, at the place of the first.
fn last_of_each(all: impl Iterator<Item = (String, Origin)>) -> Vec<(String, Origin)> {
    let name = |value: &str| value.split('=').next().unwrap_or_default().to_owned();
    let mut last: Vec<(String, Origin)> = Vec::new();
    for (value, origin) in all {
        match last.iter_mut().find(|(before, _)| name(before) == name(&value)) {
            Some(before) => *before = (value, origin),
            None => last.push((value, origin)),
        }
    }
    last
}

impl Row {
    /// The line of a file that says the same.
    fn line(&self) -> String {
        let values: Vec<String> =
            self.values.iter().map(|value| literal(&without_user(value))).collect();
        match (self.kind, self.values.as_slice()) {
            (_, []) => format!("# {}", self.flag),
            (Kind::Named, [value, ..]) => {
                let (name, value) = value.split_once('=').unwrap_or((value, ""));
                format!("{}.{name:?} = {}", self.flag, literal(value))
            }
            (Kind::Several, _) => format!("{} = [{}]", self.flag, values.join(", ")),
            _ => format!("{} = {}", self.flag, values.concat()),
        }
    }

    fn json(&self) -> Value {
        let values: Vec<String> = self.values.iter().map(|value| without_user(value)).collect();
        json!({ "key": self.flag, "values": values, "origin": self.origin.json() })
    }
}

impl Origin {
    fn words(&self) -> String {
        match self {
            Self::Flag => "flag".into(),
            Self::Variable(name) => format!("variable {}", name.escape_debug()),
            Self::File { name, line } => format!("file {}:{line}", name.escape_debug()),
            Self::Default => "default".into(),
            Self::Nobody => "not set".into(),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Flag => json!({ "kind": "flag" }),
            Self::Variable(name) => json!({ "kind": "variable", "name": name }),
            Self::File { name, line } => json!({ "kind": "file", "name": name, "line": line }),
            Self::Default => json!({ "kind": "default" }),
            Self::Nobody => json!({ "kind": "not-set" }),
        }
    }
}

fn toml(rows: &[Row], with_origin: bool) -> String {
    let lines: Vec<String> = rows.iter().map(Row::line).collect();
    let widths = lines.iter().map(|line| line.chars().count());
    let width = widths.filter(|width| *width <= 44).max().unwrap_or_default();
    let lines = lines.iter().zip(rows).map(|(line, row)| match with_origin {
        true => format!("{line:<width$}  # {}\n", row.origin.words()),
        false => format!("{line}\n"),
    });
    lines.collect()
}

/// A number or a truth as it is, anything else in quotes.
fn literal(value: &str) -> String {
    let is_plain = value.parse::<i64>().is_ok() || matches!(value, "true" | "false");
    if is_plain { value.into() } else { format!("{value:?}") }
}

/// An address without the user and the password that have no place in it.
fn without_user(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.into() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest.get(..end).and_then(|authority| authority.rfind('@')) {
        Some(at) => format!("{scheme}://***{}", rest.get(at..).unwrap_or_default()),
        None => value.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{literal, without_user};

    #[test]
    fn an_address_is_shown_without_its_user() {
        assert_eq!(without_user("https://a:b@c/d@e"), "https://***@c/d@e");
        assert_eq!(without_user("https://c/d@e"), "https://c/d@e");
        assert_eq!(without_user("json=out.json"), "json=out.json");
    }

    #[test]
    fn a_text_is_quoted_and_cannot_act_on_a_terminal() {
        assert_eq!(literal("15"), "15");
        assert_eq!(literal("a\u{1b}[31m\u{202e}"), "\"a\\u{1b}[31m\\u{202e}\"");
    }
}
