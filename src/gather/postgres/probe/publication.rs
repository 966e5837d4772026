//! Whether the account may create a publication, where only a trial tells: what an administrative
//! role of a managed service may do differs from service to service.

use cdc_checks::facts::postgres::ProbedPublication;
use cdc_checks::quote::postgres::ident;
use cdc_checks::{Missing, PublicationCreation};
use futures_util::future::join;

use crate::gather::LiveProbe;
use crate::gather::postgres::{Visit, queries};

const WHAT: &str = "the creation of a publication";

/// Creates a publication in a transaction that is rolled back: no other session ever sees it, so
/// that nobody's writes depend on it, and nothing of it stays.
pub(super) async fn attempt(
    visit: &Visit<'_>,
    is_standby: bool,
) -> Result<ProbedPublication, Missing> {
    let Visit { session, target, want, bounds } = *visit;
    let plan = want.profile.publications.creates;
    let why = match (target.probing.when, plan) {
        (_, PublicationCreation::Never) => Some("the connector creates none"),
        (LiveProbe::Always, _) if is_standby => Some("nothing can be written on a standby"),
        (LiveProbe::Always, _) => None,
        _ => Some("it is tried with `--probe always` only"),
    };
    if let Some(why) = why {
        return Err(Missing::NotAsked { what: WHAT.into(), why: why.into() });
    }
    let all_tables = plan == PublicationCreation::AllTables;
    let name = ident(&format!("cdc_preflight_{}", uuid::Uuid::new_v4().simple()));
    let scope = if all_tables { " for all tables" } else { "" };
    let create = format!("{}; create publication {name}{scope}", bounds.begin_to_write());
    let client = &session.client;
    let statements = async {
        let (created, _) =
            join(client.batch_execute(&create), client.batch_execute("rollback")).await;
        created
    };
    queries::in_time(bounds, WHAT, statements).await?;
    Ok(ProbedPublication { all_tables })
}
