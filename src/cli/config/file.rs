//! Reads a configuration file: what it says, and everything that is wrong with it at once.

use std::path::Path;
use std::sync::Arc;

use cdc_checks::{Engine, Thresholds, properties};
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command};
use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue};

use super::key::{COMMANDS, Key, Keys, Kind};
use crate::gate::Waiver;
use crate::request::{Complaint, Problems, Source, Span};

/// The version of the file's layout.
pub(super) const VERSION: u32 = 1;

/// What a file says.
#[derive(Debug)]
pub(in crate::cli) struct Config {
    /// The file as it was found.
    pub(super) name: String,
    settings: Vec<Setting>,
    waivers: Vec<Arc<Waiver>>,
}

/// A key with its values.
#[derive(Debug)]
pub(in crate::cli) struct Setting {
    pub(super) key: Key,
    /// The table that it stands in; `None` at the top.
    pub(super) table: Option<String>,
    /// As they would be given on the command line, once for each time.
    pub(super) values: Vec<String>,
    /// Its line, from 1.
    pub(super) line: usize,
}

impl Config {
    /// Understands a file's text. Relative paths in it start at its folder.
    pub(super) fn parse(path: &Path, text: &str, definition: &Command) -> Result<Self, Problems> {
        let name = path.display().to_string();
        let mut source = Source::shown(&name, text);
        let document = DeTable::parse(text).map_err(|error| {
            // Nobody knows what is what: a value may be a secret that has no place here.
            source.hide_only(right_hand_sides(text));
            let span = error.span().unwrap_or(0..0);
            source.problems([Complaint::error(&span, error.message(), "")])
        })?;
        let keys = Keys::of(definition);
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut reader = Reader::new(&keys, folder, &name, text);
        reader.document(document.get_ref());
        source.hide_only(reader.unknown);
        match reader.complaints.is_empty() {
            true => Ok(Self { settings: reader.settings, waivers: reader.waivers, name }),
            false => Err(source.problems(reader.complaints)),
        }
    }

    /// The definition of the command line with the file's values as defaults.
    pub(super) fn beneath(&self, definition: Command) -> Command {
        COMMANDS.into_iter().fold(definition, |definition, name| {
            definition.mut_subcommand(name, |command| self.beneath_one(name, command))
        })
    }

    fn beneath_one(&self, name: &str, command: Command) -> Command {
        let with_default = |arg: Arg| match self.of(name, &arg) {
            Some(setting) => arg.default_values(setting.values.clone()),
            None => arg,
        };
        command.mut_args(with_default).mut_subcommands(|command| self.beneath_one(name, command))
    }

    /// What holds for a flag of a command.
    pub(super) fn of<'a>(&'a self, command: &'a str, arg: &Arg) -> Option<&'a Setting> {
        let is_it = |setting: &&Setting| setting.key.is(arg) && setting.key.kind() != Kind::Named;
        let within = |table| self.within(table).find(is_it);
        within(Some(command)).or_else(|| within(None))
    }

    /// What holds for a flag of a command that gives names their values, weakest first.
    pub(super) fn named<'a>(
        &'a self,
        command: &'a str,
        flag: &'a str,
    ) -> impl Iterator<Item = &'a Setting> {
        let is_it = move |setting: &&Setting| setting.flag() == flag;
        self.within(None).chain(self.within(Some(command))).filter(is_it)
    }

    /// The `[[waivers]]` that stand in the file.
    pub(super) fn waivers(&self) -> &[Arc<Waiver>] {
        &self.waivers
    }

    fn within<'a>(&'a self, table: Option<&'a str>) -> impl Iterator<Item = &'a Setting> {
        self.settings.iter().filter(move |setting| setting.table.as_deref() == table)
    }

    #[cfg(test)]
    pub(super) fn settings(&self) -> &[Setting] {
        &self.settings
    }
}

impl Setting {
    /// The name of the flag.
    pub(super) fn flag(&self) -> &str {
        self.key.name()
    }
}

/// The name and the value of each setting that gives one.
pub(in crate::cli) fn pairs<'a>(
    settings: impl Iterator<Item = &'a Setting>,
) -> impl Iterator<Item = (String, String)> {
    settings.flat_map(|setting| &setting.values).filter_map(|value| {
        value.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
    })
}

/// Everything behind an equals sign.
fn right_hand_sides(text: &str) -> Vec<Span> {
    let mut start = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(at) = line.find('=') {
            found.push(start + at + 1..start + line.trim_end().len());
        }
        start += line.len();
    }
    found
}

struct Reader<'a> {
    keys: &'a Keys,
    folder: &'a Path,
    name: &'a str,
    text: &'a str,
    settings: Vec<Setting>,
    waivers: Vec<Arc<Waiver>>,
    complaints: Vec<Complaint>,
    /// Values of unknown keys, which may be secrets.
    unknown: Vec<Span>,
}

impl<'a> Reader<'a> {
    fn new(keys: &'a Keys, folder: &'a Path, name: &'a str, text: &'a str) -> Self {
        let (settings, waivers, complaints, unknown) = Default::default();
        Self { keys, folder, name, text, settings, waivers, complaints, unknown }
    }

    fn document(&mut self, document: &DeTable<'_>) {
        match document.get("version") {
            Some(version) if is_version(version.get_ref()) => {}
            Some(version) => {
                let message = format!("this program reads version = {VERSION}");
                self.complain(&version.span(), message, "");
            }
            None => {
                let help = format!("Write version = {VERSION} at the top.");
                self.complain(&(0..0), "the file does not say its version".into(), &help);
            }
        }
        self.table(None, document);
    }

    fn table(&mut self, table: Option<&str>, content: &DeTable<'_>) {
        for (name, value) in content {
            let (key, span) = (name.get_ref().as_ref(), name.span());
            match (self.keys.find(table, key), value.get_ref()) {
                _ if table.is_none() && key == "version" => {}
                (_, DeValue::Table(inner)) if table.is_none() && COMMANDS.contains(&key) => {
                    self.table(Some(key), inner);
                }
                (Some(key), DeValue::Array(tables))
                    if key.name() == "waivers" && tables.iter().any(is_table) =>
                {
                    self.waivers(tables);
                }
                (Some(key), _) => self.key(table, key, &span, value),
                (None, _) => {
                    self.unknown.push(value.span());
                    let message = match table {
                        None => format!("there is no key {key}"),
                        Some(table) => format!("there is no key {key} in [{table}]"),
                    };
                    let help = self.keys.advice(table, key);
                    self.complain(&span, message, &help);
                }
            }
        }
        self.pair(content, "tls-cert", "tls-key");
        self.pair(content, "tls-key", "tls-cert");
    }

    /// Waivers that stand in this file and not in one of their own. They hold for every command.
    fn waivers(&mut self, tables: &DeArray<'_>) {
        match Waiver::read_tables(self.name, self.text, tables) {
            Ok(waivers) => self.waivers.extend(waivers),
            Err(complaints) => self.complaints.extend(complaints),
        }
    }

    /// One of two keys that are of use together only.
    fn pair(&mut self, content: &DeTable<'_>, one: &str, other: &str) {
        if let Some((name, _)) = content.get_key_value(one).filter(|_| !content.contains_key(other))
        {
            let span = name.span();
            self.complain(&span, format!("{one} stands without {other}"), "Give both.");
        }
    }

    fn key(&mut self, table: Option<&str>, key: &Key, span: &Span, value: &Spanned<DeValue<'_>>) {
        let texts = match key.kind() {
            Kind::Switch => match value.get_ref() {
                DeValue::Boolean(on) => Ok(vec![(on.to_string(), value.span())]),
                _ => Err((value.span(), "true or false")),
            },
            Kind::One => scalar(value).map(|text| vec![text]),
            Kind::Several => match value.get_ref() {
                DeValue::Array(values) => values.iter().map(scalar).collect(),
                _ => scalar(value).map(|text| vec![text]),
            },
            Kind::Named => match value.get_ref() {
                DeValue::Table(content) => named("", content),
                _ => Err((value.span(), "a table of names and values")),
            },
        };
        match texts {
            Ok(texts) => self.values(table, key, span, texts),
            Err((span, kind)) => {
                self.complain(&span, format!("{} takes {kind}", key.name()), "");
            }
        }
    }

    fn values(&mut self, table: Option<&str>, key: &Key, span: &Span, texts: Vec<(String, Span)>) {
        let mut values = Vec::new();
        for (text, place) in texts {
            let value = in_folder(key, text, self.folder);
            if let Err(reason) = accepted(key, &value) {
                self.complain(&place, format!("{}: {reason}", key.name()), "");
            }
            values.push(value);
        }
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let table = table.map(Into::into);
        self.settings.push(Setting { key: key.clone(), table, values, line });
    }

    fn complain(&mut self, span: &Span, message: String, help: &str) {
        self.complaints.push(Complaint::error(span, message, help));
    }
}

fn is_table(value: &Spanned<DeValue<'_>>) -> bool {
    matches!(value.get_ref(), DeValue::Table(_))
}

fn is_version(value: &DeValue<'_>) -> bool {
    matches!(value, DeValue::Integer(number) if integer(number) == Some(VERSION.into()))
}

fn integer(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

type Texts = Result<Vec<(String, Span)>, (Span, &'static str)>;

fn scalar(value: &Spanned<DeValue<'_>>) -> Result<(String, Span), (Span, &'static str)> {
    let text = match value.get_ref() {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => match integer(number) {
            Some(number) => number.to_string(),
            None => number.as_str().into(),
        },
        DeValue::Float(number) => number.as_str().into(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Boolean(_) | DeValue::Array(_) | DeValue::Table(_) => {
            return Err((value.span(), "a text or a number"));
        }
    };
    Ok((text, value.span()))
}

/// Names with dots in them are tables within tables for TOML.
fn named(prefix: &str, content: &DeTable<'_>) -> Texts {
    let mut texts = Vec::new();
    for (name, value) in content {
        let name = format!("{prefix}{}", name.get_ref());
        match value.get_ref() {
            DeValue::Table(inner) => texts.extend(named(&format!("{name}."), inner)?),
            DeValue::Boolean(on) => texts.push((format!("{name}={on}"), value.span())),
            _ => {
                let (text, span) = scalar(value)?;
                texts.push((format!("{name}={text}"), span));
            }
        }
    }
    Ok(texts)
}

fn in_folder(key: &Key, value: String, folder: &Path) -> String {
    match key.path_in(&value) {
        Some((head, path)) => format!("{head}{}", folder.join(path).display()),
        None => value,
    }
}

/// Whether the flag takes the value.
fn accepted(key: &Key, value: &str) -> Result<(), String> {
    let arg = Arg::new("value").long("value").value_parser(key.arg.get_value_parser().clone());
    let command = Command::new("value").no_binary_name(true).arg(arg);
    let parsed = command.try_get_matches_from([format!("--value={value}")]);
    parsed.map_err(|error| reason(&error))?;
    let Some((name, value)) = value.split_once('=').filter(|_| key.kind() == Kind::Named) else {
        return Ok(());
    };
    match key.name() {
        "threshold" => Thresholds::default().set(name, value).map_err(|error| error.to_string()),
        "property" => {
            let known = || [Engine::Postgres, Engine::MySql].into_iter().flat_map(properties);
            if known().any(|property| property == name) {
                return Ok(());
            }
            let near = cdc_checks::request::fields::nearest(name, known());
            let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            Err(format!("no connector has the property {name}{near}"))
        }
        _ => Ok(()),
    }
}

fn reason(error: &clap::Error) -> String {
    if let Some(source) = std::error::Error::source(error) {
        return source.to_string();
    }
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) => format!("one of {} is needed", values.join(", ")),
        _ => "this value cannot be used".into(),
    }
}
