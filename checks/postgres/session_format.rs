//! Values are written as the connector reads them.

use super::session::{attach, is_attached, login_role};
use crate::facts::Postgres;
use crate::facts::postgres::Server;
use crate::{Check, Cost, Finding, Intent, Level, Missing, Outcome, Remedy, Step, Text, Verdict};

pub(crate) const CHECK: Check<Postgres> = Check {
    id: "postgres/session-format",
    title: "values are written as usual",
    level: Level::Recommended,
    tags: &["data", "settings"],
    doc: include_str!("session_format.md"),
    judge,
    remedy,
};

/// The settings that decide how values are written, with what connectors expect.
const FORMATS: [(&str, &str); 4] = [
    ("DateStyle", "ISO"),
    ("IntervalStyle", "postgres"),
    ("bytea_output", "hex"),
    ("extra_float_digits", "1"),
];

fn judge(db: &Postgres, _: &Intent) -> Result<Verdict, Missing> {
    let server = db.server()?;
    let mut unusual: Vec<String> = Vec::new();
    for (name, _) in other_formats(server)? {
        unusual.push(format!("{name} = {}", server.setting_text(name)?));
    }
    if let Some(encoding) = foreign_encoding(server) {
        unusual.push(format!("client_encoding = {encoding}"));
    }
    if unusual.is_empty() {
        return Ok(usual(server)?.into());
    }
    Ok(Finding::server(Outcome::Warn)
        .expected("the formats that the server has by itself")
        .observed(unusual.join(", "))
        .because(
            "Values in the stream are written by the settings of the account: dates, intervals, \
             numbers or bytes come out in a form that consumers may not read, or are rounded.",
        )
        .into())
}

fn usual(server: &Server) -> Result<Finding, Missing> {
    let finding = Finding::server(Outcome::Pass);
    let zone = server.setting("TimeZone")?;
    if !is_attached(zone) {
        return Ok(finding);
    }
    let name = zone.value.as_ref().map_or("", Text::untrusted);
    Ok(finding.because(format!("Times with a zone are written in the zone {name}.")))
}

/// The settings that are other than expected. What the client itself asked for is this visit's.
fn other_formats(server: &Server) -> Result<Vec<(&'static str, &'static str)>, Missing> {
    let mut found = Vec::new();
    for (name, expected) in FORMATS {
        let value = server.setting_text(name)?;
        let is_usual = match name {
            "DateStyle" => value.starts_with(expected),
            "extra_float_digits" => server.setting_number(name)? >= 1 || server.major() < 12,
            _ => value == expected,
        };
        if !is_usual && server.setting(name)?.source != "client" {
            found.push((name, expected));
        }
    }
    Ok(found)
}

fn foreign_encoding(server: &Server) -> Option<&str> {
    let encoding = server.attached_client_encoding.as_ref()?.untrusted();
    let plain = encoding.replace(['-', '_'], "").to_ascii_uppercase();
    (!matches!(plain.as_str(), "UTF8" | "UNICODE")).then_some(encoding)
}

fn remedy(_: &Finding, db: &Postgres, want: &Intent) -> Remedy {
    let Ok(server) = db.server() else { return Remedy::none() };
    let formats = other_formats(server).unwrap_or_default();
    let remedy = formats
        .into_iter()
        .fold(Remedy::none(), |remedy, (name, value)| remedy.then(attach(db, want, name, value)));
    if foreign_encoding(server).is_none() {
        return remedy;
    }
    let role = login_role(db, want);
    remedy.then(
        Step::dba(format!("ALTER ROLE {role} SET client_encoding = 'UTF8';"))
            .undo(format!("ALTER ROLE {role} RESET client_encoding;"))
            .costs(Cost::Reconnect),
    )
}
