//! Lists in pages.

use uuid::Uuid;

use crate::serve::problem::{Kind, Problem};
use crate::serve::service::Service;
use crate::serve::store::{Filter, Preflight};

/// Preflights, the newest first.
pub(in crate::serve) struct Page {
    pub(in crate::serve) items: Vec<Preflight>,
    /// The `before` of the next page; `None` at the end.
    pub(in crate::serve) next: Option<Uuid>,
}

/// A page of so many preflights, 50 where nothing is said.
pub(super) async fn of(
    service: &Service,
    filter: Filter,
    limit: Option<u32>,
) -> Result<Page, Problem> {
    let limit = limit.unwrap_or(50);
    if !(1..=200).contains(&limit) {
        return Err(Problem::new(Kind::BadRequest, "limit is not within 1 to 200."));
    }
    let mut items = service.store.preflights(Filter { limit: limit + 1, ..filter }).await?;
    let limit = limit as usize;
    let next = (items.len() > limit).then(|| items.get(limit - 1).map(|last| last.id)).flatten();
    items.truncate(limit);
    Ok(Page { items, next })
}
