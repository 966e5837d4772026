//! What the user says of the connector, on top of the request.

use cdc_checks::facts::request::Request;
use cdc_checks::{BadSetting, ConnectorProfile, Engine, Intent, PublicationCreation, Text};
use clap::Args;

use super::config::{self, Setting};

/// The connector that will read the changes, and from which figures on something is told.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connector")]
pub(crate) struct ConnectorArgs {
    /// What is assumed of the connector that will read the changes
    #[arg(long, value_name = "PROFILE", default_value = "eventbridge",
          value_parser = ["eventbridge", "debezium"])]
    connector: String,
    /// The publication that it reads, instead of one that it creates (PostgreSQL)
    #[arg(long, value_name = "NAME")]
    publication: Option<String>,
    /// The replication slot that it uses (PostgreSQL)
    #[arg(long, value_name = "NAME")]
    slot: Option<String>,
    /// What it does with rows that exist already, instead of what the request says: initial,
    /// initial_only, always, never, no_data or when_needed
    #[arg(long, value_name = "MODE")]
    snapshot_mode: Option<String>,
    /// What a property of the connector says, by its own name, for example
    /// decimal.handling.mode=string; may be repeated
    #[arg(long = "property", value_name = "NAME=VALUE", value_parser = setting)]
    properties: Vec<(String, String)>,
    /// From which figure on a check warns or fails, for example wal_keep_warn_hours=48; may be
    /// repeated
    #[arg(long = "threshold", value_name = "NAME=NUMBER", value_parser = setting)]
    thresholds: Vec<(String, String)>,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it has the form NAME=VALUE")?;
    Ok((name.into(), value.into()))
}

impl ConnectorArgs {
    /// Puts what the configuration file says beneath what the flags say.
    pub(crate) fn beneath<'a>(
        &mut self,
        thresholds: impl Iterator<Item = &'a Setting>,
        properties: impl Iterator<Item = &'a Setting>,
    ) {
        self.thresholds.splice(0..0, config::pairs(thresholds));
        self.properties.splice(0..0, config::pairs(properties));
    }

    /// What is wanted of each request's source. A property that only one engine's connector has
    /// concerns the requests of that engine.
    ///
    /// # Errors
    /// What cannot be set, for people.
    pub(crate) fn intents(&self, requests: &[&Request]) -> Result<Vec<Intent>, String> {
        requests.iter().map(|request| self.intent(request, requests)).collect()
    }

    fn intent(&self, request: &Request, all: &[&Request]) -> Result<Intent, String> {
        let mut intent = Intent::of(request);
        intent.profile = ConnectorProfile::named(&self.connector)
            .ok_or_else(|| format!("there is no connector {:?}", self.connector))?;
        if let Some(name) = self.slot.as_deref().filter(|_| intent.engine == Engine::Postgres) {
            intent.profile.slot_name = Some(Text::new(name));
        }
        if let Some(name) = &self.publication {
            let plan = &mut intent.profile.publications;
            plan.named = vec![Text::new(name)];
            // Whoever names one has made it, unless the profile knows better.
            if plan.creates == PublicationCreation::Assumed {
                plan.creates = PublicationCreation::Never;
            }
        }
        if let Some(mode) = &self.snapshot_mode {
            intent
                .set_property("snapshot.mode", mode)
                .map_err(|error| said("snapshot-mode", &error))?;
        }
        for (name, value) in &self.properties {
            match intent.set_property(name, value) {
                Err(BadSetting::OfOtherEngine { engine, .. })
                    if all.iter().any(|other| other.operation.engine() == engine) => {}
                set => set.map_err(|error| said("property", &error))?,
            }
        }
        for (name, value) in &self.thresholds {
            intent.thresholds.set(name, value).map_err(|error| said("threshold", &error))?;
        }
        Ok(intent)
    }
}

fn said(what: &str, error: &BadSetting) -> String {
    format!("--{what}: {error}")
}
