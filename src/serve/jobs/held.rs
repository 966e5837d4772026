//! The rules under which a preflight was judged. They are kept with what it found: a report does
//! not change when waivers do later.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::gate::{Rules, Waiver};
use crate::preflight::{self, Examined};
use crate::serve::store::{NamedWaiver, Store, StoreError};

/// The waivers that there were, and when that was.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Held {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    waivers: Vec<NamedWaiver>,
    /// When it was judged: on that day a waiver held, or did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    judged_at: Option<Timestamp>,
}

impl Held {
    /// The rules of now.
    pub(crate) async fn now(store: &dyn Store) -> Result<Self, StoreError> {
        let waivers = store.waivers().await?.into_iter().map(|stored| stored.named).collect();
        Ok(Self { waivers, judged_at: Some(Timestamp::now()) })
    }

    /// Lays the rules over what was found in every database, and keeps what is about one of them.
    pub(crate) fn over(mut self, examined: Vec<Examined>) -> (Vec<Examined>, Self) {
        let targets: Vec<String> = examined.iter().map(Examined::name).collect();
        let mut waivers = Vec::new();
        self.waivers.retain(|named| {
            let Some(waiver) = read(named) else { return false };
            let is_about_one = targets.iter().any(|target| waiver.target.matches(target));
            if is_about_one {
                waivers.push(Arc::new(waiver));
            }
            is_about_one
        });
        let Some(judged_at) = self.judged_at.filter(|_| !waivers.is_empty()) else {
            return (examined, Self::default());
        };
        let rules = Rules { waivers, ..Rules::default() };
        (preflight::all_under(examined, &rules, judged_at), self)
    }
}

/// The waiver, as far as this version knows its check: of one that is gone nothing is found.
fn read(named: &NamedWaiver) -> Option<Waiver> {
    let read = named.waiver.read(format!("/v1/waivers/{}", named.name));
    read.inspect_err(|faults| tracing::warn!(name = named.name, ?faults, "a waiver is passed over"))
        .ok()
}
