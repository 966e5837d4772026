//! Who did what.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::{
    ColumnIndex, Decode, Encode, Executor, FromRow, IntoArguments, Pool, Type, query, query_as,
};
use uuid::Uuid;

use super::preflights::{milliseconds, row, time};
use super::{Answer, Dialect, Sql, StoreError, in_time};

const ADD: &str = "
    insert into audit (id, at, actor, name, action, resource, outcome, address, request)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const LIST: &str = "
    select * from audit where ($1 is null or id < $1) order by id desc limit $2";
const PURGE: &str = "delete from audit where at < $1";

/// Something that somebody did, or tried to do. It holds no secret and no document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditEntry {
    /// Its id, a UUIDv7.
    pub id: Uuid,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it: `token:ID`, `certificate:NAME`, `operator` or `anybody`.
    pub actor: String,
    /// What the token is called.
    pub name: Option<String>,
    /// What was done, in a word.
    pub action: String,
    /// The path of what it was done to.
    pub resource: String,
    /// What came of it.
    pub outcome: String,
    /// The address that it came from.
    pub address: Option<String>,
    /// The id of the request, as the log has it.
    pub request: Option<String>,
}

/// The audit log of a store.
pub trait AuditLog {
    /// Adds an entry.
    fn add_audit(&self, entry: AuditEntry) -> Answer<'_, ()>;

    /// At most so many entries, the newest first, from before this one.
    fn audit(&self, before: Option<Uuid>, limit: u32) -> Answer<'_, Vec<AuditEntry>>;

    /// Removes what is this old, and says how many.
    fn purge_audit(&self, age: Duration) -> Answer<'_, u64>;
}

impl<DB> AuditLog for Sql<DB>
where
    DB: Dialect,
    for<'p> &'p Pool<DB>: Executor<'p, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
    for<'q> String: Encode<'q, DB> + Decode<'q, DB>,
    for<'q> i64: Encode<'q, DB> + Decode<'q, DB>,
    for<'q> Option<String>: Encode<'q, DB>,
    String: Type<DB>,
    i64: Type<DB>,
    for<'c> &'c str: ColumnIndex<DB::Row>,
{
    fn add_audit(&self, entry: AuditEntry) -> Answer<'_, ()> {
        in_time(async move {
            query(ADD)
                .bind(entry.id.to_string())
                .bind(entry.at.as_millisecond())
                .bind(entry.actor)
                .bind(entry.name)
                .bind(entry.action)
                .bind(entry.resource)
                .bind(entry.outcome)
                .bind(entry.address)
                .bind(entry.request)
                .execute(&self.pool)
                .await?;
            Ok(())
        })
    }

    fn audit(&self, before: Option<Uuid>, limit: u32) -> Answer<'_, Vec<AuditEntry>> {
        in_time(async move {
            let rows: Vec<AuditRow> = query_as(LIST)
                .bind(before.map(|id| id.to_string()))
                .bind(i64::from(limit))
                .fetch_all(&self.pool)
                .await?;
            rows.into_iter().map(AuditEntry::try_from).collect()
        })
    }

    fn purge_audit(&self, age: Duration) -> Answer<'_, u64> {
        in_time(async move {
            let before = Timestamp::now().as_millisecond().saturating_sub(milliseconds(age));
            Ok(DB::changed(&query(PURGE).bind(before).execute(&self.pool).await?))
        })
    }
}

/// A row of the table, before it is understood.
#[derive(FromRow)]
struct AuditRow {
    id: String,
    at: i64,
    actor: String,
    name: Option<String>,
    action: String,
    resource: String,
    outcome: String,
    address: Option<String>,
    request: Option<String>,
}

impl TryFrom<AuditRow> for AuditEntry {
    type Error = StoreError;

    fn try_from(it: AuditRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: it.id.parse().map_err(row)?,
            at: time(it.at)?,
            actor: it.actor,
            name: it.name,
            action: it.action,
            resource: it.resource,
            outcome: it.outcome,
            address: it.address,
            request: it.request,
        })
    }
}
