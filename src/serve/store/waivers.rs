//! Stored waivers: who accepts which findings, and until when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::{
    ColumnIndex, Decode, Encode, Executor, FromRow, IntoArguments, Pool, Type, query, query_as,
};

use super::preflights::{row, time};
use super::{Answer, Dialect, Sql, StoreError, in_time};
use crate::gate::WaiverDraft;

const GET: &str = "select * from waivers where name = $1";
const LIST: &str = "select * from waivers order by name";
const CREATE: &str = "
    insert into waivers (name, waiver, created_at, updated_at) values ($1, $2, $3, $3)
    on conflict (name) do nothing";
const REPLACE: &str = "
    insert into waivers (name, waiver, created_at, updated_at) values ($1, $2, $3, $3)
    on conflict (name) do update set waiver = excluded.waiver, updated_at = excluded.updated_at";
const REMOVE: &str = "delete from waivers where name = $1";

/// A stored waiver.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredWaiver {
    /// Its name and what it says.
    pub named: NamedWaiver,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A waiver with the name by which it is stored.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct NamedWaiver {
    /// Its name, which is its address.
    pub name: String,
    /// What it says.
    pub waiver: WaiverDraft,
}

/// The waivers of a store.
pub trait Waivers {
    /// One waiver.
    fn waiver(&self, name: String) -> Answer<'_, Option<StoredWaiver>>;

    /// All of them, by name.
    fn waivers(&self) -> Answer<'_, Vec<StoredWaiver>>;

    /// Stores a waiver; `false` where there is one of that name.
    fn create_waiver(&self, waiver: NamedWaiver) -> Answer<'_, bool>;

    /// Stores a waiver in place of the one of that name, if there is one.
    fn replace_waiver(&self, waiver: NamedWaiver) -> Answer<'_, ()>;

    /// Removes a waiver; `false` where there is none.
    fn remove_waiver(&self, name: String) -> Answer<'_, bool>;
}

impl<DB> Waivers for Sql<DB>
where
    DB: Dialect,
    for<'p> &'p Pool<DB>: Executor<'p, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
    for<'q> String: Encode<'q, DB> + Decode<'q, DB>,
    for<'q> i64: Encode<'q, DB> + Decode<'q, DB>,
    String: Type<DB>,
    i64: Type<DB>,
    for<'c> &'c str: ColumnIndex<DB::Row>,
{
    fn waiver(&self, name: String) -> Answer<'_, Option<StoredWaiver>> {
        in_time(async move {
            let found: Option<WaiverRow> =
                query_as(GET).bind(name).fetch_optional(&self.pool).await?;
            found.map(StoredWaiver::try_from).transpose()
        })
    }

    fn waivers(&self) -> Answer<'_, Vec<StoredWaiver>> {
        in_time(async {
            let rows: Vec<WaiverRow> = query_as(LIST).fetch_all(&self.pool).await?;
            rows.into_iter().map(StoredWaiver::try_from).collect()
        })
    }

    fn create_waiver(&self, waiver: NamedWaiver) -> Answer<'_, bool> {
        in_time(async move { Ok(self.write_waiver(CREATE, waiver).await? > 0) })
    }

    fn replace_waiver(&self, waiver: NamedWaiver) -> Answer<'_, ()> {
        in_time(async move {
            self.write_waiver(REPLACE, waiver).await?;
            Ok(())
        })
    }

    fn remove_waiver(&self, name: String) -> Answer<'_, bool> {
        in_time(async move {
            let removed = query(REMOVE).bind(name).execute(&self.pool).await?;
            Ok(DB::changed(&removed) > 0)
        })
    }
}

impl<DB> Sql<DB>
where
    DB: Dialect,
    for<'p> &'p Pool<DB>: Executor<'p, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
    for<'q> String: Encode<'q, DB>,
    for<'q> i64: Encode<'q, DB>,
    String: Type<DB>,
    i64: Type<DB>,
{
    async fn write_waiver(
        &self,
        statement: &'static str,
        waiver: NamedWaiver,
    ) -> Result<u64, StoreError> {
        let written = query(statement)
            .bind(waiver.name)
            .bind(serde_json::to_string(&waiver.waiver).map_err(row)?)
            .bind(Timestamp::now().as_millisecond())
            .execute(&self.pool)
            .await?;
        Ok(DB::changed(&written))
    }
}

/// A row of the table, before it is understood.
#[derive(FromRow)]
struct WaiverRow {
    name: String,
    waiver: String,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<WaiverRow> for StoredWaiver {
    type Error = StoreError;

    fn try_from(it: WaiverRow) -> Result<Self, StoreError> {
        let waiver = serde_json::from_str(&it.waiver).map_err(row)?;
        Ok(Self {
            named: NamedWaiver { name: it.name, waiver },
            created_at: time(it.created_at)?,
            updated_at: time(it.updated_at)?,
        })
    }
}
