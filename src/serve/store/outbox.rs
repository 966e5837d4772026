//! What has to be told to a webhook: kept until it is told, or given up.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::{
    ColumnIndex, Decode, Encode, Executor, FromRow, IntoArguments, Pool, Type, query, query_as,
    query_scalar,
};
use uuid::Uuid;

use super::preflights::{milliseconds, row, time};
use super::{Answer, Dialect, Lease, Sql, StoreError, in_time};

const DONE: &str = "delete from outbox where id = $1 and worker = $2";
const WAITING: &str = "select count(*) from outbox";

/// Something that is to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Its id, a UUIDv7, which stays the same however often it is sent.
    pub id: Uuid,
    /// A CloudEvent.
    pub body: String,
}

/// A notice that a worker has to send now.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// What is to be told.
    pub notice: Notice,
    /// How often it was begun to be sent, this time included.
    pub attempts: u64,
    /// Since when it is to be told.
    pub created_at: Timestamp,
}

/// The outbox of a store.
pub trait Outbox {
    /// The notice that is due first, now leased to this worker.
    fn next_due(&self, lease: Lease) -> Answer<'_, Option<Due>>;

    /// Takes a notice out: it was told, or is given up. `false` where this worker has it no more.
    fn done(&self, id: Uuid, worker: Uuid) -> Answer<'_, bool>;

    /// Puts a notice back for so long; `false` where this worker has it no more.
    fn put_back(&self, id: Uuid, worker: Uuid, wait: Duration) -> Answer<'_, bool>;

    /// How many notices wait, those included that are being sent.
    fn notices(&self) -> Answer<'_, u64>;
}

impl<DB> Outbox for Sql<DB>
where
    DB: Dialect,
    for<'p> &'p Pool<DB>: Executor<'p, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
    for<'q> String: Encode<'q, DB> + Decode<'q, DB>,
    for<'q> i64: Encode<'q, DB> + Decode<'q, DB>,
    String: Type<DB>,
    i64: Type<DB>,
    for<'c> &'c str: ColumnIndex<DB::Row>,
    usize: ColumnIndex<DB::Row>,
{
    fn next_due(&self, lease: Lease) -> Answer<'_, Option<Due>> {
        in_time(async move {
            let due: Option<NoticeRow> = query_as(DB::NEXT_DUE)
                .bind(lease.worker.to_string())
                .bind(milliseconds(lease.lasts))
                .fetch_optional(&self.pool)
                .await?;
            due.map(Due::try_from).transpose()
        })
    }

    fn done(&self, id: Uuid, worker: Uuid) -> Answer<'_, bool> {
        in_time(async move {
            let done = query(DONE)
                .bind(id.to_string())
                .bind(worker.to_string())
                .execute(&self.pool)
                .await?;
            Ok(DB::changed(&done) > 0)
        })
    }

    fn put_back(&self, id: Uuid, worker: Uuid, wait: Duration) -> Answer<'_, bool> {
        in_time(async move {
            let put_back = query(DB::PUT_BACK)
                .bind(id.to_string())
                .bind(worker.to_string())
                .bind(milliseconds(wait))
                .execute(&self.pool)
                .await?;
            Ok(DB::changed(&put_back) > 0)
        })
    }

    fn notices(&self) -> Answer<'_, u64> {
        in_time(async {
            let count: i64 = query_scalar(WAITING).fetch_one(&self.pool).await?;
            u64::try_from(count).map_err(row)
        })
    }
}

/// A row of the table, before it is understood.
#[derive(FromRow)]
struct NoticeRow {
    id: String,
    body: String,
    created_at: i64,
    attempts: i64,
}

impl TryFrom<NoticeRow> for Due {
    type Error = StoreError;

    fn try_from(it: NoticeRow) -> Result<Self, StoreError> {
        Ok(Self {
            notice: Notice { id: it.id.parse().map_err(row)?, body: it.body },
            attempts: u64::try_from(it.attempts).map_err(row)?,
            created_at: time(it.created_at)?,
        })
    }
}
