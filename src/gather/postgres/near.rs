//! Which tables may have been meant by names that were not found.

use cdc_checks::facts::postgres::AbsentTable;
use cdc_checks::{TableName, Text};

use super::connect::Session;
use super::queries::{self, Bounds};

const NEAR_NAMES: &str = include_str!("../sql/postgres_near_names.sql");

/// How many names are worth showing.
const SHOWN: usize = 3;

/// Fills in the near names: one round trip for all absent tables.
pub(super) async fn search(session: &Session, absent: &mut [AbsentTable], bounds: Bounds) {
    let names: Vec<&str> = absent.iter().map(|table| table.name.name.untrusted()).collect();
    let found = queries::run_one(session, bounds, "near names", NEAR_NAMES, &[&names]).await;
    // A courtesy: without near names the table is missing all the same.
    let candidates: Vec<TableName> = found.unwrap_or_default();
    for table in absent {
        table.near = nearest(&table.name, &candidates);
    }
}

/// The nearest candidates first: the same name elsewhere or in another case, then few typing
/// errors; among equals the same schema first, then by name.
fn nearest(wanted: &TableName, candidates: &[TableName]) -> Vec<TableName> {
    let mut ranked: Vec<(usize, bool, &TableName)> = candidates
        .iter()
        .filter_map(|candidate| {
            let distance = distance(&wanted.name, &candidate.name)?;
            Some((distance, wanted.schema != candidate.schema, candidate))
        })
        .collect();
    ranked.sort();
    ranked.into_iter().take(SHOWN).map(|(_, _, candidate)| candidate.clone()).collect()
}

/// Typing errors between two names, case aside; `None` where they are too many for one name to
/// have been meant by the other.
fn distance(wanted: &Text, candidate: &Text) -> Option<usize> {
    let (wanted, candidate) =
        (wanted.untrusted().to_lowercase(), candidate.untrusted().to_lowercase());
    let distance = strsim::osa_distance(&wanted, &candidate);
    let tolerated = (wanted.chars().count() / 3).min(3);
    (distance <= tolerated).then_some(distance)
}

#[cfg(test)]
mod tests {
    use cdc_checks::TableName;

    use super::nearest;

    #[test]
    fn the_nearest_name_comes_first() {
        let candidates = [
            TableName::new("archive", "orders"),
            TableName::new("public", "Orders"),
            TableName::new("public", "order"),
            TableName::new("public", "products"),
        ];
        let near = nearest(&TableName::new("public", "orders"), &candidates);
        let names: Vec<_> = near.iter().map(|name| name.display()).collect();
        let names: Vec<_> = names.iter().map(|name| name.untrusted()).collect();
        assert_eq!(names, ["public.Orders", "archive.orders", "public.order"]);
    }
}
