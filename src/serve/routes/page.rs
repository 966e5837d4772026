//! Lists in pages.

use uuid::Uuid;

use crate::serve::problem::{Kind, Problem};
use crate::serve::service::Service;
use crate::serve::store::{Filter, Preflight};

/// Things with an id, the newest first.
pub(in crate::serve) struct Page<T> {
    pub(in crate::serve) items: Vec<T>,
    /// The `before` of the next page; `None` at the end.
    pub(in crate::serve) next: Option<Uuid>,
}

impl<T> Page<T> {
    /// The page of so many, of what was found: one more shows that there is a next one.
    pub(super) fn of(mut found: Vec<T>, size: u32, id: impl Fn(&T) -> Uuid) -> Self {
        let size = size as usize;
        let is_more = found.len() > size;
        found.truncate(size);
        let next = found.last().filter(|_| is_more).map(id);
        Self { items: found, next }
    }
}

/// How much a page holds: what the caller asks for, 50 where nothing is said.
pub(super) fn size(limit: Option<u32>) -> Result<u32, Problem> {
    let size = limit.unwrap_or(50);
    match (1..=200).contains(&size) {
        true => Ok(size),
        false => Err(Problem::new(Kind::BadRequest, "limit is not within 1 to 200.")),
    }
}

/// A page of preflights.
pub(super) async fn preflights(
    service: &Service,
    filter: Filter,
    limit: Option<u32>,
) -> Result<Page<Preflight>, Problem> {
    let size = size(limit)?;
    let found = service.store.preflights(Filter { limit: size + 1, ..filter }).await?;
    Ok(Page::of(found, size, |it| it.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_leads_nowhere() {
        let ids: Vec<Uuid> = (1..=3).map(Uuid::from_u128).collect();
        let page = |found: usize| Page::of(ids[..found].to_vec(), 2, |id| *id);
        assert_eq!((page(3).items, page(3).next), (ids[..2].to_vec(), Some(ids[1])));
        assert_eq!((page(2).items.len(), page(2).next), (2, None));
        assert_eq!((page(0).items.len(), page(0).next), (0, None));
    }
}
