//! What is known of a connector, by the names of its own properties.

use std::fmt;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error;

use super::{Engine, IdentityAutoset, Intent, PublicationCreation, SkippedOperations, Thresholds};
use crate::Text;

/// A property that decides on a verdict or on what events hold.
struct Property {
    name: &'static str,
    /// The engine whose connector has it; `None` where both have.
    engine: Option<Engine>,
    set: fn(&mut Intent, &str) -> Result<(), String>,
}

const fn of_both(name: &'static str, set: fn(&mut Intent, &str) -> Result<(), String>) -> Property {
    Property { name, engine: None, set }
}

const fn of_mysql(
    name: &'static str,
    set: fn(&mut Intent, &str) -> Result<(), String>,
) -> Property {
    Property { name, engine: Some(Engine::MySql), set }
}

const fn of_postgres(
    name: &'static str,
    set: fn(&mut Intent, &str) -> Result<(), String>,
) -> Property {
    Property { name, engine: Some(Engine::Postgres), set }
}

/// Every property that is understood, by name.
const PROPERTIES: &[Property] = &[
    of_mysql("bigint.unsigned.handling.mode", |intent, value| {
        put(&mut intent.profile.conversion.bigint_unsigned, value)
    }),
    of_both("binary.handling.mode", |intent, value| {
        put(&mut intent.profile.conversion.binary, value)
    }),
    of_mysql("database.server.id", |intent, value| {
        intent.profile.server_id = Some(number(value)?);
        Ok(())
    }),
    of_both("decimal.handling.mode", |intent, value| {
        put(&mut intent.profile.conversion.decimal, value)
    }),
    of_both("heartbeat.interval.ms", |intent, value| {
        intent.profile.heartbeat = number::<u32>(value)? > 0;
        Ok(())
    }),
    of_postgres("hstore.handling.mode", |intent, value| {
        put(&mut intent.profile.conversion.hstore, value)
    }),
    of_mysql("include.schema.changes", |intent, value| {
        put_truth(&mut intent.profile.schema_changes, value)
    }),
    of_postgres("include.unknown.datatypes", |intent, value| {
        put_truth(&mut intent.profile.conversion.unknown_types, value)
    }),
    of_postgres("interval.handling.mode", |intent, value| {
        put(&mut intent.profile.conversion.interval, value)
    }),
    of_postgres("money.fraction.digits", |intent, value| {
        intent.profile.conversion.money_fraction_digits = number(value)?;
        Ok(())
    }),
    of_postgres("plugin.name", |intent, value| {
        intent.profile.output_plugin = some_text(value)?.into();
        Ok(())
    }),
    of_both("provide.transaction.metadata", |intent, value| {
        put_truth(&mut intent.profile.transaction_metadata, value)
    }),
    of_postgres("publication.autocreate.mode", publication_creation),
    of_postgres("publication.name", |intent, value| {
        intent.profile.publications.named = vec![Text::new(some_text(value)?)];
        Ok(())
    }),
    of_postgres("publish.via.partition.root", |intent, value| {
        put_truth(&mut intent.profile.publications.via_root, value)
    }),
    of_postgres("replica.identity.autoset.values", |intent, value| {
        intent.profile.identity_autoset = IdentityAutoset::read(value)?;
        Ok(())
    }),
    of_both("skipped.operations", skipped_operations),
    of_postgres("slot.failover", |intent, value| {
        put_truth(&mut intent.profile.failover_slot, value)
    }),
    of_postgres("slot.name", |intent, value| {
        intent.profile.slot_name = Some(Text::new(value));
        Ok(())
    }),
    of_mysql("snapshot.locking.mode", |intent, value| {
        put(&mut intent.profile.snapshot_locking, value)
    }),
    of_both("snapshot.mode", |intent, value| put(&mut intent.snapshot, value)),
    of_both("time.precision.mode", |intent, value| put(&mut intent.profile.conversion.time, value)),
    of_both("tombstones.on.delete", |intent, value| {
        put_truth(&mut intent.profile.tombstones, value)
    }),
    of_both("unavailable.value.placeholder", |intent, value| {
        intent.profile.conversion.placeholder = value.into();
        Ok(())
    }),
    of_both("value.converter.replace.null.with.default", |intent, value| {
        put_truth(&mut intent.profile.conversion.null_as_default, value)
    }),
];

/// The names of the properties that are understood for an engine, in order.
pub fn properties(engine: Engine) -> impl Iterator<Item = &'static str> {
    let has = move |property: &&Property| property.engine.is_none_or(|own| own == engine);
    PROPERTIES.iter().filter(has).map(|property| property.name)
}

impl Intent {
    /// Sets what a property of the connector says.
    ///
    /// # Errors
    /// A name that no connector of this engine has, or a value that the property does not take.
    pub fn set_property(&mut self, name: &str, value: &str) -> Result<(), BadSetting> {
        let Some(property) = PROPERTIES.iter().find(|property| property.name == name) else {
            return Err(BadSetting::unknown(name, properties(self.engine)));
        };
        if let Some(engine) = property.engine.filter(|engine| *engine != self.engine) {
            return Err(BadSetting::OfOtherEngine { name: name.into(), engine });
        }
        (property.set)(self, value).map_err(|reason| BadSetting::value(name, value, reason))
    }
}

impl Thresholds {
    /// Sets a threshold by its name.
    ///
    /// # Errors
    /// A name that no threshold has, or a value that is no number of its range.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), BadSetting> {
        let mut all = match serde_json::to_value(&*self) {
            Ok(serde_json::Value::Object(all)) => all,
            _ => serde_json::Map::new(),
        };
        if !all.contains_key(name) {
            return Err(BadSetting::unknown(name, all.keys().map(String::as_str)));
        }
        let bad = |reason| BadSetting::value(name, value, reason);
        all.insert(name.into(), number::<u64>(value).map_err(bad)?.into());
        *self = serde_json::from_value(all.into())
            .map_err(|_| bad("it is larger than anything that is measured".into()))?;
        Ok(())
    }
}

/// A property or threshold that cannot be set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BadSetting {
    /// There is none of this name.
    Unknown {
        /// The name that was given.
        name: String,
        /// A name that exists and looks like it.
        near: Option<String>,
    },
    /// The property is one of the other engine's connector.
    OfOtherEngine {
        /// The property.
        name: String,
        /// The engine whose connector has it.
        engine: Engine,
    },
    /// It does not take this value.
    Value {
        /// The property or threshold.
        name: String,
        /// The value that was given.
        value: String,
        /// What it takes.
        reason: String,
    },
}

impl BadSetting {
    fn unknown<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Self {
        let nearness = |known: &&str| (strsim::jaro_winkler(known, name) * 1000.0) as u32;
        let near = names.filter(|known| nearness(known) > 800).max_by_key(nearness);
        Self::Unknown { name: name.into(), near: near.map(Into::into) }
    }

    fn value(name: &str, value: &str, reason: String) -> Self {
        Self::Value { name: name.into(), value: value.into(), reason }
    }
}

impl fmt::Display for BadSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, near: Some(near) } => {
                write!(f, "there is no {name:?}; did you mean {near}?")
            }
            Self::Unknown { name, near: None } => write!(f, "there is no {name:?}"),
            Self::OfOtherEngine { name, engine } => {
                write!(f, "{name} belongs to the connector of {}", engine.as_str())
            }
            Self::Value { name, value, reason } => {
                write!(f, "{name} does not take {value:?}: {reason}")
            }
        }
    }
}

impl std::error::Error for BadSetting {}

/// Sets an enumeration by its word.
fn put<'de, T: Deserialize<'de>>(place: &mut T, word: &'de str) -> Result<(), String> {
    let value: Result<T, Error> = T::deserialize(word.into_deserializer());
    *place = value.map_err(|error| error.to_string().replace('`', ""))?;
    Ok(())
}

fn put_truth(place: &mut bool, word: &str) -> Result<(), String> {
    *place = word.parse().map_err(|_| "it is true or false".to_string())?;
    Ok(())
}

fn number<T: std::str::FromStr>(value: &str) -> Result<T, String> {
    value.parse().map_err(|_| "it is a whole number within its range".into())
}

fn some_text(value: &str) -> Result<&str, String> {
    if value.is_empty() { Err("it is not empty".into()) } else { Ok(value) }
}

fn publication_creation(intent: &mut Intent, value: &str) -> Result<(), String> {
    intent.profile.publications.creates = match value {
        "all_tables" => PublicationCreation::AllTables,
        "filtered" => PublicationCreation::SelectedTables,
        "disabled" => PublicationCreation::Never,
        _ => return Err("it is one of all_tables, disabled, filtered".into()),
    };
    Ok(())
}

fn skipped_operations(intent: &mut Intent, value: &str) -> Result<(), String> {
    let mut skips =
        SkippedOperations { create: false, update: false, delete: false, truncate: false };
    for word in value.split(',').map(str::trim) {
        match word {
            "c" => skips.create = true,
            "u" => skips.update = true,
            "d" => skips.delete = true,
            "t" => skips.truncate = true,
            "none" => {}
            _ => return Err("it is a list of c, u, d, t, or none".into()),
        }
    }
    intent.profile.skips = skips;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;
    use crate::DecimalHandling;
    use crate::facts::Request;
    use crate::facts::request::Operation;

    fn intent(operation: Operation) -> Intent {
        Intent::of(&Request { operation, fields: Default::default(), quick_look: false })
    }

    #[test]
    fn properties_are_in_order_and_set_what_they_name() {
        let names: Vec<_> = PROPERTIES.iter().map(|property| property.name).collect();
        assert!(names.is_sorted());
        let mut intent = intent(Operation::ConfigurePostgreSqlSource);
        intent.set_property("decimal.handling.mode", "string").unwrap();
        intent.set_property("skipped.operations", "none").unwrap();
        assert_eq!(intent.profile.conversion.decimal, DecimalHandling::String);
        assert!(!intent.profile.skips.truncate);
    }

    #[test]
    fn what_cannot_be_set_says_why() {
        let mut intent = intent(Operation::ConfigurePostgreSqlSource);
        let mut said = |name, value| intent.set_property(name, value).unwrap_err().to_string();
        assert_eq!(
            said("decimal.handling.mod", "string"),
            "there is no \"decimal.handling.mod\"; did you mean decimal.handling.mode?"
        );
        assert_eq!(
            said("decimal.handling.mode", "float"),
            "decimal.handling.mode does not take \"float\": unknown variant float, expected one \
             of precise, double, string"
        );
        assert_eq!(
            said("bigint.unsigned.handling.mode", "long"),
            "bigint.unsigned.handling.mode belongs to the connector of mysql"
        );
        assert_eq!(said("zz", ""), "there is no \"zz\"");
    }

    #[test]
    fn thresholds_are_set_by_name() {
        let mut thresholds = Thresholds::default();
        thresholds.set("wal_keep_warn_hours", "48").unwrap();
        assert_eq!(thresholds.wal_keep_warn_hours, 48);
        assert!(thresholds.set("wal_keep_warn_hour", "48").is_err());
        assert!(thresholds.set("wal_keep_warn_hours", "-1").is_err());
        assert!(thresholds.set("wal_keep_warn_hours", "99999999999999").is_err());
    }
}
