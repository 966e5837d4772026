//! The slot that the connector uses, where its name is known.

use crate::facts::Postgres;
use crate::facts::postgres::Slot;
use crate::quote::postgres::literal;
use crate::{Intent, Missing, Step, Text};

/// Why a check of the slot does not concern a connector.
pub(super) const UNNAMED: &str = "Which slot the connector uses is not known.";

/// Why a check of an existing slot does not concern a server.
pub(super) const ABSENT: &str = "The slot is not there yet.";

/// The slot's name.
pub(super) fn name(want: &Intent) -> Option<&str> {
    want.profile.slot_name.as_ref().map(Text::untrusted)
}

/// The slot of that name, if there is one.
pub(super) fn named<'a>(db: &'a Postgres, name: &str) -> Result<Option<&'a Slot>, Missing> {
    Ok(db.server()?.all_slots()?.iter().find(|slot| slot.name.untrusted() == name))
}

/// The step that drops a slot.
pub(super) fn drop_slot(name: &str) -> Step {
    Step::dba(format!("SELECT pg_drop_replication_slot({});", literal(name)))
}
